//! SSIM: the similarity of structure between two images (Z. Wang, A. Bovik, H. Sheikh, E. Simoncelli, 2004, IEEE Transactions
//! on Image Processing 13, <https://doi.org/10.1109/TIP.2003.819861>).
//!
//! For every window of 11 x 11 pixels inside the image, weighted by a Gaussian of deviation 1.5:
//!
//! (2 mx my + c1) (2 sxy + c2) / ((mx² + my² + c1) (sx² + sy² + c2)), c1 = 0.01², c2 = 0.03²
//!
//! with m the means, s² the variances and sxy the covariance. The result is the mean over all windows, then over the
//! channels. In an image with a side below 11 the window is the largest odd one that fits.

use crate::shape::Shape;

const WINDOW: usize = 11;
const DEVIATION: f64 = 1.5;
const C1: f32 = 0.01 * 0.01;
const C2: f32 = 0.03 * 0.03;

/// SSIM between two images `[height, width, channels]` inside the mask (empty: everywhere), which is a rectangle of ones;
/// `seen` is clamped to 0..=1 first. 1 if nothing is inside.
pub fn ssim(seen: &[f32], x: &[f32], mask: &[f32], shape: Shape) -> f64 {
    let Some(inside) = Inside::of(mask, shape) else { return 1.0 };
    let (width, height) = (inside.right - inside.left, inside.bottom - inside.top);
    let (mut a, mut b) = (vec![0.0; width * height], vec![0.0; width * height]);
    let sum: f64 = (0..shape.channels)
        .map(|channel| {
            for (row, (a, b)) in a.chunks_exact_mut(width).zip(b.chunks_exact_mut(width)).enumerate() {
                let first = ((inside.top + row) * shape.width + inside.left) * shape.channels + channel;
                for (column, (a, b)) in a.iter_mut().zip(b).enumerate() {
                    let at = first + column * shape.channels;
                    (*a, *b) = (seen[at].clamp(0.0, 1.0), x[at]);
                }
            }
            of_plane(&a, &b, width)
        })
        .sum();
    sum / shape.channels as f64
}

/// The rectangle inside the mask, in pixels; `right` and `bottom` are exclusive.
struct Inside {
    left: usize,
    top: usize,
    right: usize,
    bottom: usize,
}

impl Inside {
    fn of(mask: &[f32], shape: Shape) -> Option<Self> {
        if mask.is_empty() {
            return Some(Self { left: 0, top: 0, right: shape.width, bottom: shape.height });
        }
        let row = |row: &[f32]| row.iter().any(|&inside| 0.0 < inside);
        let top = mask.chunks_exact(shape.width).position(row)?;
        let bottom = shape.height - mask.chunks_exact(shape.width).rev().position(row)?;
        let within = &mask[top * shape.width..][..shape.width];
        let left = within.iter().position(|&inside| 0.0 < inside)?;
        let right = shape.width - within.iter().rev().position(|&inside| 0.0 < inside)?;
        Some(Self { left, top, right, bottom })
    }
}

/// The mean over all windows of one channel.
fn of_plane(a: &[f32], b: &[f32], width: usize) -> f64 {
    let height = a.len() / width;
    let size = WINDOW.min(width).min(height);
    let weights = gaussian(size - 1 + size % 2); // odd
    let product = |a: &[f32], b: &[f32]| -> Vec<f32> { a.iter().zip(b).map(|(a, b)| a * b).collect() };
    let mean = |values: &[f32]| blur(values, width, &weights);
    let (ma, mb) = (mean(a), mean(b));
    let (aa, bb, ab) = (mean(&product(a, a)), mean(&product(b, b)), mean(&product(a, b)));
    let similarity = |i: usize| {
        let (ma, mb) = (ma[i], mb[i]);
        let (va, vb, cov) = (aa[i] - ma * ma, bb[i] - mb * mb, ab[i] - ma * mb);
        f64::from((2.0 * ma * mb + C1) * (2.0 * cov + C2) / ((ma * ma + mb * mb + C1) * (va + vb + C2)))
    };
    (0..ma.len()).map(similarity).sum::<f64>() / ma.len() as f64
}

/// The weights of one line of the window; they add up to 1.
fn gaussian(size: usize) -> Vec<f32> {
    let middle = (size / 2) as f64;
    let weight = |i: usize| (-(i as f64 - middle).powi(2) / (2.0 * DEVIATION * DEVIATION)).exp();
    let sum: f64 = (0..size).map(weight).sum();
    (0..size).map(|i| (weight(i) / sum) as f32).collect()
}

/// The weighted mean of every window inside the plane: along the rows first, then along the columns.
fn blur(values: &[f32], width: usize, weights: &[f32]) -> Vec<f32> {
    let (height, columns) = (values.len() / width, width + 1 - weights.len());
    let add = |out: &mut [f32], values: &[f32], weight: f32| {
        out.iter_mut().zip(values).for_each(|(out, value)| *out += weight * value);
    };
    let mut along = vec![0.0; height * columns];
    for (out, row) in along.chunks_exact_mut(columns).zip(values.chunks_exact(width)) {
        weights.iter().enumerate().for_each(|(k, &weight)| add(out, &row[k..], weight));
    }
    let mut blurred = vec![0.0; (height + 1 - weights.len()) * columns];
    for (row, out) in blurred.chunks_exact_mut(columns).enumerate() {
        weights.iter().enumerate().for_each(|(k, &weight)| add(out, &along[(row + k) * columns..], weight));
    }
    blurred
}
