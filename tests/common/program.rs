//! The program as scripts use it: started in its own folder, its result line parsed.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

/// An empty folder for each test, removed at the end.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new(name: &str) -> Self {
        static FOLDERS: AtomicUsize = AtomicUsize::new(0);
        let (process, number) = (std::process::id(), FOLDERS.fetch_add(1, Relaxed));
        let path = std::env::temp_dir().join(format!("neurarium-{name}-{process}-{number}"));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    /// Runs the program in this folder.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command(arguments).output().unwrap()
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_neurarium"));
        command.current_dir(&self.0).args(arguments).stdin(Stdio::null());
        command
    }

    /// Runs the program, which must succeed, and parses its result line.
    pub fn result(&self, arguments: &[&str]) -> HashMap<String, String> {
        let output = self.run(arguments);
        assert!(output.status.success(), "{arguments:?}: {}", stderr(&output));
        let out = stdout(&output);
        let last = out.lines().last().unwrap_or_default();
        let pairs = last.strip_prefix("result ").unwrap_or_else(|| panic!("{arguments:?} ended with: {last}"));
        let pair = |pair: &str| pair.split_once('=').map(|(k, v)| (k.to_string(), v.to_string())).unwrap();
        pairs.split(' ').map(pair).collect()
    }

    /// Runs the program, which must fail with this status and a single line on standard error.
    pub fn refused(&self, status: i32, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {}", stderr(&output));
        assert_eq!(stdout(&output), "", "{arguments:?}");
        let told = stderr(&output);
        assert_eq!(told.lines().count(), 1, "{arguments:?}: {told}");
        told.trim_end().into()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn files(&self, folder: &str) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.path(folder)) else { return Vec::new() };
        let mut names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    /// Grey images of 8 x 8 with horizontal or vertical stripes, as PNGs in two class folders.
    pub fn pictures(&self, folder: &str, count: usize) {
        for class in ["lying", "standing"] {
            fs::create_dir_all(self.path(folder).join(class)).unwrap();
            for index in 0..count as u32 {
                let stripe = |at: u32| 60 + (at + index) % 4 * 40 + index * 7 % 50;
                let shade = |x, y| stripe(if class == "lying" { y } else { x }) as u8;
                let picture = image::GrayImage::from_fn(8, 8, |x, y| image::Luma([shade(x, y)]));
                picture.save(self.path(folder).join(class).join(format!("{index:03}.png"))).unwrap();
            }
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

pub fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

pub fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

pub fn number(result: &HashMap<String, String>, key: &str) -> f64 {
    let text = result.get(key).unwrap_or_else(|| panic!("no {key} in {result:?}"));
    text.parse().unwrap_or_else(|_| panic!("{key}={text} is no number"))
}

/// Width, height and number of different colours of an image.
pub fn picture(path: &Path) -> (u32, u32, usize) {
    let picture = image::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display())).to_rgb8();
    let colours: std::collections::HashSet<[u8; 3]> = picture.pixels().map(|pixel| pixel.0).collect();
    (picture.width(), picture.height(), colours.len())
}
