//! Resuming is exact: a run that was interrupted and resumed from a checkpoint equals one that was not, to the last bit
//! of weights, moments, counters and record.

use neurarium::config::Config;
use neurarium::data::{Loaded, Report, toy};
use neurarium::file::safetensors;
use neurarium::par;
use neurarium::session::{Command, Session};

fn session(settings: &str) -> Session {
    let config = Config::parse(settings).unwrap();
    let dataset = toy::shapes(150, 16, 1);
    Session::with_data(config, Loaded { dataset, report: Report::default() }).unwrap()
}

/// A clock that stands still, so that measured durations do not distinguish two runs.
fn still() -> f64 {
    0.0
}

fn steps(session: &mut Session, count: usize) {
    (0..count).for_each(|_| session.step_once(&still).unwrap());
}

fn resumed(settings: &str, checkpoint: &[u8]) -> Session {
    let mut session = session(settings);
    session.resume(safetensors::read(checkpoint).unwrap()).unwrap();
    session
}

/// Everything with a state: dropout, edges that come and go, a schedule with an end, plateaus, and a batch size that leaves a short last batch.
const RUNS: [&str; 9] = [
    "model=classifier-mlp\ndropout=0.3\nbatch-size=16\nepochs=30\nplateau-patience=1\nmin-delta=10",
    "model=classifier-cnn\nbatch-size=32\nepochs=25\nschedule=one-cycle\noptimizer=adamw\nweight-decay=0.01",
    "model=autoencoder-dense\nembedding=8\nbatch-size=20\nschedule=step\nepochs=15",
    "model=manifold\nmanifold-hidden=30\nmanifold-weights=own\nstraight-through=0.05\nsparsity-weight=1\nmanifold-width=2\n\
     manifold-narrowing=2\nbatch-size=40\nepochs=30",
    "model=manifold\nmanifold-hidden=30\nmanifold-growth=gradient\ngrowth-interval=7\nbatch-size=40\nepochs=30",
    "model=manifold\nmanifold-sequence=rows\nmanifold-neuron=gated\nmanifold-hidden=12\nbatch-size=70\nepochs=60",
    "model=manifold\nmanifold-sequence=rows\nmanifold-feedback=5\nmanifold-hidden=12\nmanifold-growth=gradient\n\
     growth-interval=7\nbatch-size=40\nepochs=30",
    "model=graph\ngraph-free=20\ngraph-sources=10\nbatch-size=70\nepochs=60",
    "model=autoencoder\nembedding=8\nbatch-size=40\noptimizer=sgd\nlearning-rate=0.1\nschedule=exponential\nepochs=30",
];

#[test]
fn a_hundred_steps_are_fifty_then_resumed_then_fifty() {
    for settings in RUNS {
        let mut whole = session(settings);
        steps(&mut whole, 100);
        let mut first = session(settings);
        steps(&mut first, 50);
        let checkpoint = first.checkpoint().unwrap();
        // With another number of threads, and through two more files.
        let second = par::with_threads(3, || {
            let mut second = resumed(settings, &checkpoint);
            steps(&mut second, 23);
            let mut third = resumed(settings, &second.checkpoint().unwrap());
            steps(&mut third, 27);
            third
        });
        assert!(whole.network().theta == second.network().theta, "{settings}: weights");
        assert_eq!(whole.recorder().points(), second.recorder().points(), "{settings}");
        assert_eq!(whole.recorder().events(), second.recorder().events(), "{settings}");
        assert!(whole.recorder().structure() == second.recorder().structure(), "{settings}: edges over time");
        let names = whole.recorder().steps().names().iter();
        let differs = |name: &&String| {
            let bits = |session: &Session| -> Vec<u64> {
                session.recorder().steps().series(name).iter().map(|value| value.to_bits()).collect()
            };
            bits(&whole) != bits(&second)
        };
        assert_eq!(names.filter(differs).collect::<Vec<_>>(), Vec::<&String>::new(), "{settings}: series");
        assert!(whole.checkpoint().unwrap() == second.checkpoint().unwrap(), "{settings}: something else");
    }
}

#[test]
fn a_checkpoint_from_any_position_continues_exactly() {
    let settings = "model=classifier-mlp\nbatch-size=16\nepochs=3\nvalidation-split=0.5";
    let mut whole = session(settings);
    let mut checkpoints = Vec::new();
    let mut measuring = 0;
    while whole.finished().is_none() {
        whole.train(0.0, &still).unwrap();
        measuring += usize::from(whole.status().evaluating.is_some());
        checkpoints.push(whole.checkpoint().unwrap());
    }
    assert!(measuring > 0, "none was written during an evaluation");
    let end = whole.checkpoint().unwrap();
    for (index, checkpoint) in checkpoints.iter().enumerate() {
        let mut again = resumed(settings, checkpoint);
        while again.finished().is_none() {
            again.train(0.0, &still).unwrap();
        }
        assert!(again.checkpoint().unwrap() == end, "checkpoint {index} of {}", checkpoints.len());
    }
}

#[test]
fn edits_pins_and_settings_changed_on_the_way_are_resumed() {
    let settings = "model=autoencoder-dense\nembedding=8\nbatch-size=20\nepochs=0\nschedule=constant";
    let mut whole = session(settings);
    steps(&mut whole, 10);
    for command in [
        r#"{"do": "pin", "neurons": [{"block": 2, "indices": [1, 2]}], "pinned": true}"#,
        r#"{"do": "hold", "neurons": [{"block": 2, "indices": [3]}], "value": 0.25}"#,
        r#"{"do": "freeze", "blocks": [1], "frozen": true}"#,
    ] {
        whole.edit(&serde_json::from_str(command).unwrap(), false).unwrap();
    }
    whole.set("learning-rate", "0.004").unwrap();
    whole.set("batch-size", "24").unwrap();
    let checkpoint = whole.checkpoint().unwrap();
    let mut again = session("model=classifier-mlp\nvalidation-split=0.3");
    again.resume_as_it_was(&checkpoint, None).unwrap();
    assert_eq!(again.config().get("learning-rate").unwrap(), "0.004");
    assert_eq!(again.journal(), whole.journal());
    for run in [&mut whole, &mut again] {
        steps(run, 30);
    }
    assert!(whole.checkpoint().unwrap() == again.checkpoint().unwrap());
}

#[test]
fn a_checkpoint_is_a_model_file_as_well() {
    let mut run = session(RUNS[2]);
    steps(&mut run, 20);
    let model = safetensors::read(&run.checkpoint().unwrap()).unwrap();
    assert!(model.network == *run.network() && model.run.is_some());
    let mut plain = session(RUNS[2]);
    plain.open(&run.checkpoint().unwrap()).unwrap();
    assert!(plain.network().theta == run.network().theta && plain.recorder().points().is_empty());
    let message = plain.resume(safetensors::read(&run.save().unwrap()).unwrap()).unwrap_err().to_string();
    assert!(message.starts_with("resume: expected a checkpoint"), "{message}");
}

#[test]
fn other_data_are_refused_and_nothing_is_lost() {
    let mut run = session(RUNS[0]);
    steps(&mut run, 20);
    let checkpoint = run.checkpoint().unwrap();
    let dataset = toy::shapes(140, 16, 1);
    let config = Config::parse("model=autoencoder-dense").unwrap();
    let mut other = Session::with_data(config, Loaded { dataset, report: Report::default() }).unwrap();
    steps(&mut other, 5);
    let before = other.checkpoint().unwrap();
    let message = other.resume_as_it_was(&checkpoint, None).unwrap_err().to_string();
    assert!(
        message.starts_with("data: expected the data that the run was trained on: coloured shapes, 150 images"),
        "{message}"
    );
    assert!(other.checkpoint().unwrap() == before);
}

#[test]
fn a_run_with_a_changed_seed_is_resumed_and_restored_like_any_other() {
    let mut run = session("model=classifier-mlp");
    run.set("seed", "7").unwrap();
    steps(&mut run, 10);
    let theta = run.network().theta.clone();
    let checkpoint = run.checkpoint().unwrap();
    // As after a reload: the page starts with its own settings, then takes those of the run.
    let mut other = session("model=autoencoder-dense");
    other.resume_as_it_was(&checkpoint, None).unwrap();
    assert!(other.network().theta == theta && other.data().splits == run.data().splits);
    run.set("model", "classifier-cnn").unwrap();
    run.edit(&Command::Undo, false).unwrap();
    assert!(run.network().theta == theta);
}

#[test]
fn a_damaged_checkpoint_is_detected_by_its_checksum() {
    let mut run = session("model=classifier-mlp\nbatch-size=16");
    steps(&mut run, 12);
    let good = run.checkpoint().unwrap();
    // One bit of the weights, of the moments, of the record, and of the metadata.
    let settings = good.windows(8).position(|bytes| bytes == b"settings").unwrap() + 20;
    for place in [good.len() / 8, good.len() / 2, good.len() - 9, settings] {
        let mut bad = good.clone();
        bad[place] ^= 1;
        let message = safetensors::read(&bad).unwrap_err().to_string();
        assert!(message.starts_with("model file: ") && message.contains("damaged"), "{place}: {message}");
    }
    for len in [0, 7, 100, good.len() / 2, good.len() - 1] {
        assert!(safetensors::read(&good[..len]).is_err());
    }
}

#[test]
fn a_finished_run_continues_when_more_epochs_are_asked_for() {
    let settings = "model=classifier-mlp\nbatch-size=64\nepochs=2\nschedule=constant";
    let train = |session: &mut Session| {
        while session.finished().is_none() {
            session.train(1e9, &still).unwrap();
        }
    };
    let mut two = session(settings);
    train(&mut two);
    let checkpoint = two.checkpoint().unwrap();
    assert!(resumed(settings, &checkpoint).finished().is_some());
    let longer = settings.replace("epochs=2", "epochs=4");
    let (mut four, mut whole) = (resumed(&longer, &checkpoint), session(&longer));
    assert!(four.finished().is_none());
    train(&mut four);
    train(&mut whole);
    assert!(four.network().theta == whole.network().theta);
}
