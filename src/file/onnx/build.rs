//! From a graph to a network: node by node, as far as the output depends on them.

use std::collections::HashMap;

use super::builder::{Builder, quoted};
use super::constant::Constant;
use super::evaluate::{evaluate, part_of_shape};
use super::gelu::{self, GeluPart};
use super::graph::{Node, OnnxGraph};
use super::view::TensorView;
use super::{operators, order};
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::network::Network;
use crate::progress::Progress;
use crate::shape::Shape;

/// Evaluates what does not depend on the image. Returns the numbers of the nodes that are left for the network, in order.
pub fn prepare(graph: &mut OnnxGraph) -> Result<Vec<usize>> {
    let output = graph.outputs.first().ok_or_else(|| Error::expected("graph", "an output", "none"))?;
    let mut left = Vec::new();
    for index in order::order(graph, output)? {
        let node = &graph.nodes[index];
        let constant = match inputs_of(node, |name| graph.constants.get(name)) {
            Some(inputs) => evaluate(node, &inputs).map_err(|error| within(error, node))?,
            None => None,
        };
        match constant {
            Some(constant) => drop(graph.constants.insert(node.output().into(), constant)),
            None => left.push(index),
        }
    }
    Ok(left)
}

/// The inputs of a node, if all that it has are constants.
fn inputs_of<'a>(node: &'a Node, constant: impl Fn(&str) -> Option<&'a Constant>) -> Option<Vec<Option<&'a Constant>>> {
    if node.inputs.is_empty() && node.operator != "Constant" {
        return None;
    }
    let input = |name: &String| if name.is_empty() { Some(None) } else { constant(name).map(Some) };
    node.inputs.iter().map(input).collect()
}

/// Builds the network of these nodes of a graph, whose input is an image of this shape and in this view; advances the
/// progress by the numbers that become parameters.
pub fn build(
    graph: &OnnxGraph,
    nodes: &[usize],
    (shape, view): (Shape, TensorView),
    progress: &Progress,
) -> Result<Network> {
    let (Some((input, _)), Some(output)) = (graph.inputs.first(), graph.outputs.first()) else {
        return Err(Error::expected("graph", "an input and an output", "none"));
    };
    let mut readers: HashMap<&str, Vec<usize>> = HashMap::new();
    for &index in nodes {
        let node = &graph.nodes[index];
        // The shape of a value is known without reading it.
        let names = node.inputs.iter().filter(|_| !["Shape", "Size"].contains(&node.operator.as_str()));
        names.for_each(|name| readers.entry(name).or_default().push(index));
    }
    let mut patterns = gelu::find(graph, nodes);
    for part in patterns.values() {
        // A GELU reads its input twice but is one activation.
        if let GeluPart::Last(input) = part
            && let Some(all) = readers.get_mut(input.as_str())
        {
            all.pop();
        }
    }
    let mut builder = Builder::new(graph, progress, (input, shape, view), readers)?;
    progress.expect(nodes.iter().map(|&index| floats(graph, &graph.nodes[index])).sum());
    for &index in nodes {
        let node = &graph.nodes[index];
        let (before, _) = progress.counts();
        match patterns.remove(&index) {
            Some(GeluPart::Inner) => Ok(()),
            Some(GeluPart::Last(input)) => builder.activate(node, &input, Activation::Gelu),
            None => add(&mut builder, node),
        }
        .map_err(|error| within(error, node))?;
        let counted = progress.counts().0 - before;
        progress.count(floats(graph, node).saturating_sub(counted as usize))?;
    }
    let value = builder.seen(output)?;
    let value = builder.as_output("output", value)?;
    let last = builder.network.blocks().len() - 1;
    if value.block != last || last == 0 {
        return Err(Error::expected("graph", "an output computed by the last node", quoted(output)));
    }
    // The second output of an autoencoder that was written here.
    let code = graph.outputs.iter().find(|name| *name == "code").and_then(|name| builder.seen(name).ok());
    builder.network.embedding = code.map(|code| code.block).filter(|code| (1..last).contains(code));
    Ok(builder.network)
}

/// Adds a node to the network, or evaluates it where it depends on the size of the image alone.
fn add(builder: &mut Builder, node: &Node) -> Result<()> {
    if ["Shape", "Size"].contains(&node.operator.as_str())
        && let Some(name) = node.input(0).filter(|name| builder.is_value(name))
    {
        let value = builder.seen(name)?;
        // The number of images is open; computed with one, a shape still means the same.
        let dims: Vec<f64> = [1].into_iter().chain(builder.sizes(&value)).map(|size| size as f64).collect();
        let (dims, sizes) = match node.operator.as_str() {
            "Shape" => {
                let part = part_of_shape(node, &dims);
                (vec![part.len()], part)
            }
            _ => (Vec::new(), vec![dims.iter().product()]),
        };
        builder.keep_constant(node, Constant::integers(dims, sizes.iter().map(|&size| size as i64).collect()));
        return Ok(());
    }
    let constant = match inputs_of(node, |name| builder.constant(name)) {
        Some(inputs) => evaluate(node, &inputs)?,
        None => None,
    };
    match constant {
        Some(constant) => {
            builder.keep_constant(node, constant);
            Ok(())
        }
        None => operators::add(builder, node),
    }
}

fn within(error: Error, node: &Node) -> Error {
    error.within(format!("node {} ({})", quoted(title(node)), node.operator))
}

/// Number of floats among the constants that a node reads.
fn floats(graph: &OnnxGraph, node: &Node) -> usize {
    let constants = node.inputs.iter().filter_map(|name| graph.constants.get(name));
    constants.filter_map(Constant::as_floats).map(<[f32]>::len).sum()
}

/// The name of a node in messages.
fn title(node: &Node) -> &str {
    if node.name.is_empty() { node.output() } else { &node.name }
}
