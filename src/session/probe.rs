//! How many of a few fixed examples leave each neuron without a gradient: dead and saturated ones.
//!
//! One example goes forward at a time, so that it costs little while training runs; what is told are the shares of the
//! last round through all examples.

use super::Session;
use super::look::LOOK;
use crate::activation::Activation;
use crate::data::{Batch, Split};
use crate::network::{Network, Pass};
use crate::render::cells::Flat;

/// Examples of a round.
const EXAMPLES: usize = 16;

pub(super) struct Probe {
    pass: Pass,
    slopes: Vec<f32>,
    counts: Vec<Vec<Flat>>,
    /// Examples counted in this round.
    counted: usize,
    /// What the viewer had computed when the round began, when an example was last counted, and when the last whole
    /// round began.
    began: u64,
    moved: u64,
    known: Option<u64>,
    shares: Vec<Vec<f32>>,
}

impl Probe {
    fn new(network: &Network) -> Self {
        let counts = |block: usize| vec![Flat::default(); network.shape(block).len()];
        Self {
            pass: Pass::forward_only(network, 1),
            slopes: Vec::new(),
            counts: (0..network.blocks().len()).map(counts).collect(),
            counted: 0,
            began: 0,
            moved: 0,
            known: None,
            shares: Vec::new(),
        }
    }

    fn fits(&self, network: &Network) -> bool {
        let lens = (0..network.blocks().len()).map(|block| network.shape(block).len());
        self.counts.iter().map(Vec::len).eq(lens)
    }

    /// For every value of every block the share of examples without a gradient, see [`Flat::share`].
    pub fn shares(&self) -> &[Vec<f32>] {
        &self.shares
    }

    fn count(&mut self, network: &Network, x: &[f32]) {
        network.read(&mut self.pass, x, &LOOK);
        network.forward(&mut self.pass, &LOOK);
        for (block, counts) in self.counts.iter_mut().enumerate() {
            self.slopes.clear();
            self.slopes.resize(counts.len(), 1.0);
            network.blocks()[block].activation.backward(self.pass.kept(block), &mut self.slopes);
            Flat::count(&self.slopes, self.pass.values(block), counts);
        }
        self.counted += 1;
    }

    fn finish(&mut self) {
        let examples = std::mem::take(&mut self.counted);
        let shares = |counts: &Vec<Flat>| counts.iter().map(|count| count.share(examples)).collect();
        self.shares = self.counts.iter().map(shares).collect();
        self.counts.iter_mut().for_each(|counts| counts.fill(Flat::default()));
        self.known = Some(self.began);
    }
}

impl Session {
    /// For every value of a block the share of the examples at which it is saturated, 0..=1. `None` where the
    /// activation has no flat part, or there is nothing to measure with.
    pub(super) fn saturation(&mut self, block: usize) -> Option<Vec<f32>> {
        if self.network.blocks()[block].activation == Activation::Linear {
            return None;
        }
        // Asked for many neurons at once it moves on once.
        if self.probe.as_ref().is_none_or(|probe| probe.moved != self.viewer.version) {
            self.count_dead();
        }
        let shares = self.probe.as_ref()?.shares().get(block)?;
        Some(shares.iter().map(|share| share.abs()).collect())
    }

    /// The few examples that stand for all: held out where there are any, the same as long as the data are.
    pub(super) fn fixed_examples(&self, count: usize) -> Vec<u32> {
        let held_out = self.data.held_out();
        let split = if self.data.count(held_out) == 0 { Split::Train } else { held_out };
        self.some_examples(split, count).into_iter().map(|index| index as u32).collect()
    }

    /// Goes on with the round, or begins one where the network has changed since the last.
    pub(super) fn count_dead(&mut self) {
        let version = self.viewer.version;
        let examples = self.fixed_examples(EXAMPLES);
        if self.data.shape != self.network.input() || examples.is_empty() {
            return;
        }
        let kept = self.probe.take().filter(|probe| probe.fits(&self.network));
        let mut probe = kept.unwrap_or_else(|| Probe::new(&self.network));
        // Who asks for the first time wants an answer; after that there is one to show meanwhile.
        while probe.known != Some(version) {
            if probe.counted == 0 {
                probe.began = version;
            }
            let mut batch = Batch::default();
            self.data.batch(&examples[probe.counted..=probe.counted], &mut batch);
            let is_first = probe.known.is_none();
            probe.count(&self.network, &batch.x);
            if probe.counted == examples.len() {
                probe.finish();
            }
            if !is_first {
                break;
            }
        }
        probe.moved = version;
        self.probe = Some(probe);
    }
}
