//! Products of plain matrices, in the three forms that a dense layer needs.
//!
//! | form | product | in a dense layer |
//! |---|---|---|
//! | [`nt`] | C `[m, n]` = A `[m, k]` B `[n, k]` transposed | z = x W^T + b |
//! | [`nn`] | C `[m, n]` += A `[m, k]` B `[k, n]` | dx += dz W |
//! | [`tn`] | C `[m, n]` += A `[k, m]` transposed B `[k, n]` | dW += dz^T x |
//!
//! All matrices are row-major without gaps. B, the large one, is read once and never copied where its rows
//! fill whole vectors.

use super::simd::Lanes;
use super::tile::{self, Product, Right, Rows, Runs, Store};

/// Depth taken at a time where B is read in place: as many rows of B stream side by side, each its own page.
const DEPTH_IN_PLACE: usize = 32;
/// Depth of a block of dot products: eight rows of A stay in the first cache.
const DEPTH_OF_DOTS: usize = 1024;

/// C `[m, n]` += A `[m, k]` B `[k, n]`.
pub fn nn((m, k, n): (usize, usize, usize), a: &[f32], b: &[f32], c: &mut [f32], scratch: &mut Vec<f32>) {
    if n.is_multiple_of(tile::lanes()) {
        for first in (0..k).step_by(DEPTH_IN_PLACE) {
            let depth = DEPTH_IN_PLACE.min(k - first);
            tile::run(&mut Product {
                a: &a[first..],
                a_rows: Rows::even(k),
                runs: Runs::one(depth, 1),
                b: Right::InPlace { values: &b[first * n..], stride: n },
                c,
                c_rows: Rows::even(n),
                rows: m,
                columns: n,
                store: Store::Add,
            });
        }
    } else {
        scratch.resize(tile::packed_len(k, n), 0.0);
        tile::pack(k, n, scratch, |k, column| b[k * n + column]);
        tile::run(&mut Product {
            a,
            a_rows: Rows::even(k),
            runs: Runs::one(k, 1),
            b: Right::Packed(scratch),
            c,
            c_rows: Rows::even(n),
            rows: m,
            columns: n,
            store: Store::Add,
        });
    }
}

/// C `[m, n]` += A `[k, m]` transposed, times B `[k, n]`.
pub fn tn((m, k, n): (usize, usize, usize), a: &[f32], b: &[f32], c: &mut [f32], scratch: &mut Vec<f32>) {
    let right = if n.is_multiple_of(tile::lanes()) {
        Right::InPlace { values: b, stride: n }
    } else {
        scratch.resize(tile::packed_len(k, n), 0.0);
        tile::pack(k, n, scratch, |k, column| b[k * n + column]);
        Right::Packed(scratch)
    };
    tile::run(&mut Product {
        a,
        a_rows: Rows::even(1),
        runs: Runs::one(k, m),
        b: right,
        c,
        c_rows: Rows::even(n),
        rows: m,
        columns: n,
        store: Store::Add,
    });
}

/// C `[m, n]` = A `[m, k]` times B `[n, k]` transposed, plus `bias[n]`.
pub fn nt((m, k, n): (usize, usize, usize), a: &[f32], b: &[f32], bias: &[f32], c: &mut [f32]) {
    assert!(m * k <= a.len() && n * k <= b.len() && bias.len() == n && c.len() == m * n, "nt: operands too short");
    for row in c.chunks_exact_mut(n) {
        row.copy_from_slice(bias);
    }
    match tile::level() {
        // SAFETY: the instruction set was found; the assertion above bounds every access.
        #[cfg(target_arch = "x86_64")]
        tile::Level::Avx512 => unsafe { nt_avx512(m, k, n, a, b, c) },
        #[cfg(target_arch = "x86_64")]
        tile::Level::Avx2 => unsafe { nt_avx2(m, k, n, a, b, c) },
        // SAFETY: the base vectors are always there; the assertion above bounds every access.
        tile::Level::Base => unsafe { nt_blocks::<tile::Base, 2>(m, k, n, a, b, c) },
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn nt_avx512(m: usize, k: usize, n: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    unsafe { nt_blocks::<std::arch::x86_64::__m512, 4>(m, k, n, a, b, c) }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
unsafe fn nt_avx2(m: usize, k: usize, n: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    unsafe { nt_blocks::<std::arch::x86_64::__m256, 2>(m, k, n, a, b, c) }
}

/// Blocks of depth outermost, so that A's part of a block stays near while B passes by once.
///
/// # Safety
/// V's instruction set is there and the operands are as long as `nt` asserts.
#[inline(always)]
unsafe fn nt_blocks<V: Lanes, const N: usize>(m: usize, k: usize, n: usize, a: &[f32], b: &[f32], c: &mut [f32]) {
    for first in (0..k).step_by(DEPTH_OF_DOTS) {
        let depth = DEPTH_OF_DOTS.min(k - first);
        let mut o = 0;
        while o < n {
            let wide = o + N <= n;
            let mut i = 0;
            while i < m {
                // SAFETY: rows i.. and o.. stay below m and n; both are readable for `depth` numbers from `first`.
                unsafe {
                    let left = (a.as_ptr().add(i * k + first), k);
                    let right = (b.as_ptr().add(o * k + first), k);
                    let c = &mut c[i * n + o..];
                    i += match (wide, i + 4 <= m) {
                        (true, true) => add_dots::<V, 4, N>(left, right, depth, c, n),
                        (true, false) => add_dots::<V, 1, N>(left, right, depth, c, n),
                        (false, true) => add_dots::<V, 4, 1>(left, right, depth, c, n),
                        (false, false) => add_dots::<V, 1, 1>(left, right, depth, c, n),
                    };
                }
            }
            o += if wide { N } else { 1 };
        }
    }
}

/// Adds a block of dot products to C and returns the rows done.
///
/// # Safety
/// As for [`tile::dots`].
#[inline(always)]
unsafe fn add_dots<V: Lanes, const M: usize, const N: usize>(
    left: (*const f32, usize),
    right: (*const f32, usize),
    depth: usize,
    c: &mut [f32],
    n: usize,
) -> usize {
    let dots = unsafe { tile::dots::<V, M, N>(left, right, depth) };
    for (i, dots) in dots.iter().enumerate() {
        for (o, dot) in dots.iter().enumerate() {
            c[i * n + o] += dot;
        }
    }
    M
}

/// `sums[n]` += the sum of C `[m, n]` over its rows: the gradient of a bias.
pub fn add_columns(c: &[f32], sums: &mut [f32]) {
    for row in c.chunks_exact(sums.len()) {
        sums.iter_mut().zip(row).for_each(|(sum, value)| *sum += value);
    }
}
