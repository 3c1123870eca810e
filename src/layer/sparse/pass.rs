//! The forward and backward pass of a sparse layer.
//!
//! Threads share outputs and inputs, not examples, so there is one gradient however many they are: z and dw are computed
//! output by output, dx input by input from the list of its readers. Numbers are in groups of 32 examples,
//! `[groups, values]`.

use super::{Sparse, SparseSizes};
use crate::kernels::source_lists::{AllGroups, ROWS, add_products, shared_products};
use crate::kernels::sparse::{Group, WIDTH, sum};
use crate::layer::{Call, Grads, Memo};

/// Inputs whose examples stay in the first-level cache, and in the second.
const NEAR_BAND: usize = 32;
const FAR_BAND: usize = 512;

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

/// Gives `take` each number of the examples `[examples, values]` with its value and that of `by_value`, `[values, groups]`.
fn from_values(
    by_value: &[Group],
    values: usize,
    x: &mut [f32],
    call: &Call,
    take: impl Fn(&mut f32, usize, f32) + Sync,
) {
    let groups = by_value.len() / values;
    let mut work: Vec<_> = x.chunks_mut(WIDTH * values).enumerate().collect();
    call.each(&mut work, |(number, x)| {
        for (value, group) in by_value.iter().skip(*number).step_by(groups).enumerate() {
            let column = x[value..].iter_mut().step_by(values);
            column.zip(group).for_each(|(x, &new)| take(x, value, new));
        }
    });
}

impl Sparse {
    /// Computes z. x stays in the memo in groups, for backward.
    pub(super) fn forward_groups(&self, theta: &[f32], x: &[f32], z: &mut [f32], memo: &mut Memo, call: &Call) {
        let SparseSizes { input, output, .. } = self.sizes();
        let (inputs, outputs) = (input.len(), output.len());
        let (w, b) = theta.split_at(self.weight_len());
        let groups = call.examples.div_ceil(WIDTH);
        memo.values.resize(groups * inputs * WIDTH, 0.0);
        memo.scratch.resize(memo.scratch.len().max(groups * outputs * WIDTH), 0.0);
        let x_groups = groups_in(&mut memo.values);
        to_groups(x, inputs, x_groups, call);
        let z_values = groups_in(&mut memo.scratch[..groups * outputs * WIDTH]);
        self.lists_of_outputs().gather_all(w, (x_groups, inputs), z_values, call);
        from_values(z_values, outputs, z, call, |z, output, sum| *z = b[output] + sum);
    }

    /// Adds to `dx` and `dtheta`.
    pub(super) fn backward_groups(&self, theta: &[f32], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call) {
        // Forward was: z = b + sum of w x.
        let SparseSizes { input, output, .. } = self.sizes();
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
            self.add_gradient((x_groups, inputs), (dz_groups, outputs), dtheta, call);
        }
        if let Some(dx) = &mut grads.dx[0] {
            self.lists_of_inputs().gather_all(w, (dz_groups, outputs), dx_values, call);
            from_values(dx_values, inputs, dx, call, |dx, _, new| *dx += new);
        }
    }

    /// Adds to dw and db.
    fn add_gradient(&self, x: AllGroups, (dz, outputs): AllGroups, dtheta: &mut [f32], call: &Call) {
        let (lists, reads) = (self.lists_of_outputs(), self.sizes().reads);
        let (dw, db) = dtheta.split_at_mut(self.weight_len());
        let part = lists.part();
        let mut work: Vec<_> = dw.chunks_mut(part * reads).zip(db.chunks_mut(part)).enumerate().collect();
        call.each(&mut work, |(number, (dw, db))| {
            let (first, rows) = (*number * part, db.len());
            for (output, db) in (first..).zip(db.iter_mut()) {
                dz[output..].iter().step_by(outputs).for_each(|dz| *db += sum(dz));
            }
            // Neighbours read much of the same, so all of them go through a band of inputs before the next one.
            let mut sums = Vec::new();
            let mut done = vec![0; rows];
            for end in (NEAR_BAND..x.1 + NEAR_BAND).step_by(NEAR_BAND) {
                for (tile, done) in (0..rows).step_by(ROWS).zip(&mut done) {
                    let (sources, places) = lists.tiles().of(first + tile);
                    let begin = *done;
                    *done += sources[begin..].iter().take_while(|&&source| (source as usize) < end).count();
                    sums.clear();
                    sums.resize(*done - begin, [0.0; ROWS]);
                    shared_products(&sources[begin..*done], x, (&dz[first + tile..], outputs), &mut sums);
                    for (places, sums) in places[begin..*done].iter().zip(&sums) {
                        for (&place, sum) in places.iter().zip(sums) {
                            // A row that does not read the source has a place beyond the end.
                            if let Some(dw) = dw.get_mut((place as usize).wrapping_sub(first * reads)) {
                                *dw += sum;
                            }
                        }
                    }
                }
            }
            done.fill(0);
            for end in (FAR_BAND..x.1 + FAR_BAND).step_by(FAR_BAND) {
                for (row, (dw, done)) in dw.chunks_exact_mut(reads).zip(&mut done).enumerate() {
                    if !lists.tiles().of(first + row).0.is_empty() {
                        continue;
                    }
                    let left = &self.row(first + row)[*done..];
                    let count = left.partition_point(|&source| (source as usize) < end);
                    add_products(&left[..count], x, (&dz[first + row..], outputs), &mut dw[*done..*done + count]);
                    *done += count;
                }
            }
        });
    }
}
