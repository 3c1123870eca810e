//! Discipline of a run: schedules move the rate as they say, a plateau lowers it, and who gets no better stops with the
//! best weights.

use neurarium::config::Config;
use neurarium::data::{Loaded, Report, toy};
use neurarium::recorder::EventKind;
use neurarium::session::Session;

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
    // 90 images to learn from in batches of 20: 5 steps an epoch, 20 in all, the first two to warm up.
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
    // By its own rule no epoch after the first is better.
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
    assert_eq!(marks[0].text, "val_loss got no better for 2 epochs: learning-rate from 0.01 to 0.001");
}

#[test]
fn training_stops_early_and_the_best_weights_come_back() {
    // So many images of one batch at such a rate that the held-out loss is best after a few epochs and grows from there.
    let settings = "model=classifier-mlp\nschedule=constant\nlearning-rate=0.01\nepochs=200\nmin-delta=0";
    let mut stopped = session(&format!("{settings}\nstop-patience=4"));
    train(&mut stopped, 999);
    let best = stopped.best().unwrap();
    assert_eq!(stopped.epoch(), best.epoch + 4);
    assert!(stopped.epoch() < 200);
    let why = stopped.finished().unwrap();
    assert!(why.starts_with("val_loss got no better for 4 epochs; the weights are those of epoch "), "{why}");

    let mut short = session(&format!("{settings}\nstop-patience=0"));
    train(&mut short, best.epoch as usize);
    assert!(stopped.network().theta == short.network().theta, "the weights are not those of the best epoch");
    let lowest = |session: &Session| {
        session.recorder().checkpoints().iter().map(|found| found.evaluation.loss).fold(f64::INFINITY, f64::min)
    };
    assert_eq!(best.figure, lowest(&stopped));

    let mut kept = session(&format!("{settings}\nstop-patience=4\nrestore-best=no"));
    train(&mut kept, 999);
    assert!(kept.network().theta != stopped.network().theta);
    assert_eq!(kept.epoch(), stopped.epoch());
    // Who goes on is given as much time again.
    kept.set("epochs", "300").unwrap();
    assert!(kept.finished().is_none());
    train(&mut kept, 3);
    assert!(kept.finished().is_none(), "{:?}", kept.finished());
}

#[test]
fn accuracy_may_be_what_counts_and_training_loss_where_nothing_is_held_out() {
    let mut by_accuracy = session("model=classifier-mlp\nmonitor=accuracy\nmin-delta=0\nepochs=20\nschedule=constant");
    train(&mut by_accuracy, 99);
    let checkpoints = by_accuracy.recorder().checkpoints();
    let highest = checkpoints.iter().filter_map(|found| found.evaluation.accuracy).fold(0.0, f64::max);
    assert_eq!(by_accuracy.best().unwrap().figure, highest);

    let mut alone =
        session("model=autoencoder-dense\nembedding=4\nvalidation-split=0\nstop-patience=2\nmin-delta=100\nepochs=50");
    train(&mut alone, 99);
    assert_eq!(alone.epoch(), 3);
    assert!(alone.finished().unwrap().starts_with("loss got no better for 2 epochs"));
}
