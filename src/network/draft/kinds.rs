//! The kinds of layers that can be written, with their sizes: the one table for the text, its help and the page.

use serde::Serialize;

use super::Surroundings;
use crate::error::{Error, Result};
use crate::layer::*;
use crate::shape::Shape;

/// A size of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Field {
    pub name: &'static str,
    pub min: f64,
    pub max: f64,
    pub default: &'static str,
}

#[derive(Clone, Copy, Serialize)]
pub struct LayerKind {
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    pub fields: &'static [Field],
    #[serde(skip)]
    pub make: fn(&[f64], &[Shape], Surroundings) -> Result<Layer>,
}

const fn field(name: &'static str, min: f64, max: f64, default: &'static str) -> Field {
    Field { name, min, max, default }
}

const OUTPUTS: Field = field("outputs", 1.0, 1_000_000.0, "16");
const KERNEL: Field = field("kernel", 1.0, 255.0, "3");
const STRIDE: Field = field("stride", 1.0, 255.0, "1");

#[rustfmt::skip] // one kind a line reads as the table it is
pub static KINDS: &[LayerKind] = &[
    LayerKind { name: "conv", about: "a small window of weights slides over the picture", fields: &[OUTPUTS, KERNEL, STRIDE, field("padding", 0.0, 254.0, "half")],
        make: |n, x, _| Ok(Layer::Conv(Conv::new(first(x)?, at(n, 0), at(n, 1), at(n, 2), padding(n[3], at(n, 1))))) },
    LayerKind { name: "conv-transpose", about: "paints windows of weights onto a larger picture", fields: &[OUTPUTS, field("kernel", 1.0, 255.0, "4"), field("stride", 1.0, 255.0, "2"), field("padding", 0.0, 254.0, "1")],
        make: |n, x, _| transpose(first(x)?, at(n, 0), at(n, 1), at(n, 2), padding(n[3], at(n, 1))) },
    LayerKind { name: "depthwise", about: "a window of weights for each channel alone", fields: &[KERNEL, STRIDE],
        make: |n, x, _| depthwise(first(x)?, at(n, 0), at(n, 1)) },
    LayerKind { name: "dense", about: "every output sees every input", fields: &[field("outputs", 1.0, 1_000_000.0, "128")],
        make: |n, x, _| Ok(Layer::Dense(Dense { input: first(x)?, outputs: at(n, 0) })) },
    LayerKind { name: "max-pool", about: "the largest value of each window", fields: &[field("size", 1.0, 255.0, "2"), field("stride", 1.0, 255.0, "2")],
        make: |n, x, _| Ok(Layer::Pool(Pool { input: first(x)?, kind: PoolKind::Max, size: at(n, 0), stride: at(n, 1) })) },
    LayerKind { name: "average-pool", about: "the mean of each window", fields: &[field("size", 1.0, 255.0, "2"), field("stride", 1.0, 255.0, "2")],
        make: |n, x, _| Ok(Layer::Pool(Pool { input: first(x)?, kind: PoolKind::Average, size: at(n, 0), stride: at(n, 1) })) },
    LayerKind { name: "global-average", about: "the mean of every channel", fields: &[],
        make: |_, x, _| Ok(Layer::GlobalPool(GlobalPool { input: first(x)?, kind: PoolKind::Average })) },
    LayerKind { name: "global-max", about: "the largest value of every channel", fields: &[],
        make: |_, x, _| Ok(Layer::GlobalPool(GlobalPool { input: first(x)?, kind: PoolKind::Max })) },
    LayerKind { name: "upsample", about: "every pixel becomes a square of equal ones", fields: &[field("factor", 1.0, 16.0, "2")],
        make: |n, x, _| Ok(Layer::Upsample(Upsample { input: first(x)?, factor: at(n, 0) })) },
    LayerKind { name: "upsample-conv", about: "upsampling and a convolution in one", fields: &[OUTPUTS, field("factor", 1.0, 16.0, "2"), KERNEL],
        make: |n, x, _| Ok(Layer::UpsampleConv(UpsampleConv { input: first(x)?, outputs: at(n, 0), factor: at(n, 1), kernel: at(n, 2), padding: (at(n, 2) - 1) / 2 })) },
    LayerKind { name: "group-norm", about: "brings groups of channels to mean 0 and variance 1", fields: &[field("groups", 1.0, 4096.0, "8")],
        make: |n, x, _| Ok(Layer::GroupNorm(GroupNorm { input: first(x)?, groups: at(n, 0) })) },
    LayerKind { name: "affine", about: "stretches and shifts every channel", fields: &[],
        make: |_, x, _| Ok(Layer::Affine(Affine { input: first(x)? })) },
    LayerKind { name: "dropout", about: "drops values at random while training", fields: &[field("rate", 0.0, 0.95, "0.5")],
        make: |n, x, _| Ok(Layer::Dropout(Dropout { input: first(x)?, rate: n[0] as f32 })) },
    LayerKind { name: "flatten", about: "the picture as a plain vector", fields: &[],
        make: |_, x, _| { let input = first(x)?; Ok(Layer::Reshape(Reshape { input, output: Shape::flat(input.len()) })) } },
    LayerKind { name: "picture", about: "the values as a picture of the input's shape", fields: &[],
        make: |_, x, around| Ok(Layer::Reshape(Reshape { input: first(x)?, output: around.input })) },
    LayerKind { name: "reshape", about: "the values as a picture of this shape", fields: &[field("width", 1.0, 4096.0, "7"), field("height", 1.0, 4096.0, "7"), OUTPUTS],
        make: |n, x, _| Ok(Layer::Reshape(Reshape { input: first(x)?, output: Shape::from_whc(at(n, 0), at(n, 1), at(n, 2)) })) },
    LayerKind { name: "add", about: "the sum of several layers (from=NAME,NAME)", fields: &[],
        make: |_, x, _| Ok(Layer::Add(Add { inputs: x.into() })) },
    LayerKind { name: "product", about: "the product of two layers (from=NAME,NAME)", fields: &[],
        make: |_, x, _| Ok(Layer::Product(Product { inputs: x.into() })) },
    LayerKind { name: "concat", about: "the channels of several layers side by side (from=NAME,NAME)", fields: &[],
        make: |_, x, _| Ok(Layer::Concat(Concat { inputs: x.into() })) },
    LayerKind { name: "mix", about: "every value has its own weights to the pixels around it", fields: &[field("size", 1.0, 255.0, "3")],
        make: |n, x, _| Ok(Layer::LocallyConnected(LocallyConnected { input: first(x)?, size: at(n, 0), mix_channels: false })) },
    LayerKind { name: "scale", about: "tiles become larger or smaller ones, each by its own weights", fields: &[field("outputs", 1.0, 4096.0, "8"), field("tile", 1.0, 64.0, "4"), field("to", 1.0, 64.0, "2")],
        make: |n, x, _| Ok(Layer::TileDense(TileDense { input: first(x)?, outputs: at(n, 0), from: at(n, 1), to: at(n, 2) })) },
];

pub fn find(name: &str) -> Result<&'static LayerKind> {
    KINDS.iter().find(|kind| kind.name == name).ok_or_else(|| {
        let names: Vec<&str> = KINDS.iter().map(|kind| kind.name).collect();
        Error::expected("layer", format!("one of {}", names.join(", ")), format!("\"{name}\""))
    })
}

/// What stands for "as wide as keeps the picture's size".
const HALF: f64 = -1.0;

impl Field {
    /// The number that is written, or that a word stands for.
    pub(super) fn read(&self, value: &str, around: Surroundings) -> Result<f64> {
        match value {
            "classes" if around.classes < 2 => {
                return Err(Error::expected(self.name, "images of at least 2 classes (one folder for each)", "none"));
            }
            "classes" => return Ok(around.classes as f64),
            "channels" => return Ok(around.input.channels as f64),
            "values" => return Ok(around.input.len() as f64),
            "half" if self.name == "padding" => return Ok(HALF),
            _ => {}
        }
        let wrong = || {
            let whole = if self.name == "rate" { "" } else { "whole " };
            Error::expected(
                self.name,
                format!("a {whole}number from {} to {}", self.min, self.max),
                format!("\"{value}\""),
            )
        };
        let number: f64 = value.parse().map_err(|_| wrong())?;
        let fits = self.min <= number && number <= self.max && (self.name == "rate" || number.fract() == 0.0);
        if fits { Ok(number) } else { Err(wrong()) }
    }
}

fn first(inputs: &[Shape]) -> Result<Shape> {
    match inputs {
        [input] => Ok(*input),
        _ => Err(Error::expected("from", "one layer to read", inputs.len())),
    }
}

fn at(numbers: &[f64], index: usize) -> usize {
    numbers[index] as usize
}

fn padding(written: f64, kernel: usize) -> usize {
    if written == HALF { (kernel - 1) / 2 } else { written as usize }
}

fn transpose(input: Shape, outputs: usize, kernel: usize, stride: usize, padding: usize) -> Result<Layer> {
    let side = |len: usize| ((len - 1) * stride + kernel).saturating_sub(2 * padding);
    let output = Shape::from_whc(side(input.width), side(input.height), outputs);
    Ok(Layer::ConvTranspose(ConvTranspose { input, output, kernel, stride, padding }))
}

fn depthwise(input: Shape, kernel: usize, stride: usize) -> Result<Layer> {
    let axis = Axis { before: (kernel - 1) / 2, after: (kernel - 1) / 2, ..Axis::plain(kernel, stride) };
    Ok(Layer::GroupedConv(GroupedConv {
        input,
        outputs: input.channels,
        groups: input.channels,
        across: axis,
        down: axis,
    }))
}
