//! Layers with untied weights, as they are written: what each place reads becomes a row, which is multiplied by a matrix of its
//! own.

use super::builder::Builder;
use super::graph::Node;
use super::links::Links;
use super::own_node::{own_node, size};
use super::view::TensorView;
use crate::error::{Error, Result};
use crate::layer::{Layer, LayerOps, LocallyConnected, TileDense};
use crate::operators::plane_order;

/// Locally connected layers, and dense layers of tiles. Inputs: x, W `[groups, places, reads, makes]`, b `[C, H, W]`.
pub const LOCAL: &str = "LocallyConnected";
pub const TILES: &str = "TileDense";

/// The layer whose last node is an Add.
pub fn find(links: &Links, last: &Node) -> Option<Node> {
    let bias = last.input(1)?;
    let tiles = links.before(last, 0, "DepthToSpace");
    let painted = match tiles {
        Some(tiles) => links.before(tiles, 0, "Reshape")?,
        None => links.before(last, 0, "Reshape")?,
    };
    let turned = |node: &Node, order: [i64; 4]| node.integers("perm") == Some(&order);
    let back = links.before(painted, 0, "Transpose").filter(|node| turned(node, [2, 0, 3, 1]))?;
    let product = links.before(back, 0, "MatMul")?;
    let there = links.before(product, 0, "Transpose").filter(|node| turned(node, [1, 3, 0, 2]))?;
    let rows = links.before(there, 0, "Reshape")?;
    let weight = product.input(1)?;
    if let Some(tiles) = tiles {
        let from = links.before(rows, 0, "SpaceToDepth")?;
        let sides = [("from", from.integer("blocksize", 0)), ("to", tiles.integer("blocksize", 0))];
        let is_usual = tiles.text("mode", "DCR") == "DCR";
        return is_usual.then(|| own_node(last, TILES, &[from.input(0).unwrap_or_default(), weight, bias], &sides));
    }
    let windows = links.before(rows, 0, "Conv")?;
    let (dims, shift) = links.floats(windows, 1)?;
    let &[_, 1, size, across] = dims else { return None };
    if size != across || size % 2 == 0 || shift.is_empty() {
        return None;
    }
    let (taps, half) = (size * size, size as i64 / 2);
    // Every channel of the windows is one value of the picture.
    let moves = || shift.iter().enumerate().all(|(at, &weight)| weight == f32::from(at / taps % taps == at % taps));
    let is_whole = shift.len().is_multiple_of(taps * taps);
    let is_plain = windows.inputs.len() == 2 && windows.integers("pads") == Some(&[half; 4]);
    let is_single = ["strides", "dilations", "auto_pad"].iter().all(|name| !windows.attributes.contains_key(*name));
    let inputs = [windows.input(0)?, weight, bias];
    let node = || own_node(last, LOCAL, &inputs, &[("size", size as i64)]);
    (is_whole && is_plain && is_single && moves()).then(node)
}

pub fn add_local(builder: &mut Builder, node: &Node) -> Result<()> {
    let input = builder.picture(node, 0).map(|value| builder.shape(&value))?;
    let mix_channels = builder.floats(node, 1)?.0.first() == Some(&1) && 1 < input.channels;
    let layer = LocallyConnected { input, size: size(node, "size")?, mix_channels };
    layer.check()?;
    check_weights(builder, node, layer.untied_dims())?;
    let places = layer.untied_places();
    push(builder, node, Layer::LocallyConnected(layer), &places)
}

pub fn add_tiles(builder: &mut Builder, node: &Node) -> Result<()> {
    let input = builder.picture(node, 0).map(|value| builder.shape(&value))?;
    let (from, to) = (size(node, "from")?, size(node, "to")?);
    let outputs = builder.floats(node, 2)?.0.first().copied().unwrap_or(0);
    let layer = TileDense { input, outputs, from, to };
    layer.check()?;
    check_weights(builder, node, layer.untied_dims())?;
    let places = layer.untied_places();
    push(builder, node, Layer::TileDense(layer), &places)
}

fn check_weights(builder: &Builder, node: &Node, expected: [usize; 4]) -> Result<()> {
    let (dims, _) = builder.floats(node, 1)?;
    if dims == expected {
        return Ok(());
    }
    Err(Error::expected("weights", format!("{expected:?}"), format!("{dims:?}")))
}

/// Adds a layer whose weights, in its own order, have these places in W.
fn push(builder: &mut Builder, node: &Node, layer: Layer, places: &[usize]) -> Result<()> {
    let value = builder.picture(node, 0)?;
    let output = layer.ops().output();
    let ((_, weight), (dims, bias)) = (builder.floats(node, 1)?, builder.floats(node, 2)?);
    let planes = [output.channels, output.height, output.width];
    if dims != planes {
        return Err(Error::expected("bias", format!("{planes:?}"), format!("{dims:?}")));
    }
    let mut theta: Vec<f32> = places.iter().map(|&place| weight[place]).collect();
    let first = theta.len();
    theta.resize(first + bias.len(), 0.0);
    plane_order(output).zip(bias).for_each(|(at, &bias)| theta[first + at] = bias);
    builder.push(node, layer, &[&value], &theta, TensorView::planes())
}
