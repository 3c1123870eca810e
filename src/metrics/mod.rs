//! Figures of how good a network is.
//!
//! PSNR of an example = 10 log10(1 / mse) in dB, over values in 0..=1 inside the picture; the mean over the examples.
//! [`ssim`] is likeness of structure, [`Confusion`] who is taken for whom, [`Interval`] how far chance may reach.

mod confusion;
mod interval;
mod ssim;

use serde::{Deserialize, Serialize};

pub use confusion::{ClassScore, Confusion};
pub use interval::Interval;
pub use ssim::ssim;

/// Errors below this count as this: a perfect picture has 100 dB, not infinitely many.
const SMALLEST_MSE: f64 = 1e-10;

/// What an evaluation found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    pub examples: usize,
    /// Mean loss of an example.
    pub loss: f64,
    /// Share of examples whose class was named right, 0..=1.
    pub accuracy: Option<f64>,
    /// Mean over the classes, 0..=1; see [`Confusion::f1`].
    pub f1: Option<f64>,
    /// Mean over the examples, dB.
    pub psnr: Option<f64>,
    /// Mean over the examples, at most 1.
    pub ssim: Option<f64>,
}

/// What was found of one example.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    pub example: u32,
    pub loss: f64,
    pub verdict: Prediction,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Prediction {
    /// The class that the network named, and the probability it gave it.
    Class { named: u32, confidence: f32 },
    /// dB, and likeness of structure.
    Picture { psnr: f32, ssim: f32 },
}

impl Scored {
    pub fn named(&self) -> Option<u32> {
        if let Prediction::Class { named, .. } = self.verdict { Some(named) } else { None }
    }

    pub fn confidence(&self) -> Option<f32> {
        if let Prediction::Class { confidence, .. } = self.verdict { Some(confidence) } else { None }
    }

    pub fn psnr(&self) -> Option<f32> {
        if let Prediction::Picture { psnr, .. } = self.verdict { Some(psnr) } else { None }
    }

    pub fn ssim(&self) -> Option<f32> {
        if let Prediction::Picture { ssim, .. } = self.verdict { Some(ssim) } else { None }
    }
}

impl Evaluation {
    /// The means over the examples; `confusion` where they have classes.
    pub fn of(scored: &[Scored], confusion: Option<&Confusion>) -> Self {
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
            (0 < count).then(|| sum / count as f64)
        };
        Self {
            examples: scored.len(),
            loss: mean(&mut scored.iter().map(|one| one.loss)).unwrap_or(0.0),
            accuracy: confusion.and_then(Confusion::accuracy),
            f1: confusion.and_then(Confusion::f1),
            psnr: mean(&mut scored.iter().filter_map(Scored::psnr).map(f64::from)),
            ssim: mean(&mut scored.iter().filter_map(Scored::ssim).map(f64::from)),
        }
    }
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
