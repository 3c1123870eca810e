//! A network as text: the inverse of building it.

use super::{Network, Surroundings, build};
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::{Layer, PoolKind};

/// The text of a network, one layer a line. An error where a layer has sizes that cannot be written.
pub fn print(network: &Network, classes: usize) -> Result<String> {
    let mut text = String::new();
    for (index, block) in network.blocks().iter().enumerate().skip(1) {
        let is_last = index + 1 == network.blocks().len();
        let words = words(&block.layer, network, is_last && block.layer.ops().output().len() == classes);
        let unknown =
            || Error::new(format!("{}: a {} cannot be written as text", block.name, block.layer.ops().title()));
        text += &format!("{}: {}", block.name, words.ok_or_else(unknown)?);
        if block.activation != Activation::Linear {
            text += &format!(" {}", block.activation);
        }
        if network.embedding == Some(index) && block.name != "embedding" {
            text += " code";
        }
        if block.inputs != [index - 1] {
            let names: Vec<&str> = block.inputs.iter().map(|&input| network.blocks()[input].name.as_str()).collect();
            text += &format!(" from={}", names.join(","));
        }
        text.push('\n');
    }
    // Sizes that the words cannot say (margins, uneven kernels) must not get lost on the way.
    let around = Surroundings { input: network.input(), classes };
    let (again, _) = build(&text, around).map_err(|error| error.within("the network as text"))?;
    match again.blocks().iter().zip(network.blocks()).find(|(again, block)| again.layer != block.layer) {
        Some((_, block)) => Err(Error::new(format!("{}: its sizes cannot be written as text", block.name))),
        None => Ok(text),
    }
}

fn words(layer: &Layer, network: &Network, tells_classes: bool) -> Option<String> {
    let input = network.input();
    Some(match layer {
        Layer::Dense(_) if tells_classes => "dense outputs=classes".into(),
        Layer::Dense(dense) if dense.outputs == input.len() && 1 < input.area() => "dense outputs=values".into(),
        Layer::Dense(dense) => format!("dense outputs={}", dense.outputs),
        Layer::Conv(conv) => {
            let window = &conv.window;
            let half = (window.kernel - 1) / 2 == window.padding;
            let padding = if half { String::new() } else { format!(" padding={}", window.padding) };
            format!("conv outputs={} kernel={} stride={}{padding}", window.outputs, window.kernel, window.stride)
        }
        Layer::ConvTranspose(conv) => format!(
            "conv-transpose outputs={} kernel={} stride={} padding={}",
            if conv.output == input { "channels".into() } else { conv.output.channels.to_string() },
            conv.kernel,
            conv.stride,
            conv.padding
        ),
        Layer::GroupedConv(conv) if conv.groups == conv.input.channels && conv.across == conv.down => {
            format!("depthwise kernel={} stride={}", conv.across.kernel, conv.across.stride)
        }
        Layer::Pool(pool) => format!("{}-pool size={} stride={}", pool.kind.name(), pool.size, pool.stride),
        Layer::GlobalPool(pool) if pool.kind == PoolKind::Max => "global-max".into(),
        Layer::GlobalPool(_) => "global-average".into(),
        Layer::Upsample(upsample) => format!("upsample factor={}", upsample.factor),
        Layer::UpsampleConv(conv) => {
            format!("upsample-conv outputs={} factor={} kernel={}", conv.outputs, conv.factor, conv.kernel)
        }
        Layer::GroupNorm(norm) => format!("group-norm groups={}", norm.groups),
        Layer::Affine(_) => "affine".into(),
        Layer::Dropout(dropout) => format!("dropout rate={}", dropout.rate),
        Layer::Reshape(reshape) if reshape.output == input && !input.is_flat() => "picture".into(),
        Layer::Reshape(reshape) if reshape.output.is_flat() => "flatten".into(),
        Layer::Reshape(reshape) => format!(
            "reshape width={} height={} outputs={}",
            reshape.output.width, reshape.output.height, reshape.output.channels
        ),
        Layer::Add(_) => "add".into(),
        Layer::Product(_) => "product".into(),
        Layer::Concat(_) => "concat".into(),
        Layer::LocallyConnected(mix) if !mix.mix_channels => format!("mix size={}", mix.size),
        Layer::TileDense(scale) => format!("scale outputs={} tile={} to={}", scale.outputs, scale.from, scale.to),
        _ => return None,
    })
}
