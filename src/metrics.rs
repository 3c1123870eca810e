//! Figures of how good a network is.
//!
//! PSNR of an example = 10 log10(1 / mse) in dB, over values in 0..=1 inside the picture; the mean over the examples.

use serde::Serialize;

/// Errors below this count as this: a perfect picture has 100 dB, not infinitely many.
const SMALLEST_MSE: f64 = 1e-10;

/// What an evaluation found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Evaluation {
    pub examples: usize,
    /// Mean loss of an example.
    pub loss: f64,
    /// Share of examples whose class was named right, 0..=1.
    pub accuracy: Option<f64>,
    /// Mean over the examples, dB.
    pub psnr: Option<f64>,
}

/// The index of the largest value, the first of equals.
pub fn largest(values: &[f32]) -> usize {
    (1..values.len()).fold(0, |best, index| if values[best] < values[index] { index } else { best })
}

/// PSNR in dB of one picture against the other inside the mask (empty: everywhere); `seen` is cut to 0..=1 first.
pub fn psnr(seen: &[f32], x: &[f32], mask: &[f32], channels: usize) -> f64 {
    let (mut sum, mut count) = (0.0, 0);
    for (pixel, (seen, x)) in seen.chunks_exact(channels).zip(x.chunks_exact(channels)).enumerate() {
        if mask.get(pixel).is_none_or(|&inside| 0.0 < inside) {
            let square = |(seen, x): (&f32, &f32)| f64::from(seen.clamp(0.0, 1.0) - x).powi(2);
            sum += seen.iter().zip(x).map(square).sum::<f64>();
            count += channels;
        }
    }
    -10.0 * (sum / count.max(1) as f64).max(SMALLEST_MSE).log10()
}
