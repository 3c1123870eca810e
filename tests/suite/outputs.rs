//! What a run writes: a place that refuses it is told before the first step, and never costs what was learnt.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::time::{Duration, Instant};

use crate::common::program::{Folder, number, stderr, stdout};

const RUN: [&str; 5] = ["train", "input-directory=pictures", "model=autoencoder-dense", "embedding=4", "batch-size=4"];

fn with_pictures(name: &str) -> Folder {
    let folder = Folder::new(name);
    folder.pictures("pictures", 6);
    folder
}

/// A file system of its own of this size, in memory; `None` where this user may not make one.
struct SmallDisk<'a>(&'a Folder);

impl<'a> SmallDisk<'a> {
    fn new(folder: &'a Folder, kibibytes: usize) -> Option<Self> {
        let path = folder.path("disk");
        fs::create_dir_all(&path).unwrap();
        let options = format!("size={kibibytes}k");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(&path).output();
        mounted.is_ok_and(|mounted| mounted.status.success()).then_some(Self(folder))
    }

    /// Takes all that is free; `name`: of the file that takes it.
    fn fill(&self, name: &str) {
        let _ = fs::write(self.0.path("disk").join(name), vec![1; 64 << 20]);
    }
}

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0.path("disk")).status();
    }
}

/// A program in the background, which ends with the test.
struct Background(Child);

impl Drop for Background {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Background {
    fn start(command: &mut Command) -> Self {
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// Waits until it has written a file.
    fn wait_for(&mut self, path: &Path) {
        let begin = Instant::now();
        while !path.exists() {
            assert!(begin.elapsed() < Duration::from_secs(60) && self.runs());
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    fn runs(&mut self) -> bool {
        self.0.try_wait().unwrap().is_none()
    }

    fn interrupt(&mut self) -> ExitStatus {
        Command::new("kill").args(["-INT", &self.0.id().to_string()]).status().unwrap();
        self.0.wait().unwrap()
    }
}

fn result_of(output: &Output) -> String {
    assert!(output.status.success(), "{}", stderr(output));
    stdout(output).lines().last().unwrap_or_default().into()
}

#[test]
fn places_that_cannot_be_written_are_told_before_the_first_step() {
    let folder = with_pictures("probe");
    for name in ["autoencoder-dense", "autoencoder-dense-last"] {
        let place = folder.path(&format!("models/{name}.safetensors"));
        fs::create_dir_all(&place).unwrap();
        let told = last_line(&folder.run(&[&RUN[..], &["epochs=1000000"]].concat()));
        assert!(told.contains(&format!("{name}.safetensors: expected a place for a file, got a folder")), "{told}");
        fs::remove_dir(&place).unwrap();
    }
    fs::write(folder.path("file"), "").unwrap();
    for key in ["model-directory", "output-directory", "history-directory"] {
        let told = last_line(&folder.run(&[&RUN[..], &["epochs=1000000", &format!("{key}=file/below")]].concat()));
        assert!(told.starts_with(&format!("{key}: the folder file/below")), "{told}");
    }
    fs::create_dir_all(folder.path("history/autoencoder-dense/history.csv")).unwrap();
    let told = last_line(&folder.run(&[&RUN[..], &["epochs=1000000", "history-directory=history"]].concat()));
    assert!(told.contains("history.csv: expected a place for a file, got a folder"), "{told}");
}

#[test]
fn a_folder_of_another_user_is_told_before_the_first_step() {
    let folder = with_pictures("read-only");
    fs::create_dir_all(folder.path("models")).unwrap();
    fs::set_permissions(folder.path("models"), fs::Permissions::from_mode(0o555)).unwrap();
    fs::set_permissions(&folder.0, fs::Permissions::from_mode(0o777)).unwrap();
    let is_root = fs::metadata(&folder.0).unwrap().uid() == 0;
    let arguments = [&RUN[..], &["epochs=1000000"]].concat();
    let output = if is_root {
        let mut command = Command::new("setpriv");
        command.args(["--reuid=65534", "--regid=65534", "--clear-groups", env!("CARGO_BIN_EXE_neurarium")]);
        match command.args(&arguments).current_dir(&folder.0).output() {
            Ok(output) => output,
            Err(_) => return, // no way to be another user here
        }
    } else {
        folder.run(&arguments)
    };
    let told = last_line(&output);
    assert!(told.contains("autoencoder-dense.safetensors: cannot be written"), "{told}");
}

fn last_line(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", stderr(output));
    stderr(output).lines().last().unwrap_or_default().into()
}

#[test]
fn a_name_as_long_as_names_can_be_is_saved() {
    let folder = with_pictures("long-name");
    folder.result(&[&RUN[..], &["epochs=1"]].concat());
    let name = "m".repeat(255 - "-last.safetensors".len());
    fs::copy(folder.path("models/autoencoder-dense.safetensors"), folder.path(&format!("{name}.safetensors"))).unwrap();
    let model = format!("model={name}.safetensors");
    folder.result(&["train", "input-directory=pictures", &model, "epochs=1", "checkpoint-interval=1"]);
    assert!(folder.path(&format!("models/{name}.safetensors")).exists());
    assert!(folder.path(&format!("models/{name}-last.safetensors")).exists());
}

#[test]
fn a_history_and_checkpoints_on_a_full_disk_cost_nothing_else() {
    let folder = with_pictures("full-side");
    let Some(disk) = SmallDisk::new(&folder, 64) else { return };
    let history = ["epochs=400", "history-directory=disk"];
    let output = folder.run(&[&RUN[..], &history].concat());
    result_of(&output);
    let told = stderr(&output);
    assert!(told.contains("cannot be written") && told.contains("training goes on"), "{told}");
    assert_eq!(told.matches("training goes on").count(), told.matches("cannot be written").count());
    assert!(folder.path("models/autoencoder-dense.safetensors").exists());
    drop(disk);
}

#[test]
fn a_model_whose_folder_is_full_is_saved_elsewhere() {
    let folder = with_pictures("full-model");
    let Some(disk) = SmallDisk::new(&folder, 8 << 10) else { return };
    let arguments = [&RUN[..], &["epochs=0", "model-directory=disk", "checkpoint-interval=1"]].concat();
    let (result, told) = (folder.path("result"), folder.path("told"));
    let mut command = folder.command(&arguments);
    command.stdout(fs::File::create(&result).unwrap()).stderr(fs::File::create(&told).unwrap());
    let mut run = Background(command.spawn().unwrap());
    run.wait_for(&folder.path("disk/autoencoder-dense-last.safetensors"));
    disk.fill("filler");
    std::thread::sleep(Duration::from_millis(500));
    disk.fill("rest"); // what a checkpoint took that was under way
    assert!(run.runs(), "a checkpoint that cannot be written ended the run");
    assert!(run.interrupt().success());
    let result = fs::read_to_string(result).unwrap();
    let saved = result.split_whitespace().find_map(|pair| pair.strip_prefix("saved_as=")).expect("a place");
    let told = fs::read_to_string(told).unwrap();
    assert!(told.contains("the model was saved as") && folder.path(saved).exists(), "{told}");
    folder.result(&["info", saved]);
    let parts = folder.files("disk").into_iter().filter(|name| name.ends_with(".part")).count();
    assert_eq!(parts, 0);
}

#[test]
fn two_runs_in_one_folder_have_names_of_their_own() {
    let folder = with_pictures("two-runs");
    let endless = [&RUN[..], &["epochs=0", "checkpoint-interval=1"]].concat();
    let mut first = Background::start(&mut folder.command(&endless));
    first.wait_for(&folder.path("models/autoencoder-dense-last.safetensors"));
    for seed in ["seed=2", "seed=3", "seed=4"] {
        let output = folder.run(&[&RUN[..], &["epochs=2", "checkpoint-interval=1", seed]].concat());
        assert!(result_of(&output).starts_with("result images="));
        assert!(stderr(&output).contains("so this run is called autoencoder-dense-2"), "{}", stderr(&output));
        assert!(first.runs(), "the first run ended");
    }
    assert!(first.interrupt().success());
    for name in ["autoencoder-dense", "autoencoder-dense-last", "autoencoder-dense-2", "autoencoder-dense-2-last"] {
        folder.result(&["info", &format!("models/{name}.safetensors")]);
    }
    assert!(!folder.files("models").iter().any(|name| name.ends_with(".part") || name.ends_with(".lock")));
    let again = folder.run(&[&RUN[..], &["epochs=1"]].concat());
    assert!(!stderr(&again).contains("this run is called"), "{}", stderr(&again));
}

#[test]
fn a_damaged_checkpoint_points_at_the_best_epoch() {
    let folder = with_pictures("damaged");
    folder.result(&[&RUN[..], &["epochs=3", "checkpoint-interval=1"]].concat());
    fs::write(folder.path("models/autoencoder-dense-last.safetensors"), "damaged").unwrap();
    let told = last_line(&folder.run(&[&RUN[..], &["resume=auto"]].concat()));
    let best = "model=models/autoencoder-dense-best.safetensors continues from the best epoch instead";
    assert!(told.ends_with(best), "{told}");
    folder.result(&["train", "input-directory=pictures", "epochs=1", best.split(' ').next().unwrap()]);
}

#[test]
fn settings_of_the_image_count_for_the_sample_set_too() {
    let folder = Folder::new("sample-size");
    let small = ["train", "width=16", "height=12", "channels=1", "limit=60", "epochs=1", "model=autoencoder-dense"];
    let result = folder.result(&small);
    assert_eq!(number(&result, "images"), 60.0);
    let info = stdout(&folder.run(&["info", "models/autoencoder-dense.safetensors"]));
    assert!(info.contains("input      16 x 12 x 1"), "{info}");
}
