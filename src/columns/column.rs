//! One column: the neurons that answer for one class, each with the same number of slots for connections.
//!
//! Shapes: receptors, weights and pinned `[slots, neurons]`, so that loops run over neighbouring neurons; silenced
//! `[neurons]`. A slot of weight 0 is free.

use std::iter::StepBy;
use std::ops::Range;

/// A column; [`super::Columns`] keeps its receptors and weights within their ranges.
#[derive(Clone, Debug, PartialEq)]
pub struct Column {
    /// The receptor that each slot reads; without meaning where the slot is free.
    pub(super) receptors: Vec<u32>,
    pub(super) weights: Vec<i32>,
    /// Slots that neither learn, decay, grow nor are removed.
    pub(super) pinned: Vec<bool>,
    /// Neurons whose spikes do not count. They go on learning.
    pub(super) silenced: Vec<bool>,
}

/// One slot of a neuron.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ColumnSlot {
    pub receptor: u32,
    /// 0: free.
    pub weight: i32,
    pub pinned: bool,
}

impl Column {
    /// A column without connections.
    pub(super) fn empty(neurons: usize, slots: usize) -> Self {
        let len = neurons * slots;
        Self {
            receptors: vec![0; len],
            weights: vec![0; len],
            pinned: vec![false; len],
            silenced: vec![false; neurons],
        }
    }

    pub fn receptors(&self) -> &[u32] {
        &self.receptors
    }

    pub fn weights(&self) -> &[i32] {
        &self.weights
    }

    pub fn pinned(&self) -> &[bool] {
        &self.pinned
    }

    pub fn silenced(&self) -> &[bool] {
        &self.silenced
    }

    /// Number of slots with a connection.
    pub fn occupied(&self) -> usize {
        self.weights.iter().filter(|&&weight| weight != 0).count()
    }

    /// Number of neurons.
    pub fn neurons(&self) -> usize {
        self.silenced.len()
    }

    /// Where the slots of a neuron are in the shapes above.
    pub fn slots_of(&self, neuron: usize) -> StepBy<Range<usize>> {
        (neuron..self.weights.len()).step_by(self.neurons())
    }

    /// The receptive field of a neuron: all its slots.
    pub fn neuron(&self, neuron: usize) -> impl Iterator<Item = ColumnSlot> {
        self.slots_of(neuron).map(|slot| ColumnSlot {
            receptor: self.receptors[slot],
            weight: self.weights[slot],
            pinned: self.pinned[slot],
        })
    }
}
