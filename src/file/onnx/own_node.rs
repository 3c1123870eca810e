//! Nodes of our own, for layers that files have as several nodes.

use super::graph::{Attribute, Node};
use crate::error::{Error, Result};

/// The domain of our own operators, which no file has.
pub const DOMAIN: &str = "neurarium";

/// A node of our own with the name and the outputs of the last of those that it stands for.
pub fn own_node(last: &Node, operator: &str, inputs: &[&str], attributes: &[(&str, i64)]) -> Node {
    let attributes = attributes.iter().map(|&(name, number)| (name.into(), Attribute::of_integer(number)));
    Node {
        name: last.name.clone(),
        operator: operator.into(),
        domain: DOMAIN.into(),
        inputs: inputs.iter().map(|&name| name.into()).collect(),
        outputs: last.outputs.clone(),
        attributes: attributes.collect(),
    }
}

/// A number of a node that is a size.
pub fn size(node: &Node, name: &str) -> Result<usize> {
    let number = node.integer(name, 0);
    usize::try_from(number).map_err(|_| Error::expected(name, "a size", number))
}
