//! A network as a module of PyTorch: the class of `model.py`, made of the operators of the network.
//!
//! Operators with parameters become layers such as `nn.Conv2d`, the others expressions. Further parameters and fixed
//! numbers are tensors of the module.

use std::collections::{BTreeSet, HashMap, HashSet};

use super::literals::{commas, number};
use super::names::PythonNames;
use crate::error::{Error, Result};
use crate::network::Network;
use crate::operators::{ConstantNumbers, OperatorConstant, OperatorGraph, OperatorNode};

/// The images that the module is given.
pub const INPUT: &str = "x";

/// Functions and layers that some modules need.
const HELPERS: &[(&str, &str)] = &[
    ("space_to_depth", include_str!("folder/helpers/space_to_depth.py")),
    ("depth_to_space", include_str!("folder/helpers/depth_to_space.py")),
    ("average_pool", include_str!("folder/helpers/average_pool.py")),
    ("Dropout", include_str!("folder/helpers/dropout.py")),
];

/// A module, and what its state consists of.
pub struct PythonModule {
    pub source: String,
    pub tensors: Vec<ModuleTensor>,
}

/// A constant of the graph as a tensor of the module.
pub struct ModuleTensor {
    pub constant: String,
    /// Its name in the module's state, such as `conv1.weight`.
    pub key: String,
    pub dims: Vec<usize>,
}

/// The module that computes `output` from images `[N, C, H, W]`.
///
/// # Errors
/// PyTorch has no such form of an operator.
pub fn module(graph: &OperatorGraph, output: &str, network: &Network) -> Result<PythonModule> {
    let nodes = needed(graph, output);
    let mut writer = ModuleWriter::new(graph, &nodes, network);
    let mut rest = &nodes[..];
    while let Some(first) = rest.first() {
        let within = |error: Error| error.within(&first.output);
        let (used, expression) = match writer.composed(rest).map_err(within)? {
            Some(found) => found,
            None => (1, writer.expression(first).map_err(within)?),
        };
        writer.assign(&rest[used - 1].output, &expression);
        rest = &rest[used..];
    }
    let answer = writer.value(output)?;
    Ok(PythonModule { source: writer.source(&answer), tensors: writer.tensors })
}

/// The operators that an output depends on.
fn needed<'a>(graph: &'a OperatorGraph, output: &'a str) -> Vec<&'a OperatorNode> {
    let mut read = HashSet::from([output]);
    let mut nodes = Vec::new();
    for node in graph.nodes.iter().rev() {
        if read.contains(node.output.as_str()) {
            read.extend(node.inputs.iter().map(String::as_str));
            nodes.push(node);
        }
    }
    nodes.reverse();
    nodes
}

/// A module in the making.
pub(super) struct ModuleWriter<'a> {
    network: &'a Network,
    constants: HashMap<&'a str, &'a OperatorConstant>,
    /// Number of operators that read each value.
    readers: HashMap<&'a str, usize>,
    /// Names of attributes of the module, and of variables.
    attributes: PythonNames,
    variables: PythonNames,
    /// What stands for each value in Python.
    values: HashMap<&'a str, String>,
    /// Lines of the constructor and of `forward`.
    layers: Vec<String>,
    steps: Vec<String>,
    tensors: Vec<ModuleTensor>,
    helpers: BTreeSet<&'static str>,
}

impl<'a> ModuleWriter<'a> {
    fn new(graph: &'a OperatorGraph, nodes: &[&'a OperatorNode], network: &'a Network) -> Self {
        let mut readers = HashMap::new();
        for input in nodes.iter().flat_map(|node| &node.inputs) {
            *readers.entry(input.as_str()).or_insert(0) += 1;
        }
        Self {
            network,
            constants: graph.constants.iter().map(|constant| (constant.name.as_str(), constant)).collect(),
            readers,
            attributes: PythonNames::new(),
            variables: PythonNames::new(),
            values: HashMap::from([(INPUT, String::from(INPUT))]),
            layers: Vec::new(),
            steps: Vec::new(),
            tensors: Vec::new(),
            helpers: BTreeSet::new(),
        }
    }

    /// Gives a value a variable.
    fn assign(&mut self, value: &'a str, expression: &str) {
        let name = self.variables.take(value);
        self.steps.push(format!("{name} = {expression}"));
        self.values.insert(value, name);
    }

    fn source(&self, answer: &str) -> String {
        let helpers = HELPERS.iter().filter(|(name, _)| self.helpers.contains(name));
        let mut text: String = helpers.map(|(_, helper)| format!("{helper}\n\n")).collect();
        let mut lines = |head: &str, lines: &[String]| {
            text += head;
            lines.iter().for_each(|line| text += &format!("        {line}\n"));
        };
        lines("class Network(nn.Module):\n    def __init__(self):\n        super().__init__()\n", &self.layers);
        lines("\n    def forward(self, x):\n", &self.steps);
        text + &format!("        return {answer}\n")
    }

    /// Adds a layer with a weight and a bias, and returns how it is called.
    pub(super) fn layer(
        &mut self,
        kind: &str,
        arguments: &str,
        (weight, dims): (&'a str, Vec<usize>),
        bias: &'a str,
    ) -> Result<String> {
        let name = self.attributes.take(weight.strip_suffix(".weight").unwrap_or(weight));
        self.layers.push(format!("self.{name} = nn.{kind}({arguments})"));
        let bias_len = self.constant(bias)?.dims.iter().product();
        for (constant, what, dims) in [(weight, "weight", dims), (bias, "bias", vec![bias_len])] {
            self.tensors.push(ModuleTensor { constant: constant.into(), key: format!("{name}.{what}"), dims });
        }
        Ok(format!("self.{name}"))
    }

    /// Adds a layer of one of the helpers, without tensors, and returns how it is called.
    pub(super) fn plain_layer(&mut self, name: &str, helper: &'static str, arguments: &str) -> String {
        let (name, kind) = (self.attributes.take(name), self.helper(helper));
        self.layers.push(format!("self.{name} = {kind}({arguments})"));
        format!("self.{name}")
    }

    /// Brings a helper in, and returns its name.
    pub(super) fn helper(&mut self, name: &'static str) -> &'static str {
        self.helpers.insert(name);
        name
    }

    /// The number of the block whose values a node computes.
    pub(super) fn block(&self, node: &OperatorNode) -> Result<usize> {
        let number = self.network.blocks().iter().position(|block| block.name == node.output);
        number.ok_or_else(|| Error::expected(&node.output, "the values of a block", "other values"))
    }

    pub(super) fn is_read_once(&self, node: &OperatorNode) -> bool {
        self.readers.get(node.output.as_str()) == Some(&1)
    }

    pub(super) fn constant(&self, name: &str) -> Result<&'a OperatorConstant> {
        self.constants.get(name).copied().ok_or_else(|| Error::expected(name, "constant numbers", "computed ones"))
    }

    /// A row of integers, such as a shape.
    pub(super) fn row(&self, name: &str) -> Result<&'a [i64]> {
        match &self.constant(name)?.numbers {
            ConstantNumbers::Integers(row) => Ok(row),
            ConstantNumbers::Floats(_) | ConstantNumbers::Doubles(_) => {
                Err(Error::expected(name, "integers", "floats"))
            }
        }
    }

    /// What stands for a value: a variable, a number, or a tensor of the module.
    pub(super) fn value(&mut self, name: &'a str) -> Result<String> {
        if let Some(value) = self.values.get(name) {
            return Ok(value.clone());
        }
        let constant = self.constant(name)?;
        let value = match &constant.numbers {
            ConstantNumbers::Floats(row) if constant.dims.is_empty() && !constant.is_parameter => number(row[0]),
            numbers => {
                let kind = match numbers {
                    ConstantNumbers::Floats(_) => "",
                    ConstantNumbers::Doubles(_) => ", dtype=torch.float64",
                    ConstantNumbers::Integers(_) => ", dtype=torch.int64",
                };
                let (key, dims) = (self.attributes.take(name), commas(&constant.dims));
                self.layers.push(match constant.is_parameter {
                    true => format!("self.{key} = nn.Parameter(torch.zeros({dims}))"),
                    false => format!("self.register_buffer(\"{key}\", torch.zeros({dims}{kind}))"),
                });
                let value = format!("self.{key}");
                self.tensors.push(ModuleTensor { constant: name.into(), key, dims: constant.dims.clone() });
                value
            }
        };
        self.values.insert(name, value.clone());
        Ok(value)
    }
}
