//! Shares of dead and saturated values, and the few fixed examples that stand for all.

use super::probe::Probe;
use super::view::{ProbeStamps, Viewer};
use crate::activation::Activation;
use crate::data::{Batch, Split};

/// Examples of a round of the probe.
const EXAMPLES: usize = 16;
impl Viewer<'_> {
    /// For every value of a block the share of the examples at which it is saturated, 0..=1. `None` where the
    /// activation has no flat part, or there is nothing to measure with.
    pub fn saturation(&mut self, block: usize) -> Option<Vec<f32>> {
        if self.run.network().blocks()[block].activation == Activation::Linear {
            return None;
        }
        // Asked for many neurons at once it moves on once.
        if self.probe().is_none_or(|probe| probe.moved != self.view.version) {
            self.count_dead();
        }
        let shares = self.probe()?.shares().get(block)?;
        Some(shares.iter().map(|share| share.abs()).collect())
    }

    /// The few examples that stand for all: held out where there are any, the same as long as the data are.
    pub fn fixed_examples(&self, count: usize) -> Vec<u32> {
        let held_out = self.data.held_out();
        let split = if self.data.count(held_out) == 0 { Split::Train } else { held_out };
        self.some_examples(split, count).into_iter().map(|index| index as u32).collect()
    }

    /// The probe, if its counts are of this network and these data.
    pub fn probe(&self) -> Option<&Probe> {
        let now = self.probe_stamps();
        self.view.probe.as_ref().filter(|(stamps, _)| *stamps == now).map(|(_, probe)| probe)
    }

    fn probe_stamps(&self) -> ProbeStamps {
        let (learner, data) = self.stamps();
        (learner.structure, learner.written, data)
    }

    /// Goes on with the round, or begins one where the network has changed since the last.
    pub fn count_dead(&mut self) {
        let version = self.view.version;
        let examples = self.fixed_examples(EXAMPLES);
        if self.data.shape != self.run.network().input() || examples.is_empty() {
            return;
        }
        let now = self.probe_stamps();
        let kept = self.view.probe.take().filter(|(stamps, _)| *stamps == now).map(|(_, probe)| probe);
        let mut probe = kept.unwrap_or_else(|| Probe::new(self.run.network()));
        // The first round is counted at once; after that the last one is shown while the next goes on.
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
