//! Shares of inactive and saturated values, measured on a few fixed examples.

use super::probe::Probe;
use super::view::{ProbeStamps, Viewer};
use crate::activation::Activation;
use crate::data::{Batch, Split};

/// Examples in a round of the probe.
const EXAMPLES: usize = 16;
impl Viewer<'_> {
    /// The share of examples at which each value of a block is saturated, 0..=1. `None` if the activation has no flat
    /// part, or if there is nothing to measure with.
    pub fn saturation(&mut self, block: usize) -> Option<Vec<f32>> {
        if self.run.network().blocks()[block].activation == Activation::Linear {
            return None;
        }
        // Several neurons asked for at once count one more example together.
        if self.probe().is_none_or(|probe| probe.moved != self.view.version) {
            self.count_dead();
        }
        let shares = self.probe()?.shares().get(block)?;
        Some(shares.iter().map(|share| share.abs()).collect())
    }

    /// A few examples that represent the data: held-out ones if there are any, the same while the data are unchanged.
    pub fn fixed_examples(&self, count: usize) -> Vec<u32> {
        let held_out = self.data.held_out();
        let split = if self.data.count(held_out) == 0 { Split::Train } else { held_out };
        self.some_examples(split, count).into_iter().map(|index| index as u32).collect()
    }

    /// The probe, if its counts belong to this network and these data.
    pub fn probe(&self) -> Option<&Probe> {
        let now = self.probe_stamps();
        self.view.probe.as_ref().filter(|(stamps, _)| *stamps == now).map(|(_, probe)| probe)
    }

    fn probe_stamps(&self) -> ProbeStamps {
        let (learner, data) = self.stamps();
        (learner.structure, learner.written, data)
    }

    /// Continues the round, or begins one if the network has changed since the last.
    pub fn count_dead(&mut self) {
        let version = self.view.version;
        let examples = self.fixed_examples(EXAMPLES);
        if self.data.shape != self.run.network().input() || examples.is_empty() {
            return;
        }
        let now = self.probe_stamps();
        let kept = self.view.probe.take().filter(|(stamps, _)| *stamps == now).map(|(_, probe)| probe);
        let mut probe = kept.unwrap_or_else(|| Probe::new(self.run.network()));
        // The first round is done at once; later ones continue while the result of the last is shown.
        while probe.known != Some(version) {
            if probe.counted == 0 {
                probe.began = version;
            }
            let mut batch = Batch::default();
            self.data.batch(&examples[probe.counted..=probe.counted], &mut batch);
            let is_first = probe.known.is_none();
            probe.count(self.run.network(), &batch.x);
            if probe.counted == examples.len() {
                probe.finish();
            }
            if !is_first {
                break;
            }
        }
        probe.moved = version;
        self.view.probe = Some((now, probe));
    }
}
