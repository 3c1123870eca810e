//! Layers that are written as several nodes, read as what they were: these nodes become one of our own.
//!
//! Only the last of the nodes is replaced. The others are left out with all that the output does not depend on.

use super::builder::Builder;
use super::graph::{Node, OnnxGraph};
use super::links::Links;
use super::{free_graph, holds, untied};
use crate::error::{Error, Result};

/// Replaces all such nodes.
pub fn merge(graph: &mut OnnxGraph) {
    let links = Links::new(graph);
    let found = |node: &Node| match node.operator.as_str() {
        "Concat" => free_graph::find(&links, node),
        "Add" => untied::find(&links, node).or_else(|| holds::find(&links, node)),
        _ => None,
    };
    let merged: Vec<(usize, Node)> =
        graph.nodes.iter().enumerate().filter_map(|(at, node)| Some((at, found(node)?))).collect();
    for (at, node) in merged {
        graph.nodes[at] = node;
    }
}

/// Adds one of our own nodes to the network.
pub fn add(builder: &mut Builder, node: &Node) -> Result<()> {
    match node.operator.as_str() {
        free_graph::OPERATOR => free_graph::add(builder, node),
        untied::LOCAL => untied::add_local(builder, node),
        untied::TILES => untied::add_tiles(builder, node),
        holds::OPERATOR => holds::add(builder, node),
        _ => Err(Error::new("this operator is not supported")),
    }
}
