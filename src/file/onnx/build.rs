//! The network in the making: what each name of the graph stands for, and how blocks are added.

use std::collections::{HashMap, HashSet};

use super::constants;
use super::gelu;
use super::graph::{Constant, Node, OnnxGraph};
use super::operators;
use crate::activation::Activation;
use crate::data::MOST_SIDE;
use crate::error::{Error, Result};
use crate::layer::{Layer, Planes, Reshape};
use crate::network::{MOST_PARAMETERS, Network};
use crate::progress::Progress;
use crate::shape::Shape;

/// What a name stands for, beside constants.
#[derive(Clone, Copy, Debug)]
pub struct Operand {
    pub block: usize,
    /// A picture `[N, C, H, W]`, else a plain vector `[N, values]`; of a block that is a picture that means its values
    /// channel by channel.
    pub is_picture: bool,
    /// Nothing else reads it or what it was made from on the way here, so that its block may still change.
    pub is_sole: bool,
}

pub struct Builder<'a> {
    pub network: Network,
    pub graph: &'a OnnxGraph,
    pub progress: &'a Progress,
    /// Constants that nodes made.
    made: HashMap<String, Constant>,
    values: HashMap<String, Operand>,
    /// How often each name is read.
    uses: HashMap<&'a str, usize>,
    names: HashSet<String>,
}

/// Channels of a layer whose numbers are made here rather than read.
const MOST_CHANNELS: usize = 1 << 16;

/// The progress hears of the numbers that become parameters.
pub fn build(graph: &OnnxGraph, progress: &Progress) -> Result<Network> {
    let [(input, dims), ..] = &graph.inputs[..] else {
        return Err(Error::expected("graph", "an input", "none"));
    };
    let shape = match dims[..] {
        [_, Some(channels), Some(height), Some(width)] => Shape::from_whc(width, height, channels),
        _ => return Err(Error::expected(named("input", input), "pictures [N, C, H, W] of a fixed size", shown(dims))),
    };
    if MOST_SIDE < shape.width.max(shape.height).max(shape.channels) {
        return Err(Error::expected(named("input", input), format!("sides of at most {MOST_SIDE}"), shape));
    }
    let Some(output) = graph.outputs.first() else {
        return Err(Error::expected("graph", "an output", "none"));
    };
    let needed = needed(graph, output);
    let mut uses: HashMap<&str, usize> = HashMap::from([(output.as_str(), 1)]);
    for node in needed.iter().map(|&index| &graph.nodes[index]) {
        node.inputs.iter().for_each(|name| *uses.entry(name).or_default() += 1);
    }
    let mut patterns = gelu::find(graph, &needed);
    for part in patterns.values() {
        // Such a row reads its input twice but is one activation.
        if let gelu::GeluPart::Last(input) = part
            && let Some(count) = uses.get_mut(input.as_str())
        {
            *count -= 1;
        }
    }
    let mut builder = Builder {
        network: Network::new(shape.checked("input")?)?,
        graph,
        progress,
        made: HashMap::new(),
        values: HashMap::from([(input.clone(), Operand { block: 0, is_picture: true, is_sole: false })]),
        uses,
        names: HashSet::from(["input".to_string()]),
    };
    builder.network.theta.reserve_exact(graph.constants.values().map(most_parameters).sum());
    progress.expect(needed.iter().map(|&index| floats(graph, &graph.nodes[index])).sum());
    for index in needed {
        let node = &graph.nodes[index];
        let (before, _) = progress.counts();
        let within = |error: Error| error.within(format!("node {} ({})", quoted(title(node)), node.operator));
        match patterns.remove(&index) {
            Some(gelu::GeluPart::Inner) => {}
            Some(gelu::GeluPart::Last(input)) => builder.activate(node, &input, Activation::Gelu).map_err(within)?,
            None => operators::add(&mut builder, node).map_err(within)?,
        }
        let told = progress.counts().0 - before;
        progress.count(floats(graph, node).saturating_sub(told as usize))?;
    }
    let value = builder.value(output)?;
    let value = builder.flattened("output", value)?;
    let last = builder.network.blocks().len() - 1;
    if value.block != last || last == 0 {
        return Err(Error::expected("graph", "an output that a node computes last", quoted(output)));
    }
    Ok(builder.network)
}

/// Parameters that a constant may become: its numbers, and a bias for each output where none is given.
fn most_parameters(constant: &Constant) -> usize {
    let len = constant.floats().map_or(0, <[f32]>::len);
    len + constant.dims.iter().take(2).copied().max().unwrap_or(0).min(len)
}

/// Floats among the constants that a node reads.
fn floats(graph: &OnnxGraph, node: &Node) -> usize {
    let constants = node.inputs.iter().filter_map(|name| graph.constants.get(name));
    constants.filter_map(Constant::floats).map(<[f32]>::len).sum()
}

/// The nodes that the output is made of, in the order of the file.
fn needed(graph: &OnnxGraph, output: &str) -> Vec<usize> {
    let mut wanted: HashSet<&str> = HashSet::from([output]);
    let mut nodes = Vec::new();
    for (index, node) in graph.nodes.iter().enumerate().rev() {
        if node.outputs.iter().any(|name| wanted.contains(name.as_str())) {
            wanted.extend(node.inputs.iter().map(String::as_str));
            nodes.push(index);
        }
    }
    nodes.reverse();
    nodes
}

pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.chars().take(60).collect::<String>())
}

pub fn named(what: &str, name: &str) -> String {
    format!("{what} {}", quoted(name))
}

fn shown(dims: &[Option<usize>]) -> String {
    let sides: Vec<String> = dims.iter().map(|dim| dim.map_or("?".into(), |len| len.to_string())).collect();
    format!("[{}]", sides.join(", "))
}

/// What a node is called by people.
fn title(node: &Node) -> &str {
    if node.name.is_empty() { node.outputs.first().map_or("", String::as_str) } else { &node.name }
}

impl Builder<'_> {
    pub fn shape(&self, value: Operand) -> Shape {
        self.network.shape(value.block)
    }

    pub fn value(&self, name: &str) -> Result<Operand> {
        let missing = || match self.constant(name) {
            Some(_) => Error::expected(named("input", name), "something that depends on the picture", "a constant"),
            None => Error::expected(named("input", name), "something an earlier node computes", "nothing"),
        };
        self.values.get(name).copied().ok_or_else(missing)
    }

    pub fn is_value(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// The value that a node reads there.
    pub fn input(&self, node: &Node, index: usize) -> Result<Operand> {
        self.value(input_name(node, index)?)
    }

    pub fn picture(&self, node: &Node, index: usize) -> Result<Operand> {
        let value = self.input(node, index)?;
        if value.is_picture { Ok(value) } else { Err(Error::expected("input", "a picture [N, C, H, W]", "a vector")) }
    }

    pub fn constant(&self, name: &str) -> Option<&Constant> {
        self.graph.constants.get(name).or_else(|| self.made.get(name))
    }

    pub fn keep_constant(&mut self, node: &Node, constant: Constant) {
        self.made.extend(node.outputs.first().map(|name| (name.clone(), constant)));
    }

    /// The floats that a node reads there.
    pub fn floats(&self, node: &Node, index: usize) -> Result<(&[usize], &[f32])> {
        let name = input_name(node, index)?;
        let constant = self.constant(name).and_then(|constant| Some((&constant.dims[..], constant.floats()?)));
        constant.ok_or_else(|| Error::expected(named("input", name), "constant floats", "something else"))
    }

    /// The whole numbers that a node reads there.
    pub fn wholes(&self, node: &Node, index: usize) -> Result<&[i64]> {
        let name = input_name(node, index)?;
        let constant = self.constant(name).and_then(Constant::wholes);
        constant.ok_or_else(|| Error::expected(named("input", name), "constant whole numbers", "something else"))
    }

    /// Adds a block that reads these values, with these parameters; gives the value it makes for a node.
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

    /// Adds a block between.
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

    /// The name of a node's block: that of its weights, else its own, without what only the exporter put there.
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

    /// Says what a node's first output stands for.
    pub fn define(&mut self, node: &Node, value: Operand) {
        self.values.extend(node.outputs.first().map(|name| (name.clone(), value)));
    }

    /// The same values under another name.
    pub fn alias(&mut self, node: &Node, value: Operand, is_picture: bool) {
        let name = node.outputs.first().map_or("", String::as_str);
        let is_sole = value.is_sole && self.uses.get(name) == Some(&1);
        self.define(node, Operand { is_picture, is_sole, ..value });
    }

    /// The value with its order made real: a vector whose block is a vector.
    pub fn flattened(&mut self, name: &str, value: Operand) -> Result<Operand> {
        let picture = self.shape(value);
        if value.is_picture || picture.is_flat() {
            return Ok(value);
        }
        let layer = Layer::Planes(Planes { picture, paints: false });
        let block = self.block(&format!("{name}.planes"), layer, &[value], &[])?;
        Ok(Operand { block, is_picture: false, is_sole: true })
    }

    /// f of a value: by its own block where nothing else reads that, else by a block of its own.
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

    /// Every channel of a value times `scale`, plus `shift`: in the layer before it, else by a block of its own.
    pub fn stretch(&mut self, node: &Node, value: Operand, scale: &[f64], shift: &[f64]) -> Result<()> {
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
        if is_free && constants::fold(&layer, &mut self.network.theta[range], &scale, &shift) {
            self.alias(node, value, value.is_picture);
            return Ok(());
        }
        let theta: Vec<f32> = scale.iter().chain(&shift).map(|&number| number as f32).collect();
        let layer = Layer::Affine(crate::layer::Affine { input: self.shape(value) });
        self.push(node, layer, &[value], &theta, value.is_picture)
    }
}

pub fn input_name(node: &Node, index: usize) -> Result<&str> {
    node.input(index).ok_or_else(|| Error::expected("input", format!("input number {}", index + 1), "none"))
}
