//! Calibration: whether a classifier is as often right as it is sure.
//!
//! Predictions are put into 15 bins of equal width by their confidence, the probability of the predicted class. The expected
//! calibration error is the mean distance between how sure and how right it is, weighted by the predictions of the bins:
//! ECE = sum over bins of n / N |accuracy - mean confidence|.

use serde::Serialize;

/// The predictions of a bin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct CalibrationBin {
    pub examples: u32,
    pub correct: u32,
    /// Sum of the confidences.
    pub confidence: f64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Calibration {
    /// Bin b holds confidences above b / 15 and up to (b + 1) / 15.
    pub bins: [CalibrationBin; Self::BINS],
}

impl Calibration {
    pub const BINS: usize = 15;

    /// From confidences and whether each prediction is correct.
    ///
    /// ```
    /// use neurarium::metrics::Calibration;
    ///
    /// // Sure to 90 % and right in half of the cases; sure to 70 % and right.
    /// let found = Calibration::of([(0.9, true), (0.9, false), (0.7, true)].into_iter());
    /// let expected = 2.0 / 3.0 * 0.4 + 1.0 / 3.0 * 0.3;
    /// assert!((found.ece().unwrap() - expected).abs() < 1e-6);
    /// ```
    pub fn of(predictions: impl Iterator<Item = (f32, bool)>) -> Self {
        let mut calibration = Self::default();
        for (confidence, is_correct) in predictions {
            let number = (confidence * Self::BINS as f32).ceil() as usize;
            let bin = &mut calibration.bins[number.clamp(1, Self::BINS) - 1];
            bin.examples += 1;
            bin.correct += u32::from(is_correct);
            bin.confidence += f64::from(confidence);
        }
        calibration
    }

    /// The expected calibration error, 0..=1; `None` without predictions.
    pub fn ece(&self) -> Option<f64> {
        let all: u64 = self.bins.iter().map(|bin| u64::from(bin.examples)).sum();
        let distance = |bin: &CalibrationBin| (f64::from(bin.correct) - bin.confidence).abs();
        (0 < all).then(|| self.bins.iter().map(distance).sum::<f64>() / all as f64)
    }
}
