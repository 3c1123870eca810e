//! Writes ONNX files (<https://onnx.ai>): a network as other programs run it, in standard operators of opset 18.
//!
//! model -> [operators](crate::operators) of its network, with the [`input`] before and the [`outputs`] behind it ->
//! [`proto`] -> bytes.
//!
//! | input | meaning |
//! |---|---|
//! | `tensor` | float `[N, C, H, W]` in 0..=1, already of the network's size |
//! | `bytes` | uint8 `[N, H, W, C]` of any size; resized and given margins as here, to the byte |
//!
//! Outputs are `logits` and `probabilities` of a classifier, `numbers` of a regressor, `image` of a network that paints,
//! with the `code` of an autoencoder or `letter` (26 probabilities) of a network for letters. The encoder alone has `code`
//! as its output, the decoder alone as its input. Metadata name the task, the classes, the loss, the form of the input, the
//! value `tensor` at which the network begins where the input is `bytes`, and all settings.

mod input;
mod outputs;
mod proto;
mod wire;

use serde_json::json;

use self::proto::{Dimension, NumberType, PortInfo};
use crate::error::{Error, Result};
use crate::file::model::{ModelView, Preprocessing};
use crate::file::preprocessing::PreprocessingText;
use crate::operators::{OperatorGraph, Signal};
use crate::shape::Shape;

/// The form of the images that a file takes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnnxInput {
    #[default]
    Tensor,
    Bytes,
}

/// The part of a model that a file holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnnxPart {
    #[default]
    Whole,
    /// From the image to the code.
    Encoder,
    /// From the code to the image.
    Decoder,
    /// The other one of two networks for letters.
    Partner,
}

/// Names of inputs and outputs, which no value between them may have: a block may be called so.
const PORTS: [&str; 7] = ["input", "logits", "probabilities", "numbers", "image", "code", "letter"];

/// Most bytes of a file: messages of protocol buffers are below 2 GiB.
const MOST_BYTES: usize = (1 << 31) - (1 << 20);

impl OnnxInput {
    pub const NAMES: [(&str, Self); 2] = [("tensor", Self::Tensor), ("bytes", Self::Bytes)];

    pub fn parse(name: &str) -> Result<Self> {
        named("input", name, &Self::NAMES)
    }
}

impl OnnxPart {
    pub const NAMES: [(&str, Self); 4] =
        [("whole", Self::Whole), ("encoder", Self::Encoder), ("decoder", Self::Decoder), ("partner", Self::Partner)];

    pub fn parse(name: &str) -> Result<Self> {
        named("part", name, &Self::NAMES)
    }
}

fn named<T: Copy>(what: &str, name: &str, names: &[(&str, T)]) -> Result<T> {
    let words = || names.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ");
    let found = names.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
    found.ok_or_else(|| Error::expected(what, format!("one of {}", words()), format!("\"{name}\"")))
}

/// The bytes of a file with this part of a model.
///
/// # Errors
/// The model has no such part, is no network, or has a layer without such a form; the sentence names it.
pub fn write(model: &ModelView, input: OnnxInput, part: OnnxPart) -> Result<Vec<u8>> {
    let partner = model.partner.as_deref();
    let model = match part {
        OnnxPart::Partner => partner.ok_or_else(|| Error::expected("part", "two networks for letters", "one"))?,
        OnnxPart::Whole | OnnxPart::Encoder | OnnxPart::Decoder => model,
    };
    if model.columns.is_some() {
        return Err(Error::new(
            "spiking columns count in integers and have no form in ONNX; save them as a model file",
        ));
    }
    if MOST_BYTES < 4 * model.theta.len() {
        return Err(Error::expected(
            "ONNX",
            "at most 2 GiB of parameters",
            format!("{} parameters", model.theta.len()),
        ));
    }
    let network = model.network;
    let embedding = || network.embedding.ok_or_else(|| Error::expected("part", "a network with a code", "none"));
    let last = network.blocks().len() - 1;
    let (first, end) = match part {
        OnnxPart::Whole | OnnxPart::Partner => (0, last),
        OnnxPart::Encoder => (0, embedding()?),
        OnnxPart::Decoder => (embedding()?, last),
    };
    let mut graph = OperatorGraph::default();
    PORTS.into_iter().for_each(|name| drop(graph.reserve(name)));
    let wanted = &model.meta.preprocessing;
    let (port, x) = match first {
        0 => image(input, wanted, &mut graph),
        _ if input == OnnxInput::Bytes => {
            return Err(Error::expected("input", "tensor for a decoder, which reads codes", "bytes"));
        }
        code => vector("code", network.shape(code)),
    };
    let form = match (first, input) {
        (0, OnnxInput::Tensor) => "float [N, C, H, W] in 0..1",
        (0, OnnxInput::Bytes) => "uint8 [N, H, W, C] of any size",
        _ => "float, a code",
    };
    let tensor = (port.name != x.name).then(|| x.name.clone());
    let signals = network.write_operators(model.theta, (first, end), x, &mut graph)?;
    let outputs = outputs::add(model, &signals, (first, end), &mut graph)?;
    graph.drop_unread();
    let title = if model.meta.preset.is_empty() { "network" } else { &model.meta.preset };
    let bytes = proto::file(title, &graph, &port, &outputs, &metadata(model, form, tensor));
    if MOST_BYTES < bytes.len() {
        return Err(Error::expected("ONNX", "a file of at most 2 GiB", format!("{} bytes", bytes.len())));
    }
    Ok(bytes)
}

/// The images as an input of the graph, and as the values of the network's input.
fn image(input: OnnxInput, wanted: &Preprocessing, graph: &mut OperatorGraph) -> (PortInfo, Signal) {
    let (name, shape) = (String::from("input"), Shape::from_whc(wanted.width, wanted.height, wanted.channels));
    match input {
        OnnxInput::Tensor => {
            let port = PortInfo { name, numbers: NumberType::Float, dims: proto::picture_dims(shape) };
            graph.begin_block("input");
            let x = graph.signal(port.name.clone(), shape);
            (port, x)
        }
        OnnxInput::Bytes => {
            let dims = vec![
                Dimension::Named("N"),
                Dimension::Named("H"),
                Dimension::Named("W"),
                Dimension::Fixed(shape.channels),
            ];
            let x = input::resized(&name, wanted, graph);
            (PortInfo { name, numbers: NumberType::Byte, dims }, x)
        }
    }
}

/// The values of a block as an input of the graph: a vector, or a picture.
fn vector(name: &str, shape: Shape) -> (PortInfo, Signal) {
    let x = Signal::new(name.into(), shape);
    (PortInfo { name: name.into(), numbers: NumberType::Float, dims: proto::dims_of(shape) }, x)
}

/// `form` describes the input; `tensor` is the value that is the image at the network's own size, if the input is not.
fn metadata(model: &ModelView, form: &str, tensor: Option<String>) -> Vec<(&'static str, String)> {
    let meta = &model.meta;
    let mut preprocessing = json!(PreprocessingText::from(&meta.preprocessing));
    preprocessing["input"] = form.into();
    if let Some(tensor) = tensor {
        preprocessing["tensor"] = tensor.into();
    }
    vec![
        ("task", json!(meta.task).as_str().unwrap_or_default().into()),
        ("classes", json!(meta.classes).to_string()),
        ("loss", meta.loss.to_string()),
        ("preprocessing", preprocessing.to_string()),
        ("settings", meta.settings.clone()),
        ("training", json!(meta.training).to_string()),
    ]
}
