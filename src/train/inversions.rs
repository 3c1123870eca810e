//! Inversions, which two networks for letters learn from beside the letters of the data; see `exchange`.

use crate::data::{Batch, Dataset};

/// Inputs that the partner made.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Inversions {
    /// The letters to be recovered, as numbers of examples.
    pub letters: Vec<u32>,
    /// `[letters, height, width]`, in 0..=1.
    pub x: Vec<f32>,
    /// Number of outputs that were out of range.
    pub rejected: usize,
}

/// What a step made of inversions.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ExchangeReport {
    /// Mean loss of the inversions; 0 without any.
    pub loss: f64,
    /// Their share among all examples of the step.
    pub share: f64,
    pub rejected: usize,
}

impl ExchangeReport {
    /// Its values by name; without inversions there is no loss of them.
    pub fn values(&self) -> impl Iterator<Item = (&'static str, f64)> {
        let loss = (0.0 < self.share).then_some(("inversion_loss", self.loss));
        [("inversion_share", self.share), ("rejected", self.rejected as f64)].into_iter().chain(loss)
    }
}

/// How the inputs and targets of a step belong together.
#[derive(Clone, Copy)]
pub(super) struct LetterPairs<'a> {
    /// The partner of each example of the data; empty where the task is not about letters.
    pub partners: &'a [u32],
    /// Number of examples of the step that are read from the data; inversions are behind them.
    pub real: usize,
    pub inversions: &'a [f32],
}

impl LetterPairs<'_> {
    pub const NONE: Self = LetterPairs { partners: &[], real: usize::MAX, inversions: &[] };

    /// Gives the letters of a batch their targets, and the inversions among them their inputs. `first` is the place of the
    /// first example in the whole step.
    pub fn fill(&self, batch: &mut Batch, data: &Dataset, examples: &[u32], first: usize) {
        if self.partners.is_empty() {
            return;
        }
        let Batch { shape, x, target, .. } = batch;
        let partners: Vec<u32> = examples.iter().map(|&example| self.partners[example as usize]).collect();
        target.shape = *shape;
        data.pixels_of(&partners, &mut target.y);
        let len = shape.len();
        let places = x.chunks_exact_mut(len).zip(target.y.chunks_exact_mut(len)).zip(first..);
        for ((x, y), place) in places.skip_while(|(_, place)| *place < self.real) {
            y.copy_from_slice(x);
            x.copy_from_slice(&self.inversions[(place - self.real) * len..][..len]);
        }
    }
}
