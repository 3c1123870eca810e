//! `neurarium info`: describes a model file, or the images of a folder, a zip, IDX files or one image file.

use std::path::Path;

use neurarium::columns::{Column, Columns};
use neurarium::config::Config;
use neurarium::data::{Dataset, Report, Split};
use neurarium::file::{self, Model, ModelMeta};
use neurarium::network::{Scaling, Task};
use neurarium::words::listed;

use super::failure::CommandResult;
use super::model_source::read_model;
use super::output::{Outcome, say};
use super::{data, input_files};

/// Most names of classes that are shown.
const MOST_NAMES: usize = 20;

pub fn info(path: &Path, config: &Config) -> CommandResult {
    if path.is_dir() || !(file::is_named(&path.to_string_lossy()) || input_files::starts_like(path, file::sniff)?) {
        return info_data(path, config);
    }
    let len = std::fs::metadata(path).map_or(0, |about| about.len());
    Ok(info_model(&read_model(path)?, len))
}

fn info_model(model: &Model, file_len: u64) -> Outcome {
    let Model { network, columns, meta, moments, .. } = model;
    let preprocessing = &meta.preprocessing;
    let [red, green, blue] = preprocessing.background;
    let output = columns.as_ref().map_or(network.output().to_string(), |columns| columns.sizes().classes.to_string());
    let optimizer = match (columns, moments) {
        (Some(_), _) => "none",
        (None, Some(_)) => "its moments are in the file",
        (None, None) => "starts afresh",
    };
    let rows = [
        ("model", format!("{}, {}", meta.preset, data::task_name(meta.task))),
        ("file", data::mebibytes(file_len)),
        (
            "input",
            format!("{} ({}, background #{red:02x}{green:02x}{blue:02x})", network.input(), preprocessing.resize),
        ),
        ("scaling", scaling(network.scaling())),
        ("output", output),
        ("embedding", network.embedding.map_or("none".into(), |block| network.shape(block).len().to_string())),
        ("loss", meta.loss.to_string()),
        (
            if meta.task == Task::Regressor { "numbers" } else { "classes" },
            if meta.classes.is_empty() { "none".into() } else { listed(&meta.classes, MOST_NAMES) },
        ),
        ("optimizer", optimizer.into()),
        ("settings", meta.settings.split_whitespace().collect::<Vec<_>>().join(" ")),
    ];
    for (name, value) in rows {
        say(format!("{name:<10} {value}"));
    }
    say("");
    if let Some(columns) = columns {
        return outcome_of_columns(columns, meta);
    }
    say(format!(
        "{:<14} {:<22} {:<11} {:<16} {:>10} {:>12}  reads",
        "block", "layer", "activation", "shape", "parameters", "connections"
    ));
    for (index, block) in network.blocks().iter().enumerate() {
        let reads: Vec<&str> = block.inputs.iter().map(|&input| network.blocks()[input].name.as_str()).collect();
        say(format!(
            "{:<14} {:<22} {:<11} {:<16} {:>10} {:>12}  {}",
            block.name,
            block.layer.ops().title(),
            block.activation.to_string(),
            network.shape(index).to_string(),
            block.params.len(),
            block.layer.ops().connections(),
            reads.join(", ") + if block.frozen { " (frozen)" } else { "" },
        ));
    }
    let mut outcome = outcome_of_model(meta);
    outcome.count("parameters", network.param_len());
    outcome.count("connections", network.connections());
    outcome.count("neurons", network.neurons());
    add_training(&mut outcome, meta);
    outcome
}

/// Describes columns, one a line.
fn outcome_of_columns(columns: &Columns, meta: &ModelMeta) -> Outcome {
    let (sizes, counts) = (columns.sizes(), columns.counts());
    say(format!("{:<20} {:>7} {:>6} {:>11} {:>8}", "column", "neurons", "slots", "connections", "negative"));
    for (column, class) in columns.columns().iter().zip(&meta.classes) {
        let negative = column.weights().iter().filter(|&&weight| weight < 0).count();
        let (neurons, slots, occupied) = (sizes.neurons, sizes.neurons * sizes.slots, column.occupied());
        say(format!("{class:<20} {neurons:>7} {slots:>6} {occupied:>11} {negative:>8}"));
    }
    let mut outcome = outcome_of_model(meta);
    outcome.count("parameters", sizes.slots());
    outcome.count("connections", columns.columns().iter().map(Column::occupied).sum::<usize>());
    outcome.count("neurons", sizes.classes * sizes.neurons);
    outcome.count("positives", counts.positives as usize);
    outcome.count("negatives", counts.negatives as usize);
    add_training(&mut outcome, meta);
    outcome
}

fn outcome_of_model(meta: &ModelMeta) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.word("kind", "model");
    outcome.word("model", &meta.preset);
    outcome
}

fn add_training(outcome: &mut Outcome, meta: &ModelMeta) {
    outcome.count("steps", meta.training.steps as usize);
    outcome.number("epochs", meta.training.epochs);
    outcome.number("loss", meta.training.loss);
    outcome.number("val_loss", meta.training.val_loss);
    outcome.number("accuracy", meta.training.accuracy);
    outcome.number("psnr", meta.training.psnr);
    outcome.number("mse", meta.training.mse);
}

/// `standard: (x - 0.131) / 0.308`, for each channel.
fn scaling(scaling: &Scaling) -> String {
    let channel = |(mean, deviation): (&f32, &f32)| format!("(x - {mean:.4}) / {deviation:.4}");
    let channels: Vec<String> = scaling.mean.iter().zip(&scaling.deviation).map(channel).collect();
    let values = if channels.is_empty() { "0 to 1".into() } else { channels.join(", ") };
    format!("{}: {values}", scaling.kind.name())
}

fn info_data(path: &Path, config: &Config) -> CommandResult {
    let loaded = match data::load(path, config) {
        Ok(loaded) => loaded,
        Err(failed) => {
            say_skipped(&failed.report);
            return Err(failed.error.into());
        }
    };
    let (mut dataset, report) = (loaded.dataset, loaded.report);
    let note = dataset.divide(&config.division());
    say(format!("{:<10} {}", "data", dataset.name));
    say(format!("{:<10} {}, {}", "files", report.files, data::mebibytes(report.bytes)));
    say(format!("{:<10} {} of {}", "images", dataset.len(), dataset.shape));
    if let Some(target) = dataset.target_shape() {
        say(format!("{:<10} {} of {target}", "targets", dataset.len()));
    }
    for split in [Split::Train, Split::Validation, Split::Test] {
        say(format!("{:<10} {}", split.name(), dataset.count(split)));
    }
    for (class, count) in dataset.classes.iter().zip(dataset.class_counts()) {
        say(format!("{:<10} {class}: {count}", "class"));
    }
    for face in dataset.faces() {
        say(format!("{:<10} {face}", "face"));
    }
    for column in &dataset.numbers.columns {
        say(format!("{:<10} {column}", "number"));
    }
    for note in report.notes.iter().chain(&note) {
        say(format!("{:<10} {note}", "note"));
    }
    say_skipped(&report);
    Ok(outcome_of(&dataset, &report))
}

fn say_skipped(report: &Report) {
    for skipped in &report.skipped {
        say(format!("{:<10} {}: {}", "skipped", skipped.path, skipped.reason));
    }
    if report.skipped.len() < report.skipped_count {
        say(format!("{:<10} {} more", "skipped", report.skipped_count - report.skipped.len()));
    }
}

fn outcome_of(dataset: &Dataset, report: &Report) -> Outcome {
    let mut outcome = Outcome::default();
    outcome.word("kind", "data");
    outcome.count("images", dataset.len());
    outcome.count("files", report.files);
    outcome.count("skipped", report.skipped_count);
    outcome.count("classes", dataset.classes.len());
    outcome.count("numbers", dataset.numbers.columns.len());
    outcome.count("width", dataset.shape.width);
    outcome.count("height", dataset.shape.height);
    outcome.count("channels", dataset.shape.channels);
    if let Some(target) = dataset.target_shape() {
        outcome.count("target_width", target.width);
        outcome.count("target_height", target.height);
        outcome.count("target_channels", target.channels);
    }
    for split in [Split::Train, Split::Validation, Split::Test] {
        outcome.count(split.name(), dataset.count(split));
    }
    outcome
}
