//! The frame of an example: the rectangle that the image fills, with padding around it.

use serde::{Deserialize, Serialize};

use crate::shape::Shape;

/// The rectangle in pixels; sides over 65,535 do not occur, as [`super::MOST_SIDE`] bounds them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    pub left: u16,
    pub top: u16,
    pub width: u16,
    pub height: u16,
}

impl Frame {
    /// A frame without padding.
    pub fn whole(shape: Shape) -> Self {
        Self { left: 0, top: 0, width: shape.width as u16, height: shape.height as u16 }
    }

    pub fn is_whole(self, shape: Shape) -> bool {
        self == Self::whole(shape)
    }

    pub(in crate::data) fn is_inside(self, shape: Shape) -> bool {
        usize::from(self.left) + usize::from(self.width) <= shape.width
            && usize::from(self.top) + usize::from(self.height) <= shape.height
    }

    /// Writes 1 inside the frame; `mask` is `[height, width]` and must be 0 before.
    pub(in crate::data) fn fill_mask(self, mask: &mut [f32], width: usize) {
        let rows = mask.chunks_exact_mut(width).skip(self.top.into()).take(self.height.into());
        for row in rows {
            row[usize::from(self.left)..][..usize::from(self.width)].fill(1.0);
        }
    }
}
