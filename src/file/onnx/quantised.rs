//! Values quantised to 8 or 16 bits and back (QDQ): they stay floats, cut to the range that the integers can express.
//!
//! Rounding is left out. The range is not: quantisers leave out a ReLU that it contains.

use super::builder::{Builder, input_name};
use super::evaluate::range_of;
use super::graph::Node;
use crate::activation::Activation;
use crate::error::{Error, Result};

/// The scale of a quantiser and the least and largest value that it can express.
fn range(builder: &Builder, node: &Node) -> Result<(f64, f64, f64)> {
    let one = |index: usize| node.input(index).and_then(|name| builder.constant(name)).filter(|one| one.len() == 1);
    let scale = one(1).and_then(|scale| scale.numbers().next());
    let scale = scale.ok_or_else(|| Error::expected("scale", "one number for all values", "several"))?;
    let (zero, kind) = one(2).map_or((0.0, 0), |zero| (zero.numbers().next().unwrap_or(0.0), zero.kind));
    let (low, high) = range_of(kind);
    Ok((scale, (low - zero) * scale, (high - zero) * scale))
}

pub fn quantise(builder: &mut Builder, node: &Node) -> Result<()> {
    let own = range(builder, node)?;
    for reader in builder.readers(node) {
        if reader.operator != "DequantizeLinear" {
            return Err(Error::expected("quantised values", "DequantizeLinear after them", &reader.operator));
        }
        if range(builder, reader)? != own {
            return Err(Error::expected("quantised values", "one scale before and after", "two"));
        }
    }
    let (_, low, high) = own;
    let activation = Activation::Clip { low: low as f32, high: high as f32 };
    builder.activate(node, input_name(node, 0)?, activation)
}
