//! The history of a run as files: every step is in them, and the event file has the format of TensorBoard.

use std::fs;

use crate::common::program::Folder;
use neurarium::checksum::Checksum;
use serde_json::Value;

const RUN: [&str; 7] = [
    "train",
    "input-directory=pictures",
    "model=classifier-mlp",
    "epochs=3",
    "batch-size=8",
    "history-directory=history",
    "plateau-patience=1",
];

/// The messages of a TFRecord file; every length and message must have its masked checksum.
fn messages(mut bytes: &[u8]) -> Vec<&[u8]> {
    let masked = |bytes: &[u8]| {
        let crc = Checksum::of(bytes);
        crc.rotate_right(15).wrapping_add(0xa282_ead8)
    };
    let mut found = Vec::new();
    while !bytes.is_empty() {
        let (length, rest) = bytes.split_first_chunk::<8>().unwrap();
        let (sum, rest) = rest.split_first_chunk::<4>().unwrap();
        assert_eq!(u32::from_le_bytes(*sum), masked(length));
        let (message, rest) = rest.split_at(u64::from_le_bytes(*length) as usize);
        let (sum, rest) = rest.split_first_chunk::<4>().unwrap();
        assert_eq!(u32::from_le_bytes(*sum), masked(message));
        found.push(message);
        bytes = rest;
    }
    found
}

#[test]
fn csv_json_and_event_file_describe_the_same_run() {
    let folder = Folder::new("history");
    folder.pictures("pictures", 12);
    let told = folder.result(&[&RUN[..], &["min-delta=100"]].concat());
    let steps: usize = told["steps"].parse().unwrap();
    let place = folder.path("history/classifier-mlp");
    assert_eq!(folder.files("history/classifier-mlp").len(), 3);

    let csv = fs::read_to_string(place.join("history.csv")).unwrap();
    let lines: Vec<&str> = csv.lines().collect();
    let columns: Vec<&str> = lines[0].split(',').collect();
    assert_eq!(columns[..5], ["step", "epoch", "examples", "seconds", "loss"]);
    assert_eq!(lines.len(), steps + 1);
    let of = |line: &str, column: &str| -> String {
        line.split(',').nth(columns.iter().position(|name| *name == column).unwrap()).unwrap().into()
    };
    assert_eq!(of(lines[steps], "step"), steps.to_string());
    assert_eq!(lines[1..].iter().filter(|line| !of(line, "val_loss").is_empty()).count(), 3);
    assert!(csv.contains("\"val_loss did not improve for one epoch: learning rate lowered from "), "{csv}");

    let json: Value = serde_json::from_str(&fs::read_to_string(place.join("history.json")).unwrap()).unwrap();
    assert_eq!((json["steps"].as_array().unwrap().len(), json["epochs"].as_array().unwrap().len()), (steps, 3));
    assert_eq!(json["steps"][0]["loss"].to_string(), of(lines[1], "loss"));
    assert_eq!(json["epochs"][2]["val_loss"].as_f64().unwrap().to_string(), of(lines[steps], "val_loss"));

    let events = fs::read(place.join("events.out.tfevents.0.neurarium")).unwrap();
    let found = messages(&events);
    let frames = json["histograms"]["frames"].as_array().unwrap().len();
    assert!(0 < frames);
    assert_eq!(found.len(), 1 + steps + 3 + frames);
    // wall_time; file_version, a string of 13 letters.
    assert_eq!((found[0][0], &found[0][9..]), (0x09, &b"\x1a\x0dbrain.Event:2"[..]));
    // wall_time; step 1; a summary whose first value is loss/train.
    let loss: f32 = of(lines[1], "loss").parse::<f64>().unwrap() as f32;
    let first = found[1..].iter().find(|message| message[9..11] == [0x10, 1]).unwrap();
    let value = [&b"\x0a\x0aloss/train\x15"[..], &loss.to_le_bytes()].concat();
    assert_eq!((first[0], first[11]), (0x09, 0x2a));
    assert!(first.windows(value.len()).any(|part| part == value), "{first:?}");
}

#[test]
fn a_resumed_run_has_its_whole_history() {
    let folder = Folder::new("history-resumed");
    folder.pictures("pictures", 12);
    let run = [&RUN[..], &["checkpoint-interval=1", "resume=auto"]].concat();
    folder.result(&[&run[..], &["epochs=2"]].concat());
    let told = folder.result(&[&run[..], &["epochs=5"]].concat());
    let csv = fs::read_to_string(folder.path("history/classifier-mlp/history.csv")).unwrap();
    assert_eq!(csv.lines().count() - 1, told["steps"].parse::<usize>().unwrap());
    let events = fs::read(folder.path("history/classifier-mlp/events.out.tfevents.0.neurarium")).unwrap();
    let json: Value =
        serde_json::from_str(&fs::read_to_string(folder.path("history/classifier-mlp/history.json")).unwrap()).unwrap();
    let frames = json["histograms"]["frames"].as_array().unwrap().len();
    assert_eq!(messages(&events).len(), csv.lines().count() + 5 + frames);
}
