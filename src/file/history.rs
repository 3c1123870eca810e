//! The history of a run for other programs: one CSV table, or JSON.
//!
//! The CSV has a line for each step, with the figures of an evaluation on the line of its step; cells without a
//! measurement are empty. The JSON has `steps` and `epochs`, lists of objects keyed by column names, and `events`.

use serde_json::{Map, Value, json};

use super::table::{Row, Table};
use crate::recorder::{Event, Recorder};

/// The history as comma-separated values.
pub fn csv(recorder: &Recorder) -> String {
    let (points, epochs) = (Table::of(recorder.points()), Table::of(recorder.evaluations()));
    // Columns of both tables occur once.
    let own: Vec<usize> = (0..epochs.columns.len()).filter(|&c| !points.columns.contains(&epochs.columns[c])).collect();
    let names = points.columns.iter().chain(own.iter().map(|&column| &epochs.columns[column]));
    let mut text = names.map(String::as_str).chain(["events"]).collect::<Vec<_>>().join(",") + "\n";
    let (mut epoch, mut events) = (0, recorder.events().iter().peekable());
    for row in 0..points.len() {
        let step = points.cell(0, row);
        for column in 0..points.columns.len() {
            text += &cell(points.cell(column, row));
            text.push(',');
        }
        let measured = epoch < epochs.len() && epochs.cell(0, epoch) == step;
        for &column in &own {
            if measured {
                text += &cell(epochs.cell(column, epoch));
            }
            text.push(',');
        }
        epoch += usize::from(measured);
        let mut here: Vec<&Event> = Vec::new();
        while let Some(event) = events.next_if(|event| event.step as f64 <= step || row + 1 == points.len()) {
            here.push(event);
        }
        if !here.is_empty() {
            let texts: Vec<&str> = here.iter().map(|event| event.text.as_str()).collect();
            text += &format!("\"{}\"", texts.join("; ").replace('"', "\"\""));
        }
        text.push('\n');
    }
    text
}

/// The shortest text that gives the same number; empty for NaN.
fn cell(value: f64) -> String {
    if value.is_nan() { String::new() } else { value.to_string() }
}

/// The history as JSON.
pub fn json(recorder: &Recorder) -> String {
    let whole = json!({
        "steps": objects(recorder.points()),
        "epochs": objects(recorder.evaluations()),
        "events": recorder.events(),
    });
    whole.to_string()
}

fn objects<R: Row>(rows: &[R]) -> Vec<Value> {
    let object = |row: &R| {
        let pairs = R::COLUMNS.iter().zip(row.cells()).filter(|(_, value)| value.is_finite());
        Value::Object(Map::from_iter(pairs.map(|(name, value)| (name.to_string(), number(value)))))
    };
    rows.iter().map(object).collect()
}

/// Integers without a decimal point.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 2f64.powi(53) { json!(value as i64) } else { json!(value) }
}
