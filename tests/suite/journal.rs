//! Journals: replaying a journal repeats its run to the last bit, and invalid journals are refused with one sentence.

use neurarium::config::Config;
use neurarium::par;
use neurarium::rng::{Purpose, Rng};
use neurarium::session::{Command, Journal, NeuronSet, Session};

const CONFIG: &str = "model=autoencoder\nlimit=90\nbatch-size=10\nembedding=12\nepochs=6\nseed=3";

fn new() -> Session {
    Session::new(Config::parse(CONFIG).unwrap()).unwrap()
}

/// Makes twenty edits of every kind at irregular steps of a run over several epochs.
fn edited_run() -> Session {
    let mut session = new();
    let mut rng = Rng::new(4, Purpose::Test, 0);
    let clock = || 0.0;
    for number in 0..20 {
        for _ in 0..rng.below(4) {
            session.step_once(&clock).unwrap();
        }
        let network = session.network();
        let picked = |name: &str| {
            let block = network.block_named(name).unwrap();
            vec![NeuronSet { block, indices: vec![number % network.shape(block).len(), 1] }]
        };
        let command = match number {
            0 | 9 => Command::Set { parameters: vec![5, 6, 7], values: vec![0.1, 0.2, -0.3] },
            1 => Command::ScaleIncoming { neurons: picked("encode1"), factor: 1.1 },
            2 => Command::Pin { neurons: picked("embedding"), parameters: vec![3], pinned: true },
            3 => Command::Hold { neurons: picked("encode2"), value: 0.3, channel: true },
            4 => Command::Setting { key: "learning-rate".into(), value: "0.002".into() },
            5 | 12 | 13 | 17 => Command::Undo,
            6 | 14 => Command::Redo,
            7 => Command::Reinitialise { neurons: picked("expand"), seed: 8 },
            8 => Command::Freeze { blocks: vec![1], frozen: true },
            10 => Command::Setting { key: "embedding".into(), value: "20".into() },
            11 => Command::ScaleOutgoing { neurons: picked("embedding"), factor: 0.7 },
            15 => Command::Setting { key: "optimizer".into(), value: "adamw".into() },
            16 => Command::AddIncoming { neurons: picked("output"), amount: 0.01 },
            18 => Command::Setting { key: "batch-size".into(), value: "7".into() },
            _ => Command::SetBias { neurons: picked("expand"), value: 0.05 },
        };
        session.edit(&command, number == 9).unwrap_or_else(|error| panic!("{number}: {error}"));
    }
    for _ in 0..5 {
        session.step_once(&clock).unwrap();
    }
    session
}

#[test]
fn replaying_a_journal_of_twenty_edits_during_training_gives_the_same_theta_bit_for_bit() {
    let live = edited_run();
    let text = live.journal();
    assert_eq!(text.lines().count(), 21, "{text}");
    for threads in [1, 3] {
        let replayed = par::with_threads(threads, || {
            let mut session = new();
            session.follow(Journal::parse(&text).unwrap()).unwrap();
            while session.status().step < live.status().step {
                session.train(0.0, &|| 0.0).unwrap();
            }
            assert_eq!(session.replayed(), (20, 0));
            session
        });
        let bits = |session: &Session| session.network().theta.iter().map(|w| w.to_bits()).collect::<Vec<_>>();
        assert!(bits(&live) == bits(&replayed), "{threads} threads");
        assert!(live.network() == replayed.network());
        assert_eq!(replayed.journal(), text, "a replayed run has the same journal");
    }
}

#[test]
fn a_journal_is_read_back_as_it_was_written() {
    let text = edited_run().journal();
    assert_eq!(Journal::parse(&text).unwrap().print(), text);
}

#[test]
fn a_journal_can_be_applied_at_once() {
    let mut live = new();
    let commands = [
        Command::Set { parameters: vec![1, 2], values: vec![0.5] },
        Command::Add { parameters: vec![2], amount: 0.25 },
        Command::Undo,
    ];
    commands.iter().for_each(|command| drop(live.edit(command, false).unwrap()));
    let mut other = new();
    assert_eq!(other.apply_journal(&Journal::parse(&live.journal()).unwrap()).unwrap(), 3);
    assert!(other.network() == live.network());
}

#[test]
fn a_new_run_begins_a_new_journal_and_other_data_are_noted() {
    let mut session = new();
    session.edit(&Command::Set { parameters: vec![1], values: vec![0.5] }, false).unwrap();
    session.use_sample().unwrap();
    let journal = Journal::parse(&session.journal()).unwrap();
    assert_eq!(journal.entries.len(), 2);
    let error = new().apply_journal(&journal).unwrap_err().to_string();
    assert!(error.starts_with("journal, edit 2 at step 0: the run continued with other data"), "{error}");
    let edited = session.network().theta.clone();
    session.reset().unwrap();
    assert_eq!(session.journal().lines().count(), 1);
    // The network that was set aside can be restored.
    assert!(session.network().theta != edited);
    session.edit(&Command::Undo, false).unwrap();
    assert!(session.network().theta == edited);
}

#[test]
fn an_invalid_journal_is_refused_with_one_sentence() {
    let good = edited_run().journal();
    let header = good.lines().next().unwrap();
    let lines = |lines: &[&str]| [&[header], lines].concat().join("\n");
    for text in [
        String::new(),
        "hello".into(),
        "{}".into(),
        header.replacen("\"neurarium-journal\":1", "\"neurarium-journal\":2", 1),
        lines(&["nonsense"]),
        lines(&[r#"{"step":5}"#]),
        lines(&[r#"{"step":-5,"command":{"do":"undo"}}"#]),
        lines(&[r#"{"step":5,"command":{"do":"fly"}}"#]),
        lines(&[r#"{"step":5,"command":{"do":"undo"}}"#, r#"{"step":4,"command":{"do":"undo"}}"#]),
        lines(&[r#"{"step":5,"command":{"do":"set","parameters":[-1],"values":[1]}}"#]),
        lines(&[r#"{"step":5,"command":{"do":"set","parameters":"all","values":[1]}}"#]),
    ] {
        let error = Journal::parse(&text).expect_err(&text).to_string();
        assert!(error.starts_with("journal") && !error.contains('\n'), "{error}");
    }
    let mut rng = Rng::new(7, Purpose::Test, 0);
    for _ in 0..500 {
        let mut bytes = good.clone().into_bytes();
        for _ in 0..1 + rng.below(4) {
            let at = rng.below(bytes.len());
            bytes[at] = rng.next_u32() as u8;
        }
        if let Ok(journal) = Journal::parse(&String::from_utf8_lossy(&bytes)) {
            let _ = new_small().apply_journal(&journal); // an error or not, but no panic
        }
    }
}

fn new_small() -> Session {
    Session::new(Config::parse("model=autoencoder-dense\nlimit=2\nembedding=2").unwrap()).unwrap()
}
