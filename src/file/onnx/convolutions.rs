//! Conv, ConvTranspose, Gemm, MatMul: the operators with weights.

use super::builder::Builder;
use super::graph::Node;
use super::scattered;
use super::view::TensorView;
use super::weights::{GemmFactors, InRow, bias};
use crate::error::{Error, Result};
use crate::layer::{Axis, Conv, ConvTranspose, Dense, GroupedConv, Layer, Pad, Pool, PoolKind};
use crate::progress::Progress;
use crate::shape::Shape;

/// Sizes along one axis, as ONNX has them.
#[derive(Clone, Copy, Debug)]
pub struct Sides {
    pub kernel: usize,
    pub stride: usize,
    pub dilation: usize,
    pub before: usize,
    pub after: usize,
}

/// Sizes down, then across, for these kernels and an image of this shape.
pub fn sides(node: &Node, kernel: [usize; 2], shape: Shape) -> Result<[Sides; 2]> {
    let pair = |name: &str| -> Result<[usize; 2]> {
        match node.integers(name).unwrap_or(&[]) {
            [] => Ok([1, 1]),
            &[down, across] => Ok([small(name, down)?, small(name, across)?]),
            other => Err(Error::expected(name, "two numbers", format!("{other:?}"))),
        }
    };
    let (strides, dilations) = (pair("strides")?, pair("dilations")?);
    let pads = match node.integers("pads").unwrap_or(&[]) {
        [] => [0; 4],
        &[top, left, bottom, right] => {
            let mut pads = [0; 4];
            for (pad, given) in pads.iter_mut().zip([top, left, bottom, right]) {
                *pad = small("pads", given)?;
            }
            pads
        }
        other => return Err(Error::expected("pads", "four numbers", format!("{other:?}"))),
    };
    if strides.contains(&0) || dilations.contains(&0) || kernel.contains(&0) {
        return Err(Error::expected("strides, dilations, kernel", "at least 1", 0));
    }
    let auto = node.text("auto_pad", "NOTSET");
    let axis = |at: usize, len: usize| {
        let (kernel, stride, dilation) = (kernel[at], strides[at], dilations[at]);
        let (before, after) = match auto {
            "SAME_UPPER" | "SAME_LOWER" => {
                let span = (kernel - 1) * dilation + 1;
                let all = ((len.div_ceil(stride) - 1) * stride + span).saturating_sub(len);
                if auto == "SAME_UPPER" { (all / 2, all - all / 2) } else { (all - all / 2, all / 2) }
            }
            _ => (pads[at], pads[at + 2]),
        };
        Sides { kernel, stride, dilation, before, after }
    };
    match auto {
        "NOTSET" | "VALID" | "SAME_UPPER" | "SAME_LOWER" => Ok([axis(0, shape.height), axis(1, shape.width)]),
        other => Err(Error::expected("auto_pad", "NOTSET, VALID or SAME", other)),
    }
}

/// A size that cannot overflow anything below.
pub fn small(name: &str, size: i64) -> Result<usize> {
    match size {
        0..=4096 => Ok(size as usize),
        _ => Err(Error::expected(name, "numbers of 0 to 4096", size)),
    }
}

/// Padding as a layer of its own.
pub fn pad(input: Shape, [down, across]: [Sides; 2], value: f32) -> Pad {
    let [left, top, right, bottom] = [across.before, down.before, across.after, down.after].map(|side| side as i32);
    Pad { input, left, top, right, bottom, value }
}

/// Converts weights with rows `[channels, area]` to `[area, channels]`, and appends the bias.
fn channels_last(weights: &[f32], [channels, area]: [usize; 2], bias: &[f32], progress: &Progress) -> Result<Vec<f32>> {
    let mut theta = Vec::with_capacity(weights.len() + bias.len());
    for row in weights.chunks_exact((channels * area).max(1)) {
        theta.extend((0..area).flat_map(|tap| (0..channels).map(move |channel| row[channel * area + tap])));
        progress.count(row.len())?;
    }
    theta.extend(bias);
    Ok(theta)
}

pub fn conv(builder: &mut Builder, node: &Node) -> Result<()> {
    let mut value = builder.picture(node, 0)?;
    let shape = builder.shape(&value);
    let (dims, weights) = builder.floats(node, 1)?;
    let &[outputs, depth, down, across] = dims else {
        return Err(Error::expected("weights", "four dimensions", format!("{dims:?}")));
    };
    let groups = small("group", node.integer("group", 1))?;
    if Some(shape.channels) != depth.checked_mul(groups) {
        let expected = format!("those of {} channels in {groups} groups", shape.channels);
        return Err(Error::expected("weights", expected, format!("{dims:?}")));
    }
    let mut sides = sides(node, [down, across], shape)?;
    for (side, [before, after]) in sides.iter_mut().zip([[0, 2], [1, 3]]) {
        (side.before, side.after) = (side.before + value.margins[before], side.after + value.margins[after]);
    }
    let bias = bias(builder, node, 2, outputs)?;
    // [o, c, y, x] to [o, y, x, c].
    let theta = channels_last(weights, [depth, down * across], &bias, builder.progress)?;

    let [y, x] = sides;
    let is_square = (y.kernel, y.stride) == (x.kernel, x.stride) && (y.dilation, x.dilation) == (1, 1);
    let padded = [y.before, y.after, x.before, x.after];
    let layer = if groups == 1 && is_square && (y.stride <= y.kernel || padded == [0; 4] && y.kernel == 1) {
        let (mut input, mut stride, mut padding) = (shape, y.stride, y.before);
        if y.kernel < y.stride {
            let pool = Pool::plain(input, PoolKind::Max, 1, stride);
            value = builder.step(node, "every", Layer::Pool(pool), &value, &[])?;
            (input, stride) = (builder.shape(&value), 1);
        }
        if padded != [padding; 4] || y.kernel <= padding {
            value = builder.step(node, "pad", Layer::Pad(pad(input, sides, 0.0)), &value, &[])?;
            (input, padding) = (builder.shape(&value), 0);
        }
        Layer::Conv(Conv::new(input, outputs, y.kernel, stride, padding))
    } else {
        let axis = |Sides { kernel, stride, dilation, before, after }| Axis { kernel, stride, dilation, before, after };
        Layer::GroupedConv(GroupedConv { input: shape, outputs, groups, across: axis(x), down: axis(y) })
    };
    builder.push(node, layer, &[&value], &theta, TensorView::planes())
}

pub fn conv_transpose(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = builder.picture(node, 0)?;
    let input = builder.shape(&value);
    let (dims, weights) = builder.floats(node, 1)?;
    let &[inputs, outputs, down, across] = dims else {
        return Err(Error::expected("weights", "four dimensions", format!("{dims:?}")));
    };
    if node.integer("group", 1) != 1 {
        return Err(Error::expected("group", 1, node.integer("group", 1)));
    }
    if inputs != input.channels {
        return Err(Error::expected("weights", format!("those of {} channels", input.channels), inputs));
    }
    if node.attributes.contains_key("output_shape") || node.text("auto_pad", "NOTSET") != "NOTSET" {
        return Err(Error::expected("sizes", "its padding as pads", "output_shape or auto_pad"));
    }
    let [y, x] = sides(node, [down, across], input)?;
    if (y.kernel, y.stride) != (x.kernel, x.stride) || (y.dilation, x.dilation) != (1, 1) || y.kernel < y.stride {
        let expected = "a square kernel, no smaller than its stride, without dilation";
        return Err(Error::expected("sizes", expected, format!("{down} x {across}")));
    }
    let more = match node.integers("output_padding").unwrap_or(&[]) {
        [] => [0, 0],
        &[down, across] => [small("output_padding", down)?, small("output_padding", across)?],
        other => return Err(Error::expected("output_padding", "two numbers", format!("{other:?}"))),
    };
    let bias = bias(builder, node, 2, outputs)?;
    // [i, o, y, x] to [i, y, x, o].
    let theta = channels_last(weights, [outputs, down * across], &bias, builder.progress)?;
    let whole = |len: usize, side: Sides, more: usize| (len - 1) * side.stride + side.kernel + more;
    let (width, height) = (whole(input.width, x, more[1]), whole(input.height, y, more[0]));
    let (kernel, stride) = (y.kernel, y.stride);
    let padding = y.before;
    if [y.before, y.after, x.before, x.after] == [padding; 4] && padding < kernel && 2 * padding < width.min(height) {
        let output = Shape::from_whc(width - 2 * padding, height - 2 * padding, outputs);
        let layer = Layer::ConvTranspose(ConvTranspose { input, output, kernel, stride, padding });
        return builder.push(node, layer, &[&value], &theta, TensorView::planes());
    }
    // Unequal padding is cut from the whole output.
    let output = Shape::from_whc(width, height, outputs);
    let layer = Layer::ConvTranspose(ConvTranspose { input, output, kernel, stride, padding: 0 });
    let value = builder.step(node, "whole", layer, &value, &theta)?;
    let cut = pad(output, [y, x], 0.0);
    let cut = Pad { left: -cut.left, top: -cut.top, right: -cut.right, bottom: -cut.bottom, ..cut };
    builder.push(node, Layer::Pad(cut), &[&value], &[], TensorView::planes())
}

/// alpha A B + beta C, where B is `[inputs, outputs]`, or `[outputs, inputs]` if transposed.
pub fn gemm(builder: &mut Builder, node: &Node) -> Result<()> {
    if node.integer("transA", 0) != 0 {
        return Err(Error::expected("transA", 0, node.integer("transA", 0)));
    }
    let factors = GemmFactors { weights: node.float("alpha", 1.0), bias: node.float("beta", 1.0) };
    dense(builder, node, node.integer("transB", 0) != 0, factors)
}

pub fn matmul(builder: &mut Builder, node: &Node) -> Result<()> {
    dense(builder, node, false, GemmFactors { weights: 1.0, bias: 1.0 })
}

fn dense(builder: &mut Builder, node: &Node, transposed: bool, factors: GemmFactors) -> Result<()> {
    let row = InRow::of(builder, node)?;
    if let Some(matrix) = node.input(1).and_then(|name| builder.graph.scattered.get(name)) {
        return scattered::add(builder, node, row, (matrix, transposed), factors);
    }
    let InRow { value, order } = row;
    let (dims, weights) = builder.floats(node, 1)?;
    let &[rows, columns] = dims else {
        return Err(Error::expected("weights", "two dimensions", format!("{dims:?}")));
    };
    let (inputs, outputs) = if transposed { (columns, rows) } else { (rows, columns) };
    let input = builder.shape(&value);
    if inputs != input.len() {
        return Err(Error::expected("weights", format!("those of {} inputs", input.len()), format!("{dims:?}")));
    }
    let (step, row) = if transposed { (1, inputs) } else { (outputs, 1) };
    let mut theta = vec![0.0; weights.len() + outputs];
    let (matrix, last) = theta.split_at_mut(weights.len());
    let mut rows: Vec<_> = matrix.chunks_exact_mut(inputs).enumerate().collect();
    builder.progress.each(&mut rows, |(o, w)| {
        w.iter_mut().zip(&order).for_each(|(w, &i)| *w = factors.weights * weights[*o * row + i * step]);
        inputs
    })?;
    last.copy_from_slice(&factors.bias(builder, node, outputs)?);
    let view = TensorView::row(value.view.rank());
    builder.push(node, Layer::Dense(Dense { input, outputs }), &[&value], &theta, view)
}
