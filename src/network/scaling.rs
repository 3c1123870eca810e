//! Input scaling: the values 0..=1 of a picture become (x - mean) / deviation, channel by channel.
//!
//! It is part of the network, not of the data: the same weights behind another scaling are another function. It is
//! therefore saved in the model file and applied wherever the network is used.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ScalingKind {
    /// Values stay as they are.
    #[default]
    Unit,
    /// Mean and deviation of the images that the network was first trained on.
    Standard,
    /// Mean and deviation of ImageNet.
    Imagenet,
    /// To -1..=1.
    Symmetric,
}

/// A scaling: one mean and deviation for each channel of the input, or none where values stay as they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scaling {
    pub kind: ScalingKind,
    pub mean: Vec<f32>,
    pub deviation: Vec<f32>,
}

/// Statistics of red, green and blue over the pictures of ImageNet, which most published networks expect.
const IMAGENET_MEAN: [f32; 3] = [0.485, 0.456, 0.406];
const IMAGENET_DEVIATION: [f32; 3] = [0.229, 0.224, 0.225];

impl ScalingKind {
    pub fn name(self) -> &'static str {
        match self {
            Self::Unit => "unit",
            Self::Standard => "standard",
            Self::Imagenet => "imagenet",
            Self::Symmetric => "symmetric",
        }
    }
}

impl Scaling {
    pub fn is_unit(&self) -> bool {
        self.kind == ScalingKind::Unit
    }

    pub fn standard(mean: Vec<f32>, deviation: Vec<f32>) -> Self {
        Self { kind: ScalingKind::Standard, mean, deviation }
    }

    pub fn symmetric(channels: usize) -> Self {
        Self { kind: ScalingKind::Symmetric, mean: vec![0.5; channels], deviation: vec![0.5; channels] }
    }

    /// The statistics of ImageNet; for grey pictures the mean over its channels.
    pub fn imagenet(channels: usize) -> Self {
        let of =
            |all: [f32; 3]| if channels == 3 { all.to_vec() } else { vec![all.iter().sum::<f32>() / 3.0; channels] };
        Self { kind: ScalingKind::Imagenet, mean: of(IMAGENET_MEAN), deviation: of(IMAGENET_DEVIATION) }
    }

    /// The same scaling for another number of channels, each of which gets the mean over these.
    pub fn on(&self, channels: usize) -> Self {
        let spread = |numbers: &[f32]| match numbers.len() {
            0 => Vec::new(),
            len if len == channels => numbers.to_vec(),
            len => vec![numbers.iter().sum::<f32>() / len as f32; channels],
        };
        Self { kind: self.kind, mean: spread(&self.mean), deviation: spread(&self.deviation) }
    }

    /// Checks a scaling from outside, for this many channels.
    pub fn checked(&self, channels: usize) -> Result<()> {
        let lens = (self.mean.len(), self.deviation.len());
        let wanted = if self.is_unit() { 0 } else { channels };
        if lens != (wanted, wanted) {
            let expected = format!("{wanted} means and deviations for {channels} channels");
            return Err(Error::expected("scaling", expected, format!("{} and {}", lens.0, lens.1)));
        }
        let is_wrong = |(&mean, &deviation): (&f32, &f32)| !mean.is_finite() || !(1e-6..=1e6).contains(&deviation);
        if self.mean.iter().zip(&self.deviation).any(is_wrong) {
            return Err(Error::expected("scaling", "finite means and deviations from 1e-6 to 1e6", "others"));
        }
        Ok(())
    }

    /// Turns scaled values `[.., channels]` back into the original ones.
    pub fn undo(&self, values: &mut [f32]) {
        self.each_pixel(values, |x, mean, deviation| x * deviation + mean);
    }

    /// Replaces each value `[.., channels]` by `f(value, mean, deviation)`, with the statistics of its channel, unless
    /// values stay as they are.
    pub fn each_pixel(&self, values: &mut [f32], f: impl Fn(f32, f32, f32) -> f32) {
        if self.is_unit() {
            return;
        }
        for pixel in values.chunks_exact_mut(self.mean.len()) {
            for ((x, &mean), &deviation) in pixel.iter_mut().zip(&self.mean).zip(&self.deviation) {
                *x = f(*x, mean, deviation);
            }
        }
    }
}
