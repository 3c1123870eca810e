//! Group norms, also as exporters write them where ONNX has no operator for it: the channels as rows `[N, groups, values]`,
//! an instance norm of each row, and the picture again.

use std::collections::HashSet;

use super::builder::Builder;
use super::graph::{Attribute, Node, OnnxGraph};
use super::links::Links;
use crate::error::{Error, Result};
use crate::layer::{GroupNorm, Layer};

/// The number that is added to each variance.
const EPSILON: f32 = 1e-5;

/// Replaces those three nodes by one of the operator that later versions have, wherever nothing else reads between them.
pub fn merge(graph: &mut OnnxGraph) {
    let links = Links::new(graph);
    // The wanted shape of a Reshape, without the number of images.
    let shape = |index: usize| -> Option<&[i64]> {
        let node = &graph.nodes[index];
        let dims = links.integers(node, 1).filter(|_| node.operator == "Reshape")?;
        dims.split_first().map(|(_, sides)| sides)
    };
    let mut merged = Vec::new();
    for (norm, node) in graph.nodes.iter().enumerate().filter(|(_, node)| node.operator == "InstanceNormalization") {
        let found = || {
            let before = links.maker(node.input(0)?)?;
            let after = links.only_reader(norm)?;
            let &[groups, values] = shape(before)? else { return None };
            let again = shape(after)?.to_vec();
            let inputs = [graph.nodes[before].input(0)?, node.input(1)?, node.input(2)?].map(String::from);
            let attribute = |integer: i64, integers: Vec<i64>| Attribute { integer, integers, ..Attribute::default() };
            let own = [
                ("num_groups", attribute(groups, Vec::new())),
                ("values", attribute(values, Vec::new())),
                ("shape", attribute(0, again)),
            ];
            let attributes = node.attributes.clone().into_iter().chain(own.map(|(name, one)| (name.into(), one)));
            let one = Node {
                name: node.name.clone(),
                operator: "GroupNormalization".into(),
                domain: String::new(),
                inputs: inputs.into(),
                outputs: graph.nodes[after].outputs.clone(),
                attributes: attributes.collect(),
            };
            (links.only_reader(before) == Some(norm)).then_some(([before, norm, after], one))
        };
        merged.extend(found());
    }
    let mut gone = vec![false; graph.nodes.len()];
    let mut taken = HashSet::new();
    for (parts @ [before, norm, after], node) in merged {
        // A Reshape between two norms belongs to one of them.
        if parts.iter().any(|part| taken.contains(part)) {
            continue;
        }
        taken.extend(parts);
        (gone[before], gone[norm]) = (true, true);
        graph.nodes[after] = node;
    }
    let mut gone = gone.into_iter();
    graph.nodes.retain(|_| gone.next() != Some(true));
}

/// Adds a group norm; its scale and shift are one number for each group, or for each channel.
pub fn add(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = builder.input(node, 0)?;
    let is_picture = value.view.is_picture(builder.shape(&value));
    let value = if is_picture { builder.picture(node, 0)? } else { builder.as_vector("vector", value)? };
    let input = builder.shape(&value);
    let sides = [input.channels, input.height, input.width].map(|side| side as i64);
    if let Some(again) = node.integers("shape")
        && again != &sides[..if is_picture { 3 } else { 1 }]
    {
        return Err(Error::expected("shape", format!("that of {input}"), format!("{again:?}")));
    }
    let epsilon = node.float("epsilon", EPSILON);
    if (epsilon - EPSILON).abs() > 1e-9 {
        return Err(Error::expected("epsilon", EPSILON, epsilon));
    }
    let groups = usize::try_from(node.integer("num_groups", 1)).unwrap_or(0);
    if groups == 0 || !input.channels.is_multiple_of(groups) {
        let expected = format!("a number of groups that divides {} channels", input.channels);
        return Err(Error::expected("num_groups", expected, groups));
    }
    let values = node.integer("values", -1);
    if values != -1 && values.checked_mul(groups as i64) != Some(input.len() as i64) {
        let expected = format!("{} in each of {groups} groups", input.len() / groups);
        return Err(Error::expected("values", expected, values));
    }
    let mut theta = Vec::with_capacity(2 * input.channels);
    for index in [1, 2] {
        let (_, numbers) = builder.floats(node, index)?;
        if ![groups, input.channels].contains(&numbers.len()) {
            let expected = format!("{groups} or {} numbers", input.channels);
            return Err(Error::expected("constants", expected, numbers.len()));
        }
        let repeated = input.channels / numbers.len();
        theta.extend(numbers.iter().flat_map(|&number| std::iter::repeat_n(number, repeated)));
    }
    let view = value.view.clone();
    builder.push(node, Layer::GroupNorm(GroupNorm { input, groups }), &[&value], &theta, view)
}
