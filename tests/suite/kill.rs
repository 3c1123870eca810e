//! A run that is killed at random moments and resumed each time loses nothing but the steps since its last checkpoint:
//! its end is the end of a run that nobody killed, to the last byte.

#![cfg(unix)]

use std::fs;
use std::process::Stdio;
use std::time::Duration;

use crate::common::program::{Folder, stderr};
use neurarium::file::safetensors;
use neurarium::rng::{Purpose, Rng};

const KILLS: usize = 20;

const RUN: [&str; 8] = [
    "train",
    "input-directory=pictures",
    "model=classifier-mlp",
    "dropout=0.2",
    "epochs=1000",
    "batch-size=4",
    "checkpoint-interval=1",
    "plateau-patience=7",
];

/// Steps in the checkpoint, which must always be one that can be read.
fn steps(folder: &Folder) -> u64 {
    let Ok(bytes) = fs::read(folder.path("models/classifier-mlp-last.safetensors")) else { return 0 };
    let model = safetensors::read(&bytes).expect("a checkpoint is never half written");
    model.run.expect("the run").state.position.step
}

#[test]
fn a_run_killed_twenty_times_ends_like_one_that_was_not() {
    let folder = Folder::new("kill");
    folder.pictures("pictures", 12);
    folder.result(&[&RUN[..], &["model-directory=whole"]].concat());

    let resume = [&RUN[..], &["resume=auto"]].concat();
    let mut rng = Rng::new(7, Purpose::Test, 0);
    let mut last = 0;
    for kill in 0..KILLS {
        let mut child = folder.command(&resume).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        // Until it has got on a little since the last time, and then to a random moment.
        while steps(&folder) < last + 11 && child.try_wait().unwrap().is_none() {
            std::thread::sleep(Duration::from_millis(1));
        }
        std::thread::sleep(Duration::from_micros(rng.below(30_000) as u64));
        assert!(child.try_wait().unwrap().is_none(), "the run was over before it was killed for the {kill}th time");
        child.kill().unwrap(); // SIGKILL
        child.wait().unwrap();
        let now = steps(&folder);
        assert!(last < now, "kill {kill}: {last} steps before, {now} now");
        last = now;
    }
    let output = folder.run(&resume);
    assert!(output.status.success(), "{}", stderr(&output));
    assert!(stderr(&output).contains("resumed classifier-mlp at step "), "{}", stderr(&output));
    let model = |directory: &str| fs::read(folder.path(directory).join("classifier-mlp.safetensors")).unwrap();
    assert!(model("models") == model("whole"), "the model of the killed run is another one");
    let left = folder.files("models");
    assert!(left.iter().all(|name| name.ends_with(".safetensors")), "{left:?}");
}

#[test]
fn resume_says_what_it_does_and_what_it_cannot() {
    let folder = Folder::new("resume");
    folder.pictures("pictures", 6);
    let run = &RUN[..];
    let output = folder.run(&[run, &["resume=auto", "epochs=3"]].concat());
    assert!(output.status.success());
    assert!(stderr(&output).contains("classifier-mlp-last.safetensors does not exist yet; starting a new run"));
    assert_eq!(folder.files("models").len(), 3, "{:?}", folder.files("models"));

    let told = folder.refused(1, &[run, &["resume=models/classifier-mlp.safetensors"]].concat());
    assert!(told.contains("expected a checkpoint, got a model without its run"), "{told}");
    let told = folder.refused(1, &[run, &["resume=nowhere.safetensors"]].concat());
    assert!(told.starts_with("nowhere.safetensors: cannot be opened"), "{told}");
    folder.pictures("pictures", 7);
    let output = folder.run(&[run, &["resume=auto"]].concat());
    assert!(stderr(&output).contains("data: expected the data that the run was trained on"), "{}", stderr(&output));

    let path = folder.path("models/classifier-mlp-last.safetensors");
    let mut bytes = fs::read(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 64;
    fs::write(&path, bytes).unwrap();
    let told = folder.refused(1, &[run, &["resume=auto"]].concat());
    assert!(told.contains("classifier-mlp-last.safetensors: model file: its checksum"), "{told}");
}

#[test]
fn a_snapshot_is_a_place_to_branch_from() {
    let folder = Folder::new("branch");
    folder.pictures("pictures", 6);
    let run = ["train", "input-directory=pictures", "model=classifier-mlp", "batch-size=4", "schedule=constant"];
    folder.result(&[&run[..], &["epochs=6", "snapshot-interval=2"]].concat());
    let whole = fs::read(folder.path("models/classifier-mlp.safetensors")).unwrap();
    let snapshot = "resume=models/classifier-mlp-epoch-0004.safetensors";
    let told = folder.result(&[&run[..], &[snapshot]].concat());
    assert_eq!(told["epochs"], "6");
    assert!(fs::read(folder.path("models/classifier-mlp.safetensors")).unwrap() == whole);
    folder.result(&[&run[..], &[snapshot, "learning-rate=0.01", "model-directory=other"]].concat());
    assert!(fs::read(folder.path("other/classifier-mlp.safetensors")).unwrap() != whole);
}
