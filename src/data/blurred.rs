//! Built-in pairs: the coloured shapes of [`toy`] as targets, and blurred ones as inputs.
//!
//! The blur is a mean of three pixels, `PASSES` times along the rows and along the columns: nearly a Gaussian of deviation
//! sqrt(2/3 `PASSES`) pixels. Edges are repeated. Sums of whole numbers, rounded once, are the same on every machine.

use super::dataset::Dataset;
use super::pictures::PictureTargets;
use super::toy;
use crate::par;
use crate::shape::Shape;

/// Times that each pixel takes the mean with its neighbours.
const PASSES: u32 = 4;

/// `count` pairs of images of `size` x `size` x 3, all for training until the set is divided.
pub fn blurred(count: usize, size: usize, seed: u64) -> Dataset {
    let sharp = toy::shapes(count, size, seed);
    let mut examples: Vec<Vec<u8>> = (0..count).map(|n| sharp.example(n).into_owned()).collect();
    par::each(&mut examples, |_, pixels| blur(pixels, sharp.shape));
    let pictures = PictureTargets { shape: sharp.shape, pixels: sharp.pixels, frames: sharp.frames.clone() };
    Dataset { name: "blurred shapes".into(), pixels: examples.concat().into(), pictures, ..sharp }
}

/// Blurs one image `[height, width, channels]`.
pub fn blur(pixels: &mut [u8], Shape { width, height, channels }: Shape) {
    let mut sums: Vec<u32> = pixels.iter().map(|&byte| byte.into()).collect();
    for (count, stride) in [(width, channels), (height, width * channels)] {
        for _ in 0..PASSES {
            let before = sums.clone();
            for (at, sum) in sums.iter_mut().enumerate() {
                let place = at / stride % count;
                let left = if place == 0 { at } else { at - stride };
                let right = if place + 1 == count { at } else { at + stride };
                *sum = before[left] + before[at] + before[right];
            }
        }
    }
    let whole = 3u32.pow(2 * PASSES);
    pixels.iter_mut().zip(sums).for_each(|(byte, sum)| *byte = ((sum + whole / 2) / whole) as u8);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_becomes_a_hill_of_the_same_sum_and_a_plane_stays() {
        let shape = Shape::from_whc(11, 13, 1);
        let mut point = vec![0; shape.len()];
        point[6 * 11 + 5] = 255;
        blur(&mut point, shape);
        // The weights along a line are those of (1 + x + x²)⁴: 1 4 10 16 19 16 10 4 1 of 81.
        assert_eq!(point[6 * 11 + 5], ((255.0 * 19.0 * 19.0 / 6561.0f64).round()) as u8);
        assert_eq!(point[6 * 11 + 9], ((255.0 * 19.0 / 6561.0f64).round()) as u8);
        assert_eq!(point[2 * 11 + 5], point[6 * 11 + 9]);
        let mut plane = vec![77; shape.len()];
        blur(&mut plane, shape);
        assert_eq!(plane, vec![77; shape.len()]);
    }
}
