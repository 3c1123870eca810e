//! The figures of an evaluation, and those of each example.

use serde::{Deserialize, Serialize};

use super::confusion::Confusion;

/// The means over the measured examples.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Evaluation {
    pub examples: usize,
    /// Mean loss of an example.
    pub loss: f64,
    /// Share of correct predictions, 0..=1.
    pub accuracy: Option<f64>,
    /// Mean over the classes, 0..=1; see [`Confusion::f1`].
    pub f1: Option<f64>,
    /// Mean over the examples, dB.
    pub psnr: Option<f64>,
    /// Mean over the examples, at most 1.
    pub ssim: Option<f64>,
    /// The PSNR that the inputs themselves have as outputs, dB: what a network for pairs has to beat.
    pub identity: Option<f64>,
    /// Mean squared and mean absolute error over the examples and their numbers.
    pub mse: Option<f64>,
    pub mae: Option<f64>,
    /// Share of the variance of the numbers that is explained, at most 1: 1 - sum of squared errors / sum of squared
    /// distances from the mean of each column. `None` if the numbers do not vary.
    pub r2: Option<f64>,
}

/// The figures of one example.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Scored {
    pub example: u32,
    pub loss: f64,
    pub prediction: Prediction,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Prediction {
    /// The predicted class and its probability.
    Class { predicted: u32, confidence: f32 },
    /// PSNR in dB, SSIM, and for a pair the PSNR of its input.
    Picture { psnr: f32, ssim: f32, identity: Option<f32> },
    /// Mean squared and mean absolute error of its numbers.
    Numbers { mse: f32, mae: f32 },
}

impl Scored {
    pub fn predicted(&self) -> Option<u32> {
        if let Prediction::Class { predicted, .. } = self.prediction { Some(predicted) } else { None }
    }

    pub fn confidence(&self) -> Option<f32> {
        if let Prediction::Class { confidence, .. } = self.prediction { Some(confidence) } else { None }
    }

    pub fn psnr(&self) -> Option<f32> {
        if let Prediction::Picture { psnr, .. } = self.prediction { Some(psnr) } else { None }
    }

    pub fn ssim(&self) -> Option<f32> {
        if let Prediction::Picture { ssim, .. } = self.prediction { Some(ssim) } else { None }
    }

    pub fn identity(&self) -> Option<f32> {
        if let Prediction::Picture { identity, .. } = self.prediction { identity } else { None }
    }

    pub fn mse(&self) -> Option<f32> {
        if let Prediction::Numbers { mse, .. } = self.prediction { Some(mse) } else { None }
    }

    pub fn mae(&self) -> Option<f32> {
        if let Prediction::Numbers { mae, .. } = self.prediction { Some(mae) } else { None }
    }
}

impl Evaluation {
    /// Averages the figures; `confusion` if the examples have classes, `spread` if they have numbers: the mean over the
    /// numbers of their squared distance from the mean.
    pub fn of(scored: &[Scored], confusion: Option<&Confusion>, spread: Option<f64>) -> Self {
        let mean = |values: &mut dyn Iterator<Item = f64>| {
            let (sum, count) = values.fold((0.0, 0), |(sum, count), value| (sum + value, count + 1));
            (0 < count).then(|| sum / count as f64)
        };
        let mse = mean(&mut scored.iter().filter_map(Scored::mse).map(f64::from));
        Self {
            examples: scored.len(),
            loss: mean(&mut scored.iter().map(|one| one.loss)).unwrap_or(0.0),
            accuracy: confusion.and_then(Confusion::accuracy),
            f1: confusion.and_then(Confusion::f1),
            psnr: mean(&mut scored.iter().filter_map(Scored::psnr).map(f64::from)),
            ssim: mean(&mut scored.iter().filter_map(Scored::ssim).map(f64::from)),
            identity: mean(&mut scored.iter().filter_map(Scored::identity).map(f64::from)),
            mse,
            mae: mean(&mut scored.iter().filter_map(Scored::mae).map(f64::from)),
            r2: mse.zip(spread.filter(|&spread| 0.0 < spread)).map(|(mse, spread)| 1.0 - mse / spread),
        }
    }
}

/// The index of the largest value, the first of equals.
pub fn largest(values: &[f32]) -> usize {
    (1..values.len()).fold(0, |best, index| if values[best] < values[index] { index } else { best })
}
