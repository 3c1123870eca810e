//! The table of operators.

use super::builder::{Builder, input_name, quoted};
use super::graph::Node;
use super::{constants, convolutions, group_norm, pools, shapes};
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::PoolKind;

/// Adds one node to the network.
pub fn add(builder: &mut Builder, node: &Node) -> Result<()> {
    if !["", "ai.onnx"].contains(&node.domain.as_str()) {
        return Err(Error::new(format!("operators of {} are not supported", quoted(&node.domain))));
    }
    let activation = |builder: &mut Builder, f| builder.activate(node, input_name(node, 0)?, f);
    match node.operator.as_str() {
        "Conv" => convolutions::conv(builder, node),
        "ConvTranspose" => convolutions::conv_transpose(builder, node),
        "Gemm" => convolutions::gemm(builder, node),
        "MatMul" => convolutions::matmul(builder, node),
        "BatchNormalization" => constants::batch_norm(builder, node),
        "Add" | "Sub" | "Mul" | "Div" => constants::arithmetic(builder, node),
        "GroupNormalization" => group_norm::add(builder, node),
        "Concat" => shapes::concat(builder, node),
        "Flatten" => shapes::flatten(builder, node),
        "Reshape" => shapes::reshape(builder, node),
        "Resize" => shapes::resize(builder, node),
        "MaxPool" => pools::pool(builder, node, PoolKind::Max),
        "AveragePool" => pools::pool(builder, node, PoolKind::Average),
        "GlobalAveragePool" => pools::global(builder, node, PoolKind::Average, true),
        "GlobalMaxPool" => pools::global(builder, node, PoolKind::Max, true),
        "ReduceMean" => pools::mean(builder, node),
        "Relu" => activation(builder, Activation::Relu),
        "LeakyRelu" => activation(builder, Activation::LeakyRelu { slope: node.float("alpha", 0.01) }),
        "Sigmoid" => activation(builder, Activation::Sigmoid),
        "Tanh" => activation(builder, Activation::Tanh),
        "HardSwish" => activation(builder, Activation::HardSwish),
        "HardSigmoid" => {
            let (alpha, beta) = (node.float("alpha", 0.2), node.float("beta", 0.5));
            if (alpha - 1.0 / 6.0).abs() > 1e-6 || beta != 0.5 {
                return Err(Error::expected("alpha and beta", "1/6 and 1/2", format!("{alpha} and {beta}")));
            }
            activation(builder, Activation::HardSigmoid)
        }
        "Gelu" => match node.text("approximate", "none") {
            "none" => activation(builder, Activation::Gelu),
            other => Err(Error::expected("approximate", "none", other)),
        },
        "Clip" => clip(builder, node),
        "Identity" | "Dropout" => {
            let name = input_name(node, 0)?;
            if let Some(constant) = builder.constant(name).cloned() {
                builder.keep_constant(node, constant);
            } else {
                let value = builder.value(name)?;
                builder.alias(node, value, value.is_picture);
            }
            Ok(())
        }
        "Constant" => match node.attributes.get("value").and_then(|attribute| attribute.constant.clone()) {
            Some(constant) => {
                builder.keep_constant(node, constant);
                Ok(())
            }
            None => Err(Error::expected("constant", "a tensor of numbers", "none")),
        },
        "Softmax" | "LogSoftmax" => softmax(builder, node),
        _ => Err(Error::new("this operator is not supported")),
    }
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

/// Softmax, at the very end only: the loss works on the values before it.
fn softmax(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = builder.input(node, 0)?;
    if builder.graph.outputs.first() != node.outputs.first() {
        return Err(Error::expected("softmax", "the last node of the network", "nodes after it"));
    }
    if value.is_picture || ![1, -1].contains(&node.integer("axis", -1)) {
        return Err(Error::expected("softmax", "the classes of a vector as its axis", "another axis"));
    }
    builder.alias(node, value, false);
    Ok(())
}
