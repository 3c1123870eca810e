//! A mini-batch: examples as the network sees them, floats instead of bytes.
//!
//! Shapes: x `[examples, height, width, channels]` in 0..=1; mask `[examples, height * width]`, 1 inside the frame and 0
//! on the padding, empty if there is no padding; labels `[examples]`, empty without classes; numbers `[examples, columns]`,
//! empty without numbers; the target pictures have the shapes of x and mask, with their own sides and channels.

use super::frame::Frame;
use crate::shape::Shape;

/// Made once, and filled repeatedly by [`super::Dataset::batch`].
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    pub shape: Shape,
    pub x: Vec<f32>,
    pub mask: Vec<f32>,
    pub labels: Vec<u32>,
    pub numbers: Vec<f32>,
    pub target: TargetBatch,
}

/// The target pictures of a batch; all empty without any.
#[derive(Clone, Debug, PartialEq)]
pub struct TargetBatch {
    pub shape: Shape,
    pub y: Vec<f32>,
    pub mask: Vec<f32>,
}

impl Default for TargetBatch {
    fn default() -> Self {
        Self { shape: Shape::flat(0), y: Vec::new(), mask: Vec::new() }
    }
}

impl Batch {
    /// A batch of one example that belongs to no data set.
    pub fn of_one(pixels: &[u8], shape: Shape, frame: Frame) -> Self {
        let x = pixels.iter().map(|&byte| f32::from(byte) * (1.0 / 255.0)).collect();
        let mut batch = Self { shape, x, ..Self::default() };
        if !frame.is_whole(shape) {
            batch.mask.resize(shape.area(), 0.0);
            frame.fill_mask(&mut batch.mask, shape.width);
        }
        batch
    }
}

impl Default for Batch {
    fn default() -> Self {
        Self {
            shape: Shape::flat(0),
            x: Vec::new(),
            mask: Vec::new(),
            labels: Vec::new(),
            numbers: Vec::new(),
            target: TargetBatch::default(),
        }
    }
}
