//! The contents of an ONNX file: nodes, constants, the shape of the input.
//!
//! The numbers of the fields are those of `onnx.proto3`.

use std::collections::HashMap;

use super::protobuf::fields;
use crate::error::{Error, Result};
use crate::progress::Progress;

#[derive(Debug, Default)]
pub struct OnnxGraph {
    pub nodes: Vec<Node>,
    pub constants: HashMap<String, Constant>,
    /// Names and dimensions of the inputs; `None` for an open dimension.
    pub inputs: Vec<(String, Vec<Option<usize>>)>,
    pub outputs: Vec<String>,
    /// Metadata: key and value.
    pub metadata: Vec<(String, String)>,
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
    pub integers: Vec<i64>,
    pub constant: Option<Constant>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Constant {
    pub dims: Vec<usize>,
    pub values: ConstantValues,
}

#[derive(Clone, Debug, PartialEq)]
pub enum ConstantValues {
    Floats(Vec<f32>),
    Integers(Vec<i64>),
}

/// Most nodes of a network.
const MOST_NODES: usize = 20_000;

/// Reads a file; advances the progress by the numbers of the constants.
pub fn parse(bytes: &[u8], progress: &Progress) -> Result<OnnxGraph> {
    let (mut graph, mut metadata) = (None, Vec::new());
    for field in fields(bytes) {
        match field? {
            (7, value) => graph = Some(value.bytes()?),
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
    let (mut parsed, mut tensors) = (OnnxGraph { metadata, ..OnnxGraph::default() }, Vec::new());
    for field in fields(graph.ok_or_else(|| Error::new("it contains no graph"))?) {
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

/// A constant as it is stored, before its numbers are converted.
#[derive(Default)]
struct RawTensor<'a> {
    name: String,
    /// The type of its numbers, by ONNX's numbering.
    kind: i64,
    dims: Vec<i64>,
    /// Its numbers as bytes; otherwise they are in one of the lists below.
    raw: Option<&'a [u8]>,
    floats: Vec<f32>,
    integers: Vec<i64>,
    doubles: Vec<f32>,
}

impl<'a> RawTensor<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self> {
        let (mut tensor, mut outside) = (Self::default(), false);
        for field in fields(bytes) {
            match field? {
                (1, value) => value.add_integers(&mut tensor.dims)?,
                (2, value) => tensor.kind = value.integer()?,
                (4, value) => value.add_floats(&mut tensor.floats)?,
                (5 | 7, value) => value.add_integers(&mut tensor.integers)?,
                (8, value) => tensor.name = value.text()?,
                (9, value) => tensor.raw = Some(value.bytes()?),
                (10, value) => value.add_doubles(&mut tensor.doubles)?,
                (13, _) => outside = true,
                (14, value) => outside |= value.integer()? == 1,
                _ => {}
            }
        }
        if outside {
            return Err(tensor.wrong("its numbers are in another file; export the model as one file"));
        }
        Ok(tensor)
    }

    fn wrong(&self, sentence: &str) -> Error {
        Error::new(format!("constant \"{}\": {sentence}", self.name))
    }

    /// Number of values in its bytes.
    fn count(&self) -> usize {
        let bytes = match self.kind {
            10 => 2,
            11 | 7 => 8,
            _ => 4,
        };
        self.raw.map_or(0, |raw| raw.len() / bytes)
    }

    fn constant(self, progress: &Progress) -> Result<(String, Constant)> {
        let values = match (self.kind, self.raw) {
            (1, Some(raw)) => ConstantValues::Floats(convert(raw, progress, f32::from_le_bytes)?),
            (1, None) => ConstantValues::Floats(self.floats),
            (10, Some(raw)) => ConstantValues::Floats(convert(raw, progress, |bytes| half(u16::from_le_bytes(bytes)))?),
            (10, None) => ConstantValues::Floats(self.integers.iter().map(|&bits| half(bits as u16)).collect()),
            (11, Some(raw)) => {
                ConstantValues::Floats(convert(raw, progress, |bytes| f64::from_le_bytes(bytes) as f32)?)
            }
            (11, None) => ConstantValues::Floats(self.doubles),
            (7, Some(raw)) => ConstantValues::Integers(convert(raw, progress, i64::from_le_bytes)?),
            (6, Some(raw)) => {
                ConstantValues::Integers(convert(raw, progress, |bytes| i32::from_le_bytes(bytes).into())?)
            }
            (6 | 7, None) => ConstantValues::Integers(self.integers),
            (kind, _) => {
                let sentence = format!("numbers of type {kind} are not supported, only floats and integers");
                return Err(self.wrong(&sentence));
            }
        };
        let wrong = |sentence: String| Error::new(format!("constant \"{}\": {sentence}", self.name));
        let len = match &values {
            ConstantValues::Floats(values) => values.len(),
            ConstantValues::Integers(values) => values.len(),
        };
        let sides: Option<Vec<usize>> = self.dims.iter().map(|&side| usize::try_from(side).ok()).collect();
        let claimed =
            sides.as_ref().and_then(|sides| sides.iter().try_fold(1usize, |all, side| all.checked_mul(*side)));
        if claimed != Some(len) {
            let dims = &self.dims;
            return Err(wrong(format!("expected as many numbers as its dimensions {dims:?} require, got {len}")));
        }
        if let ConstantValues::Floats(values) = &values
            && let Some(value) = values.iter().find(|value| !value.is_finite())
        {
            return Err(wrong(format!("expected finite numbers, got {value}")));
        }
        Ok((self.name, Constant { dims: sides.unwrap_or_default(), values }))
    }
}

/// Converts numbers of `N` bytes each, in parts.
fn convert<const N: usize, T>(bytes: &[u8], progress: &Progress, number: impl Fn([u8; N]) -> T) -> Result<Vec<T>> {
    let places = bytes.as_chunks::<N>().0;
    let mut numbers = Vec::with_capacity(places.len());
    progress.copy(places, |part| numbers.extend(part.iter().map(|place| number(*place))))?;
    Ok(numbers)
}

/// Converts from IEEE 754 with 16 bits.
fn half(bits: u16) -> f32 {
    let sign = if bits & 0x8000 == 0 { 1.0 } else { -1.0 };
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1f), f32::from(bits & 0x3ff));
    match exponent {
        0 => sign * fraction * 2f32.powi(-24),
        31 => sign * if fraction == 0.0 { f32::INFINITY } else { f32::NAN },
        _ => sign * (1.0 + fraction / 1024.0) * 2f32.powi(exponent - 15),
    }
}

impl Constant {
    pub fn floats(&self) -> Option<&[f32]> {
        match &self.values {
            ConstantValues::Floats(values) => Some(values),
            ConstantValues::Integers(_) => None,
        }
    }

    pub fn integers(&self) -> Option<&[i64]> {
        match &self.values {
            ConstantValues::Integers(values) => Some(values),
            ConstantValues::Floats(_) => None,
        }
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

    pub fn input(&self, index: usize) -> Option<&str> {
        self.inputs.get(index).map(String::as_str).filter(|name| !name.is_empty())
    }
}
