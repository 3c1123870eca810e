//! ONNX files (<https://onnx.ai>) of common image networks, as base models.
//!
//! bytes -> [`protobuf`] -> [`graph`] -> [`build`] with [`operators`] -> network.
//!
//! ONNX lays pictures out channel by channel, we pixel by pixel: weights are turned on the way, and a vector that was
//! made of a picture remembers the order of its values. What is only arithmetic on constants is folded into the layer
//! before it: batch norms, scales, shifts. A softmax at the end is left out, our losses and outputs have it in them.
//! Anything that is not known is told by the name of its operator and its node.

mod build;
mod constants;
mod convolutions;
mod gelu;
mod graph;
mod operators;
mod pools;
mod protobuf;
mod shapes;

use super::{Model, ModelMeta, Preprocessing, Training};
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::network::{Network, Task};
use crate::progress::Progress;

/// Names and sentences of a hostile file may be as long as they like; ours may not.
const MOST_LETTERS: usize = 240;

/// Outputs beyond this are no classes.
const MOST_CLASSES: usize = 100_000;

/// Whether the bytes begin like an ONNX file: its version, then one of the fields that may follow.
pub fn sniff(bytes: &[u8]) -> bool {
    matches!(bytes, [0x08, 1..=32, 0x12 | 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42 | 0x72, ..])
}

/// The network in a file, or a sentence that says which part is wrong or not known here.
pub fn read(bytes: &[u8]) -> Result<Model> {
    read_with_progress(bytes, &Progress::default())
}

/// [`read`] that tells how far it is and may be stopped.
pub fn read_with_progress(bytes: &[u8], progress: &Progress) -> Result<Model> {
    parse(bytes, progress).map_err(|error| Error::new(brief(&error)).within("ONNX file"))
}

fn parse(bytes: &[u8], progress: &Progress) -> Result<Model> {
    let graph = graph::parse(bytes, progress)?;
    let network = build::build(&graph, progress)?;
    let (input, output) = (network.input(), network.output());
    let task = if output == input && !output.is_flat() { Task::Autoencoder } else { Task::Classifier };
    let (classes, loss) = match task {
        Task::Autoencoder => (Vec::new(), Loss::Mse),
        Task::Classifier => (classes(&graph, &network), Loss::CrossEntropy),
    };
    let preprocessing = Preprocessing {
        width: input.width,
        height: input.height,
        channels: input.channels,
        resize: "fit".into(),
        background: [255; 3],
    };
    let meta = ModelMeta {
        preset: "onnx".into(),
        task,
        loss,
        classes,
        preprocessing,
        settings: String::new(),
        training: Training::default(),
    };
    Ok(Model { network, meta, moments: None, run: None })
}

/// Names of the outputs: what the file notes under `classes`, `names` or `labels`, else their numbers.
fn classes(graph: &graph::OnnxGraph, network: &Network) -> Vec<String> {
    let count = network.output().len();
    let noted = graph.notes.iter().filter(|(key, _)| ["classes", "names", "labels"].contains(&key.as_str()));
    for (_, text) in noted {
        let listed: Vec<String> = serde_json::from_str(text)
            .unwrap_or_else(|_| text.split([',', '\n']).map(|name| name.trim().to_string()).collect());
        if listed.len() == count && listed.iter().all(|name| !name.is_empty() && name.len() < 200) {
            return listed;
        }
    }
    // What is no vector, or a long one, tells no classes.
    let named = if network.output().is_flat() && count <= MOST_CLASSES { count } else { 0 };
    (0..named).map(|class| class.to_string()).collect()
}

fn brief(error: &Error) -> String {
    let sentence = error.to_string().replace(|letter: char| letter.is_control(), " ");
    match sentence.char_indices().nth(MOST_LETTERS) {
        Some((end, _)) => format!("{}...", &sentence[..end]),
        None => sentence,
    }
}
