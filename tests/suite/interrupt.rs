//! Ctrl-C within one pass of a network that takes minutes for an image: the program ends within seconds, and what was
//! saved before is as it was.

#![cfg(target_os = "linux")] // whose `env` gives signals back their defaults

use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use crate::common::program::Folder;
use neurarium::config::Config;
use neurarium::session::Session;

/// 8 x 8 pixels enlarged to 512 x 512, and windows of 255 x 255 over them.
const SLOW: &str = "upsample factor=16; upsample factor=4; conv outputs=64 kernel=255; max-pool size=16 stride=16; dense outputs=classes";

/// The same sizes as those of [`Folder::pictures`].
const SIZE: &str = "width=8\nheight=8\nchannels=1\nlimit=40\nwork-limit=none";

fn slow_model(folder: &Folder) {
    let mut config = Config::parse(SIZE).unwrap();
    config.set("architecture", SLOW).unwrap();
    let session = Session::new(config).unwrap();
    fs::write(folder.path("slow.safetensors"), session.save().unwrap()).unwrap();
}

/// The program with the usual answer to Ctrl-C, also where these tests run in the background of a script, which has none.
fn command(folder: &Folder, arguments: &[&str]) -> Command {
    let mut command = Command::new("env");
    command.args(["--default-signal=INT", env!("CARGO_BIN_EXE_neurarium")]).args(arguments);
    command.current_dir(&folder.0).stdin(Stdio::null());
    command
}

/// Presses Ctrl-C.
fn interrupt(child: &Child) {
    assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
}

/// How the program ended, which must take no more than some seconds.
fn ended(mut child: Child) -> ExitStatus {
    let since = Instant::now();
    while since.elapsed() < Duration::from_secs(10) {
        if let Some(status) = child.try_wait().unwrap() {
            return status;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    child.kill().unwrap();
    panic!("still running {:?} after Ctrl-C", since.elapsed());
}

#[test]
fn commands_that_only_read_end_at_once_and_write_nothing() {
    let folder = Folder::new("interrupt-read");
    folder.pictures("pictures", 12);
    slow_model(&folder);
    let (model, pictures, limit) = ("slow.safetensors", "input-directory=pictures", "work-limit=none");
    let before = folder.files(".");
    for arguments in [
        &["run", model, "pictures/lying/000.png", "out.png", limit][..],
        &["render", model, "out.png", pictures, limit],
        &["eval", model, limit], // on the sample set, whose classes it knows
    ] {
        let mut child = command(&folder, arguments).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_secs(1));
        assert!(child.try_wait().unwrap().is_none(), "{arguments:?} was over before it was interrupted");
        interrupt(&child);
        assert_eq!(ended(child).signal(), Some(2), "{arguments:?}");
        assert_eq!(folder.files("."), before, "{arguments:?}");
    }
}

#[test]
fn training_is_ended_within_a_step_by_a_second_time_and_keeps_what_was_saved() {
    let folder = Folder::new("interrupt-step");
    folder.pictures("pictures", 12);
    let run = ["train", "model=classifier-mlp", "input-directory=pictures", "checkpoint-interval=1", "batch-size=8"];
    folder.result(&[&run[..], &["epochs=2"]].concat());
    let saved = || -> Vec<(String, Vec<u8>)> {
        let read = |name: String| (name.clone(), fs::read(folder.path("models").join(name)).unwrap());
        let names = folder.files("models").into_iter();
        names.filter(|name| !name.ends_with(".lock")).map(read).collect() // a lock ends with its program
    };
    let before = saved();
    assert_eq!(before.len(), 3, "{:?}", folder.files("models"));

    let slow = format!("architecture={SLOW}");
    let arguments = [&run[..], &[slow.as_str(), "work-limit=none"]].concat();
    let mut child = command(&folder, &arguments).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.contains("of pixels, in memory")));
    std::thread::sleep(Duration::from_secs(1));
    interrupt(&child);
    assert!(lines.any(|line| line.contains("stopping; Ctrl-C again ends at once")));
    assert!(child.try_wait().unwrap().is_none(), "a step of minutes cannot be over");
    interrupt(&child);
    assert_eq!(ended(child).code(), Some(130));
    assert!(saved() == before, "{:?}", folder.files("models"));
}
