//! Untied local connections: every output has its own weights to a small rectangle of the picture.
//!
//! `z[o] = b[o] + sum over k of w[o, k] x[source(o, k)]`, and its two gradients, for all examples of a shard at once.
//! Weights are not shared between positions, so a step is limited by reading them: with one example, 4 bytes for two
//! operations. Here x is stored as `[values, lanes]`, with a lane for each example, so that a weight is read once for
//! all examples and the innermost loop, over lanes, is SIMD for any rectangle. Up to four outputs that read the same
//! rectangle are computed together, so that x is read once for them.

// k indexes several rows at once, which the lint does not recognise.
#![allow(clippy::needless_range_loop)]

/// Consecutive outputs that read the same rectangle; their rows of weights are consecutive, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutputGroup {
    /// Number of outputs.
    pub outputs: usize,
    /// Index of the first value of the rectangle.
    pub start: usize,
    /// Number of lines and the distance between them.
    pub lines: usize,
    pub line_stride: usize,
    /// Number of values in a line and the distance between them.
    pub len: usize,
    pub step: usize,
}

impl OutputGroup {
    /// Number of weights of one output.
    pub fn taps(&self) -> usize {
        self.lines * self.len
    }

    /// The indices that are read, in the order of the weights.
    pub fn sources(self) -> impl Iterator<Item = usize> {
        (0..self.lines)
            .flat_map(move |line| (0..self.len).map(move |k| self.start + line * self.line_stride + k * self.step))
    }
}

/// Number of lanes for that many examples: a multiple of four. Lanes without an example hold zeros.
pub fn lanes(examples: usize) -> usize {
    examples.next_multiple_of(4)
}

/// Number of values that are moved between the two layouts at a time. The distance between examples is often a power of
/// two, so moving one value of all examples at a time would evict its own cache lines; a block of one example is
/// contiguous.
const BLOCK: usize = 64;

/// Converts `[examples, len]` to `[len, lanes]`.
pub fn to_lanes(x: &[f32], len: usize, lanes: usize, out: &mut [f32]) {
    out[..len * lanes].fill(0.0);
    for (block, out) in out[..len * lanes].chunks_mut(BLOCK * lanes).enumerate() {
        for (example, x) in x.chunks_exact(len).enumerate() {
            let x = &x[block * BLOCK..(block * BLOCK + BLOCK).min(len)];
            out.chunks_exact_mut(lanes).zip(x).for_each(|(out, &x)| out[example] = x);
        }
    }
}

/// Calls `put(out, x)` with each value of `x` `[len, lanes]` and its place in `out` `[examples, len]`.
pub fn from_lanes(x: &[f32], len: usize, lanes: usize, out: &mut [f32], put: impl Fn(&mut f32, f32)) {
    for (block, x) in x[..len * lanes].chunks(BLOCK * lanes).enumerate() {
        for (example, out) in out.chunks_exact_mut(len).enumerate() {
            let out = &mut out[block * BLOCK..(block * BLOCK + BLOCK).min(len)];
            out.iter_mut().zip(x.chunks_exact(lanes)).for_each(|(out, x)| put(out, x[example]));
        }
    }
}

/// Computes z `[outputs, lanes]` from x `[values, lanes]`.
pub fn forward(
    groups: impl Iterator<Item = OutputGroup>,
    w: &[f32],
    b: &[f32],
    x: &[f32],
    z: &mut [f32],
    lanes: usize,
) {
    for_rows(groups, lanes, |group, rows, first_output, first_weight, lane| {
        let (w, b) = (&w[first_weight..][..rows * group.taps()], &b[first_output..][..rows]);
        let z = &mut z[first_output * lanes..][..rows * lanes];
        match (rows, lanes - lane) {
            (4, 8..) => set::<4, 8>(group, w, b, x, z, lanes, lane),
            (3, 8..) => set::<3, 8>(group, w, b, x, z, lanes, lane),
            (2, 8..) => set::<2, 8>(group, w, b, x, z, lanes, lane),
            (_, 8..) => set::<1, 8>(group, w, b, x, z, lanes, lane),
            (4, _) => set::<4, 4>(group, w, b, x, z, lanes, lane),
            (3, _) => set::<3, 4>(group, w, b, x, z, lanes, lane),
            (2, _) => set::<2, 4>(group, w, b, x, z, lanes, lane),
            (_, _) => set::<1, 4>(group, w, b, x, z, lanes, lane),
        }
    });
}

/// dx `[values, lanes]` += w dz, from dz `[outputs, lanes]`.
pub fn input_gradient(groups: impl Iterator<Item = OutputGroup>, w: &[f32], dz: &[f32], dx: &mut [f32], lanes: usize) {
    for_rows(groups, lanes, |group, rows, first_output, first_weight, lane| {
        let w = &w[first_weight..][..rows * group.taps()];
        let dz = &dz[first_output * lanes..][..rows * lanes];
        match (rows, lanes - lane) {
            (4, 8..) => spread::<4, 8>(group, w, dz, dx, lanes, lane),
            (3, 8..) => spread::<3, 8>(group, w, dz, dx, lanes, lane),
            (2, 8..) => spread::<2, 8>(group, w, dz, dx, lanes, lane),
            (_, 8..) => spread::<1, 8>(group, w, dz, dx, lanes, lane),
            (4, _) => spread::<4, 4>(group, w, dz, dx, lanes, lane),
            (3, _) => spread::<3, 4>(group, w, dz, dx, lanes, lane),
            (2, _) => spread::<2, 4>(group, w, dz, dx, lanes, lane),
            (_, _) => spread::<1, 4>(group, w, dz, dx, lanes, lane),
        }
    });
}

/// dw += dz x, summed over the lanes.
pub fn weight_gradient(groups: impl Iterator<Item = OutputGroup>, x: &[f32], dz: &[f32], dw: &mut [f32], lanes: usize) {
    for_rows(groups, lanes, |group, rows, first_output, first_weight, lane| {
        let dw = &mut dw[first_weight..][..rows * group.taps()];
        let dz = &dz[first_output * lanes..][..rows * lanes];
        match (rows, lanes - lane) {
            (4, 8..) => gather::<4, 8>(group, x, dz, dw, lanes, lane),
            (3, 8..) => gather::<3, 8>(group, x, dz, dw, lanes, lane),
            (2, 8..) => gather::<2, 8>(group, x, dz, dw, lanes, lane),
            (_, 8..) => gather::<1, 8>(group, x, dz, dw, lanes, lane),
            (4, _) => gather::<4, 4>(group, x, dz, dw, lanes, lane),
            (3, _) => gather::<3, 4>(group, x, dz, dw, lanes, lane),
            (2, _) => gather::<2, 4>(group, x, dz, dw, lanes, lane),
            (_, _) => gather::<1, 4>(group, x, dz, dw, lanes, lane),
        }
    });
}

/// db += dz, summed over the lanes.
pub fn bias_gradient(dz: &[f32], db: &mut [f32], lanes: usize) {
    db.iter_mut().zip(dz.chunks_exact(lanes)).for_each(|(db, dz)| *db += dz.iter().sum::<f32>());
}

/// Divides groups into up to four outputs and lanes into eights and fours, with outputs outermost: a weight that was
/// read for the first lanes is still in the first-level cache for the last ones.
#[inline(always)]
fn for_rows(
    groups: impl Iterator<Item = OutputGroup>,
    lanes: usize,
    mut work: impl FnMut(&OutputGroup, usize, usize, usize, usize),
) {
    let (mut output, mut weight) = (0, 0);
    for group in groups {
        let end = output + group.outputs;
        while output < end {
            let rows = (end - output).min(4);
            let mut lane = 0;
            while lane < lanes {
                work(&group, rows, output, weight, lane);
                lane += if lanes - lane < 8 { 4 } else { 8 };
            }
            output += rows;
            weight += rows * group.taps();
        }
    }
}

/// z = b + w x for R outputs and L lanes.
fn set<const R: usize, const L: usize>(
    group: &OutputGroup,
    w: &[f32],
    b: &[f32],
    x: &[f32],
    z: &mut [f32],
    lanes: usize,
    lane: usize,
) {
    let mut sums: [[f32; L]; R] = std::array::from_fn(|row| [b[row]; L]);
    let taps = group.taps();
    for line in 0..group.lines {
        let w: [&[f32]; R] = std::array::from_fn(|row| &w[row * taps + line * group.len..][..group.len]);
        let first = (group.start + line * group.line_stride) * lanes + lane;
        for k in 0..group.len {
            let at = first + k * group.step * lanes;
            let x: &[f32; L] = x[at..at + L].try_into().expect("a slice of L");
            for row in 0..R {
                for lane in 0..L {
                    sums[row][lane] += w[row][k] * x[lane];
                }
            }
        }
    }
    for (row, sums) in sums.iter().enumerate() {
        z[row * lanes + lane..][..L].copy_from_slice(sums);
    }
}

/// dx += w dz for R outputs and L lanes.
fn spread<const R: usize, const L: usize>(
    group: &OutputGroup,
    w: &[f32],
    dz: &[f32],
    dx: &mut [f32],
    lanes: usize,
    lane: usize,
) {
    let dz: [[f32; L]; R] = std::array::from_fn(|row| dz[row * lanes + lane..][..L].try_into().expect("a slice of L"));
    let taps = group.taps();
    for line in 0..group.lines {
        let w: [&[f32]; R] = std::array::from_fn(|row| &w[row * taps + line * group.len..][..group.len]);
        let first = (group.start + line * group.line_stride) * lanes + lane;
        for k in 0..group.len {
            let at = first + k * group.step * lanes;
            let dx: &mut [f32; L] = (&mut dx[at..at + L]).try_into().expect("a slice of L");
            for row in 0..R {
                for lane in 0..L {
                    dx[lane] += w[row][k] * dz[row][lane];
                }
            }
        }
    }
}

/// dw += sum of dz x over L lanes, for R outputs.
fn gather<const R: usize, const L: usize>(
    group: &OutputGroup,
    x: &[f32],
    dz: &[f32],
    dw: &mut [f32],
    lanes: usize,
    lane: usize,
) {
    let dz: [[f32; L]; R] = std::array::from_fn(|row| dz[row * lanes + lane..][..L].try_into().expect("a slice of L"));
    let taps = group.taps();
    for line in 0..group.lines {
        let first = (group.start + line * group.line_stride) * lanes + lane;
        for k in 0..group.len {
            let at = first + k * group.step * lanes;
            let x: &[f32; L] = x[at..at + L].try_into().expect("a slice of L");
            for row in 0..R {
                // Four partial sums, then two, then one: the same tree on every machine, without one long chain.
                let mut sums = [0.0; 4];
                for lane in 0..L {
                    sums[lane % 4] += dz[row][lane] * x[lane];
                }
                dw[row * taps + line * group.len + k] += (sums[0] + sums[2]) + (sums[1] + sums[3]);
            }
        }
    }
}
