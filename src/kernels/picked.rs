//! The weight gradient of a convolution below a max pool, from the values that the pool picked.
//!
//! A pixel that no window of the pool picked has no gradient, so the sum is over the picks p of channel o only:
//! `dW[o, ky, kx, c] += sum of dz[p] xp[y s + ky, x s + kx, c]`, where (y, x) is the pixel of z that p stands for; a
//! pixel that two windows picked counts twice. Letters and shapes of x, W and z are as in `conv`.
//! picks and dz: `[examples, windows of the pool, outputs]`; a pick is an index within its example of z.
//!
//! For each output, the sums stay in registers while its picks are processed: all sums at once where few numbers are
//! under a window, as in first layers, otherwise one line of the window after the other.

// Loops over constant numbers of rows and vectors are written by index, because they must be unrolled.
#![allow(clippy::needless_range_loop)]

use super::level::{BaseVector, Level, lanes, level};
use super::scratch::carve;
use super::simd::Lanes;
use super::window::Window;

/// Most numbers under a window that count as few, and most numbers of a picture that stays in the first-level cache.
const FEW: usize = 36;
const CACHED: usize = 8 * 1024;

/// The operands of one call.
struct PickedCall<'a> {
    window: &'a Window,
    x: &'a [f32],
    picks: &'a [u32],
    dz: &'a [f32],
    /// A padded picture, followed by space for a vector.
    padded: &'a mut [f32],
    /// Distance from one of its lines to the next.
    line: usize,
    /// Index in the padded picture where the window of each pixel of z begins.
    starts: &'a [u32],
    /// dW `[outputs, kernel, wide]`.
    sums: &'a mut [f32],
    /// Number of values in a line of the window, rounded up to whole vectors.
    wide: usize,
}

impl Window {
    /// Whether its sizes are covered, the pixels can be computed from the picks, and the sums are faster than over all
    /// pixels; processing one line of the window after the other is, if the picture stays in the first-level cache.
    pub fn takes_picks(&self) -> bool {
        let cut = matches!(self.cut(), (3, 1..=3) | (5, 2) | (_, 6 | 12));
        let quick = self.window_len() <= FEW || self.input.len() <= CACHED;
        cut && quick && self.output().len() < 1 << 24 && self.outputs < 1 << 16
    }

    /// Number of lines, and number of vectors in a line.
    fn cut(&self) -> (usize, usize) {
        (self.kernel, (self.kernel * self.input.channels).div_ceil(lanes()))
    }

    /// dW += its sum over the picks.
    pub fn picked_gradient(&self, x: &[f32], dz: &[f32], picks: &[u32], dw: &mut [f32], scratch: &mut Vec<f32>) {
        let (frame, out, Window { input, outputs, kernel, stride, .. }) = (self.frame(), self.output(), *self);
        let (row, line) = (kernel * input.channels, frame.width() * input.channels);
        let wide = row.next_multiple_of(lanes());
        let [sums, padded] = carve(scratch, [outputs * kernel * wide, frame.padded_len() + lanes()]);
        sums.fill(0.0);
        padded[frame.padded_len()..].fill(0.0);
        let start = |y: usize, x: usize| y * stride * line + x * stride * input.channels;
        let starts: Vec<u32> =
            (0..out.area()).map(|pixel| start(pixel / out.width, pixel % out.width) as u32).collect();
        let last = start(out.height - 1, out.width - 1);
        assert!(last + (kernel - 1) * line + wide <= padded.len(), "picks: padded picture too short");
        assert!(picks.len() == dz.len() && self.takes_picks(), "picks: {self:?}");
        let picked = PickedCall { window: self, x, picks, dz, padded, line, starts: &starts, sums: &mut *sums, wide };
        // SAFETY: the instruction set was detected, and by the assertion every window is inside the padded picture.
        unsafe {
            match level() {
                #[cfg(target_arch = "x86_64")]
                Level::Avx512 => run_avx512(picked),
                #[cfg(target_arch = "x86_64")]
                Level::Avx2 => run_avx2(picked),
                Level::Base => run::<BaseVector>(picked),
            }
        }
        for (dw, sums) in dw.chunks_exact_mut(row).zip(sums.chunks_exact(wide)) {
            dw.iter_mut().zip(sums).for_each(|(dw, sum)| *dw += sum);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn run_avx512(picked: PickedCall) {
    unsafe { run::<std::arch::x86_64::__m512>(picked) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn run_avx2(picked: PickedCall) {
    unsafe { run::<std::arch::x86_64::__m256>(picked) }
}

/// Divides the sums into blocks that fit into registers: some outputs, lines of the window and vectors of a line.
///
/// # Safety
/// V's instruction set is available, and every window is inside the padded picture.
#[inline(always)]
unsafe fn run<V: Lanes>(picked: PickedCall) {
    unsafe {
        match picked.window.cut() {
            (3, 1) => each_block::<V, 4, 3, 1>(picked),
            (3, 2) => each_block::<V, 2, 3, 2>(picked),
            (3, 3) => each_block::<V, 1, 3, 3>(picked),
            (5, 2) => each_block::<V, 1, 5, 2>(picked),
            (_, 6) => each_block::<V, 2, 1, 6>(picked),
            (_, 12) => each_block::<V, 1, 1, 12>(picked),
            cut => unreachable!("picks: no cut for {cut:?}"),
        }
    }
}

/// # Safety
/// As for [`run`], and lines and vectors of the window are multiples of `ROWS` and `VECTORS`.
#[inline(always)]
unsafe fn each_block<V: Lanes, const TOGETHER: usize, const ROWS: usize, const VECTORS: usize>(picked: PickedCall) {
    let PickedCall { window, x, picks, dz, padded, line, starts, sums, wide } = picked;
    let (frame, Window { input, outputs, kernel, .. }) = (window.frame(), *window);
    let each = picks.len() / (x.len() / input.len());
    let at_a_time = (MOST_PICKS / outputs).max(1) * outputs;
    for (x, (picks, dz)) in x.chunks_exact(input.len()).zip(picks.chunks(each).zip(dz.chunks(each))) {
        frame.fill(x, &mut padded[..frame.padded_len()]);
        for (picks, dz) in picks.chunks(at_a_time).zip(dz.chunks(at_a_time)) {
            let part = PickedPart { picks, dz, outputs, share: (1 << 40) / outputs as u64 + 1, starts, line };
            for row in (0..kernel).step_by(ROWS) {
                for number in (0..wide).step_by(VECTORS * V::LEN) {
                    let block = &padded[row * line + number..];
                    let mut output = 0;
                    while output < outputs {
                        let sums = (&mut sums[(output * kernel + row) * wide + number..], kernel * wide, wide);
                        // SAFETY: as the caller guarantees.
                        output += unsafe {
                            if output + TOGETHER <= outputs {
                                add::<V, TOGETHER, ROWS, VECTORS>(&part, output, block, sums)
                            } else {
                                add::<V, 1, ROWS, VECTORS>(&part, output, block, sums)
                            }
                        };
                    }
                }
            }
        }
    }
}

/// Number of picks that stay in the first-level cache, with their dz, while all outputs are processed.
const MOST_PICKS: usize = 2048;

/// Some picks of one example, for all outputs.
struct PickedPart<'a> {
    picks: &'a [u32],
    dz: &'a [f32],
    outputs: usize,
    /// 2^40 / outputs, rounded up: the product with a pick, shifted right by 40, is its pixel, without a slow division.
    share: u64,
    starts: &'a [u32],
    line: usize,
}

/// Number of vectors from which on checking whether a pick has a gradient is worth it; below a ReLU many have none.
const WORTH_A_LOOK: usize = 6;

/// Adds to the sums of `TOGETHER` outputs from `first` on, with these distances between outputs and between lines, for
/// the block of the window with this offset in the padded picture. Returns the number of outputs done.
///
/// # Safety
/// V's instruction set is available; from every start on, the block has `ROWS` lines of `VECTORS` vectors.
#[inline(always)]
unsafe fn add<V: Lanes, const TOGETHER: usize, const ROWS: usize, const VECTORS: usize>(
    part: &PickedPart,
    first: usize,
    block: &[f32],
    (sums, of_output, of_row): (&mut [f32], usize, usize),
) -> usize {
    let PickedPart { picks, dz, outputs, share, starts, line } = *part;
    let last = (TOGETHER - 1) * of_output + (ROWS - 1) * of_row + VECTORS * V::LEN;
    assert!(last <= sums.len() && first + TOGETHER <= outputs, "picks: sums too short");
    // SAFETY: as the caller guarantees; for the sums, by the assertion.
    unsafe {
        let mut added = [[[V::splat(0.0); VECTORS]; ROWS]; TOGETHER];
        for (picks, dz) in picks.chunks_exact(outputs).zip(dz.chunks_exact(outputs)) {
            let (picks, dz) = (&picks[first..first + TOGETHER], &dz[first..first + TOGETHER]);
            for o in 0..TOGETHER {
                if WORTH_A_LOOK <= ROWS * VECTORS && dz[o] == 0.0 {
                    continue;
                }
                let start = starts[((u64::from(picks[o]) * share) >> 40) as usize] as usize;
                let value = V::splat_from(&dz[o]);
                for row in 0..ROWS {
                    for v in 0..VECTORS {
                        let x = V::load(block.as_ptr().add(start + row * line + v * V::LEN));
                        added[o][row][v] = added[o][row][v].mul_add(value, x);
                    }
                }
            }
        }
        for o in 0..TOGETHER {
            for row in 0..ROWS {
                for v in 0..VECTORS {
                    let sum = sums.as_mut_ptr().add(o * of_output + row * of_row + v * V::LEN);
                    V::load(sum).add(added[o][row][v]).store(sum);
                }
            }
        }
    }
    TOGETHER
}
