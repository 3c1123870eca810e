//! Products with few rows as dot products: `C[i, o] = bias[o] + sum over k of A[i, k] B[o, k]`.
//!
//! Both rows are read in place, a vector of k at a time, because packing B would cost as much as the product.

// Loops over constant numbers of rows and vectors are written by index, because they must be unrolled.
#![allow(clippy::needless_range_loop)]

use std::ops::Range;

use super::level::{BaseVector, Level, level};
use super::simd::Lanes;
use super::tile::OutputBuffer;

/// Depth of a block, for which four rows of A stay in the first-level cache.
const DEPTH: usize = 1024;

/// Computes the columns of C that are dot products of A's rows with these rows of B.
///
/// # Safety
/// The operands are as long as `nt` asserts, and nothing else accesses these columns of C.
pub(super) unsafe fn dots(
    size: (usize, usize, usize),
    a: &[f32],
    b: &[f32],
    bias: &[f32],
    c: &OutputBuffer,
    columns: Range<usize>,
) {
    // SAFETY: as the caller guarantees; the instruction set was detected.
    unsafe {
        match level() {
            #[cfg(target_arch = "x86_64")]
            Level::Avx512 => dots_avx512(size, a, b, bias, c, columns),
            #[cfg(target_arch = "x86_64")]
            Level::Avx2 => dots_avx2(size, a, b, bias, c, columns),
            Level::Base => dot_blocks::<BaseVector, 2>(size, a, b, bias, c, columns),
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn dots_avx512(
    size: (usize, usize, usize),
    a: &[f32],
    b: &[f32],
    bias: &[f32],
    c: &OutputBuffer,
    columns: Range<usize>,
) {
    unsafe { dot_blocks::<std::arch::x86_64::__m512, 4>(size, a, b, bias, c, columns) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn dots_avx2(
    size: (usize, usize, usize),
    a: &[f32],
    b: &[f32],
    bias: &[f32],
    c: &OutputBuffer,
    columns: Range<usize>,
) {
    unsafe { dot_blocks::<std::arch::x86_64::__m256, 2>(size, a, b, bias, c, columns) }
}

/// Columns of a block; their sums are reduced four at a time.
pub(super) const COLUMNS: usize = 4;

/// Blocks of depth are outermost, so that A's part of a block stays in the cache while B is read once; `M` rows at a
/// time.
///
/// # Safety
/// As for [`dots`], and V's instruction set is available.
#[inline(always)]
unsafe fn dot_blocks<V: Lanes, const M: usize>(
    (m, k, n): (usize, usize, usize),
    a: &[f32],
    b: &[f32],
    bias: &[f32],
    c: &OutputBuffer,
    columns: Range<usize>,
) {
    unsafe {
        for i in 0..m {
            for o in columns.clone() {
                *c.at(i * n + o) = bias[o];
            }
        }
        for first in (0..k).step_by(DEPTH) {
            let depth = DEPTH.min(k - first);
            let mut o = columns.start;
            while o < columns.end {
                let wide = o + COLUMNS <= columns.end;
                let mut i = 0;
                while i < m {
                    let left = (a.as_ptr().add(i * k + first), k);
                    let right = (b.as_ptr().add(o * k + first), k);
                    let c = (c.at(i * n + o), n);
                    i += match (wide, i + M <= m) {
                        (true, true) => add_dots::<V, M, COLUMNS>(left, right, depth, c),
                        (true, false) => add_dots::<V, 1, COLUMNS>(left, right, depth, c),
                        (false, true) => add_dots::<V, M, 1>(left, right, depth, c),
                        (false, false) => add_dots::<V, 1, 1>(left, right, depth, c),
                    };
                }
                o += if wide { COLUMNS } else { 1 };
            }
        }
    }
}

/// Adds a block of dot products to C, C[i, o] += sum over k of A[i, k] B[o, k], and returns the rows done.
///
/// # Safety V's instruction set is available; A has `M` rows and B `N` rows, each readable for `depth` numbers; C has
/// `M` rows of at least `N` numbers.
#[inline(always)]
unsafe fn add_dots<V: Lanes, const M: usize, const N: usize>(
    (a, a_stride): (*const f32, usize),
    (b, b_stride): (*const f32, usize),
    depth: usize,
    (c, stride): (*mut f32, usize),
) -> usize {
    unsafe {
        let mut sums = [[V::splat(0.0); N]; M];
        let whole = depth / V::LEN * V::LEN;
        let mut k = 0;
        while k < whole {
            let right: [V; N] = std::array::from_fn(|o| V::load(b.add(o * b_stride + k)));
            for i in 0..M {
                let left = V::load(a.add(i * a_stride + k));
                for o in 0..N {
                    sums[i][o] = sums[i][o].mul_add(left, right[o]);
                }
            }
            k += V::LEN;
        }
        let mut dots = [[0.0; N]; M];
        for i in 0..M {
            dots[i] = V::sums(sums[i]);
        }
        for k in whole..depth {
            for i in 0..M {
                for o in 0..N {
                    dots[i][o] += *a.add(i * a_stride + k) * *b.add(o * b_stride + k);
                }
            }
        }
        for i in 0..M {
            for o in 0..N {
                *c.add(i * stride + o) += dots[i][o];
            }
        }
    }
    M
}
