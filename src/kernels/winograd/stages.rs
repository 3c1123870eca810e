//! The transformations between pictures, kernels and places, on every instruction set, a vector of channels at a time:
//! V = B^T d B, dd = B dV B^T, z = A^T M A, dM = A dz A^T, U = G g G^T and dg = G^T dU G.

// Loops over constant numbers of places are written by index, because they must be unrolled.
#![allow(clippy::needless_range_loop)]

use super::Winograd;
use crate::kernels::level::{BaseVector, Level, level};
use crate::kernels::simd::Lanes;
use crate::kernels::tile::Store;

/// B^T d along one axis.
#[inline(always)]
unsafe fn bt<V: Lanes, const A: usize>(d: [V; A]) -> [V; A] {
    unsafe {
        let mut v = d;
        if A == 4 {
            v[0] = d[0].sub(d[2]);
            v[1] = d[1].add(d[2]);
            v[2] = d[2].sub(d[1]);
            v[3] = d[1].sub(d[3]);
        } else {
            v[0] = d[0].sub(d[1]);
            v[2] = d[2].sub(d[1]);
        }
        v
    }
}

/// B v along one axis: the adjoint of [`bt`].
#[inline(always)]
unsafe fn b<V: Lanes, const A: usize>(v: [V; A]) -> [V; A] {
    unsafe {
        let mut d = v;
        if A == 4 {
            d[1] = v[1].sub(v[2]).add(v[3]);
            d[2] = v[1].add(v[2]).sub(v[0]);
            d[3] = V::splat(0.0).sub(v[3]);
        } else {
            d[1] = v[1].sub(v[0]).sub(v[2]);
        }
        d
    }
}

/// A^T m along one axis.
#[inline(always)]
unsafe fn at<V: Lanes, const A: usize>(m: [V; A]) -> [V; 2] {
    unsafe {
        if A == 4 { [m[0].add(m[1]).add(m[2]), m[1].sub(m[2]).sub(m[3])] } else { [m[0].add(m[1]), m[1].add(m[2])] }
    }
}

/// A y along one axis: the adjoint of [`at`].
#[inline(always)]
unsafe fn a<V: Lanes, const A: usize>(y: [V; 2]) -> [V; A] {
    unsafe {
        let mut m = [y[0]; A];
        m[1] = y[0].add(y[1]);
        if A == 4 {
            m[2] = y[0].sub(y[1]);
            m[3] = V::splat(0.0).sub(y[1]);
        } else {
            m[2] = y[1];
        }
        m
    }
}

/// G g along one axis: the first A - 1 numbers become A.
#[inline(always)]
unsafe fn g<V: Lanes, const A: usize>(g: [V; A]) -> [V; A] {
    unsafe {
        let (zero, half) = (V::splat(0.0), V::splat(0.5));
        let mut u = g;
        if A == 4 {
            let (even, odd) = (zero.mul_add(g[0].add(g[2]), half), zero.mul_add(g[1], half));
            u[1] = even.add(odd);
            u[2] = even.sub(odd);
            u[3] = g[2];
        } else {
            u[1] = g[0].add(g[1]);
            u[2] = g[1];
        }
        u
    }
}

/// G^T u along one axis: the adjoint of [`g`]; the last number is left over.
#[inline(always)]
unsafe fn gt<V: Lanes, const A: usize>(u: [V; A]) -> [V; A] {
    unsafe {
        let (zero, half) = (V::splat(0.0), V::splat(0.5));
        let mut g = u;
        if A == 4 {
            let sum = zero.mul_add(u[1].add(u[2]), half);
            g[0] = u[0].add(sum);
            g[1] = zero.mul_add(u[1].sub(u[2]), half);
            g[2] = sum.add(u[3]);
        } else {
            g[0] = u[0].add(u[1]);
            g[1] = u[1].add(u[2]);
        }
        g
    }
}

/// One function for each instruction set around `$body::<V, A>(winograd, from, to)`.
macro_rules! stage {
    ($(#[$about:meta])* $name:ident, $body:ident, $avx512:ident, $avx2:ident, ($($arg:ident: $type:ty),*)) => {
        $(#[$about])*
        pub(super) fn $name(winograd: &Winograd, $($arg: $type),*) {
            // SAFETY: the instruction set was found; the bodies state and check their lengths.
            unsafe {
                match level() {
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx512 => $avx512(winograd, $($arg),*),
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx2 => $avx2(winograd, $($arg),*),
                    Level::Base if winograd.a == 4 => $body::<BaseVector, 4>(winograd, $($arg),*),
                    Level::Base => $body::<BaseVector, 3>(winograd, $($arg),*),
                }
            }
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f")]
        unsafe fn $avx512(winograd: &Winograd, $($arg: $type),*) {
            unsafe {
                if winograd.a == 4 {
                    $body::<std::arch::x86_64::__m512, 4>(winograd, $($arg),*)
                } else {
                    $body::<std::arch::x86_64::__m512, 3>(winograd, $($arg),*)
                }
            }
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        unsafe fn $avx2(winograd: &Winograd, $($arg: $type),*) {
            unsafe {
                if winograd.a == 4 {
                    $body::<std::arch::x86_64::__m256, 4>(winograd, $($arg),*)
                } else {
                    $body::<std::arch::x86_64::__m256, 3>(winograd, $($arg),*)
                }
            }
        }
    };
}

stage!(
    /// V = B^T d B of every tile of a padded picture.
    gather, gather_on, gather_avx512, gather_avx2, (padded: &[f32], v: &mut [f32])
);
stage!(
    /// Adds B dV B^T of every tile to a padded picture.
    scatter, scatter_on, scatter_avx512, scatter_avx2, (dv: &[f32], padded: &mut [f32])
);
stage!(
    /// z (=, +=) A^T M A, plus the bias, of every tile.
    collect, collect_on, collect_avx512, collect_avx2, (m: &[f32], store: Store, z: &mut [f32])
);
stage!(
    /// dM = A dz A^T of every tile.
    spread, spread_on, spread_avx512, spread_avx2, (dz: &[f32], dm: &mut [f32])
);

stage!(
    /// U = G g G^T of every kernel.
    widen, widen_on, widen_avx512, widen_avx2, (w: &[f32], u: &mut [f32])
);
stage!(
    /// dW += G^T dU G of every kernel.
    narrow, narrow_on, narrow_avx512, narrow_avx2, (du: &[f32], dw: &mut [f32])
);

impl Winograd {
    /// Calls `visit(tile, phase, first)` for each tile and phase, `first` being the start of its pixels in the padded
    /// picture; the next pixel and the next line of the phase are `stride` further.
    #[inline(always)]
    fn each_window(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let (s, c) = (self.window.stride, self.window.input.channels);
        let line = self.frame().width() * c;
        for ty in 0..self.tiles_y {
            for tx in 0..self.tiles_x {
                for phase in 0..s * s {
                    let (y, x) = (2 * ty * s + phase / s, 2 * tx * s + phase % s);
                    visit(ty * self.tiles_x + tx, phase, y * line + x * c);
                }
            }
        }
    }
}

/// # Safety
/// V's instruction set is there.
#[inline(always)]
unsafe fn gather_on<V: Lanes, const A: usize>(winograd: &Winograd, padded: &[f32], v: &mut [f32]) {
    let (s, c, tiles) = (winograd.window.stride, winograd.window.input.channels, winograd.tiles());
    let (channels, frame) = (winograd.channels(), winograd.frame());
    assert!(frame.len() <= padded.len() && A * A * tiles * channels <= v.len(), "gather: too short");
    let (pixel, line) = (s * c, s * frame.width() * c);
    let width = channels.min(2 * V::LEN); // a power of two: a division here would cost as much as the rest
    let shift = width.trailing_zeros();
    let (padded, v, plane) = (padded.as_ptr(), v.as_mut_ptr(), tiles * channels);
    winograd.each_window(|tile, phase, first| {
        for i in (0..c).step_by(V::LEN) {
            // SAFETY: the frame holds whole tiles and V all places, as asserted.
            unsafe {
                let mut rows = [[V::splat(0.0); A]; A];
                for y in 0..A {
                    let d: [V; A] = std::array::from_fn(|x| V::load(padded.add(first + y * line + x * pixel + i)));
                    rows[y] = bt(d);
                }
                let channel = phase * c + i;
                let to = v.add(((channel >> shift) * tiles + tile) * width + (channel & (width - 1)));
                for x in 0..A {
                    let column: [V; A] = bt(std::array::from_fn(|y| rows[y][x]));
                    for y in 0..A {
                        column[y].store(to.add((y * A + x) * plane));
                    }
                }
            }
        }
    });
}

/// # Safety
/// V's instruction set is there.
#[inline(always)]
unsafe fn scatter_on<V: Lanes, const A: usize>(winograd: &Winograd, dv: &[f32], padded: &mut [f32]) {
    let (s, c, tiles) = (winograd.window.stride, winograd.window.input.channels, winograd.tiles());
    let (channels, frame) = (winograd.channels(), winograd.frame());
    assert!(frame.len() <= padded.len() && A * A * tiles * channels <= dv.len(), "scatter: too short");
    let (pixel, line) = (s * c, s * frame.width() * c);
    let (padded, dv, plane) = (padded.as_mut_ptr(), dv.as_ptr(), tiles * channels);
    winograd.each_window(|tile, phase, first| {
        for i in (0..c).step_by(V::LEN) {
            // SAFETY: the frame holds whole tiles and dV all places, as asserted.
            unsafe {
                let from = dv.add(tile * channels + phase * c + i);
                let mut rows = [[V::splat(0.0); A]; A];
                for y in 0..A {
                    rows[y] = b(std::array::from_fn(|x| V::load(from.add((y * A + x) * plane))));
                }
                for x in 0..A {
                    let column: [V; A] = b(std::array::from_fn(|y| rows[y][x]));
                    for y in 0..A {
                        let to = padded.add(first + y * line + x * pixel + i);
                        V::load(to).add(column[y]).store(to);
                    }
                }
            }
        }
    });
}

/// # Safety
/// V's instruction set is there.
#[inline(always)]
unsafe fn collect_on<V: Lanes, const A: usize>(winograd: &Winograd, m: &[f32], store: Store, z: &mut [f32]) {
    let (out, tiles) = (winograd.window.output(), winograd.tiles());
    let outputs = out.channels;
    assert!(A * A * tiles * outputs <= m.len() && z.len() == out.len(), "collect: too short");
    let (bias, add) = match store {
        Store::Set { bias } => (bias, false),
        Store::Add => (&[][..], true),
    };
    assert!(bias.is_empty() || bias.len() == outputs, "collect: one bias an output");
    let (m, z, plane) = (m.as_ptr(), z.as_mut_ptr(), tiles * outputs);
    for tile in 0..tiles {
        let (ty, tx) = (tile / winograd.tiles_x, tile % winograd.tiles_x);
        for o in (0..outputs).step_by(V::LEN) {
            // SAFETY: M holds all places, and outputs past the picture are left out.
            unsafe {
                let bias = if bias.is_empty() { V::splat(0.0) } else { V::load(bias.as_ptr().add(o)) };
                let from = m.add(tile * outputs + o);
                let mut rows = [[V::splat(0.0); 2]; A];
                for y in 0..A {
                    let row: [V; A] = std::array::from_fn(|x| V::load(from.add((y * A + x) * plane)));
                    rows[y] = at(row);
                }
                for x in 0..2 {
                    let column: [V; A] = std::array::from_fn(|y| rows[y][x]);
                    let column = at(column);
                    for y in 0..2 {
                        let (y_out, x_out) = (2 * ty + y, 2 * tx + x);
                        if y_out < out.height && x_out < out.width {
                            let to = z.add((y_out * out.width + x_out) * outputs + o);
                            let before = if add { V::load(to) } else { bias };
                            column[y].add(before).store(to);
                        }
                    }
                }
            }
        }
    }
}

/// # Safety
/// V's instruction set is there.
#[inline(always)]
unsafe fn spread_on<V: Lanes, const A: usize>(winograd: &Winograd, dz: &[f32], dm: &mut [f32]) {
    let (out, tiles) = (winograd.window.output(), winograd.tiles());
    let outputs = out.channels;
    assert!(A * A * tiles * outputs <= dm.len() && dz.len() == out.len(), "spread: too short");
    let (dz, dm, plane) = (dz.as_ptr(), dm.as_mut_ptr(), tiles * outputs);
    for tile in 0..tiles {
        let (ty, tx) = (tile / winograd.tiles_x, tile % winograd.tiles_x);
        for o in (0..outputs).step_by(V::LEN) {
            // SAFETY: dM holds all places, and outputs past the picture are read as 0.
            unsafe {
                let mut rows = [[V::splat(0.0); A]; 2];
                for y in 0..2 {
                    let row: [V; 2] = std::array::from_fn(|x| {
                        let (y_out, x_out) = (2 * ty + y, 2 * tx + x);
                        if y_out < out.height && x_out < out.width {
                            V::load(dz.add((y_out * out.width + x_out) * outputs + o))
                        } else {
                            V::splat(0.0)
                        }
                    });
                    rows[y] = a(row);
                }
                let to = dm.add(tile * outputs + o);
                for x in 0..A {
                    let column: [V; A] = a([rows[0][x], rows[1][x]]);
                    for y in 0..A {
                        column[y].store(to.add((y * A + x) * plane));
                    }
                }
            }
        }
    }
}

/// # Safety
/// V's instruction set is there.
#[inline(always)]
unsafe fn widen_on<V: Lanes, const A: usize>(winograd: &Winograd, w: &[f32], u: &mut [f32]) {
    let (c, plane) = (winograd.window.input.channels, winograd.window.outputs * winograd.channels());
    assert!(winograd.window.weight_len() <= w.len() && A * A * plane <= u.len(), "widen: too short");
    let (w, u) = (w.as_ptr(), u.as_mut_ptr());
    winograd.each_kernel(|taps, to| {
        for i in (0..c).step_by(V::LEN) {
            // SAFETY: W and U hold all kernels, as asserted.
            unsafe {
                let mut rows = [[V::splat(0.0); A]; A]; // g G^T
                for y in 0..A - 1 {
                    let mut row = [V::splat(0.0); A];
                    for x in 0..A - 1 {
                        row[x] = V::load(w.add(taps[y][x] + i));
                    }
                    rows[y] = g(row);
                }
                for x in 0..A {
                    let column: [V; A] = g(std::array::from_fn(|y| rows[y][x]));
                    for y in 0..A {
                        column[y].store(u.add((y * A + x) * plane + to + i));
                    }
                }
            }
        }
    });
}

/// A tap's gradient below this share of the largest dU is what rounding left of an exact 0, which Adam would blow up to
/// a full step.
const ROUNDING: f32 = 1.0 / (1 << 20) as f32;

/// # Safety
/// V's instruction set is there.
#[inline(always)]
unsafe fn narrow_on<V: Lanes, const A: usize>(winograd: &Winograd, du: &[f32], dw: &mut [f32]) {
    let (c, plane) = (winograd.window.input.channels, winograd.window.outputs * winograd.channels());
    assert!(winograd.window.weight_len() <= dw.len() && A * A * plane <= du.len(), "narrow: too short");
    let (dw, du) = (dw.as_mut_ptr(), du.as_ptr());
    winograd.each_kernel(|taps, from| {
        for i in (0..c).step_by(V::LEN) {
            // SAFETY: dW and dU hold all kernels, as asserted.
            unsafe {
                let mut rows = [[V::splat(0.0); A]; A]; // dU G
                let mut largest = V::splat(0.0);
                for y in 0..A {
                    let row: [V; A] = std::array::from_fn(|x| V::load(du.add((y * A + x) * plane + from + i)));
                    for x in 0..A {
                        largest = largest.largest(row[x]);
                    }
                    rows[y] = gt(row);
                }
                let limit = V::splat(0.0).mul_add(largest, V::splat(ROUNDING));
                for x in 0..A - 1 {
                    let column: [V; A] = gt(std::array::from_fn(|y| rows[y][x]));
                    for y in 0..A - 1 {
                        let to = dw.add(taps[y][x] + i);
                        V::load(to).add(column[y].or_zero(limit)).store(to);
                    }
                }
            }
        }
    });
}
