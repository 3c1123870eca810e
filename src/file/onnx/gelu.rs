//! Finds GELU as exporters write it where ONNX has no operator for it: x (1 + erf(x / sqrt 2)) / 2, in five nodes.

use std::collections::HashMap;

use super::graph::{Node, OnnxGraph};

/// The role of a node in such a pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum GeluPart {
    /// An inner node, which needs nothing.
    Inner,
    /// The node with the result; the name of the input.
    Last(String),
}

/// The patterns among these nodes, by node.
pub fn find(graph: &OnnxGraph, nodes: &[usize]) -> HashMap<usize, GeluPart> {
    let mut found = HashMap::new();
    let maker: HashMap<&str, usize> =
        nodes.iter().flat_map(|&index| graph.nodes[index].outputs.first().map(|name| (name.as_str(), index))).collect();
    let readers = |name: &str| -> Vec<usize> {
        nodes.iter().copied().filter(|&index| graph.nodes[index].inputs.iter().any(|input| input == name)).collect()
    };
    for &erf in nodes.iter().filter(|&&index| graph.nodes[index].operator == "Erf") {
        let pattern = || -> Option<(Vec<usize>, usize, String)> {
            let first = *maker.get(graph.nodes[erf].input(0)?)?;
            let node = &graph.nodes[first];
            let root = std::f32::consts::SQRT_2;
            let (x, number) = operands(graph, node)?;
            let is_first = match node.operator.as_str() {
                "Div" => near(number, root),
                "Mul" => near(number, 1.0 / root),
                _ => false,
            };
            let only = |index: usize| -> Option<usize> {
                match readers(graph.nodes[index].outputs.first()?)[..] {
                    [reader] => Some(reader),
                    _ => None,
                }
            };
            let plus = only(erf)?;
            let is_plus = graph.nodes[plus].operator == "Add" && near(operands(graph, &graph.nodes[plus])?.1, 1.0);
            if !is_first || !is_plus {
                return None;
            }
            let times = only(plus)?;
            if graph.nodes[times].operator != "Mul" {
                return None;
            }
            let sum = graph.nodes[plus].outputs.first()?;
            let other = graph.nodes[times].inputs.iter().find(|name| *name != sum)?;
            if *other == x {
                // (x (1 + erf)) / 2
                let last = only(times)?;
                return is_half(graph, &graph.nodes[last]).then(|| (vec![first, erf, plus, times], last, x));
            }
            // (x / 2) (1 + erf)
            let half = *maker.get(other.as_str())?;
            let is_own = operands(graph, &graph.nodes[half])?.0 == x && is_half(graph, &graph.nodes[half]);
            is_own.then(|| (vec![first, erf, plus, half], times, x))
        };
        if let Some((inner, last, x)) = pattern() {
            inner.into_iter().for_each(|index| drop(found.insert(index, GeluPart::Inner)));
            found.insert(last, GeluPart::Last(x));
        }
    }
    found
}

/// The value that a node reads, and its other input, a single number.
fn operands(graph: &OnnxGraph, node: &Node) -> Option<(String, f32)> {
    let number = |name: &str| match graph.constants.get(name)?.as_floats()? {
        [number] => Some(*number),
        _ => None,
    };
    let (a, b) = (node.input(0)?, node.input(1)?);
    match (number(a), number(b)) {
        (None, Some(number)) => Some((a.into(), number)),
        (Some(number), None) if node.operator != "Div" => Some((b.into(), number)),
        _ => None,
    }
}

fn is_half(graph: &OnnxGraph, node: &Node) -> bool {
    let number = operands(graph, node).map(|(_, number)| number);
    match node.operator.as_str() {
        "Mul" => number.is_some_and(|number| near(number, 0.5)),
        "Div" => number.is_some_and(|number| near(number, 2.0)),
        _ => false,
    }
}

fn near(a: f32, b: f32) -> bool {
    (a - b).abs() < 1e-5
}
