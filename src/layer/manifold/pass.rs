//! The forward and backward pass of a manifold at given edges, for a group of examples at a time.
//!
//! Memory of a group, each number a vector over its examples: y, u and h of every source, z of every output, and dL/dy
//! of every row once backward is done.
//! Backward goes through the rows from the last to the first; when it comes to a neuron, all that read it are done.

use super::Manifold;
use super::edges::Edges;
use crate::kernels::sparse::{Group, WIDTH, gather, multiply_all, scatter, sum};

/// Slope of the leaky ReLU below 0.
const LEAK: f32 = 0.2;

#[inline(always)]
fn leaky(u: f32) -> f32 {
    if 0.0 < u { u } else { LEAK * u }
}

/// The parts of a group's memory.
struct GroupMemory<'a> {
    y: &'a mut [Group],
    u: &'a mut [Group],
    h: &'a mut [Group],
    z: &'a mut [Group],
    dy: &'a mut [Group],
}

impl GroupMemory<'_> {
    /// Computes u and h of a source from its y.
    fn pass_on(&mut self, source: usize, weight: f32, bias: f32) {
        let (y, u, h) = (&self.y[source], &mut self.u[source], &mut self.h[source]);
        for k in 0..WIDTH {
            u[k] = weight * y[k] + bias;
            h[k] = leaky(u[k]);
        }
    }
}

impl Manifold {
    /// Vectors in the memory of a group.
    fn group_len(&self) -> usize {
        3 * self.cells().all_sources() + self.outputs + self.cells().rows()
    }

    fn parts<'a>(&self, memory: &'a mut [f32]) -> GroupMemory<'a> {
        let sources = self.cells().all_sources();
        let (y, rest) = memory.as_chunks_mut::<WIDTH>().0.split_at_mut(sources);
        let (u, rest) = rest.split_at_mut(sources);
        let (h, rest) = rest.split_at_mut(sources);
        let (z, dy) = rest.split_at_mut(self.outputs);
        GroupMemory { y, u, h, z, dy }
    }

    pub(super) fn forward_edges(&self, theta: &[f32], edges: &Edges, x: &[f32], z: &mut [f32], memory: &mut Vec<f32>) {
        let (cells, ranges) = (self.cells(), self.ranges());
        let (weight, bias) = (&theta[ranges.weight], &theta[ranges.bias]);
        let (inputs, rows) = (cells.inputs, cells.rows());
        let group_len = self.group_len() * WIDTH;
        let groups = (x.len() / inputs).div_ceil(WIDTH);
        memory.resize(memory.len().max(groups * group_len), 0.0);
        let examples = x.chunks(WIDTH * inputs).zip(z.chunks_mut(WIDTH * rows));
        for ((x, z), memory) in examples.zip(memory.chunks_exact_mut(group_len)) {
            let mut parts = self.parts(memory);
            let count = x.len() / inputs;
            for source in (0..inputs).filter(|&source| edges.is_read[source]) {
                let y = &mut parts.y[source];
                (0..count).for_each(|k| y[k] = x[k * inputs + source]);
                y[count..].fill(0.0);
                parts.pass_on(source, weight[source], bias[source]);
            }
            for row in 0..rows {
                let listed = edges.row(row);
                let is_output = cells.is_output(row);
                let from = if is_output { &*parts.u } else { &*parts.h };
                let y = gather(listed.sources, listed.strengths, from);
                let mut shown = y;
                if is_output {
                    parts.z[row - cells.hidden] = y;
                    if self.squared {
                        shown.iter_mut().for_each(|z| *z *= *z);
                    }
                } else {
                    let source = inputs + row;
                    parts.y[source] = y;
                    if edges.is_read[source] {
                        parts.pass_on(source, weight[source], bias[source]);
                    }
                }
                (0..count).for_each(|k| z[k * rows + row] = shown[k]);
            }
        }
    }

    /// Adds to `dx` and `dtheta`. `memory` is that of forward, with working memory beside it.
    pub(super) fn backward_values(
        &self,
        theta: &[f32],
        edges: &Edges,
        dz: &[f32],
        mut dx: Option<&mut [f32]>,
        mut dtheta: Option<&mut [f32]>,
        (memory, scratch): (&mut [f32], &mut Vec<f32>),
    ) {
        let (cells, ranges) = (self.cells(), self.ranges());
        let weight = &theta[ranges.weight.clone()];
        let (inputs, sources, rows) = (cells.inputs, cells.all_sources(), cells.rows());
        let group_len = self.group_len() * WIDTH;
        let listed = edges.listed();
        let carved = 2 * sources * WIDTH;
        scratch.resize(scratch.len().max(carved + listed), 0.0);
        let (groups, dstrengths) = scratch.split_at_mut(carved);
        let dstrengths = &mut dstrengths[..listed];
        dstrengths.fill(0.0);
        for ((number, dz), memory) in dz.chunks(WIDTH * rows).enumerate().zip(memory.chunks_exact_mut(group_len)) {
            let parts = self.parts(memory);
            let count = dz.len() / rows;
            let (du, dh) = groups.as_chunks_mut::<WIDTH>().0.split_at_mut(sources);
            for source in (0..sources).filter(|&source| edges.is_read[source]) {
                (du[source], dh[source]) = ([0.0; WIDTH], [0.0; WIDTH]);
            }
            // What all readers give to u of a source, and from it dL/dy of the source.
            let mut take = |source: usize, du: &Group, dh: &Group| {
                let (y, u) = (&parts.y[source], &parts.u[source]);
                let (mut of_u, mut of_weight, mut dy) = ([0.0; WIDTH], [0.0; WIDTH], [0.0; WIDTH]);
                for k in 0..WIDTH {
                    of_u[k] = du[k] + if 0.0 < u[k] { dh[k] } else { LEAK * dh[k] };
                    of_weight[k] = of_u[k] * y[k];
                    dy[k] = weight[source] * of_u[k];
                }
                if let Some(dtheta) = &mut dtheta {
                    dtheta[ranges.weight.start + source] += sum(&of_weight);
                    dtheta[ranges.bias.start + source] += sum(&of_u);
                }
                dy
            };
            for row in (0..rows).rev() {
                let listed = edges.row(row);
                let dstrengths = &mut dstrengths[listed.first..listed.first + listed.sources.len()];
                let mut dy = [0.0; WIDTH];
                (0..count).for_each(|k| dy[k] = dz[k * rows + row]);
                if cells.is_output(row) {
                    if self.squared {
                        dy.iter_mut().zip(&parts.z[row - cells.hidden]).for_each(|(dy, z)| *dy *= 2.0 * z);
                    }
                    scatter(listed.sources, listed.strengths, &dy, parts.u, du, dstrengths);
                } else {
                    let source = inputs + row;
                    if edges.is_read[source] {
                        let from_readers = take(source, &du[source], &dh[source]);
                        dy.iter_mut().zip(&from_readers).for_each(|(dy, more)| *dy += more);
                    }
                    scatter(listed.sources, listed.strengths, &dy, parts.h, dh, dstrengths);
                }
                parts.dy[row] = dy;
            }
            for source in (0..inputs).filter(|&source| edges.is_read[source]) {
                let dy = take(source, &du[source], &dh[source]);
                if let Some(dx) = &mut dx {
                    let first = number * WIDTH;
                    (0..count).for_each(|k| dx[(first + k) * inputs + source] += dy[k]);
                }
            }
        }
        if let Some(dtheta) = dtheta {
            self.backward_edges(theta, edges, dstrengths, dtheta);
        }
    }

    /// Computes the gradient with respect to the strength of every cell, edge or not, from the memory that forward and
    /// backward left.
    pub fn cell_gradient(&self, theta: &[f32], x: &[f32], memory: &[f32], gradient: &mut Vec<f32>) {
        let (cells, ranges) = (self.cells(), self.ranges());
        let (weight, bias) = (&theta[ranges.weight], &theta[ranges.bias]);
        let (inputs, sources) = (cells.inputs, cells.all_sources());
        gradient.clear();
        gradient.resize(cells.count(), 0.0);
        let mut given = vec![[0.0; WIDTH]; 2 * sources];
        for (x, memory) in x.chunks(WIDTH * inputs).zip(memory.chunks_exact(self.group_len() * WIDTH)) {
            let memory = memory.as_chunks::<WIDTH>().0;
            let (u, h) = given.split_at_mut(sources);
            for source in 0..sources {
                // Values of sources that nothing reads were not kept.
                for k in 0..x.len() / inputs {
                    let y = if source < inputs { x[k * inputs + source] } else { memory[source][k] };
                    u[source][k] = weight[source] * y + bias[source];
                    h[source][k] = leaky(u[source][k]);
                }
            }
            let dy = &memory[3 * sources + self.outputs..];
            for row in 0..cells.rows() {
                let from = if cells.is_output(row) { &*u } else { &*h };
                multiply_all(&dy[row], &from[..cells.sources(row)], &mut gradient[cells.of_row(row)]);
            }
        }
    }
}
