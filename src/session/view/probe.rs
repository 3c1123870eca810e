//! Counts for each neuron at how many of a few fixed examples it has no gradient, because it is inactive or saturated.
//!
//! One example goes forward at a time, so that it costs little during training. The reported shares are those of the
//! last complete round through all examples.

use crate::layer::LOOK;
use crate::network::{Network, Pass};
use crate::render::cells::Flat;

pub struct Probe {
    pass: Pass,
    slopes: Vec<f32>,
    counts: Vec<Vec<Flat>>,
    /// Examples counted in this round.
    pub counted: usize,
    /// The viewer's version when the round began, when an example was last counted, and when the last complete round
    /// began.
    pub began: u64,
    pub moved: u64,
    pub known: Option<u64>,
    shares: Vec<Vec<f32>>,
}

impl Probe {
    pub fn new(network: &Network) -> Self {
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

    /// For every value of every block the share of examples without a gradient; see [`Flat::share`].
    pub fn shares(&self) -> &[Vec<f32>] {
        &self.shares
    }

    pub fn count(&mut self, network: &Network, x: &[f32]) {
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

    pub fn finish(&mut self) {
        let examples = std::mem::take(&mut self.counted);
        let shares = |counts: &Vec<Flat>| counts.iter().map(|count| count.share(examples)).collect();
        self.shares = self.counts.iter().map(shares).collect();
        self.counts.iter_mut().for_each(|counts| counts.fill(Flat::default()));
        self.known = Some(self.began);
    }
}
