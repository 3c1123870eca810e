//! How saturated neurons are: the share of a few fixed examples at which an activation is nearly flat.
//!
//! A ReLU that is flat for all of them is dead. Measured again when training or an edit has moved on.

use super::{Session, look::LOOK};
use crate::activation::Activation;
use crate::data::{Batch, Split};
use crate::layer::Call;
use crate::network::Pass;

/// A slope below this teaches next to nothing.
const FLAT: f32 = 0.05;
/// Examples, and values of all blocks for all of them, at most.
const EXAMPLES: usize = 16;
const MOST_VALUES: usize = 1 << 24;
/// Steps after which it is measured again.
const STEPS: u64 = 20;

pub(super) struct Probe {
    pass: Pass,
    examples: usize,
    step: u64,
}

impl Session {
    /// For every value of a block the share of the examples at which it is saturated, 0..=1. `None` where the
    /// activation has no flat part, or there is nothing to measure with.
    pub(super) fn saturation(&mut self, block: usize) -> Option<Vec<f32>> {
        let activation = self.network.blocks()[block].activation;
        if activation == Activation::Linear {
            return None;
        }
        self.measure()?;
        let probe = self.probe.as_ref()?;
        let len = self.network.shape(block).len();
        let mut shares = vec![0.0; len];
        for kept in probe.pass.kept(block).chunks_exact(len) {
            let mut slopes = vec![1.0; len];
            activation.backward(kept, &mut slopes);
            let share = 1.0 / probe.examples as f32;
            shares.iter_mut().zip(slopes).for_each(|(sum, slope)| *sum += if slope.abs() < FLAT { share } else { 0.0 });
        }
        Some(shares)
    }

    /// The few examples that stand for all: held out where there are any, the same as long as the data are.
    pub(super) fn fixed_examples(&self, count: usize) -> Vec<u32> {
        let held_out = self.data.held_out();
        let split = if self.data.count(held_out) == 0 { Split::Train } else { held_out };
        self.some_examples(split, count).into_iter().map(|index| index as u32).collect()
    }

    fn measure(&mut self) -> Option<()> {
        let step = self.trainer.step;
        if self.probe.as_ref().is_some_and(|probe| probe.step <= step && step < probe.step + STEPS) {
            return Some(());
        }
        let values: usize = (0..self.network.blocks().len()).map(|block| self.network.shape(block).len()).sum();
        let examples = self.fixed_examples(EXAMPLES.min(MOST_VALUES / values));
        if examples.is_empty() || self.data.shape != self.network.input() {
            return None;
        }
        let mut batch = Batch::default();
        self.data.batch(&examples, &mut batch);
        let mut pass = match self.probe.take() {
            Some(probe) if examples.len() <= probe.pass.capacity() => probe.pass,
            _ => Pass::forward_only(&self.network, examples.len()),
        };
        pass.input(examples.len()).copy_from_slice(&batch.x);
        self.network.forward(&mut pass, &Call { examples: examples.len(), ..LOOK });
        self.probe = Some(Probe { pass, examples: examples.len(), step });
        Some(())
    }
}
