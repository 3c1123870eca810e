//! What operators with weights share: the values that they read in a row, and their bias.

use super::builder::{Builder, Operand};
use super::graph::Node;
use crate::error::{Error, Result};
use crate::layer::Planes;

/// The values of an image in a row.
pub struct InRow {
    pub value: Operand,
    /// The number in the row, for each value in our order.
    pub order: Vec<usize>,
}

impl InRow {
    /// The first input of a node.
    pub fn of(builder: &mut Builder, node: &Node) -> Result<Self> {
        let mut value = builder.input(node, 0)?;
        let trimmed = value.view.trimmed(builder.shape(&value));
        if trimmed.iter().rev().skip(1).any(|axes| !axes.is_empty()) {
            let got = format!("{:?}", builder.sizes(&value));
            return Err(Error::expected("input", "a vector of each image", got));
        }
        if !(value.view.is_in_pixels(builder.shape(&value)) || value.view.is_in_planes(builder.shape(&value))) {
            value = builder.as_vector("vector", value)?;
        }
        let shape = builder.shape(&value);
        let is_in_pixels = value.view.is_in_pixels(shape);
        let number = |at: usize| if is_in_pixels { at } else { Planes::place(shape, at) };
        Ok(Self { order: (0..shape.len()).map(number).collect(), value })
    }
}

/// GemmFactors of the weights and of the bias.
#[derive(Clone, Copy)]
pub struct GemmFactors {
    pub weights: f32,
    pub bias: f32,
}

impl GemmFactors {
    /// The bias of a node with its factor, for these outputs.
    pub fn bias(self, builder: &Builder, node: &Node, outputs: usize) -> Result<Vec<f32>> {
        let bias = bias(builder, node, 2, outputs)?;
        Ok(bias.into_iter().map(|bias| self.bias * bias).collect())
    }
}

/// The bias of a node, or zeros.
pub fn bias(builder: &Builder, node: &Node, index: usize, outputs: usize) -> Result<Vec<f32>> {
    if node.input(index).is_none() {
        return Ok(vec![0.0; outputs]);
    }
    match builder.floats(node, index)?.1 {
        [one] => Ok(vec![*one; outputs]),
        all if all.len() == outputs => Ok(all.to_vec()),
        all => Err(Error::expected("bias", format!("{outputs} numbers"), all.len())),
    }
}
