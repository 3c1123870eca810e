//! The forward pass of a manifold at given edges, for a group of examples at a time, step by step.

use super::Manifold;
use super::edges::Edges;
use super::manifold::NeuronKind;
use super::neuron::{GatedNeuron, NeuronOps, PlainNeuron};
use crate::kernels::elementwise;
use crate::kernels::maths::tanh;
use crate::kernels::sparse::{Group, WIDTH, gather};

/// Slope of the leaky ReLU below 0.
pub(super) const LEAK: f32 = 0.2;

/// w and b of the sources `[gates][sources]`.
#[derive(Clone, Copy)]
pub(super) struct SourceWeights<'a> {
    pub weight: &'a [f32],
    pub bias: &'a [f32],
    pub sources: usize,
}

impl SourceWeights<'_> {
    /// Computes what a source gives to outputs, u of the first gate, and to each gate of hidden neurons, h.
    pub fn pass_on<const GATES: usize>(&self, source: usize, y: &Group, [u]: &mut [Group; 1], h: &mut [Group; GATES]) {
        for (gate, h) in h.iter_mut().enumerate() {
            let at = gate * self.sources + source;
            let (weight, bias) = (self.weight[at], self.bias[at]);
            for k in 0..WIDTH {
                let value = weight * y[k] + bias;
                if gate == 0 {
                    u[k] = value;
                }
                h[k] = if 0.0 < value { value } else { LEAK * value };
            }
        }
    }
}

/// Reads one value of each example of a group; examples that are not there count as 0.
pub(super) fn read(y: &mut Group, x: &[f32], len: usize, at: usize) {
    let count = x.len() / len;
    (0..count).for_each(|k| y[k] = x[k * len + at]);
    y[count..].fill(0.0);
}

impl Manifold {
    pub(super) fn source_weights<'a>(&self, theta: &'a [f32]) -> SourceWeights<'a> {
        let ranges = self.ranges();
        let sources = self.cells().all_sources();
        SourceWeights { weight: &theta[ranges.weight], bias: &theta[ranges.bias], sources }
    }

    pub(super) fn gated_neuron<'a>(&self, theta: &'a [f32]) -> GatedNeuron<'a> {
        let ranges = self.ranges();
        GatedNeuron {
            starts: (ranges.recurrent.start, ranges.gate.start),
            recurrent: &theta[ranges.recurrent],
            gate: &theta[ranges.gate],
            inputs: self.cells().inputs,
            hidden: self.hidden,
        }
    }

    /// Computes z. `memory` is kept for backward, `scratch` is working memory.
    pub(super) fn forward_edges(
        &self,
        theta: &[f32],
        edges: &Edges,
        x: &[f32],
        z: &mut [f32],
        (memory, scratch): (&mut Vec<f32>, &mut Vec<f32>),
    ) {
        let (len, rows, memory_len) = (self.input.len(), self.cells().rows(), self.memory_len());
        let groups = (x.len() / len).div_ceil(WIDTH);
        memory.resize(memory.len().max(groups * memory_len), 0.0);
        let examples = x.chunks(WIDTH * len).zip(z.chunks_mut(WIDTH * rows));
        for ((x, z), memory) in examples.zip(memory.chunks_exact_mut(memory_len)) {
            match self.neuron {
                NeuronKind::Plain => self.forward_group(&PlainNeuron, theta, edges, x, z, (memory, scratch)),
                NeuronKind::Gated => {
                    self.forward_group(&self.gated_neuron(theta), theta, edges, x, z, (memory, scratch));
                }
            }
        }
    }

    fn forward_group<const GATES: usize>(
        &self,
        neuron: &impl NeuronOps<GATES>,
        theta: &[f32],
        edges: &Edges,
        x: &[f32],
        z: &mut [f32],
        (memory, scratch): (&mut [f32], &mut Vec<f32>),
    ) {
        let cells = self.cells();
        let (inputs, sources, rows) = (cells.inputs, cells.all_sources(), cells.rows());
        let weights = self.source_weights(theta);
        let carved = (1 + GATES) * sources * WIDTH;
        scratch.resize(scratch.len().max(carved), 0.0);
        let (u, h) = scratch[..carved].as_chunks_mut::<WIDTH>().0.split_at_mut(sources);
        let (u, h) = (u.as_chunks_mut::<1>().0, h.as_chunks_mut::<GATES>().0);
        let (count, step_inputs) = (x.len() / self.input.len(), self.step_inputs());
        for step in 0..self.steps() {
            let (before, mut now) = self.at_step::<GATES>(memory, step);
            let before = before.as_ref();
            for source in 0..inputs {
                let y = &mut now.y[source];
                match (cells.fed_from(source), before) {
                    (None, _) if edges.is_read[source] => read(y, x, self.input.len(), step * step_inputs + source),
                    (None, _) => {}
                    (Some(_), None) => y.fill(0.0),
                    (Some(row), Some(before)) => {
                        *y = before.z[row - cells.hidden];
                        elementwise::map(y, tanh);
                    }
                }
                if edges.is_read[source] {
                    weights.pass_on(source, &now.y[source], &mut u[source], &mut h[source]);
                }
            }
            let is_last = step + 1 == self.steps();
            for row in 0..self.rows_at(step) {
                let listed = edges.row(row);
                let shown = if cells.is_output(row) {
                    let [z] = gather(listed.sources, listed.strengths, u);
                    now.z[row - cells.hidden] = z;
                    if self.squared { z.map(|z| z * z) } else { z }
                } else {
                    let sums = gather(listed.sources, listed.strengths, h);
                    let y = neuron.forward(row, sums, &mut now, before);
                    let source = inputs + row;
                    now.y[source] = y;
                    if edges.is_read[source] {
                        weights.pass_on(source, &y, &mut u[source], &mut h[source]);
                    }
                    y
                };
                if is_last {
                    (0..count).for_each(|k| z[k * rows + row] = shown[k]);
                }
            }
        }
    }
}
