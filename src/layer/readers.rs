//! Where in a layer's output the values are that may read one value of its input.

use std::ops::Range;

use crate::shape::Shape;

/// A block of the output `[down, across, channels]`. All that read the value are in it; others may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Readers {
    pub across: Range<usize>,
    pub down: Range<usize>,
    pub channels: Range<usize>,
}

impl Readers {
    /// Every value of an output.
    pub fn all(output: Shape) -> Self {
        Self { across: 0..output.width, down: 0..output.height, channels: 0..output.channels }
    }

    /// Value number `index` of an output.
    pub fn one(output: Shape, index: usize) -> Self {
        let (x, y, channel) = output.place(index);
        Self { across: x..x + 1, down: y..y + 1, channels: channel..channel + 1 }
    }

    /// The windows over value `source` of an input: each of `size` pixels a side, the first starting `padding` before the
    /// picture, the next ones `stride` further. The channels are those given.
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

    /// The square of `side` pixels that a pixel becomes. The channels are those given.
    pub fn square((x, y): (usize, usize), side: usize, output: Shape, channels: Range<usize>) -> Self {
        let side_from = |first: usize, len: usize| first..(first + side).min(len);
        Self { across: side_from(x, output.width), down: side_from(y, output.height), channels }
    }
}
