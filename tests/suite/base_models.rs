//! Base models and few images: frozen layers are computed once, keep no moments, and change no number by it; a head is fitted to
//! convergence, and layers of the base learn where that is better.

use neurarium::config::Config;
use neurarium::data::{Batch, Loaded, Report, Split, toy};
use neurarium::file::safetensors;
use neurarium::layer::{Call, LOOK};
use neurarium::network::Pass;
use neurarium::par;
use neurarium::session::Session;

fn still() -> f64 {
    0.0
}

/// A session with a small network that has learnt a little, on coloured shapes.
fn taught(settings: &str) -> Session {
    let config = Config::parse(&format!("model=classifier-cnn\nbatch-size=16\n{settings}")).unwrap();
    let dataset = toy::shapes(160, 16, 1);
    let mut session = Session::with_data(config, Loaded { dataset, report: Report::default() }).unwrap();
    (0..20).for_each(|_| session.step_once(&still).unwrap());
    session
}

/// The same network with a new head, and with these settings.
fn with_head(settings: &[(&str, &str)], freeze: &str) -> Session {
    let mut session = taught("");
    settings.iter().for_each(|(key, value)| drop(session.set(key, value).unwrap()));
    session.transfer("auto", freeze, "dense").unwrap();
    session
}

/// Trains to the end of `epochs` epochs.
fn epochs(session: &mut Session, epochs: u64) {
    while session.epoch() < epochs || session.status().evaluating.is_some() {
        session.train(0.0, &still).unwrap();
    }
}

fn trainer(session: &Session) -> &neurarium::train::Trainer {
    session.run().supervised().unwrap().trainer()
}

#[test]
fn features_that_are_kept_change_no_number() {
    // Some of them fit into the memory, all of them, and none.
    let run = |memory: &str, threads: usize| {
        par::with_threads(threads, || {
            let mut session = with_head(&[("feature-memory", memory), ("epochs", "4")], "conv2");
            assert!(trainer(&session).features().is_some_and(|features| 0 < features));
            epochs(&mut session, 4);
            session
        })
    };
    let kept = run("128", 2);
    for (memory, threads) in [("0", 2), ("128", 1), ("0", 3)] {
        let other = run(memory, threads);
        assert!(kept.network().theta == other.network().theta, "{memory} MiB, {threads} threads");
        assert_eq!(kept.recorder().points(), other.recorder().points(), "{memory} MiB, {threads} threads");
        let losses = |session: &Session| -> Vec<u64> {
            session.recorder().evaluations().iter().map(|point| point.evaluation.loss.to_bits()).collect()
        };
        assert_eq!(losses(&kept), losses(&other), "{memory} MiB, {threads} threads");
    }
}

#[test]
fn images_that_are_changed_by_chance_have_other_features_every_time() {
    let run = |memory: &str| {
        let mut session = with_head(&[("feature-memory", memory), ("augment-shift", "0.2"), ("epochs", "2")], "all");
        epochs(&mut session, 2);
        session.network().theta.clone()
    };
    assert!(run("128") == run("0"));
    let mut plain = with_head(&[("epochs", "2")], "all");
    epochs(&mut plain, 2);
    assert!(plain.network().theta != run("128"));
}

#[test]
fn an_edit_of_a_frozen_layer_is_seen_by_the_head() {
    let loss = |memory: &str| {
        let mut session = with_head(&[("feature-memory", memory), ("epochs", "3")], "all");
        epochs(&mut session, 1);
        let first = session.network().blocks()[1].params.start;
        let command = neurarium::session::Command::Set { parameters: vec![first, first + 1], values: vec![3.0] };
        session.edit(&command, false).unwrap();
        epochs(&mut session, 2);
        session.recorder().last_evaluation().unwrap().evaluation.loss
    };
    assert_eq!(loss("128").to_bits(), loss("0").to_bits());
}

#[test]
fn frozen_layers_have_no_moments_in_memory_or_file() {
    let mut session = with_head(&[("epochs", "4")], "all");
    epochs(&mut session, 1);
    let head = session.network().blocks().last().unwrap().params.clone();
    let (m, first) = (trainer(&session).optim.m.len(), trainer(&session).optim.first);
    assert_eq!((m, first), (head.len(), head.start));
    let file = safetensors::read(&session.save().unwrap()).unwrap();
    let moments = file.moments.unwrap();
    assert_eq!((moments.m.len(), moments.v.len()), (head.len(), head.len()));

    // Layers that are thawed get moments of their own; those of the head stay.
    let before = trainer(&session).optim.m.clone();
    let blocks: Vec<usize> = (1..session.network().blocks().len() - 1).collect();
    session.edit(&neurarium::session::Command::Freeze { blocks, frozen: false }, false).unwrap();
    let after = &trainer(&session).optim.m;
    assert_eq!(after.len(), session.network().param_len());
    assert_eq!(after[head.start..], before[..]);
    assert!(after[..head.start].iter().all(|&moment| moment == 0.0));
    epochs(&mut session, 2);
}

#[test]
fn a_run_on_a_base_resumes_exactly() {
    let settings = [("epochs", "5"), ("transfer-schedule", "few-images"), ("learning-rate", "0.003")];
    for at in [1, 2] {
        let mut whole = with_head(&settings, "");
        epochs(&mut whole, 4);
        let mut first = with_head(&settings, "");
        epochs(&mut first, at);
        (0..2).for_each(|_| first.step_once(&still).unwrap());
        let mut second = taught("");
        settings.iter().for_each(|(key, value)| drop(second.set(key, value).unwrap()));
        second.resume(safetensors::read(&first.checkpoint().unwrap()).unwrap()).unwrap();
        epochs(&mut second, 4);
        assert!(whole.network().theta == second.network().theta, "from epoch {at}");
        assert_eq!(whole.recorder().points(), second.recorder().points(), "from epoch {at}");
    }
}

/// The deviation of all values from the means of their columns, and the columns less their means, divided by it.
fn standardised(x: &[Vec<f64>]) -> (f64, Vec<Vec<f64>>) {
    let n = x.len() as f64;
    let means: Vec<f64> = (0..x[0].len()).map(|column| x.iter().map(|row| row[column]).sum::<f64>() / n).collect();
    let centred: Vec<Vec<f64>> =
        x.iter().map(|row| row.iter().zip(&means).map(|(x, mean)| x - mean).collect()).collect();
    let squares: f64 = centred.iter().flatten().map(|x| x * x).sum();
    let deviation = (squares / (n * means.len() as f64)).sqrt();
    (deviation, centred.into_iter().map(|row| row.into_iter().map(|x| x / deviation).collect()).collect())
}

#[test]
fn a_head_for_few_images_is_a_logistic_regression_at_its_minimum() {
    let mut session = with_head(&[("transfer-schedule", "few-images"), ("epochs", "1")], "");
    epochs(&mut session, 1);
    assert!(session.recorder().events().iter().any(|event| event.text.starts_with("The head was fitted")));
    let (network, data) = (session.network(), session.data());
    let examples = data.indices(Split::Train);
    let (last, n) = (network.blocks().len() - 1, examples.len());
    let below = network.blocks()[last].inputs[0];
    let (mut batch, mut pass) = (Batch::default(), Pass::forward_only(network, n));
    data.batch(&examples, &mut batch);
    let call = Call { examples: n, ..LOOK };
    network.read(&mut pass, &batch.x, &call);
    network.forward(&mut pass, &call);
    let len = network.shape(below).len();
    let x: Vec<Vec<f64>> = pass.values(below).chunks(len).map(|x| x.iter().map(|&x| f64::from(x)).collect()).collect();
    let (deviation, u) = standardised(&x);
    let classes = data.classes.len();
    let theta = &network.theta[network.blocks()[last].params.clone()];
    let mut gradient = vec![vec![0.0; len]; classes];
    for ((u, logits), &label) in u.iter().zip(pass.output().chunks(classes)).zip(&batch.labels) {
        let sum: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
        for (class, gradient) in gradient.iter_mut().enumerate() {
            let share = f64::from(logits[class]).exp() / sum - f64::from(u8::from(class == label as usize));
            gradient.iter_mut().zip(u).for_each(|(gradient, u)| *gradient += share * u / n as f64);
        }
    }
    let mut squares = 0.0;
    for (gradient, w) in gradient.iter().zip(theta.chunks(len)) {
        for (gradient, w) in gradient.iter().zip(w) {
            squares += (gradient + 10.0 * f64::from(*w) * deviation / n as f64).powi(2);
        }
    }
    // The weights are single numbers by now.
    assert!(squares.sqrt() < 1e-3, "norm of the gradient {}", squares.sqrt());
}

#[test]
fn layers_of_the_base_learn_after_the_head_and_the_best_epoch_stays() {
    let mut session =
        with_head(&[("transfer-schedule", "few-images"), ("epochs", "6"), ("learning-rate", "0.002")], "");
    let base = session.network().theta.clone();
    let head = session.network().blocks().last().unwrap().params.start;
    epochs(&mut session, 1);
    assert!(session.network().theta[..head] == base[..head], "the base is as it was while the head is fitted");
    let texts = |session: &Session| -> Vec<String> {
        session.recorder().events().iter().map(|event| event.text.clone()).collect()
    };
    assert!(texts(&session).iter().any(|text| text.contains("later layers learn too")), "{:?}", texts(&session));
    while session.finished().is_none() {
        session.train(0.0, &still).unwrap();
    }
    let losses: Vec<f64> = session.recorder().evaluations().iter().map(|point| point.evaluation.loss).collect();
    let best = session.best().unwrap();
    assert_eq!(losses.iter().copied().fold(f64::INFINITY, f64::min), best.figure, "{losses:?}");
    let measured = session.run().learner.scores(session.data().indices(Split::Validation), session.data());
    let loss = measured.iter().map(|one| one.loss).sum::<f64>() / measured.len() as f64;
    assert!((loss - best.figure).abs() < 1e-6, "{loss} where the best epoch had {}", best.figure);
}

#[test]
fn a_base_that_is_not_cut_keeps_all_its_layers() {
    let mut session = taught("");
    let before = session.network().blocks().len();
    session.transfer("none", "all", "dense").unwrap();
    let blocks = session.network().blocks();
    assert_eq!(blocks.len(), before + 1);
    assert_eq!(blocks[before].inputs, [before - 1]);
}

#[test]
fn a_scaling_that_is_asked_for_holds_for_a_base() {
    let mut session = taught("scaling=symmetric");
    session.transfer("auto", "all", "dense").unwrap();
    assert_eq!(session.network().scaling().kind.name(), "symmetric");
    let base = safetensors::read(&taught("").save().unwrap()).unwrap();
    let loaded = Loaded { dataset: toy::shapes(80, 16, 1), report: Report::default() };
    let config = Config::parse("head=dense\nscaling=imagenet").unwrap();
    let session = Session::with_base(config, Some(loaded), &base).unwrap();
    assert_eq!(session.network().scaling().kind.name(), "imagenet");
}

#[test]
fn a_warm_up_lasts_two_epochs_at_most() {
    let mut session = taught("warmup-steps=1000\nepochs=0\nschedule=constant\nlearning-rate=0.01");
    let full = 2 * session.status().steps_per_epoch as u64;
    while session.status().step < full {
        session.step_once(&still).unwrap();
    }
    assert_eq!(session.status().learning_rate, 0.01);
}
