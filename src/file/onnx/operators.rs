//! The table of operators.

use super::array::axis_of;
use super::builder::{Builder, input_name, quoted};
use super::graph::{self, Node};
use super::own_node::DOMAIN;
use super::view::PictureAxis;
use super::{arithmetic, convolutions, group_norm, merged, pools, quantised, shapes};
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::PoolKind;

/// Adds one node to the network.
pub fn add(builder: &mut Builder, node: &Node) -> Result<()> {
    if node.domain == DOMAIN {
        return merged::add(builder, node);
    }
    if !graph::is_own(&node.domain) {
        return Err(Error::new(format!("operators of {} are not supported", quoted(&node.domain))));
    }
    let activation = |builder: &mut Builder, f| builder.activate(node, input_name(node, 0)?, f);
    match node.operator.as_str() {
        "Conv" => convolutions::conv(builder, node),
        "ConvTranspose" => convolutions::conv_transpose(builder, node),
        "Gemm" => convolutions::gemm(builder, node),
        "MatMul" => convolutions::matmul(builder, node),
        "BatchNormalization" => arithmetic::batch_norm(builder, node),
        "Add" | "Sub" | "Mul" | "Div" => arithmetic::arithmetic(builder, node),
        "Sum" => arithmetic::sum(builder, node),
        "Neg" => arithmetic::negate(builder, node),
        "Min" | "Max" => arithmetic::extreme(builder, node),
        "GroupNormalization" => group_norm::add(builder, node),
        "Concat" => shapes::concat(builder, node),
        "Flatten" => shapes::flatten(builder, node),
        "Reshape" => shapes::reshape(builder, node),
        "Transpose" => shapes::transpose(builder, node),
        "Squeeze" => shapes::squeeze(builder, node),
        "Unsqueeze" => shapes::unsqueeze(builder, node),
        "Pad" => shapes::pad(builder, node),
        "Slice" => shapes::slice(builder, node),
        "Resize" | "Upsample" => shapes::resize(builder, node),
        "MaxPool" => pools::pool(builder, node, PoolKind::Max),
        "AveragePool" => pools::pool(builder, node, PoolKind::Average),
        "GlobalAveragePool" => pools::global(builder, node, PoolKind::Average),
        "GlobalMaxPool" => pools::global(builder, node, PoolKind::Max),
        "ReduceMean" => pools::reduce(builder, node, PoolKind::Average),
        "ReduceMax" => pools::reduce(builder, node, PoolKind::Max),
        "Relu" => activation(builder, Activation::Relu),
        "LeakyRelu" => activation(builder, Activation::LeakyRelu { slope: node.float("alpha", 0.01) }),
        "Sigmoid" => activation(builder, Activation::Sigmoid),
        "Tanh" => activation(builder, Activation::Tanh),
        "HardSwish" => activation(builder, Activation::HardSwish),
        "HardSigmoid" => arithmetic::hard_sigmoid(builder, node),
        "Gelu" => match node.text("approximate", "none") {
            "none" => activation(builder, Activation::Gelu),
            other => Err(Error::expected("approximate", "none", other)),
        },
        "Clip" => clip(builder, node),
        "Identity" => shapes::same(builder, node),
        "Dropout" => dropout(builder, node),
        "Cast" | "CastLike" => cast(builder, node),
        "QuantizeLinear" => quantised::quantise(builder, node),
        "DequantizeLinear" => shapes::same(builder, node), // what QuantizeLinear made was left in floats
        "Softmax" | "LogSoftmax" => softmax(builder, node),
        _ => Err(Error::new("this operator is not supported")),
    }
}

/// Dropout, which does nothing but in training.
fn dropout(builder: &mut Builder, node: &Node) -> Result<()> {
    let mode = node.input(2).and_then(|name| builder.constant(name));
    if mode.is_some_and(|mode| mode.numbers().any(|number| number != 0.0)) {
        return Err(Error::new("it is in training mode; export the model in evaluation mode (model.eval())"));
    }
    shapes::same(builder, node)
}

/// Cast between floats, which all are of 32 bits here.
fn cast(builder: &mut Builder, node: &Node) -> Result<()> {
    use super::constant::{BFLOAT, DOUBLE, FLOAT, HALF};
    let kind = node.integer("to", FLOAT);
    if ![FLOAT, HALF, DOUBLE, BFLOAT].contains(&kind) {
        return Err(Error::expected("to", "floats", format!("type {kind}")));
    }
    shapes::same(builder, node)
}

/// Clip. The ends are attributes in old files and inputs in new ones; each may be missing.
fn clip(builder: &mut Builder, node: &Node) -> Result<()> {
    let end = |index: usize, name: &str, default: f32| -> Result<f32> {
        if let Some(attribute) = node.attributes.get(name) {
            return Ok(attribute.float);
        }
        if node.input(index).is_none() {
            return Ok(default);
        }
        match builder.floats(node, index)?.1 {
            [end] => Ok(*end),
            other => Err(Error::expected(name, "one number", other.len())),
        }
    };
    let (low, high) = (end(1, "min", f32::MIN)?, end(2, "max", f32::MAX)?);
    let activation = if (low, high) == (0.0, f32::MAX) { Activation::Relu } else { Activation::Clip { low, high } };
    builder.activate(node, input_name(node, 0)?, activation)
}

/// Softmax, at the very end only: the loss works on the values before it. Before opset 13 it goes over all dimensions
/// from its axis on, by default the second; since then over one, the last.
fn softmax(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = builder.input(node, 0)?;
    let (rank, is_old) = (value.view.rank() + 1, builder.graph.opset < 13);
    let axis = axis_of(node.integer("axis", if is_old { 1 } else { -1 }), rank)?;
    let trimmed = value.view.trimmed(builder.shape(&value));
    let is_over = |at: usize| if is_old { axis <= at } else { axis == at };
    let is_left_out = |(at, axes): (usize, &Vec<PictureAxis>)| !axes.is_empty() && !is_over(at + 1);
    let is_of_pixels = trimmed.iter().flatten().any(|&axis| axis != PictureAxis::Channels) && !value.view.is_vector();
    if trimmed.iter().enumerate().any(is_left_out) || is_of_pixels {
        return Err(Error::expected("softmax", "the classes of a vector as its axis", "another axis"));
    }
    builder.finish(node, value);
    Ok(())
}
