//! The command line on images that do not fit into their memory budget.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::common::files::png;
use crate::common::program::{Folder, stderr};

/// Images of two classes: at 64 x 64 in colour they take 12 KiB each.
fn pictures(folder: &Folder, count: usize) {
    for class in ["a", "b"] {
        fs::create_dir_all(folder.path("images").join(class)).unwrap();
    }
    for n in 0..count {
        let pixels: Vec<u8> = (0..40 * 40 * 3).map(|at| ((at * (n % 7 + 1) + n * 11) % 251) as u8).collect();
        let path = folder.path("images").join(["a", "b"][n % 2]).join(format!("{n:04}.png"));
        fs::write(path, png(40, 40, 3, &pixels)).unwrap();
    }
}

const SETTINGS: [&str; 6] =
    ["train", "input-directory=images", "model=classifier-mlp", "width=64", "height=64", "epochs=2"];

/// Trains with these additional settings; returns standard error and the model.
fn train(folder: &Folder, more: &[&str]) -> (String, Vec<u8>) {
    let output = folder.run(&[&SETTINGS[..], more].concat());
    assert!(output.status.success(), "{}", stderr(&output));
    (stderr(&output), fs::read(folder.path("models/classifier-mlp.safetensors")).unwrap())
}

#[test]
fn images_beyond_the_cap_are_streamed_from_the_cache_with_the_same_result_and_decoded_once() {
    let folder = Folder::new("stream");
    pictures(&folder, 300);
    let (told, in_memory) = train(&folder, &[]);
    assert!(told.contains("3.5 MiB of pixels, in memory (memory-cap is"), "{told}");
    assert!(told.contains("half of what is free"), "{told}");
    assert!(told.contains("forecast: ") && told.contains(" s per epoch; largest batch "), "{told}");
    assert!(!folder.path("cache").exists(), "what fits leaves nothing on disk");

    let (told, streamed) = train(&folder, &["memory-cap=2"]);
    assert!(told.contains("more than the memory-cap of 2.0 MiB: streamed from cache (3.5 MiB on disk)"), "{told}");
    assert!(streamed == in_memory, "the model is another one");
    let (told, again) = train(&folder, &["memory-cap=2", "threads=3"]);
    assert!(told.contains("300 images were decoded before"), "{told}");
    assert!(again == in_memory, "on three threads the model is another one");
    assert_eq!(folder.files("cache").len(), 1);

    // A changed image makes another data set; another cache folder is used.
    fs::write(folder.path("images/a/0000.png"), png(40, 40, 3, &[9; 40 * 40 * 3])).unwrap();
    let (told, other) = train(&folder, &["memory-cap=2", "cache-directory=elsewhere"]);
    assert!(told.contains("streamed from elsewhere (") && !told.contains("decoded before"), "{told}");
    assert!(other != in_memory);
}

#[test]
fn a_damaged_cache_is_decoded_again() {
    let folder = Folder::new("stream-damaged");
    pictures(&folder, 120);
    let once = ["epochs=1", "memory-cap=1"];
    let (_, whole) = train(&folder, &once);
    let cache = folder.path("cache").join(&folder.files("cache")[0]);
    let size = fs::metadata(&cache).unwrap().len() as usize;
    for part in [1, 4, 6, 9] {
        let mut bytes = fs::read(&cache).unwrap();
        bytes[size * part / 10] ^= 1 << (part % 8);
        fs::write(&cache, bytes).unwrap();
        let (told, again) = train(&folder, &once);
        assert!(!told.contains("120 images were decoded before"), "{told}");
        assert!(again == whole, "a bit changed at {part} tenths of the cache made another model");
    }
    let (told, again) = train(&folder, &once);
    assert!(told.contains("120 images were decoded before") && again == whole, "{told}");
}

#[test]
fn interrupted_decoding_continues() {
    let folder = Folder::new("stream-killed");
    pictures(&folder, 1500);
    let (_, in_memory) = train(&folder, &["epochs=1"]);
    let mut child = folder
        .command(&[&SETTINGS[..], &["epochs=1", "memory-cap=1", "threads=1"]].concat())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let cache = folder.path("cache");
    let size = || {
        fs::read_dir(&cache).into_iter().flatten().flatten().map(|e| e.metadata().map_or(0, |m| m.len())).sum::<u64>()
    };
    let begin = Instant::now();
    while size() < 2 << 20 && begin.elapsed() < Duration::from_secs(60) {
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let (told, resumed) = train(&folder, &["epochs=1", "memory-cap=1"]);
    let before: usize = told
        .split_once(" on disk; ")
        .and_then(|(_, rest)| rest.split(' ').next()?.parse().ok())
        .unwrap_or_else(|| panic!("{told}"));
    assert!((100..1500).contains(&before), "{before} of 1,500 images had been decoded");
    assert!(resumed == in_memory, "the model is another one");
}

#[test]
fn a_cache_that_cannot_be_written_is_one_sentence() {
    let folder = Folder::new("stream-nowhere");
    pictures(&folder, 300);
    fs::write(folder.path("taken"), "a file").unwrap();
    let output = folder.run(&[&SETTINGS[..], &["memory-cap=1", "cache-directory=taken"]].concat());
    assert_eq!(output.status.code(), Some(1));
    let told = stderr(&output);
    assert!(told.lines().count() == 1 && told.contains("taken"), "{told}");
}
