//! What a report says of the data, the network and the settings.

use serde_json::Value;

use super::material::Material;
use super::part::{COUNT, NUMBER, Section, TEXT, bars, figure, figures, gallery, group, table};
use super::pictures::embedded;
use crate::config::KEYS;
use crate::data::Split;
use crate::error::Result;
use crate::words::counted_as;

/// Most classes that have a bar.
const MOST_BARS: usize = 60;
/// Settings that are named although they are the defaults.
const ALWAYS: [&str; 7] = ["batch-size", "epochs", "learning-rate", "loss", "optimizer", "schedule", "seed"];

pub fn data(material: &Material) -> Result<Option<Section>> {
    let data = material.data;
    let mut rows = vec![
        figure("name", data.name.as_str().into(), None, TEXT),
        figure("images", data.len().into(), None, COUNT),
        figure("size", data.shape.to_string().into(), None, TEXT),
    ];
    rows.extend(data.target_shape().map(|shape| figure("size of the targets", shape.to_string().into(), None, TEXT)));
    for (name, split) in [
        ("for training", Split::Train),
        ("for validation", Split::Validation),
        ("for the test", Split::Test),
        ("left out", Split::Dropped),
    ] {
        if 0 < data.count(split) {
            rows.push(figure(name, data.count(split).into(), None, COUNT));
        }
    }
    if !data.numbers.columns.is_empty() {
        rows.push(figure("numbers", data.numbers.columns.join(", ").into(), None, TEXT));
    }
    let mut parts = vec![figures(rows)];
    let counts = data.class_counts();
    if data.is_labelled() {
        let named = data.classes.iter().cloned().zip(counts.iter().copied()).take(MOST_BARS);
        let title = match counts.len().checked_sub(MOST_BARS) {
            None | Some(0) => "images of each class".into(),
            Some(more) => format!("images of each class, and {} more", counted_as(more, "class", "classes")),
        };
        parts.push(bars(&title, named.collect()));
    }
    let mut groups = Vec::new();
    for &example in &material.chosen.some {
        let mut pictures = vec![material.image(example)?];
        if let Some(shape) = data.target_shape() {
            pictures.push(embedded(shape, &data.pictures.of(example as usize))?);
        }
        groups.push(group(pictures, label(material, example)));
    }
    if !groups.is_empty() {
        parts.push(gallery("some of the images", groups));
    }
    let caption = "Splits: the network learns from the training images, settings are chosen by the validation images, and \
        the test images are for the last word.";
    Ok(Section::of("data", "Data", caption, parts))
}

/// The name of an example's class, or that of its file.
pub fn label(material: &Material, example: u32) -> String {
    let data = material.data;
    let class = data.labels.get(example as usize).and_then(|&class| data.classes.get(class as usize));
    class.unwrap_or(&data.names[example as usize]).clone()
}

pub fn network(material: &Material) -> Result<Option<Section>> {
    let (run, learner) = (material.run, &material.run.learner);
    let position = run.position();
    let parts = vec![
        figures(vec![
            figure("kind", run.preset.as_str().into(), None, TEXT),
            figure("extent", learner.extent().into(), None, TEXT),
            figure("parameters", learner.param_len().into(), None, COUNT),
            figure("connections", learner.connections().into(), None, COUNT),
            figure("loss", run.objective().loss.to_string().into(), None, TEXT),
            figure("steps", run.shown_step().into(), None, COUNT),
            figure("epochs", position.epoch.into(), None, NUMBER),
            figure("seconds of training", position.seconds.into(), None, NUMBER),
        ]),
        layers(material),
    ];
    let caption = "Layers in the order in which they are computed; a size is width x height x channels.";
    Ok(Section::of("network", "Network", caption, parts))
}

fn layers(material: &Material) -> Value {
    let network = material.run.network();
    let row = |(index, block): (usize, &crate::network::Block)| {
        let inputs: Vec<&str> = block.inputs.iter().map(|&input| &*network.blocks()[input].name).collect();
        let frozen = if block.frozen { ", frozen" } else { "" };
        Value::Array(vec![
            block.name.as_str().into(),
            (block.layer.ops().title() + frozen).into(),
            block.activation.to_string().into(),
            network.shape(index).to_string().into(),
            block.params.len().into(),
            inputs.join(", ").into(),
        ])
    };
    let columns =
        [("name", TEXT), ("layer", TEXT), ("activation", TEXT), ("size", TEXT), ("parameters", COUNT), ("reads", TEXT)];
    table(&columns, network.blocks().iter().enumerate().map(row).collect())
}

pub fn settings(material: &Material) -> Result<Option<Section>> {
    let config = material.viewer.config;
    let mut rows = Vec::new();
    for key in KEYS.iter().filter(|key| key.group.is_recipe()) {
        let value = config.get(key.name)?;
        if value != key.default || ALWAYS.contains(&key.name) {
            rows.push(Value::Array(vec![key.name.into(), value.into(), key.help.into()]));
        }
    }
    let columns = [("setting", TEXT), ("value", TEXT), ("meaning", TEXT)];
    let caption = "Settings that differ from their defaults, and the most important ones.";
    Ok(Section::of("settings", "Settings", caption, vec![table(&columns, rows)]))
}
