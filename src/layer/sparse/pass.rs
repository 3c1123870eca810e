//! The forward and backward pass of a sparse layer.
//!
//! Threads share outputs and inputs, not examples, so there is one gradient however many they are: z and dw are computed
//! output by output, dx input by input from the list of its readers. Numbers are in groups of 32 examples,
//! `[groups, values]`.

use super::{Sparse, SparseSizes};
use crate::kernels::sparse::{Group, WIDTH, add_products, gather_row, sum};
use crate::layer::{Call, Grads, Memo};

/// Connections that are worth handing to another thread.
const PART: usize = 16 * 1024;
/// Inputs whose examples stay in the first-level cache.
const BAND: usize = 32;

fn groups_in(numbers: &mut [f32]) -> &mut [Group] {
    numbers.as_chunks_mut::<WIDTH>().0
}

/// Examples `[examples, values]` as groups; places beyond the last example become 0.
fn to_groups(x: &[f32], values: usize, groups: &mut [Group], call: &Call) {
    let mut work: Vec<_> = x.chunks(WIDTH * values).zip(groups.chunks_exact_mut(values)).collect();
    call.each(&mut work, |(x, groups)| {
        let count = x.len() / values;
        for (value, group) in groups.iter_mut().enumerate() {
            for k in 0..count {
                group[k] = x[k * values + value];
            }
            group[count..].fill(0.0);
        }
    });
}

/// Gives `take` each number of the examples `[examples, values]` with that of `by_value`, `[values, groups]`.
fn from_values(by_value: &[Group], values: usize, x: &mut [f32], call: &Call, take: impl Fn(&mut f32, f32) + Sync) {
    let groups = by_value.len() / values;
    let mut work: Vec<_> = x.chunks_mut(WIDTH * values).enumerate().collect();
    call.each(&mut work, |(number, x)| {
        for (value, group) in by_value.iter().skip(*number).step_by(groups).enumerate() {
            let column = x[value..].iter_mut().step_by(values);
            column.zip(group).for_each(|(x, &new)| take(x, new));
        }
    });
}

impl Sparse {
    /// Computes z. x stays in the memo in groups, for backward.
    pub(super) fn forward_groups(&self, theta: &[f32], x: &[f32], z: &mut [f32], memo: &mut Memo, call: &Call) {
        let SparseSizes { input, output, reads, .. } = self.sizes();
        let (inputs, outputs) = (input.len(), output.len());
        let (w, b) = theta.split_at(self.weight_len());
        let groups = call.examples.div_ceil(WIDTH);
        memo.values.resize(groups * inputs * WIDTH, 0.0);
        memo.scratch.resize(memo.scratch.len().max(groups * outputs * WIDTH), 0.0);
        let x_groups = groups_in(&mut memo.values);
        to_groups(x, inputs, x_groups, call);
        let x_groups = &*x_groups;
        let z_values = groups_in(&mut memo.scratch[..groups * outputs * WIDTH]);
        let rows = (PART / reads).max(1);
        let mut work: Vec<_> = z_values.chunks_mut(rows * groups).enumerate().collect();
        call.each(&mut work, |(part, z)| {
            let first = *part * rows;
            // Neighbours read much of the same, so a group goes through all of them.
            for (group, x) in x_groups.chunks_exact(inputs).enumerate() {
                for (place, z) in z.iter_mut().skip(group).step_by(groups).enumerate() {
                    let output = first + place;
                    let sums = gather_row(self.row(output), &w[output * reads..][..reads], x);
                    *z = sums.map(|sum| b[output] + sum);
                }
            }
        });
        from_values(z_values, outputs, z, call, |z, new| *z = new);
    }

    /// Adds to `dx` and `dtheta`.
    pub(super) fn backward_groups(&self, theta: &[f32], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call) {
        // Forward was: z = b + sum of w x.
        let SparseSizes { input, output, reads, .. } = self.sizes();
        let (inputs, outputs) = (input.len(), output.len());
        let w = &theta[..self.weight_len()];
        let groups = call.examples.div_ceil(WIDTH);
        let (dz_len, dx_len) = (groups * outputs * WIDTH, groups * inputs * WIDTH);
        memo.scratch.resize(memo.scratch.len().max(dz_len + dx_len), 0.0);
        let (dz_groups, dx_values) = memo.scratch[..dz_len + dx_len].split_at_mut(dz_len);
        let (dz_groups, dx_values) = (groups_in(dz_groups), groups_in(dx_values));
        let x_groups = &*groups_in(&mut memo.values);
        to_groups(dz, outputs, dz_groups, call);
        let dz_groups = &*dz_groups;
        if let Some(dtheta) = grads.dtheta {
            let (dw, db) = dtheta.split_at_mut(w.len());
            let rows = (PART / reads).max(1);
            let mut work: Vec<_> = dw.chunks_mut(rows * reads).zip(db.chunks_mut(rows)).enumerate().collect();
            // Neighbours read much of the same, so all of them go through a band of inputs before the next one.
            let band = if self.has_places() { BAND } else { inputs };
            call.each(&mut work, |(part, (dw, db))| {
                let first = *part * rows;
                let mut done = vec![0; db.len()];
                for end in (band..inputs + band).step_by(band) {
                    for (place, (dw, done)) in dw.chunks_exact_mut(reads).zip(&mut done).enumerate() {
                        let (output, begin) = (first + place, *done);
                        let left = &self.row(output)[begin..];
                        *done += left.partition_point(|&source| (source as usize) < end);
                        let (sources, dw) = (&left[..*done - begin], &mut dw[begin..*done]);
                        add_products(sources, (x_groups, inputs), (&dz_groups[output..], outputs), dw);
                    }
                }
                for (output, db) in (first..).zip(db.iter_mut()) {
                    dz_groups[output..].iter().step_by(outputs).for_each(|dz| *db += sum(dz));
                }
            });
        }
        if let Some(dx) = &mut grads.dx[0] {
            let readers = self.readers_of_inputs();
            let part_len = (PART * inputs / w.len()).max(1);
            let mut work: Vec<_> = dx_values.chunks_mut(part_len * groups).enumerate().collect();
            call.each(&mut work, |(part, dx)| {
                let first = *part * part_len;
                let weights = readers.weights(first..(first + part_len).min(inputs), w);
                for (group, dz) in dz_groups.chunks_exact(outputs).enumerate() {
                    for (place, dx) in dx.iter_mut().skip(group).step_by(groups).enumerate() {
                        *dx = readers.gather(first + place, first, &weights, dz);
                    }
                }
            });
            from_values(dx_values, inputs, dx, call, |dx, new| *dx += new);
        }
    }
}
