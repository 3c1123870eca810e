//! The steps of a manifold over a sequence, and what a group of examples keeps of each for backward.

use super::manifold::{Manifold, NeuronKind, SequenceOf};
use crate::kernels::gated;
use crate::kernels::sparse::{Group, WIDTH};

/// What one step of a group keeps, each number a vector over its examples.
pub(super) struct StepMemory<'a, const GATES: usize> {
    /// y of every source.
    pub y: &'a mut [Group],
    /// z of every output, before it is squared.
    pub z: &'a mut [Group],
    /// dL/dz, once backward is done.
    pub dz: &'a mut [Group],
    /// The gradient of the sums of every hidden neuron, once backward is done.
    pub dsums: &'a mut [[Group; GATES]],
    /// The gates and c of every gated neuron.
    pub gates: &'a mut [[Group; GATES]],
    pub state: &'a mut [Group],
}

/// Gradients that a step hands to the step before.
pub(super) struct Carried<'a> {
    /// With respect to the outputs that are fed back.
    pub dfeedback: &'a mut [Group],
    /// With respect to y and c of every gated neuron.
    pub dy: &'a mut [Group],
    pub dstate: &'a mut [Group],
}

impl Manifold {
    /// Number of steps for an example.
    pub fn steps(&self) -> usize {
        match self.sequence {
            SequenceOf::None => 1,
            SequenceOf::Rows => self.input.height,
        }
    }

    /// Values of the example that a step reads.
    pub fn step_inputs(&self) -> usize {
        self.input.len() / self.steps()
    }

    /// Sums of a hidden neuron.
    pub(super) fn gates(&self) -> usize {
        match self.neuron {
            NeuronKind::Plain => 1,
            NeuronKind::Gated => gated::GATES,
        }
    }

    /// Neurons with a state of their own.
    pub(super) fn states(&self) -> usize {
        match self.neuron {
            NeuronKind::Plain => 0,
            NeuronKind::Gated => self.hidden,
        }
    }

    /// Rows that a step computes: outputs that are not fed back count in the last step alone.
    pub(super) fn rows_at(&self, step: usize) -> usize {
        let cells = self.cells();
        if step + 1 == self.steps() { cells.rows() } else { cells.hidden + cells.feedback }
    }

    /// Numbers in the memory of a step.
    fn step_len(&self) -> usize {
        let cells = self.cells();
        WIDTH
            * (cells.all_sources() + 2 * cells.outputs + self.gates() * (cells.hidden + self.states()) + self.states())
    }

    /// Numbers in the memory of a group.
    pub(super) fn memory_len(&self) -> usize {
        self.steps() * self.step_len()
    }

    /// The memory of a step, and that of the step before it.
    pub(super) fn at_step<'a, const GATES: usize>(
        &self,
        group: &'a mut [f32],
        step: usize,
    ) -> (Option<StepMemory<'a, GATES>>, StepMemory<'a, GATES>) {
        let len = self.step_len();
        let (before, from) = group.split_at_mut(step * len);
        let before = step.checked_sub(1).map(|earlier| self.parts(&mut before[earlier * len..]));
        (before, self.parts(&mut from[..len]))
    }

    fn parts<'a, const GATES: usize>(&self, memory: &'a mut [f32]) -> StepMemory<'a, GATES> {
        let cells = self.cells();
        let (y, rest) = memory.as_chunks_mut::<WIDTH>().0.split_at_mut(cells.all_sources());
        let (z, rest) = rest.split_at_mut(cells.outputs);
        let (dz, rest) = rest.split_at_mut(cells.outputs);
        let (dsums, rest) = rest.split_at_mut(GATES * cells.hidden);
        let (gates, state) = rest.split_at_mut(GATES * self.states());
        StepMemory { y, z, dz, dsums: dsums.as_chunks_mut().0, gates: gates.as_chunks_mut().0, state }
    }
}
