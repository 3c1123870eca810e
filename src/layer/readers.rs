//! The part of a layer's output that may read one value of its input.

use std::ops::Range;

use crate::shape::Shape;

/// A box of the output `[down, across, channels]` that contains all values that read the input, and possibly others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readers {
    pub across: Range<usize>,
    pub down: Range<usize>,
    pub channels: Range<usize>,
}

impl Readers {
    /// All of an output.
    pub fn all(output: Shape) -> Self {
        Self { across: 0..output.width, down: 0..output.height, channels: 0..output.channels }
    }

    /// Only value number `index` of an output.
    pub fn one(output: Shape, index: usize) -> Self {
        let (x, y, channel) = output.place(index);
        Self { across: x..x + 1, down: y..y + 1, channels: channel..channel + 1 }
    }

    /// The windows that cover value `source` of an input, in the given channels. A window has `size` pixels a side; the
    /// first begins `padding` pixels before the picture, each of the next `stride` further on.
    pub fn windows(
        (input, source): (Shape, usize),
        (size, stride, padding): (usize, usize, usize),
        output: Shape,
        channels: Range<usize>,
    ) -> Self {
        let over = |at: usize, len: usize| {
            let (first, last) = ((at + padding + 1).saturating_sub(size).div_ceil(stride), (at + padding) / stride);
            first..(last + 1).min(len)
        };
        let (x, y, _) = input.place(source);
        Self { across: over(x, output.width), down: over(y, output.height), channels }
    }

    /// A square of `side` pixels from (x, y) on, in the given channels.
    pub fn square((x, y): (usize, usize), side: usize, output: Shape, channels: Range<usize>) -> Self {
        let side_from = |first: usize, len: usize| first..(first + side).min(len);
        Self { across: side_from(x, output.width), down: side_from(y, output.height), channels }
    }
}
