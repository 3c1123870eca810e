//! The text form of a layer in an architecture: its kind, then its sizes.
//!
//! `conv outputs=16 kernel=5`. A size is a number or a word: `classes`, `numbers`, `channels` and `values` stand for
//! numbers of the data, `half` for the padding that keeps a picture's size.

use serde::Serialize;

use crate::error::{Error, Result};
use crate::shape::Shape;

/// The values that words stand for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Surroundings {
    pub input: Shape,
    pub classes: usize,
    /// Numbers that belong to each image.
    pub numbers: usize,
    /// Shape of the picture that belongs to each image, if there is one.
    pub target: Option<Shape>,
    /// Whether the images are letters in both cases.
    pub letters: bool,
}

/// A size of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Field {
    pub name: &'static str,
    pub min: f64,
    pub max: f64,
    pub default: &'static str,
}

/// One way to write a kind of layer; a pool has two, `max-pool` and `average-pool`.
pub struct TextForm<L: 'static> {
    pub name: &'static str,
    /// One line for people.
    pub about: &'static str,
    pub fields: &'static [Field],
    pub make: fn(&TextLine) -> Result<L>,
}

/// The text forms of a kind of layer.
pub trait Written: Sized + 'static {
    /// Empty for a kind that cannot be written.
    const FORMS: &'static [TextForm<Self>];
}

/// A parsed line, from which a layer is made.
#[derive(Clone, Copy, Debug)]
pub struct TextLine<'a> {
    /// One for each field of the form.
    pub sizes: &'a [f64],
    /// The shapes that the layer reads.
    pub inputs: &'a [Shape],
    pub around: Surroundings,
}

/// Stands for the padding that keeps the picture's size.
const HALF: f64 = -1.0;

impl TextLine<'_> {
    /// The shape that is read, by a layer with one input.
    pub fn input(&self) -> Result<Shape> {
        match self.inputs {
            [input] => Ok(*input),
            _ => Err(Error::expected("from", "one layer to read", self.inputs.len())),
        }
    }

    /// The size in field number `index`.
    pub fn size(&self, index: usize) -> usize {
        self.sizes[index] as usize
    }

    /// The padding in field number `index`, for a kernel of this side.
    pub fn padding(&self, index: usize, kernel: usize) -> usize {
        if self.sizes[index] == HALF { (kernel - 1) / 2 } else { self.size(index) }
    }
}

impl Field {
    pub const OUTPUTS: Self = Self::new("outputs", 1.0, 1_000_000.0, "16");
    pub const KERNEL: Self = Self::new("kernel", 1.0, 255.0, "3");
    pub const STRIDE: Self = Self::new("stride", 1.0, 255.0, "1");

    pub const fn new(name: &'static str, min: f64, max: f64, default: &'static str) -> Self {
        Self { name, min, max, default }
    }

    /// Parses a number, or a word that stands for one.
    pub fn read(&self, value: &str, around: Surroundings) -> Result<f64> {
        match value {
            "classes" if around.classes < 2 => {
                return Err(Error::expected(self.name, "images of at least 2 classes (one folder for each)", "none"));
            }
            "classes" => return Ok(around.classes as f64),
            "numbers" if around.numbers == 0 => {
                return Err(Error::expected(self.name, "images with numbers (a CSV beside them)", "none"));
            }
            "numbers" => return Ok(around.numbers as f64),
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
