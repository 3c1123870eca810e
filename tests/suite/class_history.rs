//! What a classifier answered over a run: kept at every evaluation, in files and after resuming, with what flowed between
//! two evaluations, and calibration.

use std::collections::BTreeMap;

use neurarium::config::Config;
use neurarium::data::{Loaded, Report, Split, toy};
use neurarium::file::{history, safetensors};
use neurarium::metrics::Calibration;
use neurarium::recorder::{ClassAnswer, ClassFrame, ClassHistory, RunPosition};
use neurarium::session::{Evaluate, Session};
use serde_json::Value;

use crate::common::run_job;

const RUN: &str = "model=classifier-mlp\nbatch-size=16\nepochs=6\nkept-moments=20\nvalidation-split=0.3";

fn session(settings: &str) -> Session {
    let config = Config::parse(settings).unwrap();
    let dataset = toy::shapes(200, 16, 1);
    Session::with_data(config, Loaded { dataset, report: Report::default() }).unwrap()
}

fn trained(settings: &str) -> Session {
    let mut session = session(settings);
    while session.finished().is_none() {
        session.train(1e9, &|| 0.0).unwrap();
    }
    session
}

#[test]
fn every_epoch_keeps_its_confusion_matrix() {
    let mut session = trained(RUN);
    let timeline = session.class_timeline(None);
    let evaluations = session.recorder().evaluations();
    assert_eq!((timeline.steps.len(), timeline.shown), (6, Some(5)));
    for (index, evaluation) in evaluations.iter().enumerate() {
        let kept = session.kept_evaluation(index).unwrap();
        assert_eq!((kept.step, kept.accuracy), (evaluation.step, evaluation.evaluation.accuracy));
        assert_eq!(timeline.accuracy[index], kept.accuracy.unwrap());
    }
    let measured = session.measurement(Split::Validation).unwrap();
    let last = session.kept_evaluation(5).unwrap();
    assert_eq!(last.confusion, measured.confusion.unwrap());
    assert_eq!(last.calibration, measured.calibration);
    assert!(session.kept_evaluation(6).is_err());

    // What was predicted is the sum of the columns of the matrix, or one row of it.
    let classes = last.confusion.classes();
    let predicted = &timeline.predicted[5 * classes..];
    let row = &session.class_timeline(Some(3)).predicted[5 * classes..];
    for (class, (&all, &some)) in predicted.iter().zip(row).enumerate() {
        assert_eq!((all, some), (last.confusion.score(class).predicted, last.confusion.count(3, class)));
    }
    assert_eq!((predicted.len(), row.len()), (classes, classes));
    for (split, counts) in timeline.splits.iter().map(|split| (split.split, &split.counts)) {
        let all = [Split::Train, Split::Validation, Split::Test].into_iter().find(|one| one.name() == split).unwrap();
        assert_eq!(counts.iter().sum::<usize>(), session.data().count(all), "{split}");
    }
    // Looking back shows the evaluation of that epoch.
    session.travel(Some(1)).unwrap();
    assert_eq!(session.class_timeline(None).shown, Some(1));
}

#[test]
fn flows_lead_from_one_matrix_to_the_other() {
    let session = trained(RUN);
    let (before, after) =
        (session.kept_evaluation(0).unwrap().confusion, session.kept_evaluation(5).unwrap().confusion);
    let frames = session.recorder().classes().frames();
    let mut moved: BTreeMap<(usize, usize), i64> = BTreeMap::new();
    for flow in frames[0].flows(&frames[5]) {
        assert_ne!(flow.before, flow.after);
        let (label, count) = (usize::from(flow.label), flow.examples.len() as i64);
        *moved.entry((label, usize::from(flow.before))).or_default() -= count;
        *moved.entry((label, usize::from(flow.after))).or_default() += count;
    }
    for label in 0..before.classes() {
        for predicted in 0..before.classes() {
            let difference = i64::from(after.count(label, predicted)) - i64::from(before.count(label, predicted));
            assert_eq!(moved.get(&(label, predicted)).copied().unwrap_or(0), difference, "{label} as {predicted}");
        }
    }
    let flow = session.confusion_flow(0, 5).unwrap();
    assert_eq!(flow.mended as i64 - flow.broken as i64, after.correct() as i64 - before.correct() as i64);
    assert!(flow.flows.is_sorted_by(|a, b| a.examples.len() >= b.examples.len()));
    let same = session.confusion_flow(2, 2).unwrap();
    assert_eq!((same.mended, same.broken, same.moved, same.flows.len()), (0, 0, 0, 0));
    // The images of a cell.
    for label in 0..before.classes() as u16 {
        let wrong = session.kept_examples(5, label, None).unwrap();
        let right = session.kept_examples(5, label, Some(label)).unwrap();
        assert_eq!(right.len(), after.count(label.into(), label.into()) as usize);
        assert!(wrong.iter().chain(&right).all(|&example| session.data().labels[example as usize] == u32::from(label)));
        assert_eq!((wrong.len() + right.len()) as u32, after.score(label.into()).examples);
    }
}

#[test]
fn a_resumed_run_and_the_history_keep_the_answers() {
    let mut first = session(RUN);
    for _ in 0..25 {
        first.step_once(&|| 0.0).unwrap();
    }
    let kept = first.recorder().classes().clone();
    assert!(kept.frames().len() >= 2);
    let mut second = session(RUN);
    second.resume(safetensors::read(&first.checkpoint().unwrap()).unwrap()).unwrap();
    assert_eq!(second.recorder().classes(), &kept);
    let json: Value = serde_json::from_str(&history::json(first.recorder())).unwrap();
    let cells = json["evaluations"][1]["cells"].as_array().unwrap();
    let counted: u64 = cells.iter().map(|cell| cell[2].as_u64().unwrap()).sum();
    assert_eq!(counted as usize, first.data().count(Split::Validation));
    assert_eq!(json["evaluations"][1]["ece"].as_f64(), kept.frames()[1].calibration.ece());

    let bytes = kept.packed();
    assert_eq!(ClassHistory::unpacked(&bytes).unwrap(), kept);
    for at in (0..bytes.len()).step_by(7) {
        let _ = ClassHistory::unpacked(&bytes[..at]); // may refuse, may not panic
    }
    // Autoencoders have no classes to answer with, columns do.
    assert!(trained("model=autoencoder-dense\nembedding=4\nepochs=1").recorder().classes().frames().is_empty());
    assert_eq!(trained("model=columns\nepochs=2\nvalidation-split=0.3").recorder().classes().frames().len(), 2);
}

#[test]
fn many_evaluations_take_bounded_memory() {
    let answers: Vec<ClassAnswer> =
        (0..10_000).map(|example| ClassAnswer { example, label: (example % 10) as u16, predicted: 3 }).collect();
    let mut history = ClassHistory::default();
    for step in 1..=1000 {
        let at = RunPosition { step, epoch: step as f64, examples: 0, seconds: 0.0 };
        history.push(ClassFrame::new(at, answers.clone(), Calibration::default()));
        assert!(history.bytes() < 17 << 20);
    }
    assert_eq!(history.frames().last().unwrap().step, 1000);
}

#[test]
fn calibration_is_that_of_its_definition() {
    let mut session = trained(RUN);
    run_job(&mut session, Evaluate { split: Split::Train });
    let data = session.data();
    let scored = session.run().learner.scores(data.indices(Split::Train), data);
    let found = session.measurement(Split::Train).unwrap().calibration.unwrap();
    let mut ece = 0.0;
    for (number, bin) in found.bins.iter().enumerate() {
        let (low, high) = (number as f32 / 15.0, (number + 1) as f32 / 15.0);
        let within: Vec<_> = scored
            .iter()
            .filter(|one| one.confidence().is_some_and(|sure| low < sure && (sure <= high || number == 14)))
            .collect();
        let right = within.iter().filter(|one| one.predicted() == Some(data.labels[one.example as usize])).count();
        assert!(bin.examples.abs_diff(within.len() as u32) <= 1, "bin {number}"); // 1: at a limit
        if !within.is_empty() {
            let sure = within.iter().map(|one| f64::from(one.confidence().unwrap())).sum::<f64>() / within.len() as f64;
            ece += within.len() as f64 / scored.len() as f64 * (right as f64 / within.len() as f64 - sure).abs();
        }
    }
    assert!((ece - found.ece).abs() < 1e-6, "{ece} and {}", found.ece);
    assert_eq!(Calibration::of([(1.0, true), (0.0, false)].into_iter()).ece(), Some(0.0));
    assert_eq!(Calibration::default().ece(), None);
}
