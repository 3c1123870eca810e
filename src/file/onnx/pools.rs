//! MaxPool, AveragePool, the global pools, and means over pictures.

use super::builder::Builder;
use super::convolutions::{Sides, pad, sides, small};
use super::graph::Node;
use crate::error::{Error, Result};
use crate::layer::{GlobalPool, Layer, Pool, PoolKind};

pub fn pool(builder: &mut Builder, node: &Node, kind: PoolKind) -> Result<()> {
    let mut value = builder.picture(node, 0)?;
    let shape = builder.shape(value);
    let kernel = match node.integers("kernel_shape").unwrap_or(&[]) {
        &[down, across] => [small("kernel_shape", down)?, small("kernel_shape", across)?],
        other => return Err(Error::expected("kernel_shape", "two numbers", format!("{other:?}"))),
    };
    let [mut down, mut across] = sides(node, kernel, shape)?;
    if down.kernel != across.kernel || down.stride != across.stride || (down.dilation, across.dilation) != (1, 1) {
        let expected = "a square window with one stride and no dilation";
        return Err(Error::expected("sizes", expected, format!("{} x {}", kernel[0], kernel[1])));
    }
    if node.integer("ceil_mode", 0) != 0 {
        // The last window may reach beyond the padding, if it starts before.
        for (side, len) in [(&mut down, shape.height), (&mut across, shape.width)] {
            let reach = |side: &Sides| (len + side.before + side.after).checked_sub(side.kernel);
            if let Some(rest) = reach(side).map(|reach| reach % side.stride).filter(|rest| *rest != 0) {
                let begins = len + side.before + side.after - side.kernel + side.stride - rest;
                if begins < len + side.before {
                    side.after += side.stride - rest;
                    if kind == PoolKind::Average {
                        return Err(Error::expected("ceil_mode", "windows that fill the image", "some that do not"));
                    }
                }
            }
        }
    }
    if [down.before, down.after, across.before, across.after] != [0; 4] {
        if kind == PoolKind::Average && node.integer("count_include_pad", 0) == 0 {
            return Err(Error::expected("count_include_pad", "1 with padding", 0));
        }
        let padding = if kind == PoolKind::Max { f32::MIN } else { 0.0 };
        value = builder.step(node, "pad", Layer::Pad(pad(shape, [down, across], padding)), value, &[])?;
    }
    let layer = Pool { input: builder.shape(value), kind, size: down.kernel, stride: down.stride };
    builder.push(node, Layer::Pool(layer), &[value], &[], true)
}

pub fn global(builder: &mut Builder, node: &Node, kind: PoolKind, keeps: bool) -> Result<()> {
    let value = builder.picture(node, 0)?;
    let layer = Layer::GlobalPool(GlobalPool { input: builder.shape(value), kind });
    builder.push(node, layer, &[value], &[], keeps)
}

/// ReduceMean over exactly height and width.
pub fn mean(builder: &mut Builder, node: &Node) -> Result<()> {
    let mut axes = match node.integers("axes") {
        Some(axes) => axes.to_vec(),
        None if node.input(1).is_some() => builder.integers(node, 1)?.to_vec(),
        None => Vec::new(),
    };
    axes.iter_mut().for_each(|axis| *axis += if *axis < 0 { 4 } else { 0 });
    axes.sort_unstable();
    if axes != [2, 3] {
        return Err(Error::expected("axes", "height and width, 2 and 3", format!("{axes:?}")));
    }
    global(builder, node, PoolKind::Average, node.integer("keepdims", 1) != 0)
}
