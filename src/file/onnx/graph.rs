//! The contents of an ONNX file: nodes, constants, the shape of the input.
//!
//! The numbers of the fields are those of `onnx.proto3`.

use std::collections::HashMap;

use super::constant::{Constant, FilesBeside, RawTensor};
use super::protobuf::fields;
use super::scattered_matrix::ScatteredMatrix;
use crate::error::{Error, Result};
use crate::progress::Progress;

#[derive(Debug, Default)]
pub struct OnnxGraph {
    pub nodes: Vec<Node>,
    pub constants: HashMap<String, Constant>,
    /// Matrices of few numbers, by the names of these.
    pub scattered: HashMap<String, ScatteredMatrix>,
    /// Names and dimensions of the inputs; `None` for an open dimension.
    pub inputs: Vec<(String, Vec<Option<usize>>)>,
    pub outputs: Vec<String>,
    /// Metadata: key and value.
    pub metadata: Vec<(String, String)>,
    /// The version of ONNX's operators.
    pub opset: i64,
}

#[derive(Clone, Debug, Default)]
pub struct Node {
    pub name: String,
    pub operator: String,
    /// Empty for ONNX's own operators.
    pub domain: String,
    /// An empty name stands for a missing input.
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub attributes: HashMap<String, Attribute>,
}

#[derive(Clone, Debug, Default)]
pub struct Attribute {
    pub float: f32,
    pub integer: i64,
    pub text: String,
    pub floats: Vec<f32>,
    pub integers: Vec<i64>,
    pub constant: Option<Constant>,
}

/// Most nodes of a network.
const MOST_NODES: usize = 20_000;

/// The parts of a file: its graph, its metadata, the version of its operators.
struct FileParts<'a> {
    graph: &'a [u8],
    metadata: Vec<(String, String)>,
    opset: i64,
}

fn parts(bytes: &[u8]) -> Result<FileParts<'_>> {
    let (mut graph, mut metadata, mut opset) = (None, Vec::new(), 1);
    for field in fields(bytes) {
        match field? {
            (7, value) => graph = Some(value.bytes()?),
            (8, value) => {
                let (mut domain, mut version) = (String::new(), 0);
                for field in fields(value.bytes()?) {
                    match field? {
                        (1, value) => domain = value.text()?,
                        (2, value) => version = value.integer()?,
                        _ => {}
                    }
                }
                if is_own(&domain) {
                    opset = version;
                }
            }
            (14, value) => {
                let (mut key, mut text) = (String::new(), String::new());
                for field in fields(value.bytes()?) {
                    match field? {
                        (1, value) => key = value.text()?,
                        (2, value) => text = value.text()?,
                        _ => {}
                    }
                }
                metadata.push((key, text));
            }
            _ => {}
        }
    }
    Ok(FileParts { graph: graph.ok_or_else(|| Error::new("it contains no graph"))?, metadata, opset })
}

/// Whether a domain is that of ONNX's own operators.
pub fn is_own(domain: &str) -> bool {
    ["", "ai.onnx"].contains(&domain)
}

/// Names of the files beside that hold numbers of the constants, without repetition.
pub fn files_beside(bytes: &[u8]) -> Result<Vec<String>> {
    let mut names: Vec<String> = Vec::new();
    for field in fields(parts(bytes)?.graph) {
        let (5, value) = field? else { continue };
        let tensor = RawTensor::read(value.bytes()?)?;
        if let Some(name) = tensor.file().filter(|name| !names.iter().any(|known| known == name)) {
            names.push(name.into());
        }
    }
    Ok(names)
}

/// Reads a file, with the numbers in those beside it; advances the progress by the numbers of the constants.
pub fn parse(bytes: &[u8], beside: &FilesBeside, progress: &Progress) -> Result<OnnxGraph> {
    let FileParts { graph, metadata, opset } = parts(bytes)?;
    let (mut parsed, mut tensors) = (OnnxGraph { metadata, opset, ..OnnxGraph::default() }, Vec::new());
    for field in fields(graph) {
        match field? {
            (1, value) => {
                if parsed.nodes.len() == MOST_NODES {
                    return Err(Error::expected("graph", format!("at most {MOST_NODES} nodes"), "more"));
                }
                parsed.nodes.push(node(value.bytes()?)?);
            }
            (5, value) => tensors.push(RawTensor::read(value.bytes()?)?),
            (11, value) => parsed.inputs.push(input(value.bytes()?)?),
            (12, value) => parsed.outputs.push(input(value.bytes()?)?.0),
            (15, _) => return Err(Error::new("its constants are sparse, which is not supported")),
            _ => {}
        }
    }
    for tensor in &mut tensors {
        tensor.take_from(beside)?;
    }
    progress.expect(tensors.iter().map(RawTensor::count).sum());
    for tensor in tensors {
        let (name, constant) = tensor.constant(progress)?;
        parsed.constants.insert(name, constant);
    }
    // Older files list their constants among the inputs.
    parsed.inputs.retain(|(name, _)| !parsed.constants.contains_key(name));
    Ok(parsed)
}

fn node(bytes: &[u8]) -> Result<Node> {
    let mut node = Node::default();
    for field in fields(bytes) {
        match field? {
            (1, value) => node.inputs.push(value.text()?),
            (2, value) => node.outputs.push(value.text()?),
            (3, value) => node.name = value.text()?,
            (4, value) => node.operator = value.text()?,
            (5, value) => {
                let (name, attribute) = attribute(value.bytes()?)?;
                node.attributes.insert(name, attribute);
            }
            (7, value) => node.domain = value.text()?,
            _ => {}
        }
    }
    Ok(node)
}

fn attribute(bytes: &[u8]) -> Result<(String, Attribute)> {
    let (mut name, mut attribute) = (String::new(), Attribute::default());
    for field in fields(bytes) {
        match field? {
            (1, value) => name = value.text()?,
            (2, value) => attribute.float = value.float()?,
            (3, value) => attribute.integer = value.integer()?,
            (4, value) => attribute.text = value.text()?,
            (5, value) => attribute.constant = Some(RawTensor::read(value.bytes()?)?.constant(&Progress::default())?.1),
            (7, value) => value.add_floats(&mut attribute.floats)?,
            (8, value) => value.add_integers(&mut attribute.integers)?,
            _ => {}
        }
    }
    Ok((name, attribute))
}

fn input(bytes: &[u8]) -> Result<(String, Vec<Option<usize>>)> {
    let (mut name, mut dims) = (String::new(), Vec::new());
    for field in fields(bytes) {
        match field? {
            (1, value) => name = value.text()?,
            (2, value) => {
                // Nested messages: type, tensor, shape, dimensions.
                for field in fields(value.bytes()?) {
                    let (1, tensor) = field? else { continue };
                    for field in fields(tensor.bytes()?) {
                        let (2, shape) = field? else { continue };
                        for field in fields(shape.bytes()?) {
                            let (1, dim) = field? else { continue };
                            let mut len = None;
                            for field in fields(dim.bytes()?) {
                                if let (1, value) = field? {
                                    len = usize::try_from(value.integer()?).ok().filter(|&len| 0 < len);
                                }
                            }
                            dims.push(len);
                        }
                    }
                }
            }
            _ => {}
        }
    }
    Ok((name, dims))
}

impl Attribute {
    pub fn of_integer(integer: i64) -> Self {
        Self { integer, ..Self::default() }
    }
}

impl Node {
    pub fn integers(&self, name: &str) -> Option<&[i64]> {
        self.attributes.get(name).map(|attribute| attribute.integers.as_slice())
    }

    pub fn integer(&self, name: &str, default: i64) -> i64 {
        self.attributes.get(name).map_or(default, |attribute| attribute.integer)
    }

    pub fn float(&self, name: &str, default: f32) -> f32 {
        self.attributes.get(name).map_or(default, |attribute| attribute.float)
    }

    pub fn text<'a>(&'a self, name: &str, default: &'a str) -> &'a str {
        self.attributes.get(name).map_or(default, |attribute| attribute.text.as_str())
    }

    pub fn output(&self) -> &str {
        self.outputs.first().map_or("", String::as_str)
    }

    pub fn input(&self, index: usize) -> Option<&str> {
        self.inputs.get(index).map(String::as_str).filter(|name| !name.is_empty())
    }
}
