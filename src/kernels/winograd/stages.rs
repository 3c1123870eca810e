//! The transformations between pictures, kernels and places, for every instruction set, a vector of channels at a time:
//! V = B^T d B, dd = B dV B^T, z = A^T M A, dM = A dz A^T, U = G g G^T and dg = G^T dU G.

// Loops over constant numbers of places are written by index, because they must be unrolled.
#![allow(clippy::needless_range_loop)]

use super::filter::{a, at, b, bt, g, gt, kernel_side, scaled, share, tile_side};
use super::plan::{Winograd, plane};
use crate::kernels::level::{BaseVector, Level, level};
use crate::kernels::simd::Lanes;
use crate::kernels::tile::Epilogue;

/// Wraps `$body::<V, A>(winograd, ...)` into a function for each instruction set.
macro_rules! stage {
    ($(#[$about:meta])* $name:ident, $body:ident, $avx512:ident, $avx2:ident, ($($arg:ident: $type:ty),*)) => {
        $(#[$about])*
        pub(super) fn $name(winograd: &Winograd, $($arg: $type),*) {
            // SAFETY: the instruction set was detected; the bodies assert their lengths.
            unsafe {
                match level() {
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx512 => $avx512(winograd, $($arg),*),
                    #[cfg(target_arch = "x86_64")]
                    Level::Avx2 => $avx2(winograd, $($arg),*),
                    Level::Base => of_size!($body, BaseVector, winograd, ($($arg),*)),
                }
            }
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx512f")]
        unsafe fn $avx512(winograd: &Winograd, $($arg: $type),*) {
            unsafe { of_size!($body, std::arch::x86_64::__m512, winograd, ($($arg),*)) }
        }

        #[cfg(target_arch = "x86_64")]
        #[target_feature(enable = "avx2,fma")]
        unsafe fn $avx2(winograd: &Winograd, $($arg: $type),*) {
            unsafe { of_size!($body, std::arch::x86_64::__m256, winograd, ($($arg),*)) }
        }
    };
}

/// The body for this filter's a.
macro_rules! of_size {
    ($body:ident, $vector:ty, $winograd:ident, ($($arg:ident),*)) => {
        match $winograd.a {
            3 => $body::<$vector, 3>($winograd, $($arg),*),
            4 => $body::<$vector, 4>($winograd, $($arg),*),
            5 => $body::<$vector, 5>($winograd, $($arg),*),
            _ => $body::<$vector, 6>($winograd, $($arg),*),
        }
    };
}

stage!(
    /// V = B^T d B of every tile of a padded picture.
    gather, gather_on, gather_avx512, gather_avx2, (padded: &[f32], place: GroupPlace, v: &mut [f32])
);
stage!(
    /// Adds B dV B^T of every tile to a padded picture.
    scatter, scatter_on, scatter_avx512, scatter_avx2, (dv: &[f32], place: GroupPlace, padded: &mut [f32])
);
stage!(
    /// z (=, +=) A^T M A, plus the bias, of every tile.
    collect, collect_on, collect_avx512, collect_avx2, (m: &[f32], place: GroupPlace, store: Epilogue, z: &mut [f32])
);
stage!(
    /// dM = A dz A^T of every tile.
    spread, spread_on, spread_avx512, spread_avx2, (dz: &[f32], place: GroupPlace, dm: &mut [f32])
);

stage!(
    /// U = G g G^T of every kernel.
    widen, widen_on, widen_avx512, widen_avx2, (w: &[f32], u: &mut [f32])
);
stage!(
    /// dW += G^T dU G of every kernel.
    narrow, narrow_on, narrow_avx512, narrow_avx2, (du: &[f32], dw: &mut [f32])
);

/// The position of an example's tiles among those of its group.
#[derive(Clone, Copy)]
pub(super) struct GroupPlace {
    /// Number of the first one.
    pub first: usize,
    /// Number of tiles of the group.
    pub tiles: usize,
    /// Number of channels in a panel of V: a power of two, to avoid a division that would cost as much as all other
    /// steps.
    pub width: usize,
}

impl Winograd {
    /// Calls `visit(tile, phase, first)` for each tile and phase, where `first` is the start of its pixels in the
    /// padded picture. The next pixel and the next line of the phase are `stride` further on.
    #[inline(always)]
    fn each_window(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let (s, c, m) = (self.window.stride, self.window.input.channels, tile_side(self.a));
        let line = self.frame().width() * c;
        for ty in 0..self.tiles_y {
            for tx in 0..self.tiles_x {
                for phase in 0..s * s {
                    let (y, x) = (m * ty * s + phase / s, m * tx * s + phase % s);
                    visit(ty * self.tiles_x + tx, phase, y * line + x * c);
                }
            }
        }
    }
}

/// # Safety
/// V's instruction set is available.
#[inline(always)]
unsafe fn gather_on<V: Lanes, const A: usize>(winograd: &Winograd, padded: &[f32], place: GroupPlace, v: &mut [f32]) {
    let (s, c, tiles) = (winograd.window.stride, winograd.window.input.channels, place.tiles);
    let (channels, frame) = (winograd.channels(), winograd.frame());
    assert!(place.first + winograd.tiles() <= tiles, "gather: tiles past the group");
    let plane = plane(tiles * channels);
    assert!(frame.padded_len() <= padded.len() && A * A * plane <= v.len(), "gather: too short");
    let (pixel, line) = (s * c, s * frame.width() * c);
    let width = place.width;
    let shift = width.trailing_zeros();
    assert!(width.is_power_of_two() && channels.is_multiple_of(width), "gather: panels of {width}");
    let (padded, v) = (padded.as_ptr(), v.as_mut_ptr());
    winograd.each_window(|tile, phase, first| {
        for i in (0..c).step_by(V::LEN) {
            // SAFETY: the frame contains whole tiles and V all places, as asserted.
            unsafe {
                let mut rows = [[V::splat(0.0); A]; A];
                for y in 0..A {
                    let d: [V; A] = std::array::from_fn(|x| V::load(padded.add(first + y * line + x * pixel + i)));
                    rows[y] = bt(d);
                }
                let channel = phase * c + i;
                let to = v.add(((channel >> shift) * tiles + place.first + tile) * width + (channel & (width - 1)));
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
/// V's instruction set is available.
#[inline(always)]
unsafe fn scatter_on<V: Lanes, const A: usize>(winograd: &Winograd, dv: &[f32], place: GroupPlace, padded: &mut [f32]) {
    let (s, c, tiles) = (winograd.window.stride, winograd.window.input.channels, place.tiles);
    let (channels, frame) = (winograd.channels(), winograd.frame());
    assert!(place.first + winograd.tiles() <= tiles, "scatter: tiles past the group");
    let plane = plane(tiles * channels);
    assert!(frame.padded_len() <= padded.len() && A * A * plane <= dv.len(), "scatter: too short");
    let (pixel, line) = (s * c, s * frame.width() * c);
    let (padded, dv) = (padded.as_mut_ptr(), dv.as_ptr());
    winograd.each_window(|tile, phase, first| {
        for i in (0..c).step_by(V::LEN) {
            // SAFETY: the frame contains whole tiles and dV all places, as asserted.
            unsafe {
                let from = dv.add((place.first + tile) * channels + phase * c + i);
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
/// V's instruction set is available.
#[inline(always)]
unsafe fn collect_on<V: Lanes, const A: usize>(
    winograd: &Winograd,
    m: &[f32],
    place: GroupPlace,
    store: Epilogue,
    z: &mut [f32],
) {
    let (out, side) = (winograd.window.output(), tile_side(A));
    let outputs = out.channels;
    assert!(place.first + winograd.tiles() <= place.tiles, "collect: tiles past the group");
    let plane = plane(place.tiles * outputs);
    assert!(A * A * plane <= m.len() && z.len() == out.len(), "collect: too short");
    let (bias, add) = match store {
        Epilogue::Set { bias } => (bias, false),
        Epilogue::Add => (&[][..], true),
    };
    assert!(bias.is_empty() || bias.len() == outputs, "collect: one bias an output");
    let (m, z) = (m.as_ptr(), z.as_mut_ptr());
    for tile in 0..winograd.tiles() {
        let (ty, tx) = (tile / winograd.tiles_x, tile % winograd.tiles_x);
        for o in (0..outputs).step_by(V::LEN) {
            // SAFETY: M contains all places, and outputs beyond the picture are skipped.
            unsafe {
                let bias = if bias.is_empty() { V::splat(0.0) } else { V::load(bias.as_ptr().add(o)) };
                let from = m.add((place.first + tile) * outputs + o);
                let mut rows = [[V::splat(0.0); A]; A];
                for y in 0..A {
                    let row: [V; A] = std::array::from_fn(|x| V::load(from.add((y * A + x) * plane)));
                    rows[y] = at(row);
                }
                for x in 0..side {
                    let column: [V; A] = at(std::array::from_fn(|y| rows[y][x]));
                    for y in 0..side {
                        let (y_out, x_out) = (side * ty + y, side * tx + x);
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
/// V's instruction set is available.
#[inline(always)]
unsafe fn spread_on<V: Lanes, const A: usize>(winograd: &Winograd, dz: &[f32], place: GroupPlace, dm: &mut [f32]) {
    let (out, side) = (winograd.window.output(), tile_side(A));
    let outputs = out.channels;
    assert!(place.first + winograd.tiles() <= place.tiles, "spread: tiles past the group");
    let plane = plane(place.tiles * outputs);
    assert!(A * A * plane <= dm.len() && dz.len() == out.len(), "spread: too short");
    let (dz, dm) = (dz.as_ptr(), dm.as_mut_ptr());
    for tile in 0..winograd.tiles() {
        let (ty, tx) = (tile / winograd.tiles_x, tile % winograd.tiles_x);
        for o in (0..outputs).step_by(V::LEN) {
            // SAFETY: dM contains all places, and outputs beyond the picture are read as 0.
            unsafe {
                let mut rows = [[V::splat(0.0); A]; A];
                for y in 0..side {
                    let mut row = [V::splat(0.0); A];
                    for x in 0..side {
                        let (y_out, x_out) = (side * ty + y, side * tx + x);
                        if y_out < out.height && x_out < out.width {
                            row[x] = V::load(dz.add((y_out * out.width + x_out) * outputs + o));
                        }
                    }
                    rows[y] = a(row);
                }
                let to = dm.add((place.first + tile) * outputs + o);
                for x in 0..A {
                    let column: [V; A] = a(std::array::from_fn(|y| rows[y][x]));
                    for y in 0..A {
                        column[y].store(to.add((y * A + x) * plane));
                    }
                }
            }
        }
    }
}

/// # Safety
/// V's instruction set is available.
#[inline(always)]
unsafe fn widen_on<V: Lanes, const A: usize>(winograd: &Winograd, w: &[f32], u: &mut [f32]) {
    let (c, plane) = (winograd.window.input.channels, plane(winograd.window.outputs * winograd.channels()));
    assert!(winograd.window.weight_len() <= w.len() && A * A * plane <= u.len(), "widen: too short");
    let (w, u) = (w.as_ptr(), u.as_mut_ptr());
    winograd.each_kernel(|taps, to| {
        for i in (0..c).step_by(V::LEN) {
            // SAFETY: W and U contain all kernels, as asserted.
            unsafe {
                let mut rows = [[V::splat(0.0); A]; A]; // g G^T
                for y in 0..kernel_side(A) {
                    let mut row = [V::splat(0.0); A];
                    for x in 0..kernel_side(A) {
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

/// Share of the largest summand below which the gradient of a tap counts as 0. It is then only the rounding error of an
/// exact 0, which Adam would turn into a full step. Four times that for tiles of 4 x 4, which combine numbers of more
/// different sizes.
const ROUNDING: f32 = 1.0 / (1 << 20) as f32;

/// # Safety
/// V's instruction set is available.
#[inline(always)]
unsafe fn narrow_on<V: Lanes, const A: usize>(winograd: &Winograd, du: &[f32], dw: &mut [f32]) {
    let (c, plane) = (winograd.window.input.channels, plane(winograd.window.outputs * winograd.channels()));
    assert!(winograd.window.weight_len() <= dw.len() && A * A * plane <= du.len(), "narrow: too short");
    let (dw, du) = (dw.as_mut_ptr(), du.as_ptr());
    winograd.each_kernel(|taps, from| {
        for i in (0..c).step_by(V::LEN) {
            // SAFETY: dW and dU contain all kernels, as asserted.
            unsafe {
                let mut rows = [[V::splat(0.0); A]; A]; // dU G
                let mut largest = V::splat(0.0);
                for y in 0..A {
                    let row: [V; A] = std::array::from_fn(|x| V::load(du.add((y * A + x) * plane + from + i)));
                    let mut of_row = V::splat(0.0);
                    for x in 0..A {
                        of_row = of_row.largest(scaled(row[x], share(A, x)));
                    }
                    largest = largest.largest(scaled(of_row, share(A, y)));
                    rows[y] = gt(row);
                }
                let limit = scaled(largest, if tile_side(A) == 2 { ROUNDING } else { 4.0 * ROUNDING });
                for x in 0..kernel_side(A) {
                    let column: [V; A] = gt(std::array::from_fn(|y| rows[y][x]));
                    for y in 0..kernel_side(A) {
                        let to = dw.add(taps[y][x] + i);
                        V::load(to).add(column[y].or_zero(limit)).store(to);
                    }
                }
            }
        }
    });
}
