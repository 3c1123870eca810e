//! What an ONNX file says, taken apart and nothing more: nodes, constants, the shape of the input.
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
    /// Names and dimensions of what is fed in; `None` where a dimension is open.
    pub inputs: Vec<(String, Vec<Option<usize>>)>,
    pub outputs: Vec<String>,
    /// Words for people: key and value.
    pub notes: Vec<(String, String)>,
}

#[derive(Clone, Debug, Default)]
pub struct Node {
    pub name: String,
    pub operator: String,
    /// Empty for one of another kind than ONNX's own.
    pub domain: String,
    /// An empty name stands for one that was left out.
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    pub attributes: HashMap<String, Attribute>,
}

#[derive(Clone, Debug, Default)]
pub struct Attribute {
    pub float: f32,
    pub whole: i64,
    pub text: String,
    pub wholes: Vec<i64>,
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
    Wholes(Vec<i64>),
}

/// More nodes than that are no network of ours.
const MOST_NODES: usize = 20_000;

/// The progress hears of the floats of the constants.
pub fn parse(bytes: &[u8], progress: &Progress) -> Result<OnnxGraph> {
    let (mut graph, mut notes) = (None, Vec::new());
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
                notes.push((key, text));
            }
            _ => {}
        }
    }
    let (mut parsed, mut tensors) = (OnnxGraph { notes, ..OnnxGraph::default() }, Vec::new());
    for field in fields(graph.ok_or_else(|| Error::new("there is no graph in it"))?) {
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
            (15, _) => return Err(Error::new("its constants are sparse, which is not known here")),
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
            (3, value) => attribute.whole = value.whole()?,
            (4, value) => attribute.text = value.text()?,
            (5, value) => attribute.constant = Some(RawTensor::read(value.bytes()?)?.constant(&Progress::default())?.1),
            (8, value) => value.add_wholes(&mut attribute.wholes)?,
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
                // Its type, which is a tensor's, which has a shape, which has dimensions.
                for field in fields(value.bytes()?) {
                    let (1, tensor) = field? else { continue };
                    for field in fields(tensor.bytes()?) {
                        let (2, shape) = field? else { continue };
                        for field in fields(shape.bytes()?) {
                            let (1, dim) = field? else { continue };
                            let mut len = None;
                            for field in fields(dim.bytes()?) {
                                if let (1, value) = field? {
                                    len = usize::try_from(value.whole()?).ok().filter(|&len| 0 < len);
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

/// A constant as the file has it, before its numbers are looked at.
#[derive(Default)]
struct RawTensor<'a> {
    name: String,
    /// The type of its numbers, as ONNX counts types.
    kind: i64,
    dims: Vec<i64>,
    /// Its numbers as bytes, or as rows of one kind.
    raw: Option<&'a [u8]>,
    floats: Vec<f32>,
    wholes: Vec<i64>,
    doubles: Vec<f32>,
}

impl<'a> RawTensor<'a> {
    fn read(bytes: &'a [u8]) -> Result<Self> {
        let (mut tensor, mut outside) = (Self::default(), false);
        for field in fields(bytes) {
            match field? {
                (1, value) => value.add_wholes(&mut tensor.dims)?,
                (2, value) => tensor.kind = value.whole()?,
                (4, value) => value.add_floats(&mut tensor.floats)?,
                (5 | 7, value) => value.add_wholes(&mut tensor.wholes)?,
                (8, value) => tensor.name = value.text()?,
                (9, value) => tensor.raw = Some(value.bytes()?),
                (10, value) => value.add_doubles(&mut tensor.doubles)?,
                (13, _) => outside = true,
                (14, value) => outside |= value.whole()? == 1,
                _ => {}
            }
        }
        if outside {
            return Err(tensor.wrong("its numbers lie in another file; export the model as one file"));
        }
        Ok(tensor)
    }

    fn wrong(&self, sentence: &str) -> Error {
        Error::new(format!("constant \"{}\": {sentence}", self.name))
    }

    /// How many numbers lie in its bytes.
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
            (10, None) => ConstantValues::Floats(self.wholes.iter().map(|&bits| half(bits as u16)).collect()),
            (11, Some(raw)) => {
                ConstantValues::Floats(convert(raw, progress, |bytes| f64::from_le_bytes(bytes) as f32)?)
            }
            (11, None) => ConstantValues::Floats(self.doubles),
            (7, Some(raw)) => ConstantValues::Wholes(convert(raw, progress, i64::from_le_bytes)?),
            (6, Some(raw)) => ConstantValues::Wholes(convert(raw, progress, |bytes| i32::from_le_bytes(bytes).into())?),
            (6 | 7, None) => ConstantValues::Wholes(self.wholes),
            (kind, _) => {
                let sentence = format!("numbers of type {kind} are not known here, only floats and whole numbers");
                return Err(self.wrong(&sentence));
            }
        };
        let wrong = |sentence: String| Error::new(format!("constant \"{}\": {sentence}", self.name));
        let len = match &values {
            ConstantValues::Floats(values) => values.len(),
            ConstantValues::Wholes(values) => values.len(),
        };
        let sides: Option<Vec<usize>> = self.dims.iter().map(|&side| usize::try_from(side).ok()).collect();
        let claimed =
            sides.as_ref().and_then(|sides| sides.iter().try_fold(1usize, |all, side| all.checked_mul(*side)));
        if claimed != Some(len) {
            let dims = &self.dims;
            return Err(wrong(format!("expected as many numbers as its dimensions {dims:?} say, got {len}")));
        }
        if let ConstantValues::Floats(values) = &values
            && let Some(value) = values.iter().find(|value| !value.is_finite())
        {
            return Err(wrong(format!("expected finite numbers, got {value}")));
        }
        Ok((self.name, Constant { dims: sides.unwrap_or_default(), values }))
    }
}

/// Numbers of `N` bytes each, some at a time.
fn convert<const N: usize, T>(bytes: &[u8], progress: &Progress, number: impl Fn([u8; N]) -> T) -> Result<Vec<T>> {
    let places = bytes.as_chunks::<N>().0;
    let mut numbers = Vec::with_capacity(places.len());
    progress.copy(places, |part| numbers.extend(part.iter().map(|place| number(*place))))?;
    Ok(numbers)
}

/// IEEE 754 with 16 bits.
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
            ConstantValues::Wholes(_) => None,
        }
    }

    pub fn wholes(&self) -> Option<&[i64]> {
        match &self.values {
            ConstantValues::Wholes(values) => Some(values),
            ConstantValues::Floats(_) => None,
        }
    }
}

impl Node {
    pub fn wholes(&self, name: &str) -> Option<&[i64]> {
        self.attributes.get(name).map(|attribute| attribute.wholes.as_slice())
    }

    pub fn whole(&self, name: &str, default: i64) -> i64 {
        self.attributes.get(name).map_or(default, |attribute| attribute.whole)
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
