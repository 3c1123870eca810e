//! Changes to a training example before the network reads it, and the weights of classes.

use crate::data::augment::noise;
use crate::data::{Augment, Dataset, Split};
use crate::network::{Network, Pass};
use crate::par;
use crate::rng::{Purpose, Rng};

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct InputPipeline {
    pub augment: Augment,
    /// Standard deviation of the noise on the network's input; the target stays clean.
    pub denoise: f32,
    /// Whether images of rare classes count more, so that all classes count alike.
    pub balanced: bool,
}

impl InputPipeline {
    /// Whether it changes examples by chance.
    pub fn is_random(&self) -> bool {
        !self.augment.is_none() || self.denoise != 0.0
    }

    /// Adds the noise to the input of a pass; `denoise` is in units of the pictures.
    pub(super) fn disturb(&self, pass: &mut Pass, examples: &[u32], network: &Network, seed: u64) {
        if self.denoise == 0.0 {
            return;
        }
        let (len, channels) = (network.input().len(), network.input().channels);
        let of_channel = |c: usize| self.denoise / network.scaling().deviation.get(c).copied().unwrap_or(1.0);
        let amounts: Vec<f32> = (0..channels).map(of_channel).collect();
        let mut work: Vec<_> = pass.input(examples.len()).chunks_exact_mut(len).zip(examples).collect();
        par::each(&mut work, |_, (x, example)| {
            let mut rng = Rng::new(seed, Purpose::Denoise, u64::from(**example));
            for pixel in x.chunks_exact_mut(channels) {
                pixel.iter_mut().zip(&amounts).for_each(|(x, amount)| *x += amount * noise(&mut rng));
            }
        });
    }

    /// The weight of an image of each class: examples / (classes * examples of the class), so that the mean over the
    /// training images is 1. Empty if all count alike.
    pub(super) fn weights(&self, data: &Dataset) -> Vec<f32> {
        if !self.balanced || !data.is_labelled() {
            return Vec::new();
        }
        let mut counts = vec![0usize; data.classes.len()];
        let training = data.labels.iter().zip(&data.splits).filter(|&(_, &split)| split == Split::Train);
        training.for_each(|(&label, _)| counts[label as usize] += 1);
        let (all, present) = (counts.iter().sum::<usize>(), counts.iter().filter(|&&count| count != 0).count());
        counts.iter().map(|&count| all as f32 / (present * count).max(1) as f32).collect()
    }
}
