//! Pictures as targets: another picture for every example, of a size and with channels of its own.
//!
//! Shapes: pixels `[examples, height, width, channels]` u8 of the target's shape.

use std::borrow::Cow;

use super::frame::Frame;
use super::store::pixels::Pixels;
use crate::shape::Shape;

/// Guarantees: `pixels` and `frames` have one picture of `shape` for every example; both are empty, and so is the shape,
/// where the examples have no pictures.
#[derive(Clone, Debug, PartialEq)]
pub struct PictureTargets {
    pub shape: Shape,
    pub pixels: Pixels,
    pub frames: Vec<Frame>,
}

impl Default for PictureTargets {
    fn default() -> Self {
        Self { shape: Shape::flat(0), pixels: Pixels::Memory(Vec::new()), frames: Vec::new() }
    }
}

impl PictureTargets {
    pub fn is_empty(&self) -> bool {
        self.frames.is_empty()
    }

    /// The pixels of one picture, `[height, width, channels]`.
    pub fn of(&self, example: usize) -> Cow<'_, [u8]> {
        self.pixels.example(example, self.shape.len())
    }

    /// Keeps the frames of these examples, which ascend; [`Pixels::keep`] keeps their pixels.
    pub(super) fn keep_frames(&mut self, examples: &[u32]) {
        if !self.is_empty() {
            self.frames = examples.iter().map(|&example| self.frames[example as usize]).collect();
        }
    }
}
