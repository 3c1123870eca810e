//! What takes long with large networks: it is the same on any number of threads, tells how far it is, and where it is
//! stopped everything stays as it was.

use std::sync::Arc;

use neurarium::config::Config;
use neurarium::data::{Loaded, Report, toy};
use neurarium::error::Result;
use neurarium::gauge::Gauge;
use neurarium::network::Network;
use neurarium::network::preset::{self, Request};
use neurarium::par;
use neurarium::rng::{Purpose, Rng};
use neurarium::session::{Command, Session};
use neurarium::shape::Shape;

/// Tensors that are longer than what one thread draws at a time.
fn network(name: &str) -> Network {
    let request = Request { classes: 3, embedding: 70, dropout: 0.2 };
    preset::find(name).unwrap().build(Shape::from_whc(20, 16, 3), request).unwrap()
}

#[test]
fn the_first_numbers_are_those_of_each_tensors_own_stream_on_any_number_of_threads() {
    for name in ["autoencoder", "autoencoder-dense", "autoencoder-local", "classifier-mlp"] {
        let mut expected = network(name);
        for block in 0..expected.blocks().len() {
            for (number, (tensor, range)) in expected.tensors(block).into_iter().enumerate() {
                let mut rng = Rng::new(4, Purpose::Initialise, (block * 4 + number) as u64);
                tensor.init.fill(&mut expected.theta[range], &mut rng);
            }
        }
        for threads in 1..=3 {
            let mut drawn = network(name);
            par::with_threads(threads, || drawn.initialise(4));
            assert!(drawn == expected, "{name} on {threads} threads");
        }
        // Some ranges alone, also such as begin within a tensor, and none.
        let ranges = [5..6, 700..30_000, 30_000..30_001, 60_000..60_000, 70_000..expected.param_len()];
        let ranges = ranges.map(|range| range.start.min(expected.param_len())..range.end.min(expected.param_len()));
        let mut drawn = network(name);
        drawn.theta.fill(7.0);
        let gauge = Gauge::default();
        drawn.draw(4, &ranges, &gauge).unwrap();
        let inside = |index: &usize| ranges.iter().any(|range| range.contains(index));
        let count = (0..drawn.param_len()).filter(inside).count() as u32;
        assert_eq!(gauge.progress().0, count, "{name}");
        for (index, (&drawn, &expected)) in drawn.theta.iter().zip(&expected.theta).enumerate() {
            assert_eq!(drawn, if inside(&index) { expected } else { 7.0 }, "{name}, parameter {index}");
        }
    }
}

fn session() -> Session {
    let config = Config::parse("model=autoencoder-dense\nembedding=20\nepochs=30\nscaling=standard").unwrap();
    let loaded = Loaded { dataset: toy::shapes(60, 32, 1), report: Report::default() };
    let mut session = Session::with_data(config, loaded).unwrap();
    (0..3).for_each(|_| session.step_once(&|| 0.0).unwrap());
    session.edit(&Command::Add { parameters: vec![3], amount: 0.5 }, false).unwrap();
    session.set("learning-rate", "0.002").unwrap();
    session
}

/// All there is to know of a session: its checkpoint holds numbers, moments, curves, splits and journal.
fn state(session: &Session) -> (Vec<u8>, String, String) {
    session.gauge().begin();
    let rest = format!("{:?}{:?}", session.history(), session.data_summary().notes);
    (session.checkpoint().unwrap(), session.config().print(), rest)
}

type Work = (&'static str, Box<dyn Fn(&mut Session) -> Result<()>>);

/// Everything that may be stopped.
fn works() -> Vec<Work> {
    fn work(name: &'static str, work: impl Fn(&mut Session) -> Result<()> + 'static) -> Work {
        (name, Box::new(work))
    }
    fn set(name: &'static str, key: &'static str, value: &'static str) -> Work {
        work(name, move |session| session.set(key, value).map(drop))
    }
    let other = {
        let mut other = session();
        other.set("embedding", "50").unwrap();
        other.save().unwrap()
    };
    let checkpoint = {
        let mut later = session();
        later.step_once(&|| 0.0).unwrap();
        later.checkpoint().unwrap()
    };
    vec![
        work("save", |session| session.save().map(drop)),
        work("checkpoint", |session| session.checkpoint().map(drop)),
        work("open", move |session| session.open(&other).map(drop)),
        work("resume", move |session| session.resume_as_it_was(&checkpoint).map(drop)),
        set("wider embedding", "embedding", "60"),
        set("model", "model", "classifier-mlp"),
        set("seed", "seed", "77"),
        set(
            "layers",
            "architecture",
            "encode1: dense outputs=512 relu; dense outputs=300; dense outputs=values; picture",
        ),
        work("reset", |session| session.reset().map(drop)),
        work("transfer", |session| session.transfer("auto", "all", "hidden").map(drop)),
    ]
}

#[test]
fn what_is_stopped_leaves_everything_as_it_was_and_succeeds_afterwards() {
    for (name, work) in works() {
        let mut session = session();
        let before = state(&session);
        session.gauge().begin();
        session.gauge().stop();
        let error = work(&mut session).unwrap_err();
        assert!(error.is_cancelled(), "{name}: {error}");
        assert!(state(&session) == before, "{name}: something changed");
        // A wish that came too late, or was for something else, ends nothing.
        session.gauge().stop();
        session.gauge().begin();
        work(&mut session).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (done, total) = session.gauge().progress();
        assert!(0 < total && done == total, "{name}: {done} of {total}");
    }
}

#[test]
fn an_undo_that_is_stopped_can_still_be_done() {
    let mut session = session();
    session.set("embedding", "10").unwrap();
    let before = state(&session);
    session.gauge().begin();
    session.gauge().stop();
    assert!(session.edit(&Command::Undo, false).unwrap_err().is_cancelled());
    assert!(state(&session) == before, "something changed"); // it begins another run of the gauge
    session.edit(&Command::Undo, false).unwrap();
    assert_eq!(session.config().embedding(), 20);
    session.gauge().begin();
    session.gauge().stop();
    assert!(session.edit(&Command::Redo, false).unwrap_err().is_cancelled());
    session.gauge().begin();
    session.edit(&Command::Redo, false).unwrap();
    assert_eq!(session.config().embedding(), 10);
}

#[test]
fn a_stop_in_the_middle_leaves_everything_as_it_was() {
    for (name, work) in
        works().into_iter().filter(|(name, _)| ["save", "open", "seed", "wider embedding"].contains(name))
    {
        let mut session = session();
        let before = state(&session);
        // Another thread sees how far it is; where that one is late, once more.
        let stopped = (0..100).any(|_| {
            let gauge = Arc::clone(session.gauge());
            gauge.begin();
            let result = std::thread::scope(|scope| {
                scope.spawn(|| {
                    while gauge.progress().0 == 0 {
                        std::hint::spin_loop();
                    }
                    gauge.stop();
                });
                work(&mut session)
            });
            match result {
                Ok(()) => session = self::session(),
                Err(ref error) => assert!(error.is_cancelled() && 0 < gauge.progress().0, "{name}: {error}"),
            }
            result.is_err()
        });
        assert!(stopped, "{name} was never caught");
        assert!(state(&session) == before, "{name}: something changed");
        session.gauge().begin();
        work(&mut session).unwrap();
    }
}
