//! The history of a run for other programs: one CSV table, or JSON.
//!
//! The CSV has a line for each step, with the figures of an evaluation on the line of its step; cells without a
//! measurement are empty. The JSON has `steps` and `epochs`, lists of objects keyed by column names, and `events`.

use serde_json::{Map, Value, json};

use crate::recorder::{Event, Recorder, SeriesTable};

/// The history as comma-separated values.
pub fn csv(recorder: &Recorder) -> String {
    let (steps, epochs) = (recorder.steps(), recorder.evaluation_series());
    // Columns of both tables occur once.
    let own: Vec<&String> = epochs.names().iter().filter(|name| !steps.names().contains(name)).collect();
    let names = steps.names().iter().chain(own.iter().copied());
    let mut text = names.map(String::as_str).chain(["events"]).collect::<Vec<_>>().join(",") + "\n";
    let (mut epoch, mut events) = (0, recorder.events().iter().peekable());
    for row in 0..steps.len() {
        let step = steps.series("step")[row];
        for name in steps.names() {
            text += &cell(steps.value(name, row));
            text.push(',');
        }
        let measured = epochs.value("step", epoch) == Some(step);
        for name in &own {
            if measured {
                text += &cell(epochs.value(name, epoch));
            }
            text.push(',');
        }
        epoch += usize::from(measured);
        let mut here: Vec<&Event> = Vec::new();
        while let Some(event) = events.next_if(|event| event.step as f64 <= step || row + 1 == steps.len()) {
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

/// The shortest text that gives the same number; empty where there is none.
fn cell(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}

/// The history as JSON.
pub fn json(recorder: &Recorder) -> String {
    let whole = json!({
        "steps": objects(recorder.steps()),
        "epochs": objects(recorder.evaluation_series()),
        "events": recorder.events(),
    });
    whole.to_string()
}

fn objects(table: &SeriesTable) -> Vec<Value> {
    let object = |row: usize| {
        let values = table.names().iter().map(|name| (name, table.series(name)[row]));
        let finite = values.filter(|(_, value)| value.is_finite());
        Value::Object(Map::from_iter(finite.map(|(name, value)| (name.clone(), number(value)))))
    };
    (0..table.len()).map(object).collect()
}

/// Integers without a decimal point.
fn number(value: f64) -> Value {
    if value.fract() == 0.0 && value.abs() < 2f64.powi(53) { json!(value as i64) } else { json!(value) }
}
