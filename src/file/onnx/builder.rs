//! Builds the network: what each name of the graph stands for, and how blocks are added.

use std::collections::{HashMap, HashSet};

use super::fold::fold;
use super::graph::{Constant, Node, OnnxGraph};
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::{Affine, Layer, Planes, Reshape};
use crate::network::{MOST_PARAMETERS, Network};
use crate::progress::Progress;
use crate::shape::Shape;

/// Most channels of a layer whose numbers are computed here rather than read.
const MOST_CHANNELS: usize = 1 << 16;

/// The value that a name stands for, if it is not a constant.
#[derive(Clone, Copy, Debug)]
pub struct Operand {
    pub block: usize,
    /// Whether it is an image `[N, C, H, W]`, else a vector `[N, values]`; if the block is an image, the values of the
    /// vector are in the order of the channels.
    pub is_picture: bool,
    /// Whether nothing else reads it or the values before it, so that its block may still change.
    pub is_sole: bool,
}

pub struct Builder<'a> {
    pub network: Network,
    pub graph: &'a OnnxGraph,
    pub progress: &'a Progress,
    /// Constants that nodes define.
    defined: HashMap<String, Constant>,
    values: HashMap<String, Operand>,
    /// How often each name is read.
    uses: HashMap<&'a str, usize>,
    names: HashSet<String>,
}

pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.chars().take(60).collect::<String>())
}

pub fn named(what: &str, name: &str) -> String {
    format!("{what} {}", quoted(name))
}

impl<'a> Builder<'a> {
    /// A network of the input alone; `uses` counts how often each name is read.
    pub fn new(
        graph: &'a OnnxGraph,
        progress: &'a Progress,
        (input, shape): (&str, Shape),
        uses: HashMap<&'a str, usize>,
    ) -> Result<Self> {
        let mut builder = Self {
            network: Network::new(shape.checked("input")?)?,
            graph,
            progress,
            defined: HashMap::new(),
            values: HashMap::from([(input.to_string(), Operand { block: 0, is_picture: true, is_sole: false })]),
            uses,
            names: HashSet::from(["input".to_string()]),
        };
        builder.network.theta.reserve_exact(graph.constants.values().map(most_parameters).sum());
        Ok(builder)
    }

    pub fn shape(&self, value: Operand) -> Shape {
        self.network.shape(value.block)
    }

    pub fn value(&self, name: &str) -> Result<Operand> {
        let missing = || match self.constant(name) {
            Some(_) => Error::expected(named("input", name), "a value that depends on the image", "a constant"),
            None => Error::expected(named("input", name), "a value of an earlier node", "nothing"),
        };
        self.values.get(name).copied().ok_or_else(missing)
    }

    pub fn is_value(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The value of a node's input.
    pub fn input(&self, node: &Node, index: usize) -> Result<Operand> {
        self.value(input_name(node, index)?)
    }

    pub fn picture(&self, node: &Node, index: usize) -> Result<Operand> {
        let value = self.input(node, index)?;
        if value.is_picture { Ok(value) } else { Err(Error::expected("input", "an image [N, C, H, W]", "a vector")) }
    }

    pub fn constant(&self, name: &str) -> Option<&Constant> {
        self.graph.constants.get(name).or_else(|| self.defined.get(name))
    }

    pub fn keep_constant(&mut self, node: &Node, constant: Constant) {
        self.defined.extend(node.outputs.first().map(|name| (name.clone(), constant)));
    }

    /// The dimensions and floats of a node's constant input.
    pub fn floats(&self, node: &Node, index: usize) -> Result<(&[usize], &[f32])> {
        let name = input_name(node, index)?;
        let constant = self.constant(name).and_then(|constant| Some((&constant.dims[..], constant.floats()?)));
        constant.ok_or_else(|| Error::expected(named("input", name), "constant floats", "another value"))
    }

    /// The integers of a node's constant input.
    pub fn integers(&self, node: &Node, index: usize) -> Result<&[i64]> {
        let name = input_name(node, index)?;
        let constant = self.constant(name).and_then(Constant::integers);
        constant.ok_or_else(|| Error::expected(named("input", name), "constant integers", "another value"))
    }

    /// Adds a block with these inputs and parameters; its output becomes that of the node.
    pub fn push(
        &mut self,
        node: &Node,
        layer: Layer,
        inputs: &[Operand],
        theta: &[f32],
        is_picture: bool,
    ) -> Result<()> {
        let block = self.block(&self.name_of(node), layer, inputs, theta)?;
        let name = node.outputs.first().map_or("", String::as_str);
        let is_sole = self.uses.get(name) == Some(&1);
        self.define(node, Operand { block, is_picture, is_sole });
        Ok(())
    }

    /// Adds an intermediate block.
    pub fn step(&mut self, node: &Node, what: &str, layer: Layer, input: Operand, theta: &[f32]) -> Result<Operand> {
        let name = format!("{}.{what}", self.name_of(node));
        let block = self.block(&name, layer, &[input], theta)?;
        Ok(Operand { block, is_picture: input.is_picture, is_sole: true })
    }

    fn block(&mut self, name: &str, layer: Layer, inputs: &[Operand], theta: &[f32]) -> Result<usize> {
        layer.ops().check()?;
        let count = layer.ops().param_len();
        if count != theta.len() {
            return Err(Error::expected("constants", format!("{count} numbers"), theta.len()));
        }
        if MOST_PARAMETERS < self.network.param_len() + count {
            return Err(Error::expected("network", format!("at most {MOST_PARAMETERS} parameters"), "more"));
        }
        let blocks: Vec<usize> = inputs.iter().map(|value| value.block).collect();
        let unique = (1..)
            .map(|n| if n == 1 { name.to_string() } else { format!("{name}.{n}") })
            .find(|name| !self.names.contains(name))
            .unwrap_or_default();
        let block = self.network.push(&unique, layer, Activation::Linear, &blocks)?;
        self.names.insert(unique);
        let range = self.network.blocks()[block].params.clone();
        self.network.theta[range].copy_from_slice(theta);
        Ok(block)
    }

    /// The name of a node's block: that of its weights, else its own, without the exporter's slashes.
    fn name_of(&self, node: &Node) -> String {
        let weights = node.inputs.iter().find_map(|name| {
            let name = name.strip_suffix(".weight")?;
            self.graph.constants.contains_key(&format!("{name}.weight")).then_some(name)
        });
        let name = weights.unwrap_or(if node.name.is_empty() { &node.operator } else { &node.name });
        let kept = name.trim_matches('/').replace('/', ".");
        let kept: String = kept.chars().filter(|c| c.is_alphanumeric() || "._-".contains(*c)).take(48).collect();
        if kept.is_empty() { "block".into() } else { kept }
    }

    /// Defines what a node's first output stands for.
    pub fn define(&mut self, node: &Node, value: Operand) {
        self.values.extend(node.outputs.first().map(|name| (name.clone(), value)));
    }

    /// The same values under another name.
    pub fn alias(&mut self, node: &Node, value: Operand, is_picture: bool) {
        let name = node.outputs.first().map_or("", String::as_str);
        let is_sole = value.is_sole && self.uses.get(name) == Some(&1);
        self.define(node, Operand { is_picture, is_sole, ..value });
    }

    /// Reorders the value if necessary, so that a vector is the output of a block in the same order.
    pub fn flattened(&mut self, name: &str, value: Operand) -> Result<Operand> {
        let picture = self.shape(value);
        if value.is_picture || picture.is_flat() {
            return Ok(value);
        }
        let layer = Layer::Planes(Planes { picture, paints: false });
        let block = self.block(&format!("{name}.planes"), layer, &[value], &[])?;
        Ok(Operand { block, is_picture: false, is_sole: true })
    }

    /// Applies an activation: in the value's block if nothing else reads it, else in a block of its own.
    pub fn activate(&mut self, node: &Node, input: &str, activation: Activation) -> Result<()> {
        let value = self.value(input)?;
        let activation = activation.checked()?;
        let is_free = self.network.blocks()[value.block].activation == Activation::Linear;
        if value.is_sole && is_free && value.block != 0 {
            self.network.set_activation(value.block, activation);
            self.alias(node, value, value.is_picture);
            return Ok(());
        }
        let shape = self.shape(value);
        let layer = Layer::Reshape(Reshape { input: shape, output: shape });
        self.push(node, layer, &[value], &[], value.is_picture)?;
        let last = self.network.blocks().len() - 1;
        self.network.set_activation(last, activation);
        Ok(())
    }

    /// Multiplies every channel by `scale` and adds `shift`: in the layer before if possible, else in a block of its own.
    pub fn scale_and_shift(&mut self, node: &Node, value: Operand, scale: &[f64], shift: &[f64]) -> Result<()> {
        let value = self.flattened("vector", value)?;
        let channels = self.shape(value).channels;
        if MOST_CHANNELS < channels {
            return Err(Error::expected("input", format!("at most {MOST_CHANNELS} channels"), channels));
        }
        let of = |numbers: &[f64]| -> Result<Vec<f64>> {
            match numbers.len() {
                1 => Ok(vec![numbers[0]; channels]),
                len if len == channels => Ok(numbers.to_vec()),
                len => Err(Error::expected("constants", format!("one, or one for each of {channels} channels"), len)),
            }
        };
        let (scale, shift) = (of(scale)?, of(shift)?);
        let block = &self.network.blocks()[value.block];
        let is_free = value.is_sole && block.activation == Activation::Linear;
        let range = block.params.clone();
        let layer = block.layer.clone();
        if is_free && fold(&layer, &mut self.network.theta[range], &scale, &shift) {
            self.alias(node, value, value.is_picture);
            return Ok(());
        }
        let theta: Vec<f32> = scale.iter().chain(&shift).map(|&number| number as f32).collect();
        let layer = Layer::Affine(Affine { input: self.shape(value) });
        self.push(node, layer, &[value], &theta, value.is_picture)
    }
}

pub fn input_name(node: &Node, index: usize) -> Result<&str> {
    node.input(index).ok_or_else(|| Error::expected("input", format!("input number {}", index + 1), "none"))
}

/// Most parameters that a constant may become: its numbers, and a bias for each output if none is given.
fn most_parameters(constant: &Constant) -> usize {
    let len = constant.floats().map_or(0, <[f32]>::len);
    len + constant.dims.iter().take(2).copied().max().unwrap_or(0).min(len)
}
