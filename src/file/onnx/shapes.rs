//! Flatten, Reshape, Resize, Concat: the operators that move values.

use super::builder::{Builder, Operand};
use super::graph::Node;
use crate::error::{Error, Result};
use crate::layer::{Concat, Corners, Layer, Planes, Resize, Upsample};
use crate::shape::Shape;

pub fn flatten(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = builder.input(node, 0)?;
    match node.integer("axis", 1) {
        1 => {
            builder.alias(node, value, false);
            Ok(())
        }
        axis => Err(Error::expected("axis", 1, axis)),
    }
}

pub fn reshape(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = builder.input(node, 0)?;
    let wanted = match node.integers("shape") {
        Some(shape) => shape.to_vec(),
        None => builder.integers(node, 1)?.to_vec(),
    };
    let wrong = || Error::expected("shape", "[N, values] or [N, C, H, W]", format!("{wanted:?}"));
    let shape = builder.shape(value);
    let old = if value.is_picture { vec![shape.channels, shape.height, shape.width] } else { vec![shape.len()] };
    let Some((_, sides)) = wanted.split_first() else { return Err(wrong()) };
    // 0 stands for the old side at that place, -1 for the remaining side.
    let mut known = Vec::new();
    for (at, &side) in sides.iter().enumerate() {
        known.push(match side {
            -1 => None,
            0 => Some(*old.get(at).ok_or_else(wrong)?),
            _ => Some(usize::try_from(side).map_err(|_| wrong())?),
        });
    }
    let product = known.iter().flatten().try_fold(1usize, |all, &side| all.checked_mul(side)).ok_or_else(wrong)?;
    let open = known.iter().filter(|side| side.is_none()).count();
    let rest = if open == 1 && product != 0 { shape.len() / product } else { 1 };
    if 1 < open || product.checked_mul(rest) != Some(shape.len()) {
        let expected = format!("{} values for each image", shape.len());
        return Err(Error::expected("shape", expected, format!("{wanted:?}")));
    }
    let sides: Vec<usize> = known.into_iter().map(|side| side.unwrap_or(rest)).collect();
    match sides[..] {
        [_] => builder.alias(node, value, false),
        [channels, height, width] => {
            let picture = Shape::from_whc(width, height, channels);
            if picture == shape {
                builder.alias(node, value, true);
            } else {
                let vector = builder.flattened("vector", Operand { is_picture: false, ..value })?;
                let layer = Layer::Planes(Planes { picture, paints: true });
                builder.push(node, layer, &[vector], &[], true)?;
            }
        }
        _ => return Err(wrong()),
    }
    Ok(())
}

pub fn concat(builder: &mut Builder, node: &Node) -> Result<()> {
    let mut values = Vec::new();
    for index in 0..node.inputs.len() {
        values.push(builder.input(node, index)?);
    }
    let is_picture = values.first().is_some_and(|value| value.is_picture);
    if values.iter().any(|value| value.is_picture != is_picture) {
        return Err(Error::expected("inputs", "all images or all vectors", "some of each"));
    }
    let axis = node.integer("axis", 1);
    if axis != 1 && axis != if is_picture { -3 } else { -1 } {
        return Err(Error::expected("axis", "1, the channels", axis));
    }
    for value in &mut values {
        *value = builder.flattened("vector", *value)?;
    }
    if let [only] = values[..] {
        builder.alias(node, only, is_picture);
        return Ok(());
    }
    let inputs = values.iter().map(|&value| builder.shape(value)).collect();
    builder.push(node, Layer::Concat(Concat { inputs }), &values, &[], is_picture)
}

pub fn resize(builder: &mut Builder, node: &Node) -> Result<()> {
    let value = builder.picture(node, 0)?;
    let input = builder.shape(value);
    let (height, width) = match (node.input(2), node.input(3)) {
        (_, Some(_)) => match builder.integers(node, 3)? {
            &[_, channels, height, width] if usize::try_from(channels) == Ok(input.channels) => (height, width),
            other => return Err(Error::expected("sizes", "[N, C, H, W] of the same channels", format!("{other:?}"))),
        },
        (Some(_), None) => match builder.floats(node, 2)?.1 {
            &[n, channels, down, across] if (n, channels) == (1.0, 1.0) => {
                let side = |len: usize, scale: f32| (len as f64 * f64::from(scale)).floor().clamp(0.0, 1e9) as i64;
                (side(input.height, down), side(input.width, across))
            }
            other => return Err(Error::expected("scales", "[1, 1, down, across]", format!("{other:?}"))),
        },
        (None, None) => return Err(Error::expected("inputs", "scales or sizes", "none")),
    };
    let side = |len: i64| usize::try_from(len).ok().filter(|len| (1..=1 << 16).contains(len));
    let (Some(height), Some(width)) = (side(height), side(width)) else {
        return Err(Error::expected("sizes", "sides of 1 to 65536", format!("{width} x {height}")));
    };
    let corners = match node.text("coordinate_transformation_mode", "half_pixel") {
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
        "linear" => Layer::Resize(Resize { input, width, height, corners }),
        "nearest" => Layer::Upsample(Upsample { input, factor: repeats(node, input, (width, height), corners)? }),
        other => return Err(Error::expected("mode", "nearest or linear", other)),
    };
    builder.push(node, layer, &[value], &[], true)
}

/// The factor by which every pixel is repeated, if the resize does nothing else.
fn repeats(node: &Node, input: Shape, (width, height): (usize, usize), corners: Corners) -> Result<usize> {
    let factor = width / input.width;
    let rounding = node.text("nearest_mode", "round_prefer_floor");
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
