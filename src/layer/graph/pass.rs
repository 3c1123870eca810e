//! The forward and backward pass of a free graph, for a group of examples at a time.
//!
//! What inputs give to a neuron is the same in every step and computed once. Memory of a group, each number a vector over
//! its examples: x of every input, then v of every row after each step.

use super::FreeGraph;
use crate::kernels::elementwise;
use crate::kernels::maths::tanh;
use crate::kernels::sparse::{Group, WIDTH, gather, scatter, sum};

const NOTHING: [Group; 1] = [[0.0; WIDTH]];

fn vectors(numbers: &mut [f32]) -> &mut [[Group; 1]] {
    numbers.as_chunks_mut::<WIDTH>().0.as_chunks_mut::<1>().0
}

impl FreeGraph {
    /// Numbers in the memory of a group.
    fn memory_len(&self) -> usize {
        WIDTH * (self.input.len() + self.steps * self.rows())
    }

    /// The connections of a row from inputs, or those from other neurons: sources, and their range in w.
    fn part(&self, row: usize, is_within: bool) -> (&[u32], std::ops::Range<usize>) {
        let (sources, range, split) = (self.wiring.row(row), self.wiring.range(row), self.split(row));
        match is_within {
            false => (&sources[..split], range.start..range.start + split),
            true => (&sources[split..], range.start + split..range.end),
        }
    }

    /// Computes z. `memory` is kept for backward, `scratch` is working memory.
    pub(super) fn forward_steps(
        &self,
        theta: &[f32],
        x: &[f32],
        z: &mut [f32],
        (memory, scratch): (&mut Vec<f32>, &mut Vec<f32>),
    ) {
        let (inputs, rows, pool) = (self.input.len(), self.rows(), self.pool());
        let (w, b) = theta.split_at(self.wiring.len());
        let groups = (x.len() / inputs).div_ceil(WIDTH);
        memory.resize(memory.len().max(groups * self.memory_len()), 0.0);
        let carved = (pool + rows) * WIDTH;
        scratch.resize(scratch.len().max(carved), 0.0);
        let (v, base) = vectors(&mut scratch[..carved]).split_at_mut(pool);
        let examples = x.chunks(WIDTH * inputs).zip(z.chunks_mut(WIDTH * rows));
        for ((x, z), memory) in examples.zip(memory.chunks_exact_mut(self.memory_len())) {
            let count = x.len() / inputs;
            let (kept, values) = vectors(memory).split_at_mut(inputs);
            for (source, [kept]) in kept.iter_mut().enumerate() {
                (0..count).for_each(|k| kept[k] = x[k * inputs + source]);
                kept[count..].fill(0.0);
            }
            v[..inputs].copy_from_slice(kept);
            v[inputs..].fill(NOTHING);
            for row in 0..rows {
                let (sources, range) = self.part(row, false);
                let [sum] = gather(sources, &w[range], v);
                base[row] = [sum.map(|sum| sum + b[row])];
            }
            for (step, now) in values.chunks_exact_mut(rows).enumerate() {
                for (row, now) in now.iter_mut().enumerate() {
                    let (sources, range) = self.part(row, true);
                    let [mut s] = gather(sources, &w[range], v);
                    s.iter_mut().zip(&base[row][0]).for_each(|(s, base)| *s += base);
                    *now = [s];
                    elementwise::map(&mut now[0], tanh);
                    if step + 1 == self.steps {
                        let shown = if row < self.outputs { &s } else { &now[0] };
                        (0..count).for_each(|k| z[k * rows + row] = shown[k]);
                    }
                }
                v[inputs..].copy_from_slice(now);
            }
        }
    }

    /// Adds to `dx` and `dtheta`. `memory` is that of forward, `scratch` is working memory.
    pub(super) fn backward_steps(
        &self,
        theta: &[f32],
        dz: &[f32],
        mut dx: Option<&mut [f32]>,
        dtheta: Option<&mut [f32]>,
        (memory, scratch): (&mut [f32], &mut Vec<f32>),
    ) {
        let (inputs, rows, pool) = (self.input.len(), self.rows(), self.pool());
        let w = &theta[..self.wiring.len()];
        let mut unused = Vec::new();
        let (dw, db) = match dtheta {
            Some(dtheta) => dtheta,
            None => {
                unused.resize(theta.len(), 0.0);
                &mut unused
            }
        }
        .split_at_mut(w.len());
        let carved = 2 * (pool + rows) * WIDTH;
        scratch.resize(scratch.len().max(carved), 0.0);
        let (v, rest) = vectors(&mut scratch[..carved]).split_at_mut(pool);
        let (dv, rest) = rest.split_at_mut(pool);
        let (ds, dbase) = rest.split_at_mut(rows);
        let groups = dz.chunks(WIDTH * rows).zip(memory.chunks_exact_mut(self.memory_len()));
        for (number, (dz, memory)) in groups.enumerate() {
            let count = dz.len() / rows;
            let (kept, values) = vectors(memory).split_at_mut(inputs);
            v[..inputs].copy_from_slice(kept);
            dv.fill(NOTHING);
            dbase.fill(NOTHING);
            for step in (0..self.steps).rev() {
                let now = &values[step * rows..][..rows];
                for row in 0..rows {
                    let ([ds], [dbase]) = (&mut ds[row], &mut dbase[row]);
                    let is_last = step + 1 == self.steps;
                    *ds = dv[inputs + row][0];
                    if is_last {
                        (0..count).for_each(|k| ds[k] = dz[k * rows + row]);
                    }
                    // z of an output is s itself.
                    if !is_last || self.outputs <= row {
                        ds.iter_mut().zip(&now[row][0]).for_each(|(ds, v)| *ds *= 1.0 - v * v);
                    }
                    dbase.iter_mut().zip(&*ds).for_each(|(dbase, ds)| *dbase += ds);
                }
                let Some(earlier) = step.checked_sub(1) else { break };
                v[inputs..].copy_from_slice(&values[earlier * rows..][..rows]);
                dv[inputs..].fill(NOTHING);
                for row in 0..rows {
                    let (sources, range) = self.part(row, true);
                    scatter(sources, &w[range.clone()], &ds[row], v, dv, &mut dw[range]);
                }
            }
            for row in 0..rows {
                let (sources, range) = self.part(row, false);
                scatter(sources, &w[range.clone()], &dbase[row], v, dv, &mut dw[range]);
                db[row] += sum(&dbase[row][0]);
            }
            if let Some(dx) = &mut dx {
                let dx = &mut dx[number * WIDTH * inputs..];
                for (source, [dv]) in dv[..inputs].iter().enumerate() {
                    (0..count).for_each(|k| dx[k * inputs + source] += dv[k]);
                }
            }
        }
    }
}
