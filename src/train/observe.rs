//! What is observed of a step while it is taken: the values of the layers for a shard, the gradient of a piece of the
//! parameters, and how far they moved. Numbers are counted where they are in the cache anyway.

use crate::activation::Activation;
use crate::kernels::elementwise;
use crate::metrics::Histogram;
use crate::network::{Network, Pass};
use crate::par;

/// Slope below which a unit passes no gradient.
const FLAT: f32 = 0.02;
/// Marks of a unit: it passes a gradient at some example; it is far from 0 at some example.
const PASSES: u8 = 1;
const FAR: u8 = 2;

/// Parameters of a block that are counted at least, if it has more.
const ENOUGH: usize = 1 << 17;

/// One in how many parts of a block's parameters is counted: all of them unless it has many, whose counting would take
/// longer than the step.
pub(super) fn one_in(parameters: usize) -> usize {
    (parameters / ENOUGH).max(1)
}

/// The outputs of one layer for the examples of a shard, or of several.
pub(super) struct ObservedValues {
    pub values: Histogram,
    /// Marks of each unit; empty without an activation.
    units: Vec<u8>,
}

impl ObservedValues {
    /// The outputs of every block in a pass; without values for blocks that the pass does not keep.
    pub fn of(network: &Network, pass: &Pass) -> Vec<Self> {
        let blocks: Vec<usize> = (0..network.blocks().len()).collect();
        par::map(&blocks, |&block| {
            if !pass.keeps(block) {
                return Self { values: Histogram::default(), units: Vec::new() };
            }
            let (values, activation) = (pass.values(block), network.blocks()[block].activation);
            let mut units = Vec::new();
            if activation != Activation::Linear {
                let len = network.shape(block).len();
                units.resize(len, 0);
                let mut slopes = vec![0.0f32; len];
                for (y, kept) in values.chunks_exact(len).zip(pass.kept(block).chunks_exact(len)) {
                    slopes.fill(1.0);
                    activation.backward(kept, &mut slopes);
                    for ((marks, y), slope) in units.iter_mut().zip(y).zip(&slopes) {
                        *marks |= (u8::from(FLAT <= slope.abs()) * PASSES) | (u8::from(0.5 < y.abs()) * FAR);
                    }
                }
            }
            Self { values: Histogram::of(values), units }
        })
    }

    pub fn merge(&mut self, other: &Self) {
        self.values.merge(&other.values);
        self.units.iter_mut().zip(&other.units).for_each(|(marks, more)| *marks |= more);
    }

    /// The share of the units that are off and pass no gradient at any example; `None` without an activation.
    pub fn dead(&self) -> Option<f32> {
        self.share(0)
    }

    /// The share of those that are at an end of the activation instead.
    pub fn saturated(&self) -> Option<f32> {
        self.share(FAR)
    }

    /// The share of the units with exactly these marks.
    fn share(&self, marks: u8) -> Option<f32> {
        let found = self.units.iter().filter(|&&found| found == marks).count();
        (!self.units.is_empty()).then(|| found as f32 / self.units.len() as f32)
    }
}

/// The gradient of some parameters, and the step that they took.
#[derive(Default)]
pub(super) struct ObservedStep {
    pub gradients: Histogram,
    /// Sums of the squares of the parameters before the step, and of their step.
    before: f64,
    step: f64,
    kept: Vec<f32>,
}

impl ObservedStep {
    /// Before the parameters move.
    pub fn before(&mut self, theta: &[f32], grad: &[f32]) {
        self.gradients.add(grad);
        self.kept.clear();
        self.kept.extend_from_slice(theta);
        self.before += elementwise::squares(theta);
    }

    /// After the same parameters have moved.
    pub fn after(&mut self, theta: &[f32]) {
        self.step += elementwise::sum_of_two(theta, &self.kept, |now, before| (now - before) * (now - before));
    }

    pub fn merge(&mut self, other: &Self) {
        self.gradients.merge(&other.gradients);
        self.before += other.before;
        self.step += other.step;
    }

    /// RMS of the step by that of the parameters; `None` if all were 0.
    pub fn ratio(&self) -> Option<f32> {
        (0.0 < self.before).then(|| (self.step / self.before).sqrt() as f32)
    }
}
