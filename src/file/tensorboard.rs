//! The history of a run as a TensorBoard event file.
//!
//! TFRecord framing around protobuf messages, all little-endian:
//!
//! ```text
//! u64 length | u32 masked CRC-32C of these 8 bytes | message | u32 masked CRC-32C of the message
//! masked = rotate right by 15, plus 0xa282ead8
//! Event        { 1: double wall_time, 2: int64 step, 3: string file_version, 5: Summary }
//! Summary      { 1: repeated Value };  Value { 1: string tag, 2: float simple_value, 5: HistogramProto }
//! HistogramProto { 1: double min, 2: max, 3: num, 4: sum, 5: sum_squares, 6: packed bucket_limit, 7: packed bucket }
//! ```
//! The first event names the version; each other event holds the figures of one step, or the histograms of all layers.
//!
//! Not a crate: this takes 2 KB of compressed WebAssembly. tensorboard-rs writes to folders only, asks for the clock and
//! the host's name, and therefore does not compile for it.

use std::ops::Range;

use crate::checksum::Checksum;
use crate::metrics::{Histogram, LayerQuantity};
use crate::recorder::{HistogramFrame, Recorder, SeriesTable, histogram_part};

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
    let mut event = event_at(start + position.seconds, position.step);
    let mut summary = Vec::new();
    let values = table.names().iter().map(|name| (name, table.series(name)[row]));
    for (tag, value) in values.filter_map(|(name, value)| Some((tag(name)?, value))) {
        if value.is_finite() {
            scalar(&mut summary, &tag, value as f32);
        }
    }
    bytes(&mut event, 5, &summary);
    event
}

/// A record for each of these frames of a run, with the histograms of all layers, tagged `weights/LAYER` and so on, and
/// with their shares.
pub fn histograms(recorder: &Recorder, frames: &[HistogramFrame], start: f64) -> Vec<u8> {
    let seconds = |step| recorder.steps().position(recorder.steps().rows_to(step).saturating_sub(1)).seconds;
    frames.iter().flat_map(|frame| record(&event_of(frame, start + seconds(frame.step)))).collect()
}

fn event_of(frame: &HistogramFrame, at: f64) -> Vec<u8> {
    let mut event = event_at(at, frame.step);
    let mut summary = Vec::new();
    for layer in &frame.layers {
        for quantity in LayerQuantity::ALL {
            let Some(found) = layer.of(quantity).filter(|found| !found.is_empty()) else { continue };
            let mut one = Vec::new();
            bytes(&mut one, 1, format!("{}/{}", quantity.name(), layer.name).as_bytes());
            bytes(&mut one, 5, &histogram(found));
            bytes(&mut summary, 1, &one);
        }
        for (name, share) in
            [("update_ratio", layer.update_ratio), ("dead", layer.dead), ("saturated", layer.saturated)]
        {
            if let Some(share) = share {
                scalar(&mut summary, &format!("{name}/{}", layer.name), share);
            }
        }
    }
    bytes(&mut event, 5, &summary);
    event
}

fn histogram(found: &Histogram) -> Vec<u8> {
    let mut message = Vec::new();
    for (field, value) in
        [(1, found.min.into()), (2, found.max.into()), (3, found.len().into()), (4, found.sum), (5, found.squares)]
    {
        double(&mut message, field, value);
    }
    let (first, counts) = histogram_part(&found.counts);
    let doubles = |values: &mut dyn Iterator<Item = f64>| values.flat_map(f64::to_le_bytes).collect::<Vec<u8>>();
    let last = f64::from(f32::MAX);
    let limits = (first..first + counts.len()).map(|bin| Histogram::limit(bin).min(last));
    bytes(&mut message, 6, &doubles(&mut { limits }));
    bytes(&mut message, 7, &doubles(&mut counts.iter().map(|&count| count.into())));
    message
}

/// The beginning of an event.
fn event_at(seconds: f64, step: u64) -> Vec<u8> {
    let mut event = Vec::new();
    double(&mut event, 1, seconds);
    event.push(2 << 3); // a varint
    varint(&mut event, step);
    event
}

fn scalar(summary: &mut Vec<u8>, tag: &str, value: f32) {
    let mut one = Vec::new();
    bytes(&mut one, 1, tag.as_bytes());
    one.push(2 << 3 | 5); // 4 bytes
    one.extend_from_slice(&value.to_le_bytes());
    bytes(summary, 1, &one);
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
