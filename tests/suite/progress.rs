//! Work that takes long with large networks gives the same result on any number of threads, reports its progress, and
//! leaves everything as it was if it is cancelled.

use std::sync::Arc;

use crate::common::resources;
use neurarium::config::Config;
use neurarium::data::{Loaded, Report, toy};
use neurarium::error::Result;
use neurarium::file::{self, FilesBeside};
use neurarium::network::Network;
use neurarium::network::preset::{self, Request};
use neurarium::par;
use neurarium::progress::Progress;
use neurarium::rng::{Purpose, Rng};
use neurarium::session::{Command, FindRange, Journal, NeuronSet, Session};
use neurarium::shape::Shape;

/// A network with tensors longer than one thread initialises at a time.
fn network(name: &str) -> Network {
    let request = Request { classes: 3, embedding: 70, dropout: 0.2, ..Request::default() };
    preset::find(name).unwrap().build(Shape::from_whc(20, 16, 3), request).unwrap()
}

#[test]
fn initial_parameters_come_from_each_tensors_own_stream_on_any_number_of_threads() {
    for name in ["autoencoder", "autoencoder-dense", "autoencoder-local", "classifier-mlp"] {
        let mut expected = network(name);
        for block in 0..expected.blocks().len() {
            for (number, (tensor, range)) in expected.tensors(block).into_iter().enumerate() {
                let mut rng = Rng::new(4, Purpose::Initialise, (block * 4 + number) as u64);
                tensor.init.fill(&mut expected.theta[range], &mut rng);
            }
        }
        for threads in 1..=3 {
            let mut initialised = network(name);
            par::with_threads(threads, || initialised.initialise(4));
            assert!(initialised == expected, "{name} on {threads} threads");
        }
        // Single ranges, including some that begin within a tensor, and an empty one.
        let ranges = [5..6, 700..30_000, 30_000..30_001, 60_000..60_000, 70_000..expected.param_len()];
        let ranges = ranges.map(|range| range.start.min(expected.param_len())..range.end.min(expected.param_len()));
        let mut initialised = network(name);
        initialised.theta.fill(7.0);
        let progress = Progress::default();
        initialised.initialise_ranges(4, &ranges, &progress).unwrap();
        let inside = |index: &usize| ranges.iter().any(|range| range.contains(index));
        let count = (0..initialised.param_len()).filter(inside).count() as u32;
        assert_eq!(progress.counts().0, count, "{name}");
        for (index, (&initialised, &expected)) in initialised.theta.iter().zip(&expected.theta).enumerate() {
            assert_eq!(initialised, if inside(&index) { expected } else { 7.0 }, "{name}, parameter {index}");
        }
    }
}

fn session() -> Session {
    with_images(60, 32)
}

fn with_images(count: usize, side: usize) -> Session {
    let settings = "model=autoencoder-dense\nembedding=20\nepochs=30\nscaling=standard\nkept-moments=5";
    let config = Config::parse(settings).unwrap();
    let loaded = Loaded { dataset: toy::shapes(count, side, 1), report: Report::default() };
    let mut session = Session::with_data(config, loaded).unwrap();
    (0..3).for_each(|_| session.step_once(&|| 0.0).unwrap());
    session.edit(&Command::Add { parameters: vec![3], amount: 0.5 }, false).unwrap();
    session.set("learning-rate", "0.002").unwrap();
    session
}

/// The images as one file.
fn packed(session: &mut Session) -> Vec<u8> {
    session.pack_data().unwrap();
    std::iter::from_fn(|| session.pack_part(1 << 20).filter(|part| !part.is_empty())).flatten().collect()
}

/// Edits of all kinds, with another one at the end.
fn journal(last: &str) -> Journal {
    let lines = [
        r#"{"neurarium-journal": 1, "seed": 1, "data": "Shapes", "step": 0, "settings": ""}"#,
        r#"{"step": 3, "command": {"do": "set", "parameters": [3, 4], "values": [0.25]}}"#,
        r#"{"step": 3, "command": {"do": "set", "parameters": [4, 9], "values": [0.5]}, "merge": true}"#,
        r#"{"step": 3, "command": {"do": "setting", "key": "embedding", "value": "10"}}"#,
        r#"{"step": 3, "command": {"do": "reinitialise", "neurons": [{"block": 2, "indices": [0, 5]}]}}"#,
        r#"{"step": 3, "command": {"do": "pin", "neurons": [{"block": 1, "indices": [0, 5]}], "pinned": true}}"#,
        r#"{"step": 3, "command": {"do": "undo"}}"#,
        r#"{"step": 3, "command": {"do": "hold", "neurons": [{"block": 1, "indices": [7]}], "value": 0}}"#,
        r#"{"step": 3, "command": {"do": "undo"}}"#,
        r#"{"step": 3, "command": {"do": "redo"}}"#,
        r#"{"step": 3, "command": {"do": "freeze", "blocks": [1], "frozen": true}}"#,
        r#"{"step": 3, "command": {"do": "setting", "key": "learning-rate", "value": "0.01"}}"#,
        r#"{"step": 3, "command": {"do": "setting", "key": "optimizer", "value": "sgd"}}"#,
        r#"{"step": 3, "command": {"do": "setting", "key": "validation-split", "value": "0.3"}}"#,
        r#"{"step": 3, "command": {"do": "move", "examples": [1, 2], "of": 60, "split": "dropped"}}"#,
        last,
    ];
    Journal::parse(&lines.join("\n")).unwrap()
}

/// Everything about a session that can be compared: its checkpoint holds parameters, moments, curves, splits and
/// journal.
fn state(session: &Session) -> (Vec<u8>, String, String) {
    session.progress().begin();
    let rest = format!("{:?}{:?}", session.edit_log(), session.data_summary().notes);
    (session.checkpoint().unwrap(), session.config().print(), rest)
}

type Work = (&'static str, Box<dyn Fn(&mut Session) -> Result<()>>);

/// Every kind of work that can be cancelled.
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
    let (elsewhere, images) = {
        let mut elsewhere = with_images(40, 16);
        (elsewhere.checkpoint().unwrap(), packed(&mut elsewhere))
    };
    let onnx = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/onnx/wide.onnx")).unwrap();
    fn edit(name: &'static str, command: impl Fn(Vec<NeuronSet>) -> Command + 'static) -> Work {
        work(name, move |session| {
            let indices = (0..session.network().shape(2).len()).collect();
            session.edit(&command(vec![NeuronSet { block: 2, indices }]), false).map(drop)
        })
    }
    vec![
        edit("incoming", |neurons| Command::ScaleIncoming { neurons, factor: 1.1 }),
        edit("outgoing", |neurons| Command::ScaleOutgoing { neurons, factor: 1.1 }),
        edit("re-initialise", |neurons| Command::Reinitialise { neurons, seed: 3 }),
        edit("pin", |neurons| Command::Pin { neurons, parameters: vec![], pinned: true }),
        work("replay", |session| session.apply_journal(&journal("")).map(drop)),
        work("range", |session| session.begin_job(FindRange {}, resources()).map(drop)),
        work("ONNX", move |session| {
            let model = file::read_with(&onnx, &FilesBeside::new(), session.progress())?;
            session.open_model(model).map(drop)
        }),
        work("resume with images", move |session| session.resume_as_it_was(&elsewhere, Some(&images)).map(drop)),
        work("save", |session| session.save().map(drop)),
        work("checkpoint", |session| session.checkpoint().map(drop)),
        work("open", move |session| session.open(&other).map(drop)),
        work("resume", move |session| session.resume_as_it_was(&checkpoint, None).map(drop)),
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
fn cancelled_work_changes_nothing_and_succeeds_afterwards() {
    for (name, work) in works() {
        let mut session = session();
        let before = state(&session);
        session.progress().begin();
        session.progress().stop();
        let error = work(&mut session).unwrap_err();
        assert!(error.is_cancelled(), "{name}: {error}");
        assert!(state(&session) == before, "{name}: something changed");
        // A request that comes too late, or that was for earlier work, cancels nothing.
        session.progress().stop();
        session.progress().begin();
        work(&mut session).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (done, total) = session.progress().counts();
        assert!(0 < total && done == total, "{name}: {done} of {total}");
    }
}

#[test]
fn a_cancelled_undo_can_be_repeated() {
    let mut session = session();
    session.set("embedding", "10").unwrap();
    let before = state(&session);
    session.progress().begin();
    session.progress().stop();
    assert!(session.edit(&Command::Undo, false).unwrap_err().is_cancelled());
    assert!(state(&session) == before, "something changed"); // state() begins another run of the progress
    session.edit(&Command::Undo, false).unwrap();
    assert_eq!(session.config().embedding(), 20);
    session.progress().begin();
    session.progress().stop();
    assert!(session.edit(&Command::Redo, false).unwrap_err().is_cancelled());
    session.progress().begin();
    session.edit(&Command::Redo, false).unwrap();
    assert_eq!(session.config().embedding(), 10);
}

#[test]
fn work_cancelled_in_the_middle_changes_nothing() {
    for (name, work) in
        works().into_iter().filter(|(name, _)| ["save", "open", "seed", "wider embedding", "replay"].contains(name))
    {
        let mut session = session();
        let before = state(&session);
        // Another thread waits for the first progress and cancels; if it comes too late, it tries again.
        let stopped = (0..100).any(|_| {
            let progress = Arc::clone(session.progress());
            progress.begin();
            let result = std::thread::scope(|scope| {
                scope.spawn(|| {
                    while progress.counts().0 == 0 {
                        std::hint::spin_loop();
                    }
                    progress.stop();
                });
                work(&mut session)
            });
            match result {
                Ok(()) => session = self::session(),
                Err(ref error) => assert!(error.is_cancelled() && 0 < progress.counts().0, "{name}: {error}"),
            }
            result.is_err()
        });
        assert!(stopped, "{name} was never caught");
        assert!(state(&session) == before, "{name}: something changed");
        session.progress().begin();
        work(&mut session).unwrap();
    }
}

#[test]
fn a_journal_that_ends_in_an_error_changes_nothing() {
    let mut session = session();
    while session.epoch() < 2 {
        session.step_once(&|| 0.0).unwrap();
    }
    session.edit(&Command::Undo, false).unwrap(); // the undone edit can still be redone afterwards
    let network = session.network().clone();
    let before = (state(&session), session.run().snapshots.list(), session.journal());
    assert!(!before.1.steps.is_empty());
    let neuron = |index: usize| {
        format!(
            r#"{{"step": 3, "command": {{"do": "hold", "neurons": [{{"block": 1, "indices": [{index}]}}], "value": 0}}}}"#
        )
    };
    let error = session.apply_journal(&journal(&neuron(1 << 20))).unwrap_err().to_string();
    assert!(error.starts_with("journal, edit 15 at step 3: "), "{error}");
    let (bytes, config, rest) = state(&session);
    assert_eq!((config, rest), (before.0.1.clone(), before.0.2.clone()));
    assert_eq!((session.run().snapshots.list(), session.journal()), (before.1, before.2));
    assert!(bytes == before.0.0, "something changed");
    assert_eq!(session.apply_journal(&journal(&neuron(2))).unwrap(), 15);
    assert_eq!(session.config().embedding(), 10);
    for _ in 0..10 {
        session.edit(&Command::Undo, false).unwrap(); // the drag is one edit
    }
    assert!(*session.network() == network);
}

#[test]
fn a_cancelled_look_back_shows_the_same_network_as_before() {
    let mut session = session();
    while session.epoch() < 2 {
        session.step_once(&|| 0.0).unwrap();
    }
    let before = (state(&session), session.run().snapshots.list());
    session.progress().begin();
    session.progress().stop();
    assert!(session.travel(Some(0)).unwrap_err().is_cancelled());
    assert!((state(&session), session.run().snapshots.list()) == before);
    session.progress().begin();
    session.travel(Some(0)).unwrap();
    let (done, total) = session.progress().counts();
    assert!(0 < total && done == total && session.run().snapshots.list().shown == Some(0));
    // A cancelled edit begins no branch either.
    session.progress().begin();
    session.progress().stop();
    let neurons = vec![NeuronSet { block: 2, indices: vec![0] }];
    let edit = Command::ScaleIncoming { neurons, factor: 2.0 };
    assert!(session.edit(&edit, false).unwrap_err().is_cancelled());
    assert_eq!(session.run().snapshots.list().shown, Some(0));
    session.travel(None).unwrap();
    assert!((state(&session), session.run().snapshots.list()) == before);
}

#[test]
fn an_observer_sees_the_progress_and_can_cancel_the_work() {
    use std::sync::atomic::{AtomicU32, Ordering};
    static MOST: AtomicU32 = AtomicU32::new(0);
    let mut long = session();
    long.progress().begin();
    long.progress().observe_with(|done, total| {
        assert!(done <= total);
        MOST.fetch_max(done, Ordering::Relaxed);
        0 < done
    });
    let before = long.network().clone();
    assert!(long.set("embedding", "33").unwrap_err().is_cancelled());
    assert!(0 < MOST.load(Ordering::Relaxed));
    assert!(*long.network() == before);
}

#[test]
fn a_session_whose_step_is_cancelled_trains_on_as_if_it_had_not_begun() {
    let mut config = Config::default();
    for (key, value) in [("model", "classifier-cnn"), ("width", "128"), ("height", "128"), ("batch-size", "30")] {
        config.set(key, value).unwrap();
    }
    let mut session = Session::new(config).unwrap();
    session.progress().begin();
    session.progress().stop();
    assert!(session.train(0.0, &|| 0.0).unwrap_err().is_cancelled());
    assert_eq!(session.status().step, 0);
    session.progress().begin();
    session.train(0.0, &|| 0.0).unwrap();
    assert_eq!(session.status().step, 1);
}
