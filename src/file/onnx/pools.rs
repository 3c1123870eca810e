//! MaxPool, AveragePool, the global pools, and means over pictures.

use super::array::axis_of;
use super::builder::Builder;
use super::convolutions::{Sides, pad, sides, small};
use super::graph::Node;
use super::view::TensorView;
use crate::error::{Error, Result};
use crate::layer::{GlobalPool, Layer, Margins, Pool, PoolKind};

pub fn pool(builder: &mut Builder, node: &Node, kind: PoolKind) -> Result<()> {
    let mut value = builder.picture(node, 0)?;
    let shape = builder.shape(&value);
    let kernel = match node.integers("kernel_shape").unwrap_or(&[]) {
        &[down, across] => [small("kernel_shape", down)?, small("kernel_shape", across)?],
        other => return Err(Error::expected("kernel_shape", "two numbers", format!("{other:?}"))),
    };
    let [mut down, mut across] = sides(node, kernel, shape)?;
    if down.kernel != across.kernel || down.stride != across.stride || (down.dilation, across.dilation) != (1, 1) {
        let expected = "a square window with one stride and no dilation";
        return Err(Error::expected("sizes", expected, format!("{} x {}", kernel[0], kernel[1])));
    }
    // Margins that count as zeros are a layer of their own.
    if kind == PoolKind::Average && node.integer("count_include_pad", 0) != 0 {
        if [down.before, down.after, across.before, across.after] != [0; 4] {
            value = builder.step(node, "pad", Layer::Pad(pad(shape, [down, across], 0.0)), &value, &[])?;
        }
        (down.before, down.after, across.before, across.after) = (0, 0, 0, 0);
    }
    let shape = builder.shape(&value);
    if node.integer("ceil_mode", 0) != 0 {
        // The last window may reach beyond the padding, if it starts before.
        for (side, len) in [(&mut down, shape.height), (&mut across, shape.width)] {
            let reach = |side: &Sides| (len + side.before + side.after).checked_sub(side.kernel);
            if let Some(rest) = reach(side).map(|reach| reach % side.stride).filter(|rest| *rest != 0) {
                let begins = len + side.before + side.after - side.kernel + side.stride - rest;
                if begins < len + side.before {
                    side.after += side.stride - rest;
                }
            }
        }
    }
    let margins = Margins { left: across.before, top: down.before, right: across.after, bottom: down.after };
    let layer = Pool { input: shape, kind, size: down.kernel, stride: down.stride, margins };
    builder.push(node, Layer::Pool(layer), &[&value], &[], TensorView::planes())
}

pub fn global(builder: &mut Builder, node: &Node, kind: PoolKind) -> Result<()> {
    let value = builder.picture(node, 0)?;
    let layer = GlobalPool { input: builder.shape(&value), kind };
    builder.push(node, Layer::GlobalPool(layer), &[&value], &[], TensorView::planes().of_one_pixel())
}

/// ReduceMean and ReduceMax over exactly height and width.
pub fn reduce(builder: &mut Builder, node: &Node, kind: PoolKind) -> Result<()> {
    let value = builder.input(node, 0)?;
    let (rank, shape) = (value.view.rank() + 1, builder.shape(&value));
    let axes = builder.integers_of(node, "axes", 1)?.unwrap_or_default();
    let mut axes: Vec<usize> = axes.iter().map(|&axis| axis_of(axis, rank)).collect::<Result<_>>()?;
    axes.sort_unstable();
    let mut sides = value.view.sides(shape).map_or(Vec::new(), |sides| sides.map(|at| at + 1).to_vec());
    sides.sort_unstable();
    if axes.is_empty() || axes != sides {
        return Err(Error::expected("axes", format!("height and width, {sides:?}"), format!("{axes:?}")));
    }
    let mut view = value.view.of_one_pixel();
    if node.integer("keepdims", 1) == 0 {
        let pixel = crate::shape::Shape::flat(shape.channels);
        for axis in axes.into_iter().rev() {
            view = view.squeezed(axis - 1, pixel).unwrap_or(view);
        }
    }
    builder.push(node, Layer::GlobalPool(GlobalPool { input: shape, kind }), &[&value], &[], view)
}
