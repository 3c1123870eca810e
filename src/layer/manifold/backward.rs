//! The backward pass of a manifold at given edges, through the steps from the last to the first.
//!
//! Within a step it goes through the rows from the last to the first; when it comes to a neuron, all that read it are
//! done. u and h of the sources are computed again, for they would be most of the memory of a long sequence.

use super::Manifold;
use super::edges::Edges;
use super::manifold::NeuronKind;
use super::neuron::{NeuronOps, PlainNeuron};
use super::parameters::ParameterRanges;
use super::pass::{LEAK, SourceWeights, read};
use super::steps::Carried;
use crate::kernels::sparse::{Group, WIDTH, multiply_all, scatter, sum};

impl Manifold {
    /// Adds to `dx` and `dtheta`. `memory` is that of forward, `scratch` is working memory.
    pub(super) fn backward_values(
        &self,
        theta: &[f32],
        edges: &Edges,
        dz: &[f32],
        mut dx: Option<&mut [f32]>,
        mut dtheta: Option<&mut [f32]>,
        (memory, scratch): (&mut [f32], &mut Vec<f32>),
    ) {
        let (len, rows) = (self.input.len(), self.cells().rows());
        let mut dstrengths = vec![0.0; edges.listed()];
        let groups = dz.chunks(WIDTH * rows).zip(memory.chunks_exact_mut(self.memory_len()));
        for (number, (dz, memory)) in groups.enumerate() {
            let first = number * WIDTH * len;
            let dx = dx.as_deref_mut().map(|dx| &mut dx[first..first + dz.len() / rows * len]);
            let grads = GroupGrads { dx, dtheta: dtheta.as_deref_mut(), dstrengths: &mut dstrengths };
            match self.neuron {
                NeuronKind::Plain => self.backward_group(&PlainNeuron, theta, edges, dz, grads, (memory, scratch)),
                NeuronKind::Gated => {
                    self.backward_group(&self.gated_neuron(theta), theta, edges, dz, grads, (memory, scratch));
                }
            }
        }
        if let Some(dtheta) = dtheta {
            self.backward_edges(theta, edges, &dstrengths, dtheta);
        }
    }

    fn backward_group<const GATES: usize>(
        &self,
        neuron: &impl NeuronOps<GATES>,
        theta: &[f32],
        edges: &Edges,
        dz: &[f32],
        grads: GroupGrads,
        (memory, scratch): (&mut [f32], &mut Vec<f32>),
    ) {
        let (cells, ranges) = (self.cells(), self.ranges());
        let (inputs, sources, rows) = (cells.inputs, cells.all_sources(), cells.rows());
        let GroupGrads { mut dx, mut dtheta, dstrengths } = grads;
        let weights = self.source_weights(theta);
        let carved = 2 * (1 + GATES) * sources + cells.feedback + 2 * self.states();
        scratch.resize(scratch.len().max(carved * WIDTH), 0.0);
        let (u, rest) = scratch[..carved * WIDTH].as_chunks_mut::<WIDTH>().0.split_at_mut(sources);
        let (h, rest) = rest.split_at_mut(GATES * sources);
        let (du, rest) = rest.split_at_mut(sources);
        let (dh, rest) = rest.split_at_mut(GATES * sources);
        rest.fill([0.0; WIDTH]);
        let (dfeedback, rest) = rest.split_at_mut(cells.feedback);
        let (dy, dstate) = rest.split_at_mut(self.states());
        let mut carried = Carried { dfeedback, dy, dstate };
        let (u, du) = (u.as_chunks_mut::<1>().0, du.as_chunks_mut::<1>().0);
        let (h, dh) = (h.as_chunks_mut::<GATES>().0, dh.as_chunks_mut::<GATES>().0);
        let (count, step_inputs) = (dz.len() / rows, self.step_inputs());
        for step in (0..self.steps()).rev() {
            let (before, mut now) = self.at_step::<GATES>(memory, step);
            for source in (0..sources).filter(|&source| edges.is_read[source]) {
                weights.pass_on(source, &now.y[source], &mut u[source], &mut h[source]);
                (du[source], dh[source]) = ([[0.0; WIDTH]], [[0.0; WIDTH]; GATES]);
            }
            let is_last = step + 1 == self.steps();
            for row in (0..self.rows_at(step)).rev() {
                let listed = edges.row(row);
                let dstrengths = &mut dstrengths[listed.first..listed.first + listed.sources.len()];
                let mut given = [0.0; WIDTH];
                if is_last {
                    (0..count).for_each(|k| given[k] = dz[k * rows + row]);
                }
                if cells.is_output(row) {
                    let output = row - cells.hidden;
                    if self.squared {
                        given.iter_mut().zip(&now.z[output]).for_each(|(dz, z)| *dz *= 2.0 * z);
                    }
                    if let Some(later) = carried.dfeedback.get(output) {
                        given.iter_mut().zip(later).for_each(|(dz, later)| *dz += later);
                    }
                    scatter(listed.sources, listed.strengths, &[given], u, du, dstrengths);
                    now.dz[output] = given;
                } else {
                    let source = inputs + row;
                    if edges.is_read[source] {
                        let given_back = SourceGrads { du: &du[source], dh: &dh[source], h: &h[source] };
                        let dy = given_back.take(&weights, source, &now.y[source], &ranges, dtheta.as_deref_mut());
                        given.iter_mut().zip(&dy).for_each(|(given, dy)| *given += dy);
                    }
                    neuron.backward(row, given, &mut now, before.as_ref(), &mut carried, dtheta.as_deref_mut());
                    scatter(listed.sources, listed.strengths, &now.dsums[row], h, dh, dstrengths);
                }
            }
            for source in (0..inputs).filter(|&source| edges.is_read[source]) {
                let given_back = SourceGrads { du: &du[source], dh: &dh[source], h: &h[source] };
                let y = &now.y[source];
                let dy = given_back.take(&weights, source, y, &ranges, dtheta.as_deref_mut());
                if let Some(row) = cells.fed_from(source) {
                    carried.dfeedback[row - cells.hidden] = std::array::from_fn(|k| dy[k] * (1.0 - y[k] * y[k]));
                } else if let Some(dx) = &mut dx {
                    let at = step * step_inputs + source;
                    (0..count).for_each(|k| dx[k * self.input.len() + at] += dy[k]);
                }
            }
        }
    }

    /// Computes the gradient with respect to the strength of every cell, edge or not, from the memory that forward and
    /// backward left.
    pub fn cell_gradient(&self, theta: &[f32], x: &[f32], memory: &mut [f32], gradient: &mut Vec<f32>) {
        gradient.clear();
        gradient.resize(self.cells().count(), 0.0);
        for (x, memory) in x.chunks(WIDTH * self.input.len()).zip(memory.chunks_exact_mut(self.memory_len())) {
            match self.neuron {
                NeuronKind::Plain => self.add_cell_gradient::<1>(theta, x, memory, gradient),
                NeuronKind::Gated => {
                    self.add_cell_gradient::<{ crate::kernels::gated::GATES }>(theta, x, memory, gradient);
                }
            }
        }
    }

    fn add_cell_gradient<const GATES: usize>(
        &self,
        theta: &[f32],
        x: &[f32],
        memory: &mut [f32],
        gradient: &mut [f32],
    ) {
        let cells = self.cells();
        let weights = self.source_weights(theta);
        let mut u = vec![[[0.0; WIDTH]]; cells.all_sources()];
        let mut h = vec![[[0.0; WIDTH]; GATES]; cells.all_sources()];
        for step in 0..self.steps() {
            let (_, now) = self.at_step::<GATES>(memory, step);
            for source in 0..cells.all_sources() {
                // Inputs that nothing reads were not kept.
                if source < cells.inputs && cells.fed_from(source).is_none() {
                    read(&mut now.y[source], x, self.input.len(), step * self.step_inputs() + source);
                }
                weights.pass_on(source, &now.y[source], &mut u[source], &mut h[source]);
            }
            for row in 0..self.rows_at(step) {
                let (read, of_row) = (cells.sources(row), cells.of_row(row));
                if cells.is_output(row) {
                    multiply_all(&[now.dz[row - cells.hidden]], &u[..read], &mut gradient[of_row]);
                } else {
                    multiply_all(&now.dsums[row], &h[..read], &mut gradient[of_row]);
                }
            }
        }
    }
}

/// Where the backward pass of a group adds its results.
struct GroupGrads<'a> {
    dx: Option<&'a mut [f32]>,
    dtheta: Option<&'a mut [f32]>,
    dstrengths: &'a mut [f32],
}

/// What all readers of a source gave back in a step, and h of the source.
struct SourceGrads<'a, const GATES: usize> {
    du: &'a [Group; 1],
    dh: &'a [Group; GATES],
    h: &'a [Group; GATES],
}

impl<const GATES: usize> SourceGrads<'_, GATES> {
    /// Adds the gradient of w and b of the source, and returns dL/dy.
    fn take(
        &self,
        weights: &SourceWeights,
        source: usize,
        y: &Group,
        ranges: &ParameterRanges,
        mut dtheta: Option<&mut [f32]>,
    ) -> Group {
        let mut dy = [0.0; WIDTH];
        for gate in 0..GATES {
            let at = gate * weights.sources + source;
            let (dh, h) = (&self.dh[gate], &self.h[gate]);
            let (mut of_u, mut of_weight) = ([0.0; WIDTH], [0.0; WIDTH]);
            for k in 0..WIDTH {
                let from_outputs = if gate == 0 { self.du[0][k] } else { 0.0 };
                of_u[k] = from_outputs + if 0.0 < h[k] { dh[k] } else { LEAK * dh[k] };
                of_weight[k] = of_u[k] * y[k];
                dy[k] += weights.weight[at] * of_u[k];
            }
            if let Some(dtheta) = &mut dtheta {
                dtheta[ranges.weight.start + at] += sum(&of_weight);
                dtheta[ranges.bias.start + at] += sum(&of_u);
            }
        }
        dy
    }
}
