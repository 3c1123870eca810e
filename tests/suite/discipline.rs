//! Training policies: schedules move the learning rate as they say, a plateau lowers it, early stopping restores the
//! best weights, divergence leads back to sound ones, and snapshots can be looked back at.

use crate::common::{resources, run_job};
use neurarium::config::Config;
use neurarium::data::{Loaded, Report, toy};
use neurarium::recorder::EventKind;
use neurarium::session::{FindRange, Session};

fn session(settings: &str) -> Session {
    let config = Config::parse(&format!("batch-size=20\n{settings}")).unwrap();
    let dataset = toy::shapes(100, 12, 1);
    Session::with_data(config, Loaded { dataset, report: Report::default() }).unwrap()
}

fn still() -> f64 {
    0.0
}

/// Trains to the end, for at most `epochs`.
fn train(session: &mut Session, epochs: usize) {
    for _ in 0..epochs {
        if session.finished().is_some() {
            return;
        }
        while session.finished().is_none() && !session.train(1e9, &still).unwrap() {}
    }
}

fn rates(session: &Session) -> Vec<f32> {
    session.recorder().points().iter().map(|point| point.learning_rate).collect()
}

#[test]
fn every_schedule_moves_the_rate_as_its_keys_say() {
    // 90 training images in batches of 20: 5 steps an epoch, 20 in all, the first two for warm-up.
    let run = |settings: &str| {
        let mut session =
            session(&format!("model=classifier-mlp\nlearning-rate=0.01\nepochs=4\nwarmup-steps=2\n{settings}"));
        train(&mut session, 9);
        rates(&session)
    };
    let near = |a: f32, b: f64| assert!((a as f64 / b - 1.0).abs() < 1e-4, "{a} is not {b}");
    for schedule in ["constant", "linear", "cosine", "exponential", "step"] {
        let rates = run(&format!("schedule={schedule}"));
        assert_eq!(rates.len(), 20);
        near(rates[0], 0.005);
        near(rates[1], 0.01);
        near(rates[2], 0.01);
        let middle =
            [("constant", 0.01), ("linear", 0.005), ("cosine", 0.005), ("exponential", 0.001), ("step", 0.001)];
        near(rates[11], middle.iter().find(|(name, _)| *name == schedule).unwrap().1);
    }
    let end = |settings: &str| *run(settings).last().unwrap();
    near(end("schedule=exponential\nschedule-end=0.5"), 0.01 * 0.5f64.powf(17.0 / 18.0));
    near(end("schedule=step\nschedule-drops=3\nschedule-factor=0.5"), 0.01 / 8.0);
    let cycle = run("schedule=one-cycle");
    let top = cycle.iter().copied().fold(0.0, f32::max);
    assert!(top > 0.0095 && cycle[0] < 0.0005 && *cycle.last().unwrap() < 0.0005, "{cycle:?}");
}

#[test]
fn a_plateau_lowers_the_rate_down_to_the_least_and_marks_it() {
    // With this min-delta no epoch after the first counts as better.
    let mut session = session(
        "model=classifier-mlp\nschedule=constant\nlearning-rate=0.01\nwarmup-steps=0\nepochs=9\nmin-delta=1000\n\
         plateau-patience=2\nplateau-factor=0.1\nplateau-least=0.0005",
    );
    train(&mut session, 99);
    let rates = rates(&session);
    let of_epoch = |epoch: usize| rates[5 * (epoch - 1)];
    assert_eq!([1, 3, 4, 5, 6, 9].map(of_epoch), [0.01, 0.01, 0.001, 0.001, 0.0005, 0.0005]);
    let marks: Vec<_> = session.recorder().events().iter().filter(|event| event.kind == EventKind::Plateau).collect();
    assert_eq!(marks.iter().map(|event| event.step).collect::<Vec<_>>(), [15, 25]);
    assert_eq!(marks[0].text, "val_loss did not improve for 2 epochs: learning rate lowered from 0.01 to 0.001");
}

#[test]
fn training_stops_early_and_the_best_weights_come_back() {
    // With so few images and such a rate the validation loss is lowest after a few epochs and rises from there.
    let settings = "model=classifier-mlp\nschedule=constant\nlearning-rate=0.01\nepochs=200\nmin-delta=0";
    let mut stopped = session(&format!("{settings}\nstop-patience=4"));
    train(&mut stopped, 999);
    let best = stopped.best().unwrap();
    assert_eq!(stopped.epoch(), best.epoch + 4);
    assert!(stopped.epoch() < 200);
    let why = stopped.finished().unwrap();
    assert!(why.starts_with("val_loss did not improve for 4 epochs; restored the weights of epoch "), "{why}");

    let mut short = session(&format!("{settings}\nstop-patience=0"));
    train(&mut short, best.epoch as usize);
    assert!(stopped.network().theta == short.network().theta, "the weights are not those of the best epoch");
    let lowest = |session: &Session| {
        session.recorder().evaluations().iter().map(|found| found.evaluation.loss).fold(f64::INFINITY, f64::min)
    };
    assert_eq!(best.figure, lowest(&stopped));

    let mut kept = session(&format!("{settings}\nstop-patience=4\nrestore-best=no"));
    train(&mut kept, 999);
    assert!(kept.network().theta != stopped.network().theta);
    assert_eq!(kept.epoch(), stopped.epoch());
    // After a change that continues training, it gets as much time again.
    kept.set("epochs", "300").unwrap();
    assert!(kept.finished().is_none());
    train(&mut kept, 3);
    assert!(kept.finished().is_none(), "{:?}", kept.finished());
}

#[test]
fn epochs_are_assessed_by_accuracy_or_by_training_loss_without_held_out_images() {
    let mut by_accuracy = session("model=classifier-mlp\nmonitor=accuracy\nmin-delta=0\nepochs=20\nschedule=constant");
    train(&mut by_accuracy, 99);
    let checkpoints = by_accuracy.recorder().evaluations();
    let highest = checkpoints.iter().filter_map(|found| found.evaluation.accuracy).fold(0.0, f64::max);
    assert_eq!(by_accuracy.best().unwrap().figure, highest);

    let mut alone =
        session("model=autoencoder-dense\nembedding=4\nvalidation-split=0\nstop-patience=2\nmin-delta=100\nepochs=50");
    train(&mut alone, 99);
    assert_eq!(alone.epoch(), 3);
    assert!(alone.finished().unwrap().starts_with("loss did not improve for 2 epochs"));
}

#[test]
fn a_run_that_diverges_goes_back_to_sound_weights_at_a_lower_rate() {
    let mut session = session(
        "model=autoencoder-dense\nembedding=8\noptimizer=sgd\nlearning-rate=0.1\nschedule=constant\nwarmup-steps=0\nepochs=0\n\
         clip-norm=0",
    );
    (0..60).for_each(|_| session.step_once(&still).unwrap());
    let before = session.recorder().recent_loss(20).unwrap();
    session.set("loss", "bce").unwrap();
    (0..40).for_each(|_| session.step_once(&still).unwrap());
    let rollbacks = |session: &Session| -> Vec<String> {
        let events = session.recorder().events().iter().filter(|event| event.kind == EventKind::Rollback);
        events.map(|event| event.text.clone()).collect()
    };
    assert!(rollbacks(&session).is_empty(), "another loss is no spike: {:?}", rollbacks(&session));
    session.set("loss", "mse").unwrap();
    (0..60).for_each(|_| session.step_once(&still).unwrap());
    // The weights are destroyed by an absurd rate, as after a typing mistake.
    session.set("optimizer", "adam").unwrap();
    session.set("learning-rate", "10").unwrap();
    (0..200).for_each(|_| session.step_once(&still).unwrap());
    let messages = rollbacks(&session);
    assert!(messages.iter().any(|text| text.contains("went back to step")), "{messages:?}");
    assert!(session.status().learning_rate < 10.0);
    session.set("learning-rate", "0.001").unwrap();
    (0..100).for_each(|_| session.step_once(&still).unwrap());
    let after = session.recorder().recent_loss(20).unwrap();
    assert!(after < 1.5 * before, "{before} before, {after} after");
}

#[test]
fn looking_back_loses_nothing_and_a_branch_keeps_the_steps_before_it() {
    let settings = "model=classifier-mlp\nepochs=0\nschedule=constant\nkept-moments=8";
    let mut run = session(settings);
    train(&mut run, 5);
    let latest = run.network().theta.clone();
    let snapshots = run.run().snapshots.list();
    assert_eq!((snapshots.steps.clone(), snapshots.shown), (vec![5, 10, 15, 20, 25], None));
    run.travel(Some(1)).unwrap();
    assert_eq!(run.run().snapshots.list().shown, Some(1));
    let mut short = session(settings);
    train(&mut short, 2);
    assert!(run.network().theta == short.network().theta, "not the network after two epochs");
    run.travel(Some(3)).unwrap();
    run.travel(None).unwrap();
    assert!(run.network().theta == latest && run.run().snapshots.list().shown.is_none());
    assert!(run.travel(Some(5)).is_err());

    run.travel(Some(1)).unwrap();
    train(&mut run, 1);
    assert_eq!((run.epoch(), run.recorder().points().len()), (3, 15));
    assert_eq!(run.recorder().past().len(), 1);
    assert_eq!(run.recorder().past()[0].steps.len(), 25);
    // With the same settings the branch repeats the run.
    train(&mut run, 2);
    assert!(run.network().theta == latest);
    assert_eq!(run.run().snapshots.list().steps, [5, 10, 15, 20, 25]);

    train(&mut run, 20);
    let steps = run.run().snapshots.list().steps;
    assert!(steps.len() <= 8 && steps[0] == 5 && *steps.last().unwrap() == 125, "{steps:?}");
    let mut none = session("model=classifier-mlp\nepochs=0");
    train(&mut none, 3);
    assert!(none.run().snapshots.list().steps.is_empty());
}

#[test]
fn the_range_test_proposes_a_rate_that_learns_and_leaves_no_trace() {
    let mut run = session("model=autoencoder-dense\nembedding=8\nlearning-rate=0.000001\nschedule=constant\nepochs=0");
    (0..7).for_each(|_| run.step_once(&still).unwrap());
    let before = run.checkpoint().unwrap();
    let (_, slices) = run_job(&mut run, FindRange {});
    assert!(slices > 40, "it is done in slices");
    assert!(run.checkpoint().unwrap() == before);
    let found = run.range_test().unwrap().clone();
    let proposal = found.proposal.unwrap();
    assert!((1e-5..0.1).contains(&proposal), "{proposal}");

    let learnt = |rate: f64| {
        let mut run = session("model=autoencoder-dense\nembedding=8\nschedule=constant\nepochs=0\nspike-factor=0");
        run.set("learning-rate", &rate.to_string()).unwrap();
        train(&mut run, 12);
        run.recorder().evaluations().last().unwrap().evaluation.loss
    };
    let (good, slow, fast) = (learnt(proposal), learnt(proposal / 100.0), learnt((proposal * 1000.0).min(10.0)));
    assert!(good < slow && good < fast, "{good} at {proposal}, {slow} slower, {fast} faster");

    let job = run.begin_job(FindRange {}, resources()).unwrap();
    run.advance_job(job, 0.0, resources()).unwrap();
    run.cancel_job(job);
    assert!(run.range_test().is_none() && run.checkpoint().unwrap() == before);
}

#[test]
fn a_network_that_is_too_large_is_not_kept_after_each_epoch() {
    let hidden = |outputs: usize| {
        let text = format!("architecture=dense outputs={outputs}; dense outputs=classes\nkept-moments=8\nepochs=0");
        let mut run = session(&text);
        train(&mut run, 1);
        (run.network().param_len(), run.run().snapshots.list().steps.len())
    };
    let (small, kept) = hidden(20_000);
    let (large, not_kept) = hidden(28_000);
    assert!(small < 11 << 20 && 11 << 20 < large, "{small} and {large} parameters");
    assert_eq!((kept, not_kept), (1, 0));
}

#[test]
fn stored_images_are_restored_and_damaged_ones_are_refused() {
    let mut run = session("model=classifier-mlp");
    let len = run.pack_data().unwrap();
    let mut packed = Vec::new();
    loop {
        let part = run.pack_part(10_000).unwrap();
        assert!(part.len() <= 10_004, "{}", part.len());
        packed.extend(&part);
        if part.is_empty() {
            break;
        }
    }
    assert_eq!(packed.len(), len);
    let mut other = Session::new(Config::parse("model=classifier-mlp\nlimit=10").unwrap()).unwrap();
    let checkpoint = run.checkpoint().unwrap();
    let before = (other.checkpoint().unwrap(), other.data().clone(), other.config().print());
    for place in [3, 30, packed.len() / 2, packed.len() - 1] {
        let mut bad = packed.clone();
        bad[place] ^= 16;
        let message = other.resume_as_it_was(&checkpoint, Some(&bad)).unwrap_err().to_string();
        assert!(message.starts_with("saved images: the checksum is wrong"), "{message}");
    }
    for len in [0, 3, 12, 40, packed.len() - 1] {
        assert!(other.resume_as_it_was(&checkpoint, Some(&packed[..len])).is_err());
    }
    // Images of another run.
    let message = other.resume_as_it_was(&before.0, Some(&packed)).unwrap_err().to_string();
    assert!(message.starts_with("data: expected the data that the run was trained on"), "{message}");
    assert!((other.checkpoint().unwrap(), other.data().clone(), other.config().print()) == before);
    other.resume_as_it_was(&checkpoint, Some(&packed)).unwrap();
    assert!(other.data() == run.data() && other.checkpoint().unwrap() == checkpoint);
}
