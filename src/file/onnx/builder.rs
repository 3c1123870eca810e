//! Builds the network: what each name of the graph stands for, and how blocks are added.

use std::collections::{HashMap, HashSet};

use super::constant::Constant;
use super::fold::fold;
use super::graph::{Node, OnnxGraph};
use super::view::TensorView;
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::{Affine, Layer, Planes, Reshape};
use crate::network::{Held, Hold, MOST_PARAMETERS, Network};
use crate::progress::Progress;
use crate::shape::Shape;

/// Most channels of a layer whose numbers are computed here rather than read.
const MOST_CHANNELS: usize = 1 << 16;

/// The value that a name stands for, if it is not a constant.
#[derive(Clone, Debug)]
pub struct Operand {
    pub block: usize,
    /// The dimensions of the tensor, as axes of the block.
    pub view: TensorView,
    /// Whether nothing else reads it or the values before it, so that its block may still change.
    pub is_sole: bool,
    /// Whether it went through a softmax: the loss works on the values before it, so nothing may be computed from it.
    pub is_final: bool,
    /// Margins of zeros around it, top, left, bottom, right, for the convolution that alone reads it.
    pub margins: [usize; 4],
}

impl Operand {
    fn new(block: usize, view: TensorView, is_sole: bool) -> Self {
        Self { block, view, is_sole, is_final: false, margins: [0; 4] }
    }
}

pub struct Builder<'a> {
    pub network: Network,
    pub graph: &'a OnnxGraph,
    pub progress: &'a Progress,
    /// Constants that nodes define, as far as they depend on the size of the image.
    defined: HashMap<String, Constant>,
    values: HashMap<String, Operand>,
    /// Numbers of the nodes that read each name.
    readers: HashMap<&'a str, Vec<usize>>,
    names: HashSet<String>,
}

pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.chars().take(60).collect::<String>())
}

pub fn named(what: &str, name: &str) -> String {
    format!("{what} {}", quoted(name))
}

impl<'a> Builder<'a> {
    /// A network of the input alone; `readers` has the nodes that read each name.
    pub fn new(
        graph: &'a OnnxGraph,
        progress: &'a Progress,
        (input, shape, view): (&str, Shape, TensorView),
        readers: HashMap<&'a str, Vec<usize>>,
    ) -> Result<Self> {
        let mut builder = Self {
            network: Network::new(shape.checked("input")?)?,
            graph,
            progress,
            defined: HashMap::new(),
            values: HashMap::from([(input.to_string(), Operand::new(0, view, false))]),
            readers,
            names: HashSet::from(["input".to_string()]),
        };
        builder.network.theta.reserve_exact(graph.constants.values().map(most_parameters).sum());
        Ok(builder)
    }

    pub fn shape(&self, value: &Operand) -> Shape {
        self.network.shape(value.block)
    }

    /// Sizes of the dimensions after the first.
    pub fn sizes(&self, value: &Operand) -> Vec<usize> {
        value.view.sizes(self.shape(value))
    }

    /// The value of a name, to be seen in another form.
    pub fn seen(&self, name: &str) -> Result<Operand> {
        let missing = || match self.constant(name) {
            Some(_) => Error::expected(named("input", name), "a value that depends on the image", "a constant"),
            None => Error::expected(named("input", name), "a value of an earlier node", "nothing"),
        };
        self.values.get(name).cloned().ok_or_else(missing)
    }

    /// The value of a name, to compute with.
    pub fn value(&self, name: &str) -> Result<Operand> {
        let value = self.seen(name)?;
        if value.is_final {
            return Err(Error::expected("softmax", "the last node of the network", "nodes after it"));
        }
        Ok(value)
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
        if value.view.is_picture(self.shape(&value)) {
            return Ok(value);
        }
        let got = if value.view.is_vector() {
            "a vector".into()
        } else {
            format!("{:?} in another order", self.sizes(&value))
        };
        Err(Error::expected("input", "an image [N, C, H, W]", got))
    }

    pub fn constant(&self, name: &str) -> Option<&Constant> {
        self.graph.constants.get(name).or_else(|| self.defined.get(name))
    }

    pub fn keep_constant(&mut self, node: &Node, constant: Constant) {
        self.defined.insert(node.output().into(), constant);
    }

    /// The nodes that read the output of a node.
    pub fn readers(&self, node: &Node) -> Vec<&'a Node> {
        let graph = self.graph;
        let readers = self.readers.get(node.output()).into_iter().flatten();
        readers.map(|&index| &graph.nodes[index]).collect()
    }

    fn is_sole(&self, node: &Node) -> bool {
        let is_output = self.graph.outputs.first().is_some_and(|output| output == node.output());
        self.readers(node).len() + usize::from(is_output) == 1
    }

    /// The dimensions and floats of a node's constant input.
    pub fn floats(&self, node: &Node, index: usize) -> Result<(&[usize], &[f32])> {
        let name = input_name(node, index)?;
        let constant = self.constant(name).and_then(|constant| Some((&constant.dims[..], constant.as_floats()?)));
        constant.ok_or_else(|| Error::expected(named("input", name), "constant floats", "another value"))
    }

    /// The integers of a node's constant input.
    pub fn integers(&self, node: &Node, index: usize) -> Result<&[i64]> {
        let name = input_name(node, index)?;
        let constant = self.constant(name).and_then(Constant::as_integers);
        constant.ok_or_else(|| Error::expected(named("input", name), "constant integers", "another value"))
    }

    /// The integers of an attribute, or of an input in newer files.
    pub fn integers_of(&self, node: &Node, name: &str, index: usize) -> Result<Option<Vec<i64>>> {
        match (node.integers(name), node.input(index)) {
            (Some(numbers), _) => Ok(Some(numbers.to_vec())),
            (None, Some(_)) => self.integers(node, index).map(|numbers| Some(numbers.to_vec())),
            (None, None) => Ok(None),
        }
    }

    /// Adds a block with these inputs and parameters; its output becomes that of the node.
    pub fn push(
        &mut self,
        node: &Node,
        layer: Layer,
        inputs: &[&Operand],
        theta: &[f32],
        view: TensorView,
    ) -> Result<()> {
        let block = self.block(&self.name_of(node), layer, inputs, theta)?;
        self.define(node, Operand::new(block, view, self.is_sole(node)));
        Ok(())
    }

    /// Adds an intermediate block.
    pub fn step(&mut self, node: &Node, what: &str, layer: Layer, input: &Operand, theta: &[f32]) -> Result<Operand> {
        let name = format!("{}.{what}", self.name_of(node));
        let block = self.block(&name, layer, &[input], theta)?;
        Ok(Operand::new(block, input.view.clone(), true))
    }

    fn block(&mut self, name: &str, layer: Layer, inputs: &[&Operand], theta: &[f32]) -> Result<usize> {
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

    /// Holds parts of a block, none of which is held yet, at these values.
    pub fn hold(&mut self, block: usize, held: impl IntoIterator<Item = (Held, f32)>) -> Result<()> {
        let mut holds = self.network.holds().clone();
        holds.add(held.into_iter().map(|(held, value)| Hold { block, held, value }));
        self.network.set_holds(holds)
    }

    /// Defines what a node's first output stands for.
    fn define(&mut self, node: &Node, value: Operand) {
        self.values.insert(node.output().into(), value);
    }

    /// The same values under another name, in this view.
    pub fn alias(&mut self, node: &Node, value: Operand, view: TensorView) {
        let is_sole = value.is_sole && self.is_sole(node);
        self.define(node, Operand { view, is_sole, ..value });
    }

    /// The same values, after a softmax that is left out.
    pub fn finish(&mut self, node: &Node, value: Operand) {
        self.define(node, Operand { is_sole: false, is_final: true, ..value });
    }

    /// The same values, around which a convolution puts margins of zeros.
    pub fn with_margins(&mut self, node: &Node, value: Operand, margins: [usize; 4]) {
        self.define(node, Operand { margins, ..value });
    }

    /// The values as a flat block, in the order of the tensor.
    pub fn as_vector(&mut self, name: &str, value: Operand) -> Result<Operand> {
        let picture = self.shape(&value);
        if picture.is_flat() {
            return Ok(Operand { view: TensorView::vector(), ..value });
        }
        let layer = if value.view.is_in_planes(picture) {
            Layer::Planes(Planes { picture, paints: false })
        } else if value.view.is_in_pixels(picture) {
            Layer::Reshape(Reshape { input: picture, output: Shape::flat(picture.len()) })
        } else {
            let got = format!("[N, {:?}] in another order", self.sizes(&value));
            return Err(Error::expected(name, "values in the order of planes or pixels", got));
        };
        let block = self.block(&format!("{name}.planes"), layer, &[&value], &[])?;
        Ok(Operand { is_final: value.is_final, ..Operand::new(block, TensorView::vector(), true) })
    }

    /// What a network may end in: a picture, channels first or last, or a vector.
    pub fn as_output(&mut self, name: &str, value: Operand) -> Result<Operand> {
        let (shape, view) = (self.shape(&value), &value.view);
        let is_picture = view.is_picture(shape) || (view.rank() == 3 && view.is_in_pixels(shape));
        if is_picture { Ok(value) } else { self.as_vector(name, value) }
    }

    /// Applies an activation: in the value's block if nothing else reads it, else in a block of its own.
    pub fn activate(&mut self, node: &Node, input: &str, activation: Activation) -> Result<()> {
        let value = self.value(input)?;
        let activation = activation.checked()?;
        let before = self.network.blocks()[value.block].activation;
        let both = together(before, activation);
        // Held values are those behind the activation of their block.
        if both == Some(before) && self.network.holds().of(value.block).is_empty() {
            let view = value.view.clone();
            self.alias(node, value, view);
            return Ok(());
        }
        if let Some(both) = both.filter(|_| value.is_sole && value.block != 0) {
            self.network.set_activation(value.block, both);
            let view = value.view.clone();
            self.alias(node, value, view);
            return Ok(());
        }
        let shape = self.shape(&value);
        let layer = Layer::Reshape(Reshape { input: shape, output: shape });
        self.push(node, layer, &[&value], &[], value.view.clone())?;
        let last = self.network.blocks().len() - 1;
        self.network.set_activation(last, activation);
        Ok(())
    }

    /// Multiplies every channel of a block by `scale` and adds `shift`, one number or one for each channel: in the layer
    /// before if possible, else in a block of its own.
    pub fn scale_and_shift(&mut self, node: &Node, value: Operand, scale: &[f64], shift: &[f64]) -> Result<()> {
        let channels = self.shape(&value).channels;
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
        let view = value.view.clone();
        let block = &self.network.blocks()[value.block];
        let is_free = value.is_sole && block.activation == Activation::Linear;
        let range = block.params.clone();
        let layer = block.layer.clone();
        if is_free && fold(&layer, &mut self.network.theta[range], &scale, &shift) {
            self.alias(node, value, view);
            return Ok(());
        }
        let theta: Vec<f32> = scale.iter().chain(&shift).map(|&number| number as f32).collect();
        let layer = Layer::Affine(Affine { input: self.shape(&value) });
        self.push(node, layer, &[&value], &theta, view)
    }
}

/// One activation that does what two do, one after the other, if there is one.
fn together(first: Activation, second: Activation) -> Option<Activation> {
    use Activation::{Clip, Linear, Relu};
    let ends = |activation: Activation| match activation {
        Relu => Some((0.0, f32::MAX)),
        Clip { low, high } => Some((low, high)),
        _ => None,
    };
    if first == Linear {
        return Some(second);
    }
    let ((low, high), (least, most)) = (ends(first)?, ends(second)?);
    let (low, high) = (low.clamp(least, most), high.clamp(least, most));
    match (low, high) {
        (0.0, f32::MAX) => Some(Relu),
        (low, high) => (low < high).then_some(Clip { low, high }),
    }
}

pub fn input_name(node: &Node, index: usize) -> Result<&str> {
    node.input(index).ok_or_else(|| Error::expected("input", format!("input number {}", index + 1), "none"))
}

/// Most parameters that a constant may become: its numbers, and a bias for each output if none is given.
fn most_parameters(constant: &Constant) -> usize {
    let len = constant.as_floats().map_or(0, <[f32]>::len);
    len + constant.dims.iter().take(2).copied().max().unwrap_or(0).min(len)
}
