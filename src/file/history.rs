//! The history of a run for other programs: one CSV table, or JSON.
//!
//! The CSV has a line for each step, with the figures of an evaluation on the line of its step; cells without a
//! measurement are empty. The JSON has `steps` and `epochs`, lists of objects keyed by column names, `events`, and
//! `histograms`: `limits`, the numbers at which all bins but the last end, and `frames` with the layers at some steps. Their
//! `counts` begin at the bin `first`. For a classifier, `evaluations` has the cells of the confusion matrix that are not 0, as
//! label, prediction and count, and the expected calibration error.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::metrics::{Histogram, LayerQuantity, LayerStatistics};
use crate::recorder::{ClassFrame, Event, HistogramFrame, Recorder, SeriesTable, histogram_part};

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
        "histograms": {
            "limits": (0..Histogram::BINS - 1).map(Histogram::limit).collect::<Vec<f64>>(),
            "frames": recorder.histograms().frames().iter().map(frame).collect::<Vec<Value>>(),
        },
        "evaluations": recorder.classes().frames().iter().map(evaluation).collect::<Vec<Value>>(),
    });
    whole.to_string()
}

fn frame(frame: &HistogramFrame) -> Value {
    let layer = |layer: &LayerStatistics| {
        let mut fields = Map::from_iter([("name".to_string(), json!(layer.name))]);
        for quantity in LayerQuantity::ALL {
            let Some(found) = layer.of(quantity) else { continue };
            let (first, counts) = histogram_part(&found.counts);
            let Histogram { zeros, min, max, .. } = found;
            let figures = json!({
                "first": first, "counts": counts, "zeros": zeros, "min": min, "max": max,
                "mean": found.mean(), "rms": found.rms(),
            });
            fields.insert(quantity.name().into(), figures);
        }
        let shares =
            [("update_ratio", layer.update_ratio), ("dead", layer.dead), ("saturated", layer.saturated)].into_iter();
        fields.extend(shares.filter_map(|(name, share)| Some((name.to_string(), json!(share?)))));
        Value::Object(fields)
    };
    json!({
        "step": frame.step,
        "epoch": frame.epoch,
        "layers": frame.layers.iter().map(layer).collect::<Vec<Value>>(),
    })
}

fn evaluation(frame: &ClassFrame) -> Value {
    let mut cells: BTreeMap<(u16, u16), usize> = BTreeMap::new();
    frame.answers.iter().for_each(|answer| *cells.entry((answer.label, answer.predicted)).or_default() += 1);
    let cells: Vec<Value> = cells.iter().map(|((label, predicted), count)| json!([label, predicted, count])).collect();
    json!({ "step": frame.step, "epoch": frame.epoch, "ece": frame.calibration.ece(), "cells": cells })
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
