//! ONNX files (<https://onnx.ai>) of common image networks, as base models.
//!
//! bytes -> [`protobuf`] -> [`graph`] -> [`order`] -> [`evaluate`] -> [`build`] with [`operators`] -> network.
//!
//! ONNX stores images channel by channel, or pixel by pixel as we do, and changes between both: a [`view`] remembers what
//! each dimension of a tensor is, and weights are transposed where necessary. What does not depend on the image is
//! computed first. Arithmetic with constants is folded into the layer before it: batch norms, scales, shifts. A softmax at
//! the end is dropped, since our losses and outputs include it. Files that were written here are read as what they were:
//! [`facts`] are what their metadata say, [`scattered`] and [`merged`] layers that are made of several nodes. Errors name the operator and the node that is not
//! supported.
//!
//! Large models, and all of PyTorch since 2.9, keep their numbers in files beside: [`files_beside`] names them.

mod arithmetic;
mod array;
mod build;
mod builder;
mod constant;
mod convolutions;
mod evaluate;
pub mod export;
mod facts;
mod fold;
mod free_graph;
mod gelu;
mod graph;
mod group_norm;
mod holds;
mod input;
mod links;
mod merged;
mod operators;
mod order;
mod own_node;
mod pools;
mod protobuf;
mod quantised;
mod scattered;
mod scattered_matrix;
mod shapes;
mod untied;
mod view;
mod weights;

pub use constant::FilesBeside;

use self::facts::FileFacts;
use crate::error::{Error, Result};
use crate::file::model::{Model, ModelMeta, ONNX, Preprocessing, Training};
use crate::loss::Loss;
use crate::network::{Network, Task};
use crate::progress::Progress;
use crate::shape::Shape;

/// Limits the length of a sentence: names in a hostile file may be of any length.
const MOST_LETTERS: usize = 240;

/// Most outputs that count as classes.
const MOST_CLASSES: usize = 100_000;

/// Whether the bytes begin like an ONNX file: the version, then one of the fields that may follow.
pub fn sniff(bytes: &[u8]) -> bool {
    matches!(bytes, [0x08, 1..=32, 0x12 | 0x1a | 0x22 | 0x28 | 0x32 | 0x3a | 0x42 | 0x72, ..])
}

/// The network in a file, or an error that names the part that is wrong or not supported.
pub fn read(bytes: &[u8]) -> Result<Model> {
    read_with(bytes, &FilesBeside::new(), &Progress::default())
}

/// Like [`read`], with the files beside it, progress and cancellation.
pub fn read_with(bytes: &[u8], beside: &FilesBeside, progress: &Progress) -> Result<Model> {
    parse(bytes, beside, progress).map_err(|error| Error::new(brief(&error)).within("ONNX file"))
}

/// Names of the files beside a file that hold some of its numbers: relative paths, as the file has them. A file that
/// cannot be read has none.
pub fn files_beside(bytes: &[u8]) -> Vec<String> {
    graph::files_beside(bytes).unwrap_or_default()
}

fn parse(bytes: &[u8], beside: &FilesBeside, progress: &Progress) -> Result<Model> {
    let mut graph = graph::parse(bytes, beside, progress)?;
    let facts = FileFacts::of(&graph);
    facts.begin_at_tensor(&mut graph);
    group_norm::merge(&mut graph);
    scattered::find(&mut graph);
    merged::merge(&mut graph);
    let nodes = build::prepare(&mut graph)?;
    let network = input::fitted(&graph, &nodes, &facts, progress)?;
    let Shape { width, height, channels } = network.input();
    let task = facts.task(task_of(&network));
    let (classes, loss) = match task {
        Task::Classifier => (classes(&graph, &network), Loss::CrossEntropy),
        Task::Regressor => (classes(&graph, &network), Loss::Mse),
        _ => (Vec::new(), Loss::Mse),
    };
    let is_own = |wanted: &Preprocessing| [wanted.width, wanted.height, wanted.channels] == [width, height, channels];
    let usual = || Preprocessing { width, height, channels, resize: "fit".into(), background: [255; 3] };
    let preprocessing = facts.preprocessing.filter(is_own).unwrap_or_else(usual);
    let meta = ModelMeta {
        preset: ONNX.into(),
        task,
        loss,
        classes,
        preprocessing,
        settings: String::new(),
        training: Training::default(),
    };
    Ok(Model { network, columns: None, meta, moments: None, run: None, partner: None })
}

/// What a network is for, as far as its output says: a picture like the input, another picture, or classes.
fn task_of(network: &Network) -> Task {
    let output = network.output();
    match output.channels {
        _ if output.is_flat() => Task::Classifier,
        _ if output == network.input() => Task::Autoencoder,
        1 | 3 => Task::ImageToImage,
        _ => Task::Classifier,
    }
}

/// Names of the outputs: from the metadata `classes`, `names` or `labels`, else their numbers.
fn classes(graph: &graph::OnnxGraph, network: &Network) -> Vec<String> {
    let count = network.output().len();
    let metadata = graph.metadata.iter().filter(|(key, _)| ["classes", "names", "labels"].contains(&key.as_str()));
    for (_, text) in metadata {
        let listed: Vec<String> = serde_json::from_str(text)
            .unwrap_or_else(|_| text.split([',', '\n']).map(|name| name.trim().to_string()).collect());
        if listed.len() == count && listed.iter().all(|name| !name.is_empty() && name.len() < 200) {
            return listed;
        }
    }
    // An image or a very long vector has no classes.
    let classes = if network.output().is_flat() && count <= MOST_CLASSES { count } else { 0 };
    (0..classes).map(|class| class.to_string()).collect()
}

fn brief(error: &Error) -> String {
    let sentence = error.to_string().replace(|letter: char| letter.is_control(), " ");
    match sentence.char_indices().nth(MOST_LETTERS) {
        Some((end, _)) => format!("{}...", &sentence[..end]),
        None => sentence,
    }
}
