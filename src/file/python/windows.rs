//! Operators whose windows slide over a picture, as expressions of Python.

use super::literals::{PythonSides, around, commas, pair};
use super::module::ModuleWriter;
use crate::error::{Error, Result};
use crate::operators::{ConstantNumbers, OperatorNode};

impl<'a> ModuleWriter<'a> {
    pub(super) fn conv(&mut self, node: &'a OperatorNode) -> Result<String> {
        let (mut x, weight) = (self.value(&node.inputs[0])?, self.constant(&node.inputs[1])?);
        let (groups, sides) = (node.integer("group").unwrap_or(1), sides(node));
        if !is_even(sides) {
            x = format!("F.pad({x}, {})", around(sides));
        }
        let padding = if is_even(sides) { [sides[0], sides[1]] } else { [0; 2] };
        let mut options = String::new();
        for (name, text, default) in [
            ("stride", pair(two(node, "strides", 1)), "1"),
            ("padding", pair(padding), "0"),
            ("dilation", pair(two(node, "dilations", 1)), "1"),
            ("groups", groups.to_string(), "1"),
        ] {
            if text != default {
                options += &format!(", {name}={text}");
            }
        }
        let Some(bias) = node.inputs.get(2) else {
            return Ok(format!("F.conv2d({x}, {}{options})", self.value(&node.inputs[1])?));
        };
        let kernel = pair([weight.dims[2] as i64, weight.dims[3] as i64]);
        let arguments = format!("{}, {}, {kernel}{options}", weight.dims[1] as i64 * groups, weight.dims[0]);
        let layer = self.layer("Conv2d", &arguments, (&node.inputs[1], weight.dims.clone()), bias)?;
        Ok(format!("{layer}({x})"))
    }

    pub(super) fn conv_transpose(&mut self, node: &'a OperatorNode) -> Result<String> {
        let weight = self.constant(&node.inputs[1])?;
        let (strides, more) = (two(node, "strides", 1), two(node, "output_padding", 0));
        if more.iter().zip(strides).any(|(&more, stride)| stride <= more) {
            return Err(Error::expected("transposed convolution", "a size that PyTorch can make", "a larger one"));
        }
        let [reads, makes, down, across] = weight.dims[..] else {
            return Err(Error::expected("transposed convolution", "a weight of four dimensions", weight.dims.len()));
        };
        let (kernel, padding) = (pair([down as i64, across as i64]), pair(two(node, "pads", 0)));
        let (stride, more) = (pair(strides), pair(more));
        let arguments =
            format!("{reads}, {makes}, {kernel}, stride={stride}, padding={padding}, output_padding={more}");
        let layer =
            self.layer("ConvTranspose2d", &arguments, (&node.inputs[1], weight.dims.clone()), &node.inputs[2])?;
        Ok(format!("{layer}({})", self.value(&node.inputs[0])?))
    }

    pub(super) fn max_pool(&mut self, node: &'a OperatorNode) -> Result<String> {
        let (x, sides, size) = (self.value(&node.inputs[0])?, sides(node), two(node, "kernel_shape", 1));
        let (window, padding) = (windows(node), [sides[0], sides[1]]);
        Ok(if sides == [0; 4] {
            format!("F.max_pool2d({x}, {window})")
        } else if is_even(sides) && padding.iter().zip(size).all(|(margin, size)| 2 * margin <= size) {
            format!("F.max_pool2d({x}, {window}, {})", pair(padding))
        } else {
            format!("F.max_pool2d(F.pad({x}, {}, value=float(\"-inf\")), {window})", around(sides))
        })
    }

    pub(super) fn average_pool(&mut self, node: &'a OperatorNode) -> Result<String> {
        let (x, sides, window) = (self.value(&node.inputs[0])?, sides(node), windows(node));
        Ok(if sides == [0; 4] {
            format!("F.avg_pool2d({x}, {window})")
        } else {
            format!("{}({x}, {}, {window})", self.helper("average_pool"), around(sides))
        })
    }

    pub(super) fn resize(&mut self, node: &'a OperatorNode) -> Result<String> {
        let x = self.value(&node.inputs[0])?;
        if node.word("mode") == Some("nearest") {
            let ConstantNumbers::Floats(scales) = &self.constant(&node.inputs[2])?.numbers else {
                return Err(Error::expected("resize", "floats as its scales", "others"));
            };
            return Ok(format!("F.interpolate({x}, scale_factor={})", pair([scales[2] as i64, scales[3] as i64])));
        }
        let corners = match node.word("coordinate_transformation_mode") {
            Some("half_pixel") => "False",
            Some("align_corners") => "True",
            other => return Err(Error::expected("resize", "a way that PyTorch has", other.unwrap_or("none"))),
        };
        let size = commas(self.row(&node.inputs[3])?);
        Ok(format!("F.interpolate({x}, ({size}), mode=\"bilinear\", align_corners={corners})"))
    }
}

fn two(node: &OperatorNode, name: &str, default: i64) -> [i64; 2] {
    node.integers(name).map_or([default; 2], |row| [row[0], row[1]])
}

/// Sides and stride of the windows of a pool.
fn windows(node: &OperatorNode) -> String {
    format!("{}, {}", pair(two(node, "kernel_shape", 1)), pair(two(node, "strides", 1)))
}

/// The margins around the picture.
fn sides(node: &OperatorNode) -> PythonSides {
    node.integers("pads").and_then(|row| row.try_into().ok()).unwrap_or([0; 4])
}

fn is_even([top, left, bottom, right]: PythonSides) -> bool {
    (top, left) == (bottom, right)
}
