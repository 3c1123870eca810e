//! Edits and codes on the command line: journals that repeat a run, edited models, codes as files.

use std::fs;
use std::path::Path;

use crate::common::program::{Folder, number, picture};
use neurarium::config::Config;
use neurarium::file::safetensors;
use neurarium::network::Network;
use neurarium::session::{Command, NeuronSet, Session};

fn network(path: &Path) -> Network {
    safetensors::read(&fs::read(path).unwrap()).unwrap().network
}

/// A run of two epochs with edits in between; its journal and its end.
fn live_run() -> Session {
    let config = "model=autoencoder-dense\nlimit=60\nembedding=8\nbatch-size=6\nepochs=2\nseed=5";
    let mut session = Session::new(Config::parse(config).unwrap()).unwrap();
    let clock = || 0.0;
    for step in 0.. {
        if session.finished().is_some() {
            return session;
        }
        let neurons = vec![NeuronSet { block: 1, indices: vec![3, 4] }];
        let command = match step {
            0 => Some(Command::ScaleIncoming { neurons, factor: 1.5 }),
            2 => Some(Command::Pin { neurons, parameters: Vec::new(), pinned: true }),
            5 => Some(Command::Setting { key: "learning-rate".into(), value: "0.003".into() }),
            7 => Some(Command::Hold { neurons, value: 0.25, channel: false }),
            9 => Some(Command::Undo),
            15 => Some(Command::AddIncoming { neurons, amount: 0.01 }),
            _ => None,
        };
        if let Some(command) = command {
            session.edit(&command, false).unwrap();
        }
        session.train(0.0, &clock).unwrap();
    }
    unreachable!()
}

#[test]
fn training_with_a_journal_repeats_the_run_bit_for_bit() {
    let folder = Folder::new("journal");
    let live = live_run();
    fs::write(folder.path("run.journal"), live.journal()).unwrap();
    for threads in ["threads=1", "threads=3"] {
        let result = folder.result(&["train", "journal=run.journal", threads]);
        assert_eq!((number(&result, "edits"), number(&result, "edits_left")), (6.0, 0.0));
        assert_eq!(number(&result, "steps"), live.status().step as f64);
        assert!(&network(&folder.path("models/autoencoder-dense.safetensors")) == live.network());
    }
    let short = folder.result(&["train", "journal=run.journal", "epochs=1"]);
    assert!(0.0 < number(&short, "edits_left"));
    let told = folder.refused(1, &["train", "journal=missing.journal"]);
    assert!(told.starts_with("missing.journal"), "{told}");
    fs::write(folder.path("odd.journal"), "not a journal\n").unwrap();
    let told = folder.refused(1, &["train", "journal=odd.journal"]);
    assert!(told.starts_with("odd.journal: journal line 1: not understood"), "{told}");
}

#[test]
fn edit_applies_a_journal_to_a_model() {
    let folder = Folder::new("edit");
    folder.result(&["train", "model=autoencoder-dense", "limit=30", "embedding=8", "epochs=1", "seed=5"]);
    let (model, edited) = ("models/autoencoder-dense.safetensors", "models/edited.safetensors");
    let journal = r#"{"neurarium-journal":1,"seed":5,"data":"","step":0,"settings":""}
{"step":0,"command":{"do":"set","parameters":[3,4],"values":[0.5,-0.25]}}
{"step":0,"command":{"do":"hold","neurons":[{"block":1,"indices":[0,1,2]}],"value":5}}
{"step":9,"command":{"do":"pin","parameters":[3],"pinned":true}}
"#;
    fs::write(folder.path("edits.journal"), journal).unwrap();
    let result = folder.result(&["edit", model, "edits.journal", edited, "limit=30"]);
    assert_eq!(number(&result, "edits"), 3.0);
    assert!(number(&result, "loss_before") != number(&result, "loss_after"));
    let (before, after) = (network(&folder.path(model)), network(&folder.path(edited)));
    assert_eq!(after.theta[3..5], [0.5, -0.25]);
    assert!(after.theta[5..] == before.theta[5..]);
    assert!(after.pins().contains(3) && after.holds().iter().count() == 3);
    fs::write(folder.path("wrong.journal"), journal.replace("[3,4]", "[3,99999999]")).unwrap();
    let told = folder.refused(1, &["edit", model, "wrong.journal", "models/not-written.safetensors"]);
    assert!(told.starts_with("journal, edit 1 at step 0: parameters: expected an index below"), "{told}");
    assert!(!folder.path("models/not-written.safetensors").exists());
    folder.refused(2, &["edit", model, "edits.journal"]);
}

#[test]
fn surgery_changes_a_model_and_foretells_its_outputs() {
    let folder = Folder::new("surgery");
    let sizes = "architecture=a: dense outputs=24 relu; b: dense outputs=12 relu; c: dense outputs=classes";
    folder.result(&["train", sizes, "limit=40", "width=8", "height=8", "epochs=2", "seed=5"]);
    let model = "models/own.safetensors";
    let with = |operation: &str| folder.result(&["surgery", model, "models/out.safetensors", operation, "limit=40"]);
    let before = network(&folder.path(model));
    let added = |units: usize| units * (before.input().len() + 1 + 12);
    let wide = with("widen:a:5");
    assert_eq!((number(&wide, "equal"), number(&wide, "difference")), (1.0, 0.0));
    assert_eq!(number(&wide, "parameters"), (before.param_len() + added(5)) as f64);
    assert_eq!(number(&wide, "parameters_before"), before.param_len() as f64);
    assert_eq!(network(&folder.path("models/out.safetensors")).param_len(), before.param_len() + added(5));
    let fewer = with("cull:a:4");
    assert_eq!(number(&fewer, "parameters"), (before.param_len() - added(4)) as f64);
    assert!(0.0 < number(&fewer, "difference") && number(&fewer, "equal") == 0.0);
    assert!(0.0 < number(&with("thin:b:1:4"), "pinned"));
    for operation in ["widen:a", "deepen:a", "deepen:b:linear", "recycle:b:2", "vacuum:b", "vacuum:b:0.01", "remove:b"]
    {
        with(operation);
    }
    for (operation, words) in [
        ("widen", "surgery: expected an operation and a layer"),
        ("widen:q:3", "surgery: expected the name of a layer after the colon (a"),
        ("widen:c:3", "c: expected a layer before the last"),
        ("sing:a", "surgery: expected widen, lines, deepen, cull"),
        ("cull:a:some", "surgery: expected unread, silent or a number"),
        ("cull:a:unread", "surgery: expected some neurons that are unread, got none"),
    ] {
        let told = folder.refused(1, &["surgery", model, "models/no.safetensors", operation, "limit=40"]);
        assert!(told.starts_with(words), "{told}");
        assert!(!folder.path("models/no.safetensors").exists());
    }
}

#[test]
fn run_writes_the_code_of_an_image_and_decodes_an_edited_one() {
    let folder = Folder::new("code");
    folder.result(&["train", "model=autoencoder-dense", "limit=30", "embedding=8", "epochs=1", "seed=5"]);
    let model = "models/autoencoder-dense.safetensors";
    let input = image::RgbImage::from_fn(20, 20, |x, y| image::Rgb([x as u8 * 12, y as u8 * 9, 80]));
    input.save(folder.path("in.png")).unwrap();
    let result = folder.result(&["run", model, "in.png", "out.png", "embedding-output=code.txt"]);
    assert_eq!(number(&result, "embedding"), 8.0);
    folder.result(&["run", model, "in.png", "out.png", "embedding-output=code.csv"]);
    let lines = fs::read_to_string(folder.path("code.txt")).unwrap();
    assert_eq!(lines.lines().count(), 8);
    assert_eq!(fs::read_to_string(folder.path("code.csv")).unwrap().split(',').count(), 8);
    let plain = fs::read(folder.path("out.png")).unwrap();
    for unchanged in ["embedding=code.txt", "embedding=code.csv"] {
        folder.result(&["run", model, "in.png", "same.png", unchanged]);
        assert!(fs::read(folder.path("same.png")).unwrap() == plain, "{unchanged}");
    }
    fs::write(folder.path("edited.txt"), "# other\n2 = 3.5\n7=-4\n").unwrap();
    folder.result(&["run", model, "in.png", "other.png", "embedding=edited.txt", "embedding-output=after.txt"]);
    assert!(fs::read(folder.path("other.png")).unwrap() != plain);
    assert_eq!(picture(&folder.path("other.png")).0, 32);
    assert!(fs::read_to_string(folder.path("after.txt")).unwrap().contains("2=3.5\n"));
    fs::write(folder.path("bad.txt"), "8=1\n").unwrap();
    let told = folder.refused(1, &["run", model, "in.png", "x.png", "embedding=bad.txt"]);
    assert_eq!(told, "bad.txt: line 1: expected NUMBER=VALUE, a number below 8, got \"8=1\"");
    folder.refused(2, &["run", model, "in.png", "x.png", "epochs=3"]);
    folder.refused(2, &["run", model, "in.png", "x.png", "embedding="]);
}
