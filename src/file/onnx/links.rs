//! The makers and readers of each value of a graph, to recognise what several nodes compute together.

use std::collections::HashMap;

use super::constant::Constant;
use super::graph::{Node, OnnxGraph};

pub struct Links<'a> {
    graph: &'a OnnxGraph,
    makers: HashMap<&'a str, usize>,
    readers: HashMap<&'a str, Vec<usize>>,
}

impl<'a> Links<'a> {
    pub fn new(graph: &'a OnnxGraph) -> Self {
        let (mut makers, mut readers): (HashMap<&str, usize>, HashMap<&str, Vec<usize>>) = Default::default();
        for (index, node) in graph.nodes.iter().enumerate() {
            makers.extend(node.outputs.first().map(|name| (name.as_str(), index)));
            node.inputs.iter().for_each(|name| readers.entry(name).or_default().push(index));
        }
        Self { graph, makers, readers }
    }

    /// The number of the node that makes a value.
    pub fn maker(&self, name: &str) -> Option<usize> {
        self.makers.get(name).copied()
    }

    /// The node that makes an input of another, if it has this operator.
    pub fn before(&self, node: &Node, input: usize, operator: &str) -> Option<&'a Node> {
        let maker = &self.graph.nodes[self.maker(node.input(input)?)?];
        (maker.operator == operator).then_some(maker)
    }

    /// The node that alone reads what a node makes.
    pub fn only_reader(&self, index: usize) -> Option<usize> {
        match self.readers_of(self.graph.nodes[index].outputs.first()?) {
            &[reader] => Some(reader),
            _ => None,
        }
    }

    /// The nodes that read a value.
    pub fn readers_of(&self, name: &str) -> &[usize] {
        self.readers.get(name).map_or(&[], Vec::as_slice)
    }

    /// An input of a node that is a constant.
    pub fn constant(&self, node: &Node, input: usize) -> Option<&'a Constant> {
        self.graph.constants.get(node.input(input)?)
    }

    /// The dimensions and numbers of an input that is constant floats.
    pub fn floats(&self, node: &Node, input: usize) -> Option<(&'a [usize], &'a [f32])> {
        self.constant(node, input).and_then(|constant| Some((&constant.dims[..], constant.as_floats()?)))
    }

    /// The numbers of an input that is constant integers.
    pub fn integers(&self, node: &Node, input: usize) -> Option<&'a [i64]> {
        self.constant(node, input)?.as_integers()
    }
}
