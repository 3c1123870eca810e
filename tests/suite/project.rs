//! Projects: one file that goes on to the bit, in a session and on the command line; hostile ones get one sentence.

use std::fs;
use std::io::{Cursor, Read};

use crate::common::files::mutated;
use crate::common::program::Folder;
use neurarium::config::Config;
use neurarium::file::project;
use neurarium::rng::{Purpose, Rng};
use neurarium::session::{Command, Session};

/// A run of some steps, with an edit in its journal.
fn session() -> Session {
    let config = Config::parse("model=classifier-mlp\nlimit=64\nbatch-size=16\noptimizer=adam").unwrap();
    let mut session = Session::new(config).unwrap();
    (0..3).for_each(|_| session.step_once(&|| 0.0).unwrap());
    session.edit(&Command::Freeze { blocks: vec![1], frozen: true }, false).unwrap();
    (0..3).for_each(|_| session.step_once(&|| 0.0).unwrap());
    session
}

#[test]
fn a_project_goes_on_to_the_bit() {
    let mut first = session();
    let file = first.project_file().unwrap();
    assert!(project::sniff(&file));
    // It is opened over other images and another network.
    let other = Config::parse("model=autoencoder-dense\nlimit=20\nseed=9").unwrap();
    let mut again = Session::new(other).unwrap();
    let notice = again.open_project(&file).unwrap();
    assert!(notice.text.contains("at step 6"), "{}", notice.text);
    assert_eq!(again.checkpoint_file().unwrap().len(), first.checkpoint_file().unwrap().len());
    for _ in 0..4 {
        first.step_once(&|| 0.0).unwrap();
        again.step_once(&|| 0.0).unwrap();
    }
    assert_eq!(again.network(), first.network());
    assert_eq!(again.recorder().steps(), first.recorder().steps());
    assert_eq!(again.project_file().unwrap(), first.project_file().unwrap());
}

#[test]
fn other_programs_read_what_is_in_it() {
    let file = session().project_file().unwrap();
    let mut zip = zip::ZipArchive::new(Cursor::new(&file)).unwrap();
    let names: Vec<String> = zip.file_names().map(|name| name.unwrap().into_owned()).collect();
    assert_eq!(names, ["run.safetensors", "images.neurdata", "settings.txt", "journal.jsonl", "history.csv"]);
    let mut text = |name: &str| {
        let mut text = String::new();
        zip.by_name(name).unwrap().read_to_string(&mut text).unwrap(); // which checks the sum
        text
    };
    assert!(text("settings.txt").contains("optimizer=adam"));
    assert!(text("journal.jsonl").contains("freeze"));
    assert_eq!(text("history.csv").lines().count(), 7);
}

#[test]
fn damaged_projects_are_refused_in_a_sentence_and_change_nothing() {
    let good = session().project_file().unwrap();
    let mut here = session();
    let before = here.network().clone();
    let refused = |bytes: &[u8]| project::read(bytes).unwrap_err().to_string();
    assert_eq!(refused(b""), "project: its list of entries: expected a whole zip, got one that is cut off or damaged");
    for end in (0..good.len()).step_by(good.len() / 20 + 1) {
        assert!(here.open_project(&good[..end]).is_err(), "cut at {end}");
    }
    for round in 0..30 {
        let mut rng = Rng::new(round, Purpose::Test, 0);
        // Most damage would only hit the pixels, so half of the rounds hit the list at the end.
        let from = if round % 2 == 0 { 0 } else { good.len() - 600 };
        let bad = [&good[..from], &mutated(&good[from..], &mut rng)].concat();
        if let Err(error) = here.open_project(&bad) {
            let told = error.to_string();
            assert!(!told.contains('\n') && told.chars().count() < 400, "{told}");
            assert_eq!(here.network(), &before);
        } else {
            here = session();
        }
    }
    // The end claims entries and places that are not there.
    for (back, value) in [(12, u16::MAX), (12, 3), (6, u16::MAX), (4, 7)] {
        let mut bad = good.clone();
        let at = bad.len() - back;
        bad[at..at + 2].copy_from_slice(&value.to_le_bytes());
        assert!(project::read(&bad).is_err() || value == 3, "{back} {value}");
    }
}

#[test]
fn the_command_line_writes_a_project_and_goes_on_with_it() {
    let folder = Folder::new("project");
    folder.pictures("faces", 12);
    let settings = ["model=classifier-mlp", "input-directory=faces", "model-directory=models", "batch-size=4"];
    let train = |more: &[&str]| folder.result(&[&["train"], &settings[..], more].concat());
    train(&["epochs=2", "checkpoint-interval=1"]);
    let last = "models/classifier-mlp-last.safetensors";
    let result = folder.result(&["export", last, "project.zip", "input-directory=faces"]);
    assert_eq!(result["images"], "24");
    // It goes on without the images, as the checkpoint does with them.
    let on = |resume: &str, more: &[&str]| {
        folder.result(&[&["train", resume, "epochs=3", "model-directory=on"], more].concat());
        fs::read(folder.path("on/classifier-mlp.safetensors")).unwrap()
    };
    let with_images = on(&format!("resume={last}"), &["input-directory=faces"]);
    assert_eq!(on("resume=project.zip", &[]), with_images);
    fs::write(folder.path("bad.zip"), &fs::read(folder.path("project.zip")).unwrap()[..5000]).unwrap();
    let told = folder.refused(1, &["train", "resume=bad.zip", "epochs=3"]);
    assert!(told.contains("bad.zip: project: its list of entries: expected a whole zip"), "{told}");
}
