//! Flatten, Reshape, Transpose, Squeeze, Concat, Resize, Pad: the operators that move values.

use super::array::{axis_of, reshaped};
use super::builder::{Builder, Operand, input_name};
use super::graph::Node;
use super::view::TensorView;
use crate::error::{Error, Result};
use crate::layer::{Concat, Corners, Layer, Pad, Planes, Reshape, Resize, Upsample};
use crate::shape::Shape;

/// The value that a node shows in another form.
fn shown(builder: &Builder, node: &Node) -> Result<Operand> {
    builder.seen(input_name(node, 0)?)
}

/// Identity, and whatever does nothing to a value.
pub fn same(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = shown(builder, node)?;
    let view = value.view.clone();
    builder.alias(node, value, view);
    Ok(())
}

fn impossible(what: &str, builder: &Builder, value: &Operand) -> Error {
    Error::expected(what, "each image by itself, its axes whole", format!("[N, {:?}]", builder.sizes(value)))
}

pub fn flatten(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = shown(builder, node)?;
    let (sizes, rank) = (builder.sizes(&value), value.view.rank() + 1);
    let axis = match node.integer("axis", 1) {
        axis if axis == rank as i64 => rank,
        axis => axis_of(axis, rank)?,
    };
    // Dimensions before the axis are counted with the images.
    if axis == 0 || sizes[..axis - 1].iter().any(|&size| size != 1) {
        return Err(Error::expected("axis", 1, axis));
    }
    let shape = builder.shape(&value);
    let view = value.view.regrouped(&[shape.len()], shape).ok_or_else(|| impossible("flatten", builder, &value))?;
    builder.alias(node, value, view);
    Ok(())
}

pub fn reshape(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = shown(builder, node)?;
    let wanted = builder.integers_of(node, "shape", 1)?.unwrap_or_default();
    let (shape, mut old) = (builder.shape(&value), builder.sizes(&value));
    old.insert(0, 1);
    let wrong = || Error::expected("shape", format!("{} values for each image", shape.len()), format!("{wanted:?}"));
    let Some((&images, sides)) = wanted.split_first() else { return Err(wrong()) };
    // The number of images is open, whatever it was when the model was exported.
    let each: Vec<i64> = [1].into_iter().chain(sides.iter().copied()).collect();
    let sizes = match reshaped(&each, &old, node.integer("allowzero", 0) != 0) {
        Ok(sizes) => sizes[1..].to_vec(),
        Err(_) if images == -1 => return Err(wrong()),
        Err(error) => return Err(error),
    };
    if let Some(view) = value.view.regrouped(&sizes, shape) {
        builder.alias(node, value, view);
        return Ok(());
    }
    let &[first, second, third] = &sizes[..] else { return Err(impossible("reshape", builder, &value)) };
    let value = Operand { is_final: value.is_final, ..builder.as_vector("vector", value)? };
    let input = builder.shape(&value);
    let is_pixels = |node: &&Node| node.operator == "Transpose" && node.integers("perm") == Some(&[0, 3, 1, 2]);
    if builder.readers(node).iter().all(is_pixels) && !builder.readers(node).is_empty() {
        let layer = Layer::Reshape(Reshape { input, output: Shape::from_whc(second, first, third) });
        return builder.push(node, layer, &[&value], &[], TensorView::pixels());
    }
    let layer = Layer::Planes(Planes { picture: Shape::from_whc(third, second, first), paints: true });
    builder.push(node, layer, &[&value], &[], TensorView::planes())
}

pub fn transpose(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = shown(builder, node)?;
    let order = node.integers("perm").unwrap_or(&[]);
    let wrong = || Error::expected("perm", "an order with the images first", format!("{order:?}"));
    let view = value.view.permuted(order).ok_or_else(wrong)?;
    builder.alias(node, value, view);
    Ok(())
}

pub fn squeeze(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = shown(builder, node)?;
    let (rank, sizes, shape) = (value.view.rank() + 1, builder.sizes(&value), builder.shape(&value));
    let mut axes: Vec<usize> = match builder.integers_of(node, "axes", 1)? {
        Some(axes) => axes.iter().map(|&axis| axis_of(axis, rank)).collect::<Result<_>>()?,
        None => (1..rank).filter(|&at| sizes[at - 1] == 1).collect(),
    };
    axes.sort_unstable();
    let mut view = value.view.clone();
    for axis in axes.into_iter().rev() {
        let squeezed = axis.checked_sub(1).and_then(|at| view.squeezed(at, shape));
        view = squeezed.ok_or_else(|| Error::expected("axes", "dimensions of length 1", format!("{sizes:?}")))?;
    }
    builder.alias(node, value, view);
    Ok(())
}

pub fn unsqueeze(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = shown(builder, node)?;
    let axes = builder.integers_of(node, "axes", 1)?.unwrap_or_default();
    let rank = value.view.rank() + 1 + axes.len();
    let mut axes: Vec<usize> = axes.iter().map(|&axis| axis_of(axis, rank)).collect::<Result<_>>()?;
    axes.sort_unstable();
    let mut view = value.view.clone();
    for axis in axes {
        let unsqueezed = axis.checked_sub(1).and_then(|at| view.unsqueezed(at));
        view = unsqueezed.ok_or_else(|| Error::expected("axes", "dimensions after the first", axis))?;
    }
    builder.alias(node, value, view);
    Ok(())
}

pub fn concat(builder: &mut Builder, node: &Node) -> Result<()> {
    let mut values = Vec::new();
    for index in 0..node.inputs.len() {
        values.push(builder.input(node, index)?);
    }
    let Some(first) = values.first().cloned() else { return Err(Error::expected("inputs", "at least one", "none")) };
    let axis = axis_of(node.integer("axis", 1), first.view.rank() + 1)?;
    let is_vector = first.view.is_vector();
    for value in &mut values {
        if value.view.rank() != first.view.rank() {
            return Err(Error::expected("inputs", "all images or all vectors", "some of each"));
        }
        if is_vector {
            *value = builder.as_vector("vector", value.clone())?;
        } else if value.view.channels(builder.shape(value)).map(|at| at + 1) != Some(axis) {
            return Err(Error::expected("axis", "that of the channels", axis));
        }
    }
    let view = values[0].view.clone();
    let shape = builder.shape(&values[0]);
    if let [only] = &values[..] {
        builder.alias(node, only.clone(), view);
        return Ok(());
    }
    if !is_vector && values.iter().any(|value| value.view.sides(builder.shape(value)) != view.sides(shape)) {
        return Err(Error::expected("inputs", "images in one order", "others"));
    }
    let inputs = values.iter().map(|value| builder.shape(value)).collect();
    builder.push(node, Layer::Concat(Concat { inputs }), &values.iter().collect::<Vec<_>>(), &[], view)
}

/// Margins of one value, or of none. Zeros before a convolution become its own.
pub fn pad(builder: &mut Builder, node: &Node) -> Result<()> {
    let mut value = builder.input(node, 0)?;
    let vector = builder.shape(&value);
    if value.view.sides(vector).is_none() && builder.sizes(&value) == [1, 1, vector.len()] && vector.is_flat() {
        value = line(builder, node, &value)?;
    }
    let (rank, shape) = (value.view.rank() + 1, builder.shape(&value));
    let given = builder.integers_of(node, "pads", 1)?.or_else(|| node.integers("paddings").map(<[i64]>::to_vec));
    let given = given.unwrap_or_default();
    let axes = match node.input(3) {
        Some(_) => builder.integers(node, 3)?.to_vec(),
        None => (0..rank as i64).collect(),
    };
    if given.len() != 2 * axes.len() {
        return Err(Error::expected("pads", format!("{} numbers", 2 * axes.len()), given.len()));
    }
    let mut pads = vec![[0; 2]; rank];
    for (at, &axis) in axes.iter().enumerate() {
        pads[axis_of(axis, rank)?] = [given[at], given[axes.len() + at]];
    }
    if pads.iter().all(|pad| *pad == [0; 2]) {
        let view = value.view.clone();
        builder.alias(node, value, view);
        return Ok(());
    }
    let mode = node.text("mode", "constant");
    if mode != "constant" {
        return Err(Error::expected("mode", "constant margins", mode));
    }
    let fill = match node.input(2).and_then(|name| builder.constant(name)) {
        Some(constant) => constant.numbers().next().unwrap_or(0.0) as f32,
        None => node.float("value", 0.0),
    };
    let margins = margins(builder, &value, &pads)?;
    let is_for_conv = matches!(&builder.readers(node)[..], [reader] if reader.operator == "Conv"
        && reader.input(0) == Some(node.output())
        && ["NOTSET", "VALID"].contains(&reader.text("auto_pad", "NOTSET")));
    if is_for_conv && fill == 0.0 && value.view.is_picture(shape) && margins.iter().all(|&margin| 0 <= margin) {
        builder.with_margins(node, value, margins.map(|margin| margin as usize));
        return Ok(());
    }
    push_margins(builder, node, &value, margins, fill)
}

/// Margins around an image, top, left, bottom, right, of those before and behind each dimension.
fn margins(builder: &Builder, value: &Operand, pads: &[[i64; 2]]) -> Result<[i32; 4]> {
    let sides = value.view.sides(builder.shape(value)).map(|sides| sides.map(|at| at + 1));
    let [down, across] =
        sides.ok_or_else(|| Error::expected("input", "an image", format!("{:?}", builder.sizes(value))))?;
    if (0..pads.len()).any(|at| ![down, across].contains(&at) && pads[at] != [0; 2]) {
        return Err(Error::expected("pads", "margins around the image alone", format!("{pads:?}")));
    }
    let side = |number: i64| match number {
        -4096..=4096 => Ok(number as i32),
        _ => Err(Error::expected("pads", "numbers of -4096 to 4096", number)),
    };
    let [[top, bottom], [left, right]] = [pads[down], pads[across]];
    Ok([side(top)?, side(left)?, side(bottom)?, side(right)?])
}

fn push_margins(
    builder: &mut Builder,
    node: &Node,
    value: &Operand,
    [top, left, bottom, right]: [i32; 4],
    fill: f32,
) -> Result<()> {
    let layer = Pad { input: builder.shape(value), left, top, right, bottom, value: fill };
    builder.push(node, Layer::Pad(layer), &[value], &[], value.view.clone())
}

/// Slice of an image or of a vector: negative margins.
pub fn slice(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = builder.input(node, 0)?;
    let (rank, sizes) = (value.view.rank() + 1, builder.sizes(&value));
    let starts = builder.integers_of(node, "starts", 1)?.unwrap_or_default();
    let ends = builder.integers_of(node, "ends", 2)?.unwrap_or_default();
    let axes = builder.integers_of(node, "axes", 3)?.unwrap_or_else(|| (0..starts.len() as i64).collect());
    let steps = builder.integers_of(node, "steps", 4)?.unwrap_or_else(|| vec![1; starts.len()]);
    if [ends.len(), axes.len(), steps.len()] != [starts.len(); 3] || steps.iter().any(|&step| step != 1) {
        return Err(Error::expected(
            "slice",
            "as many ends as starts, and steps of 1",
            format!("{starts:?}, {ends:?}"),
        ));
    }
    let mut pads = vec![[0; 2]; rank];
    for ((&start, &end), &axis) in starts.iter().zip(&ends).zip(&axes) {
        let at = axis_of(axis, rank)?;
        let Some(&len) = at.checked_sub(1).and_then(|at| sizes.get(at)) else {
            return Err(Error::expected("axes", "dimensions of each image", axis));
        };
        let place = |at: i64| if at < 0 { at.saturating_add(len as i64) } else { at }.clamp(0, len as i64);
        pads[at] = [-place(start), place(end) - len as i64];
    }
    if let [_, margin] = pads[..] {
        let vector = builder.as_vector("vector", value)?;
        let line = line(builder, node, &vector)?;
        let margins = margins(builder, &line, &[[0; 2], [0; 2], [0; 2], margin])?;
        return push_margins(builder, node, &Operand { view: TensorView::vector(), ..line }, margins, 0.0);
    }
    let margins = margins(builder, &value, &pads)?;
    push_margins(builder, node, &value, margins, 0.0)
}

/// A vector as the line of an image.
fn line(builder: &mut Builder, node: &Node, vector: &Operand) -> Result<Operand> {
    let input = builder.shape(vector);
    let layer = Layer::Reshape(Reshape { input, output: Shape::from_whc(input.len(), 1, 1) });
    let line = builder.step(node, "line", layer, vector, &[])?;
    Ok(Operand { view: TensorView::planes(), ..line })
}

/// Resize, and Upsample of old files, which counts from the corners.
pub fn resize(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = builder.picture(node, 0)?;
    let input = builder.shape(&value);
    let opset = builder.graph.opset;
    let is_old = node.operator == "Upsample" || opset < 11;
    let scale = |len: usize, scale: f32| (len as f64 * f64::from(scale)).floor().clamp(0.0, 1e9) as i64;
    let scaled = |scales: &[f32]| match *scales {
        [n, channels, down, across] if (n, channels) == (1.0, 1.0) => {
            Ok((scale(input.height, down), scale(input.width, across)))
        }
        [down, across] if !is_old => Ok((scale(input.height, down), scale(input.width, across))),
        _ => Err(Error::expected("scales", "[1, 1, down, across]", format!("{scales:?}"))),
    };
    let filled = |index: usize| {
        let constant = node.input(index).and_then(|name| builder.constant(name));
        constant.is_some_and(|constant| constant.len() != 0)
    };
    let attribute = node.attributes.get("scales").map(|scales| scales.floats.as_slice());
    let (height, width) = if let Some(scales) = attribute {
        scaled(scales)?
    } else if is_old {
        scaled(builder.floats(node, 1)?.1)?
    } else if filled(3) {
        match builder.integers(node, 3)? {
            &[_, channels, height, width] if usize::try_from(channels) == Ok(input.channels) => (height, width),
            &[height, width] => (height, width),
            other => return Err(Error::expected("sizes", "[N, C, H, W] of the same channels", format!("{other:?}"))),
        }
    } else if filled(2) {
        scaled(builder.floats(node, 2)?.1)?
    } else {
        return Err(Error::expected("inputs", "scales or sizes", "none"));
    };
    let side = |len: i64| usize::try_from(len).ok().filter(|len| (1..=1 << 16).contains(len));
    let (Some(height), Some(width)) = (side(height), side(width)) else {
        return Err(Error::expected("sizes", "sides of 1 to 65536", format!("{width} x {height}")));
    };
    let usual = if is_old { "asymmetric" } else { "half_pixel" };
    let corners = match node.text("coordinate_transformation_mode", usual) {
        "half_pixel" => Corners::HalfPixel,
        "pytorch_half_pixel" if 1 < width && 1 < height => Corners::HalfPixel,
        "align_corners" => Corners::Align,
        "asymmetric" => Corners::Asymmetric,
        other => {
            let expected = "half_pixel, align_corners or asymmetric";
            return Err(Error::expected("coordinate_transformation_mode", expected, other));
        }
    };
    let layer = match node.text("mode", "nearest") {
        "linear" | "bilinear" => Layer::Resize(Resize { input, width, height, corners }),
        "nearest" => {
            let rounding = node.text("nearest_mode", if is_old { "floor" } else { "round_prefer_floor" });
            Layer::Upsample(Upsample { input, factor: repeats(rounding, input, (width, height), corners)? })
        }
        other => return Err(Error::expected("mode", "nearest or linear", other)),
    };
    builder.push(node, layer, &[&value], &[], TensorView::planes())
}

/// The factor by which every pixel is repeated, if the resize does nothing else.
fn repeats(rounding: &str, input: Shape, (width, height): (usize, usize), corners: Corners) -> Result<usize> {
    let factor = width / input.width;
    let is_even = factor != 0 && (width, height) == (input.width * factor, input.height * factor);
    // The source of each new pixel of a line, by ONNX's rule.
    let source = |at: usize| {
        let place = match corners {
            Corners::HalfPixel => (at as f64 + 0.5) / factor as f64 - 0.5,
            Corners::Asymmetric => at as f64 / factor as f64,
            Corners::Align => at as f64 * (input.width - 1) as f64 / (width - 1).max(1) as f64,
        };
        let whole = match rounding {
            "floor" => place.floor(),
            "ceil" => place.ceil(),
            "round_prefer_ceil" => (place + 0.5).floor(),
            _ => (place - 0.5).ceil(),
        };
        whole.clamp(0.0, (input.width - 1) as f64) as usize
    };
    if is_even && (0..width).all(|at| source(at) == at / factor) {
        return Ok(factor);
    }
    let expected = "every pixel repeated by one integer factor";
    Err(Error::expected("nearest", expected, format!("{} x {} from {input}", width, height)))
}
