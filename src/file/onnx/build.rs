//! From a graph to a network: node by node, as far as the output depends on them.

use std::collections::{HashMap, HashSet};

use super::builder::{Builder, named, quoted};
use super::gelu::{self, GeluPart};
use super::graph::{Constant, Node, OnnxGraph};
use super::operators;
use crate::activation::Activation;
use crate::data::MOST_SIDE;
use crate::error::{Error, Result};
use crate::network::Network;
use crate::progress::Progress;
use crate::shape::Shape;

/// Builds the network of a graph; advances the progress by the numbers that become parameters.
pub fn build(graph: &OnnxGraph, progress: &Progress) -> Result<Network> {
    let [(input, dims), ..] = &graph.inputs[..] else {
        return Err(Error::expected("graph", "an input", "none"));
    };
    let shape = match dims[..] {
        [_, Some(channels), Some(height), Some(width)] => Shape::from_whc(width, height, channels),
        _ => return Err(Error::expected(named("input", input), "images [N, C, H, W] of a fixed size", shown(dims))),
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
        // A GELU reads its input twice but is one activation.
        if let GeluPart::Last(input) = part
            && let Some(count) = uses.get_mut(input.as_str())
        {
            *count -= 1;
        }
    }
    let mut builder = Builder::new(graph, progress, (input, shape), uses)?;
    progress.expect(needed.iter().map(|&index| floats(graph, &graph.nodes[index])).sum());
    for index in needed {
        let node = &graph.nodes[index];
        let (before, _) = progress.counts();
        let within = |error: Error| error.within(format!("node {} ({})", quoted(title(node)), node.operator));
        match patterns.remove(&index) {
            Some(GeluPart::Inner) => {}
            Some(GeluPart::Last(input)) => builder.activate(node, &input, Activation::Gelu).map_err(within)?,
            None => operators::add(&mut builder, node).map_err(within)?,
        }
        let counted = progress.counts().0 - before;
        progress.count(floats(graph, node).saturating_sub(counted as usize))?;
    }
    let value = builder.value(output)?;
    let value = builder.flattened("output", value)?;
    let last = builder.network.blocks().len() - 1;
    if value.block != last || last == 0 {
        return Err(Error::expected("graph", "an output computed by the last node", quoted(output)));
    }
    Ok(builder.network)
}

/// Number of floats among the constants that a node reads.
fn floats(graph: &OnnxGraph, node: &Node) -> usize {
    let constants = node.inputs.iter().filter_map(|name| graph.constants.get(name));
    constants.filter_map(Constant::floats).map(<[f32]>::len).sum()
}

/// The nodes that the output depends on, in the order of the file.
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

fn shown(dims: &[Option<usize>]) -> String {
    let sides: Vec<String> = dims.iter().map(|dim| dim.map_or("?".into(), |len| len.to_string())).collect();
    format!("[{}]", sides.join(", "))
}

/// The name of a node in messages.
fn title(node: &Node) -> &str {
    if node.name.is_empty() { node.outputs.first().map_or("", String::as_str) } else { &node.name }
}
