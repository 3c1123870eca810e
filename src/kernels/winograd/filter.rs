//! Minimal filtering along one axis, F(m, r): m outputs of r taps from a = m + r - 1 numbers, with a products.
//!
//! | a | m | r | points |
//! |---|---|---|---|
//! | 3 | 2 | 2 | 0, 1, infinity |
//! | 4 | 2 | 3 | 0, 1, -1, infinity |
//! | 5 | 4 | 2 | 0, 1, -1, 2, infinity |
//! | 6 | 4 | 3 | 0, 1, -1, 2, -2, infinity |
//!
//! a determines m and r, so it is the parameter of the functions. y = A^T ((G g) (B^T d)) for numbers d and taps g.
//! With the points p, the rows of A^T are their powers p^j, those of G the powers p^k over N = product of p - q over
//! the other points q, and those of B^T the coefficients of the products of x - q. Corresponding rows of B^T and G may
//! be scaled by a factor and its inverse.

// Loops over constant numbers of places are written by index, because they must be unrolled.
#![allow(clippy::needless_range_loop)]

use crate::kernels::simd::Lanes;

/// m.
pub(super) const fn tile_side(a: usize) -> usize {
    if a < 5 { 2 } else { 4 }
}

/// r.
pub(super) const fn kernel_side(a: usize) -> usize {
    a + 1 - tile_side(a)
}

/// v c.
#[inline(always)]
pub(super) unsafe fn scaled<V: Lanes>(v: V, c: f32) -> V {
    unsafe { V::splat(0.0).mul_add(v, V::splat(c)) }
}

/// v + w c.
#[inline(always)]
unsafe fn plus<V: Lanes>(v: V, w: V, c: f32) -> V {
    unsafe { v.mul_add(w, V::splat(c)) }
}

/// B^T d.
#[inline(always)]
pub(super) unsafe fn bt<V: Lanes, const A: usize>(d: [V; A]) -> [V; A] {
    unsafe {
        let mut v = d;
        match A {
            3 => {
                v[0] = d[0].sub(d[1]);
                v[2] = d[2].sub(d[1]);
            }
            4 => {
                v[0] = d[0].sub(d[2]);
                v[1] = d[1].add(d[2]);
                v[2] = d[2].sub(d[1]);
                v[3] = d[1].sub(d[3]);
            }
            5 => {
                let odd = d[3].sub(d[1]);
                v[0] = plus(odd, d[0].sub(d[2]), 2.0);
                v[1] = odd.sub(d[1].add(d[2]));
                v[2] = plus(plus(d[3], d[1], 2.0), d[2], -3.0);
                v[3] = odd;
                v[4] = plus(d[4].sub(d[2]), odd, -2.0);
            }
            _ => {
                let (even, odd) = (plus(d[4], d[2], -4.0), plus(d[3], d[1], -4.0));
                let (far_even, far_odd) = (d[4].sub(d[2]), d[3].sub(d[1]));
                v[0] = plus(even.sub(d[2]), d[0], 4.0);
                v[1] = even.add(odd);
                v[2] = even.sub(odd);
                v[3] = plus(far_even, far_odd, 2.0);
                v[4] = plus(far_even, far_odd, -2.0);
                v[5] = plus(plus(d[5], d[3], -5.0), d[1], 4.0);
            }
        }
        v
    }
}

/// B v, the adjoint of [`bt`].
#[inline(always)]
pub(super) unsafe fn b<V: Lanes, const A: usize>(v: [V; A]) -> [V; A] {
    unsafe {
        let mut d = v;
        match A {
            3 => d[1] = v[1].sub(v[0]).sub(v[2]),
            4 => {
                d[1] = v[1].sub(v[2]).add(v[3]);
                d[2] = v[1].add(v[2]).sub(v[0]);
                d[3] = scaled(v[3], -1.0);
            }
            5 => {
                let sum = v[0].add(v[3]);
                d[0] = scaled(v[0], 2.0);
                d[1] = plus(scaled(sum, -1.0), v[2].sub(v[1]).add(v[4]), 2.0);
                d[2] = plus(plus(scaled(v[1].add(v[4]), -1.0), v[0], -2.0), v[2], -3.0);
                d[3] = plus(sum.add(v[1]).add(v[2]), v[4], -2.0);
            }
            _ => {
                let (sum, far_sum) = (v[1].add(v[2]), v[3].add(v[4]));
                let (difference, far_difference) = (v[1].sub(v[2]), v[3].sub(v[4]));
                d[0] = scaled(v[0], 4.0);
                d[1] = plus(plus(scaled(far_difference, -2.0), difference, -4.0), v[5], 4.0);
                d[2] = plus(plus(scaled(far_sum, -1.0), sum, -4.0), v[0], -5.0);
                d[3] = plus(plus(difference, far_difference, 2.0), v[5], -5.0);
                d[4] = v[0].add(sum).add(far_sum);
            }
        }
        d
    }
}

/// A^T m; only the first [`tile_side`] numbers are meaningful.
#[inline(always)]
pub(super) unsafe fn at<V: Lanes, const A: usize>(m: [V; A]) -> [V; A] {
    unsafe {
        let mut y = m;
        match A {
            3 => {
                y[0] = m[0].add(m[1]);
                y[1] = m[1].add(m[2]);
            }
            4 => {
                y[0] = m[0].add(m[1]).add(m[2]);
                y[1] = m[1].sub(m[2]).sub(m[3]);
            }
            5 => {
                let (sum, difference) = (m[1].add(m[2]), m[1].sub(m[2]));
                y[0] = m[0].add(sum).add(m[3]);
                y[1] = plus(difference, m[3], 2.0);
                y[2] = plus(sum, m[3], 4.0);
                y[3] = plus(difference, m[3], 8.0).add(m[4]);
            }
            _ => {
                let (sum, difference) = (m[1].add(m[2]), m[1].sub(m[2]));
                let (far_sum, far_difference) = (m[3].add(m[4]), m[3].sub(m[4]));
                y[0] = m[0].add(sum).add(far_sum);
                y[1] = plus(difference, far_difference, 2.0);
                y[2] = plus(sum, far_sum, 4.0);
                y[3] = plus(difference, far_difference, 8.0).add(m[5]);
            }
        }
        y
    }
}

/// A y, the adjoint of [`at`], for the first [`tile_side`] numbers.
#[inline(always)]
pub(super) unsafe fn a<V: Lanes, const A: usize>(y: [V; A]) -> [V; A] {
    unsafe {
        let mut m = y;
        match A {
            3 => {
                m[1] = y[0].add(y[1]);
                m[2] = y[1];
            }
            4 => {
                m[1] = y[0].add(y[1]);
                m[2] = y[0].sub(y[1]);
                m[3] = scaled(y[1], -1.0);
            }
            _ => {
                let (even, odd) = (y[0].add(y[2]), y[1].add(y[3]));
                let (far_even, far_odd) = (plus(y[0], y[2], 4.0), plus(y[1], y[3], 4.0));
                m[1] = even.add(odd);
                m[2] = even.sub(odd);
                m[3] = plus(far_even, far_odd, 2.0);
                m[4] = if A == 6 { plus(far_even, far_odd, -2.0) } else { y[3] };
                m[A - 1] = y[3];
            }
        }
        m
    }
}

/// G g, for the first [`kernel_side`] numbers.
#[inline(always)]
pub(super) unsafe fn g<V: Lanes, const A: usize>(g: [V; A]) -> [V; A] {
    unsafe {
        let mut u = g;
        match A {
            3 => {
                u[1] = g[0].add(g[1]);
                u[2] = g[1];
            }
            4 => {
                let (even, odd) = (scaled(g[0].add(g[2]), 0.5), scaled(g[1], 0.5));
                u[1] = even.add(odd);
                u[2] = even.sub(odd);
                u[3] = g[2];
            }
            5 => {
                u[0] = scaled(g[0], 0.5);
                u[1] = scaled(g[0].add(g[1]), -0.5);
                u[2] = scaled(g[1].sub(g[0]), 1.0 / 6.0);
                u[3] = scaled(plus(g[0], g[1], 2.0), 1.0 / 6.0);
                u[4] = g[1];
            }
            _ => {
                let (even, odd) = (scaled(g[0].add(g[2]), -1.0 / 6.0), scaled(g[1], 1.0 / 6.0));
                let (far_even, far_odd) = (scaled(plus(g[0], g[2], 4.0), 1.0 / 24.0), scaled(g[1], 1.0 / 12.0));
                u[0] = scaled(g[0], 0.25);
                u[1] = even.sub(odd);
                u[2] = even.add(odd);
                u[3] = far_even.add(far_odd);
                u[4] = far_even.sub(far_odd);
                u[5] = g[2];
            }
        }
        u
    }
}

/// G^T u, the adjoint of [`g`]; only the first [`kernel_side`] numbers are meaningful.
#[inline(always)]
pub(super) unsafe fn gt<V: Lanes, const A: usize>(u: [V; A]) -> [V; A] {
    unsafe {
        let mut g = u;
        match A {
            3 => {
                g[0] = u[0].add(u[1]);
                g[1] = u[1].add(u[2]);
            }
            4 => {
                let sum = scaled(u[1].add(u[2]), 0.5);
                g[0] = u[0].add(sum);
                g[1] = scaled(u[1].sub(u[2]), 0.5);
                g[2] = sum.add(u[3]);
            }
            5 => {
                let (near, far) = (scaled(u[0].sub(u[1]), 0.5), scaled(u[3].sub(u[2]), 1.0 / 6.0));
                g[0] = near.add(far);
                g[1] = plus(plus(plus(u[4], u[1], -0.5), u[2], 1.0 / 6.0), u[3], 1.0 / 3.0);
            }
            _ => {
                let (sum, far_sum) = (u[1].add(u[2]), u[3].add(u[4]));
                let (difference, far_difference) = (u[2].sub(u[1]), u[3].sub(u[4]));
                g[0] = plus(plus(scaled(u[0], 0.25), sum, -1.0 / 6.0), far_sum, 1.0 / 24.0);
                g[1] = plus(scaled(difference, 1.0 / 6.0), far_difference, 1.0 / 12.0);
                g[2] = plus(plus(u[5], sum, -1.0 / 6.0), far_sum, 1.0 / 6.0);
            }
        }
        g
    }
}

/// The largest number in a row of G.
pub(super) const fn share(a: usize, row: usize) -> f32 {
    match (a, row) {
        (4, 1 | 2) | (5, 0 | 1) => 0.5,
        (5, 3) => 1.0 / 3.0,
        (5, 2) | (6, 1..=4) => 1.0 / 6.0,
        (6, 0) => 0.25,
        _ => 1.0,
    }
}
