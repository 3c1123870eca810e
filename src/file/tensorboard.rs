//! The history of a run as a TensorBoard event file.
//!
//! TFRecord framing around protobuf messages, all little-endian:
//!
//! ```text
//! u64 length | u32 masked CRC-32C of these 8 bytes | message | u32 masked CRC-32C of the message
//! masked = rotate right by 15, plus 0xa282ead8
//! Event        { 1: double wall_time, 2: int64 step, 3: string file_version, 5: Summary }
//! Summary      { 1: repeated Value };  Value { 1: string tag, 2: float simple_value }
//! ```
//! The first event names the version; each other event holds the figures of one step.
//!
//! Not a crate: this takes 2 KB of compressed WebAssembly. tensorboard-rs writes to folders only, asks for the clock and
//! the host's name, and therefore does not compile for it.

use std::ops::Range;

use crate::checksum::Checksum;
use crate::recorder::SeriesTable;

/// The first record of a file; `start` is in seconds since 1970.
pub fn opening(start: f64) -> Vec<u8> {
    let mut event = Vec::new();
    double(&mut event, 1, start);
    bytes(&mut event, 3, b"brain.Event:2");
    record(&event)
}

/// A record for each of these rows; tags are grouped by measure: `loss/train`, `loss/val`, `rate`.
pub fn records(table: &SeriesTable, rows: Range<usize>, start: f64) -> Vec<u8> {
    rows.flat_map(|row| record(&event(table, row, start))).collect()
}

fn event(table: &SeriesTable, row: usize, start: f64) -> Vec<u8> {
    let position = table.position(row);
    let mut event = Vec::new();
    double(&mut event, 1, start + position.seconds);
    event.push(2 << 3); // a varint
    varint(&mut event, position.step);
    let mut summary = Vec::new();
    let values = table.names().iter().map(|name| (name, table.series(name)[row]));
    for (tag, value) in values.filter_map(|(name, value)| Some((tag(name)?, value))) {
        if value.is_finite() {
            let mut one = Vec::new();
            bytes(&mut one, 1, tag.as_bytes());
            one.push(2 << 3 | 5); // 4 bytes
            one.extend_from_slice(&(value as f32).to_le_bytes());
            bytes(&mut summary, 1, &one);
        }
    }
    bytes(&mut event, 5, &summary);
    event
}

/// The tag of a column; `None` for columns that are coordinates, not measures.
fn tag(column: &str) -> Option<String> {
    match column {
        "step" | "examples" | "seconds" | "val_examples" => None,
        "loss" => Some("loss/train".into()),
        "accuracy" => Some("accuracy/train".into()),
        "train_loss" => Some("loss/train_epoch".into()),
        "train_accuracy" => Some("accuracy/train_epoch".into()),
        column => Some(match column.strip_prefix("val_") {
            Some(figure) => format!("{figure}/val"),
            None => column.into(),
        }),
    }
}

fn record(message: &[u8]) -> Vec<u8> {
    let masked = |bytes: &[u8]| Checksum::of(bytes).rotate_right(15).wrapping_add(0xa282_ead8).to_le_bytes();
    let length = (message.len() as u64).to_le_bytes();
    [&length[..], &masked(&length), message, &masked(message)].concat()
}

/// Appends a field of 8 bytes.
fn double(to: &mut Vec<u8>, field: u8, value: f64) {
    to.push(field << 3 | 1); // 8 bytes
    to.extend_from_slice(&value.to_le_bytes());
}

/// Appends a field that is text or a message.
fn bytes(to: &mut Vec<u8>, field: u8, value: &[u8]) {
    to.push(field << 3 | 2); // length, then bytes
    varint(to, value.len() as u64);
    to.extend_from_slice(value);
}

/// Appends a varint: seven bits at a time, the lowest first.
fn varint(to: &mut Vec<u8>, mut value: u64) {
    while 0x80 <= value {
        to.push(value as u8 | 0x80);
        value >>= 7;
    }
    to.push(value as u8);
}
