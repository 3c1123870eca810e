//! Large examples in memory, packed without loss into a part of their bytes.
//!
//! A picture is smooth, so what a value differs by from its neighbours is small (all modulo 256, 0 outside):
//!
//! ```text
//! residual[y, x, c] = p[y, x, c] - p[y, x - 1, c] - p[y - 1, x, c] + p[y - 1, x - 1, c]
//! ```
//! Residuals are written in groups of 16: 0, -1, 1, -2 ... as 0, 1, 2, 3 ..., each with the number of bits that the largest of
//! its group needs. The widths, 0 to 8 bits, come first, two in a byte; then the groups follow, each of two words of eight
//! numbers. Photographs take about half of their bytes, smooth ones a third or less, and noise a thirtieth more.

use std::sync::Arc;

use super::example::convert;
use crate::par;
use crate::shape::Shape;

/// Bytes of an example from which it is packed. A network does so much work on a picture of this size that unpacking it takes no
/// time beside that.
const LARGE: usize = 1 << 16;
/// Residuals of one width, and those of a word.
const GROUP: usize = 16;
const WORD: usize = 8;

/// Examples of one shape; a copy shares their bytes.
#[derive(Clone, Debug)]
pub struct PackedPixels {
    shape: Shape,
    examples: Vec<Arc<[u8]>>,
}

impl PackedPixels {
    /// Whether examples of this shape are packed in memory.
    pub fn suits(shape: Shape) -> bool {
        LARGE <= shape.len()
    }

    pub fn none(shape: Shape) -> Self {
        Self { shape, examples: Vec::new() }
    }

    /// Packs further examples, `[examples, height, width, channels]`.
    pub fn extend(&mut self, pixels: &[u8]) {
        let examples: Vec<&[u8]> = pixels.chunks_exact(self.shape.len()).collect();
        self.examples.extend(par::map(&examples, |example| pack(example, self.shape).into()));
    }

    /// The pixels of an example.
    pub fn example(&self, index: usize) -> Vec<u8> {
        unpack(&self.examples[index], self.shape)
    }

    /// The pixels of all examples.
    pub fn all(&self) -> Vec<u8> {
        par::map(&self.examples, |packed| unpack(packed, self.shape)).concat()
    }

    /// The examples of `indices`, in that order.
    pub fn chosen(&self, indices: &[u32]) -> Self {
        let examples = indices.iter().map(|&index| self.examples[index as usize].clone()).collect();
        Self { shape: self.shape, examples }
    }

    /// Adds the examples of another set of the same shape.
    pub fn append(&mut self, other: &Self) {
        self.examples.extend_from_slice(&other.examples);
    }

    /// The same examples, which are grey, in colour.
    pub fn in_colour(&self) -> Self {
        let shape = Shape { channels: 3, ..self.shape };
        let coloured = |packed: &Arc<[u8]>| pack(&convert(&unpack(packed, self.shape), 3), shape).into();
        Self { shape, examples: par::map(&self.examples, coloured) }
    }

    pub fn len(&self) -> usize {
        self.examples.len()
    }

    pub fn is_empty(&self) -> bool {
        self.examples.is_empty()
    }

    pub fn shape(&self) -> Shape {
        self.shape
    }

    /// Bytes of the packed examples.
    pub fn bytes(&self) -> usize {
        self.examples.iter().map(|packed| packed.len()).sum()
    }
}

fn groups(len: usize) -> usize {
    len.div_ceil(GROUP)
}

/// Distance to the same channel of the next pixel.
fn step(shape: Shape) -> usize {
    if shape.channels == 3 { 3 } else { 1 }
}

fn pack(pixels: &[u8], shape: Shape) -> Vec<u8> {
    let row_len = shape.width * shape.channels;
    let mut residuals = vec![0; groups(pixels.len()) * GROUP];
    let (mut slopes, mut above) = (vec![0u8; row_len], vec![0u8; row_len]);
    for (row, residuals) in pixels.chunks_exact(row_len).zip(residuals.chunks_exact_mut(row_len)) {
        slopes.copy_from_slice(row);
        let left = slopes[step(shape)..].iter_mut().zip(row);
        left.for_each(|(slope, left)| *slope = slope.wrapping_sub(*left));
        for ((residual, slope), above) in residuals.iter_mut().zip(&slopes).zip(&above) {
            let difference = slope.wrapping_sub(*above);
            *residual = (difference << 1) ^ 0u8.wrapping_sub(difference >> 7);
        }
        std::mem::swap(&mut slopes, &mut above);
    }
    let width = |group: &[u8; GROUP]| 8 - group.iter().fold(0, |all, residual| all | residual).leading_zeros();
    let residuals = residuals.as_chunks::<GROUP>().0;
    let widths: Vec<u32> = residuals.iter().map(width).collect();
    let data_len: usize = widths.iter().map(|&width| GROUP / WORD * width as usize).sum();
    let mut packed = Vec::with_capacity(widths.len().div_ceil(2) + data_len);
    packed.extend(widths.chunks(2).map(|pair| (pair[0] | (pair.get(1).unwrap_or(&0) << 4)) as u8));
    for (group, &width) in residuals.iter().zip(&widths) {
        for eight in group.as_chunks::<WORD>().0 {
            let place = |(at, &residual): (u32, &u8)| u64::from(residual) << (at * width);
            let word = (0..).zip(eight).map(place).fold(0, |word, bits| word | bits);
            packed.extend_from_slice(&word.to_le_bytes()[..width as usize]);
        }
    }
    packed
}

fn unpack(packed: &[u8], shape: Shape) -> Vec<u8> {
    let groups = groups(shape.len());
    let (widths, mut data) = packed.split_at(groups.div_ceil(2));
    let mut pixels = vec![0; groups * GROUP];
    for (number, group) in pixels.as_chunks_mut::<GROUP>().0.iter_mut().enumerate() {
        let width = usize::from((widths[number / 2] >> (number % 2 * 4)) & 15);
        for eight in group.as_chunks_mut::<WORD>().0 {
            let mut word = [0; WORD];
            let (bytes, rest) = data.split_at(width);
            // A copy of a fixed length is one move; the bytes of the next word are masked out.
            match data.first_chunk::<WORD>() {
                Some(whole) => word = *whole,
                None => word[..width].copy_from_slice(bytes),
            }
            let (word, mask) = (u64::from_le_bytes(word), ((1u32 << width) - 1) as u8);
            for (at, value) in eight.iter_mut().enumerate() {
                let residual = (word >> (at * width)) as u8 & mask;
                *value = (residual >> 1) ^ 0u8.wrapping_sub(residual & 1);
            }
            data = rest;
        }
    }
    pixels.truncate(shape.len());
    let row_len = shape.width * shape.channels;
    let mut above = vec![0u8; row_len];
    for row in pixels.chunks_exact_mut(row_len) {
        for (above, residual) in above.iter_mut().zip(&*row) {
            *above = above.wrapping_add(*residual);
        }
        match step(shape) {
            3 => sum_along::<3>(&above, row),
            _ => sum_along::<1>(&above, row),
        }
    }
    pixels
}

/// Adds up the slopes of a row, each channel by itself.
fn sum_along<const CHANNELS: usize>(slopes: &[u8], row: &mut [u8]) {
    let mut sums = [0u8; CHANNELS];
    for (pixel, slopes) in row.as_chunks_mut::<CHANNELS>().0.iter_mut().zip(slopes.as_chunks::<CHANNELS>().0) {
        for ((value, sum), slope) in pixel.iter_mut().zip(&mut sums).zip(slopes) {
            *sum = sum.wrapping_add(*slope);
            *value = *sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Rng};

    fn check(shape: Shape, pixels: &[u8]) -> usize {
        let mut packed = PackedPixels::none(shape);
        packed.extend(pixels);
        assert_eq!(packed.len() * shape.len(), pixels.len());
        assert_eq!(packed.all(), pixels, "{shape}");
        assert_eq!(packed.chosen(&[1, 0]).example(1), pixels[..shape.len()], "{shape}");
        packed.bytes()
    }

    #[test]
    fn every_picture_comes_back_and_noise_hardly_grows() {
        for (width, height, channels) in [(1, 1, 1), (5, 3, 1), (7, 5, 3), (31, 2, 3), (64, 33, 1)] {
            let shape = Shape::from_whc(width, height, channels);
            let noise: Vec<u8> = {
                let mut rng = Rng::new(1, Purpose::Test, shape.len() as u64);
                (0..2 * shape.len()).map(|_| rng.next_u32() as u8).collect()
            };
            assert!(check(shape, &noise) <= 2 * (groups(shape.len()) * GROUP + groups(shape.len()).div_ceil(2)));
            for plain in [0, 77, 255] {
                check(shape, &vec![plain; 2 * shape.len()]);
            }
        }
    }

    #[test]
    fn smooth_pictures_become_much_smaller() {
        let shape = Shape::from_whc(100, 80, 3);
        let value = |at: usize| {
            let (x, y) = ((at / 3 % 100) as f32 / 9.0, (at / 300) as f32 / 7.0);
            (128.0 + 90.0 * (x.sin() + y.cos()) / 2.0) as u8
        };
        let pixels: Vec<u8> = (0..2 * shape.len()).map(|at| value(at % shape.len())).collect();
        assert!(check(shape, &pixels) < pixels.len() / 3);
    }
}
