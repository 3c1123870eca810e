//! What a report says of how good a network is, and of how it came to be so.

use serde_json::Value;

use super::material::Material;
use super::part::{
    COUNT, DECIBEL, NUMBER, SHARE, Section, TEXT, curves as chart, figure, gallery, group, matrix, range, series, table,
};
use crate::error::Result;
use crate::evenly::evenly;
use crate::metrics::{Confusion, Interval};
use crate::recorder::SeriesTable;
use crate::render::Theme;
use crate::words::counted;

/// Most points of a curve, classes of a matrix and of a table, confused pairs, and lines of the log.
const MOST_POINTS: usize = 300;
const MOST_COLUMNS: usize = 40;
const MOST_CLASSES: usize = 300;
const MOST_PAIRS: usize = 20;
const MOST_EVENTS: usize = 60;

pub fn figures(material: &Material) -> Result<Option<Section>> {
    let Some(found) = &material.measurement else { return Ok(None) };
    let figures = &found.figures;
    let mut rows = Vec::new();
    for (name, value, interval, kind) in [
        ("accuracy", figures.accuracy, found.accuracy_interval, SHARE),
        ("F1", figures.f1, None, SHARE),
        ("PSNR", figures.psnr, found.psnr_interval, DECIBEL),
        ("PSNR of the input itself", figures.identity, None, DECIBEL),
        ("SSIM", figures.ssim, found.ssim_interval, NUMBER),
        ("MSE", figures.mse, found.mse_interval, NUMBER),
        ("MAE", figures.mae, None, NUMBER),
        ("R²", figures.r2, None, NUMBER),
        ("loss", Some(figures.loss), found.loss_interval, NUMBER),
    ] {
        rows.extend(value.map(|value| figure(name, value.into(), interval, kind)));
    }
    let caption = format!(
        "Measured on {} after step {}, with 95 % intervals: Wilson's for a share, normal for a mean.",
        counted(figures.examples, &format!("{} image", found.split)),
        found.step
    );
    Ok(Section::of("results", "Results", &caption, vec![super::part::figures(rows)]))
}

/// The known values of a series over the epochs, thinned out evenly.
fn points(table: &SeriesTable, name: &str) -> Vec<[f64; 2]> {
    let pairs = table.series("epoch").iter().zip(table.series(name));
    let known: Vec<[f64; 2]> =
        pairs.filter(|(_, value)| value.is_finite()).map(|(&epoch, &value)| [epoch, value]).collect();
    let mut thin: Vec<[f64; 2]> = evenly(known.len(), MOST_POINTS).map(|n| known[n]).collect();
    thin.extend(known.last().filter(|last| thin.last() != Some(last)));
    thin
}

pub fn curves(material: &Material) -> Result<Option<Section>> {
    let recorder = &material.run.recorder;
    let (steps, epochs) = (recorder.steps(), recorder.evaluation_series());
    let mut parts = Vec::new();
    let mut add = |title: &str, log: bool, table: &SeriesTable, names: &[(&str, &str)]| {
        let known = names.iter().map(|&(words, name)| (words, points(table, name)));
        let known = known.filter(|(_, points)| 1 < points.len());
        let series: Vec<Value> = known.map(|(words, points)| series(words, &points)).collect();
        if !series.is_empty() {
            parts.push(chart(title, log, series));
        }
    };
    let pair = |train, val| [("training", train), ("held out", val)];
    if 1 < epochs.len() {
        add("loss", true, epochs, &pair("train_loss", "val_loss"));
    } else {
        add("loss of each step", true, steps, &[("training", "loss")]);
    }
    add("accuracy", false, epochs, &pair("train_accuracy", "val_accuracy"));
    for (title, name) in [("PSNR, dB", "val_psnr"), ("SSIM", "val_ssim"), ("MSE", "val_mse"), ("R²", "val_r2")] {
        add(title, false, epochs, &[("held out", name)]);
    }
    if steps.series("learning_rate").windows(2).any(|pair| pair[0] != pair[1]) {
        add("learning rate", false, steps, &[("learning rate", "learning_rate")]);
    }
    let events = recorder.events();
    let row = |event: &crate::recorder::Event| Value::Array(vec![event.step.into(), event.text.as_str().into()]);
    let log: Vec<Value> = events[events.len().saturating_sub(MOST_EVENTS)..].iter().map(row).collect();
    // A model alone was opened, and nothing else has happened.
    if !log.is_empty() && !parts.is_empty() {
        parts.push(table(&[("step", COUNT), ("what happened", TEXT)], log));
    }
    let caption = if parts.is_empty() {
        "The file of this model has no curves; a checkpoint has them (checkpoint-interval)."
    } else {
        "Each chart over the epochs, passes over the training images; held out: the images that are measured at the end of \
         every epoch."
    };
    Ok(Some(Section { id: "curves", title: "Training", caption: caption.into(), parts }))
}

pub fn classes(material: &Material) -> Result<Option<Section>> {
    let Some(classes) = material.measurement.as_ref().and_then(|found| found.classes.as_ref()) else { return Ok(None) };
    let ends = |hits: u32, of: u32| range(Interval::of_share(hits.into(), of.into()));
    let row = |class: &crate::session::scores::ClassReport| {
        let score = class.score;
        Value::Array(vec![
            class.name.as_str().into(),
            score.examples.into(),
            score.precision.into(),
            ends(score.correct, score.predicted),
            score.recall.into(),
            ends(score.correct, score.examples),
            score.f1.into(),
        ])
    };
    let columns = [
        ("class", TEXT),
        ("images", COUNT),
        ("precision", SHARE),
        ("95 %", SHARE),
        ("recall", SHARE),
        ("95 %", SHARE),
        ("F1", SHARE),
    ];
    let rows = classes.iter().take(MOST_CLASSES).map(row).collect();
    let caption = "Precision: the share of the answers of a class that are right. Recall: the share of the images of a \
        class that are found. Intervals are Wilson's.";
    Ok(Section::of("classes", "Classes", caption, vec![table(&columns, rows)]))
}

pub fn confusion(material: &Material) -> Result<Option<Section>> {
    let Some(found) = &material.measurement else { return Ok(None) };
    let (Some(classes), Some(counts)) = (&found.classes, &found.confusion) else { return Ok(None) };
    let mut parts = Vec::new();
    if classes.len() <= MOST_COLUMNS {
        let names = classes.iter().map(|class| class.name.as_str().into()).collect();
        parts.push(matrix(names, Confusion::counts(counts)));
    }
    let row = |&(label, predicted, count): &(usize, usize, u32)| {
        let [label, predicted] = [label, predicted].map(|class| classes[class].name.as_str().into());
        Value::Array(vec![label, predicted, count.into()])
    };
    let pairs: Vec<Value> = found.mixed_up.iter().take(MOST_PAIRS).map(row).collect();
    if !pairs.is_empty() {
        parts.push(table(&[("class", TEXT), ("taken for", TEXT), ("images", COUNT)], pairs));
    }
    let caption = "A row for each true class, a column for each answer; blue is right, orange wrong, stronger for a larger \
        share of the row.";
    Ok(Section::of("confusion", "Confusion", caption, parts))
}

pub fn worst(material: &Material) -> Result<Option<Section>> {
    let worst = &material.chosen.worst;
    let examples: Vec<u32> = worst.iter().map(|one| one.example).collect();
    let words: Vec<String> = worst.iter().map(|one| verdict(material, one)).collect();
    let groups = if material.outputs_pictures() {
        material.with_answers(&examples, &words)?
    } else {
        let mut heats = material.heat_maps(Theme::Light)?.into_iter();
        let mut groups = Vec::new();
        for (&example, words) in examples.iter().zip(words) {
            groups.push(group([material.image(example)?].into_iter().chain(heats.next()).collect(), words));
        }
        groups
    };
    let beside = match (material.outputs_pictures(), material.explained) {
        (true, _) => ", each beside the answer of the network",
        (false, Some(_)) => ", each beside where the network looked: blue speaks for its answer, orange against it",
        (false, None) => "",
    };
    let caption = format!("The images with the largest losses{beside}.");
    let parts = if groups.is_empty() { Vec::new() } else { vec![gallery("", groups)] };
    Ok(Section::of("worst", "Worst images", &caption, parts))
}

/// What was expected of an example, and what came.
fn verdict(material: &Material, one: &crate::session::scores::MeasuredExample) -> String {
    match (one.confidence, one.psnr, one.mae) {
        (Some(confidence), ..) => {
            let (label, predicted) = (material.class(one.label), material.class(one.predicted));
            format!("{label}, taken for {predicted}, {:.0} % sure", 100.0 * confidence)
        }
        (_, Some(psnr), _) => format!("{psnr:.1} dB"),
        (.., Some(mae)) => format!("mean error {mae:.3}"),
        _ => one.name.clone(),
    }
}
