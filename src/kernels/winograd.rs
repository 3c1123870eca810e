//! Convolution with fewer multiplications: Winograd's minimal filtering F(2 x 2, r x r)
//! (<https://arxiv.org/abs/1509.09308>), for 3 x 3 kernels of stride 1 (r = 3: 16 products instead of 36 for four
//! outputs) and 4 x 4 kernels of stride 2 (r = 2: 9 instead of 16).
//!
//! Stride s first becomes stride 1: the s x s pixels of a block become channels, so a kernel of r s is one of r, over
//! C = s s c channels. A tile is 2 x 2 outputs; it reads a = r + 1 pixels a side. With the small matrices of each r
//!
//! V = B^T d B of the pixels, U = G g G^T of the kernel, M\[t\] = V\[t\] U\[t\] for each of the a a places t, z = A^T M A.
//!
//! All steps are linear, so the gradients are the same chain backwards: dM = A dz A^T, dV = dM U^T, dU = V^T dM,
//! dd = B dV B^T (tiles overlap, so it is added up), dg = G^T dU G.
//!
//! Shapes for one example: V `[a a][panel of C][tiles][panel]`, M and dM `[a a][tiles][outputs]`, dV `[a a][tiles][C]`,
//! U and dU `[a a][outputs][C]`. All coefficients are 0, 1, -1 and 1/2, so rounding is that of the plain sum.

// Loops over constant numbers of places are written by index, because they must be unrolled.
#![allow(clippy::needless_range_loop)]

use super::conv::{Frame, Window, carve};
use super::level::{BaseVector, Level, lanes, level};
use super::panel;
use super::simd::Lanes;
use super::tile::{self, Product, Rows, Runs, Store};

/// Fewer channels than this are not worth the transformations.
const LEAST_CHANNELS: usize = 8;

pub(super) struct Winograd {
    window: Window,
    /// Outputs of a tile and its margin, a side.
    a: usize,
    tiles_y: usize,
    tiles_x: usize,
}

impl Winograd {
    /// `None` where the plain convolution is better: other kernels, and channels that do not fill vectors.
    pub fn of(window: &Window) -> Option<Self> {
        let Window { input, outputs, kernel, stride, padding } = *window;
        let r = match (kernel, stride) {
            (3, 1) => 3,
            (4, 2) => 2,
            _ => return None,
        };
        let whole = |channels: usize| channels == lanes() || channels.is_multiple_of(2 * lanes());
        let fits = whole(stride * stride * input.channels)
            && input.channels.is_multiple_of(lanes())
            && outputs.is_multiple_of(lanes())
            && LEAST_CHANNELS <= input.channels.min(outputs);
        let even = |side: usize| (side + 2 * padding - kernel).is_multiple_of(stride);
        if !fits || !even(input.width) || !even(input.height) {
            return None;
        }
        let out = window.output();
        Some(Self { window: *window, a: r + 1, tiles_y: out.height.div_ceil(2), tiles_x: out.width.div_ceil(2) })
    }

    /// C.
    fn channels(&self) -> usize {
        self.window.stride * self.window.stride * self.window.input.channels
    }

    fn tiles(&self) -> usize {
        self.tiles_y * self.tiles_x
    }

    fn places(&self) -> usize {
        self.a * self.a
    }

    /// The padded picture, large enough for whole tiles.
    fn frame(&self) -> Frame {
        let Window { input, stride, padding, .. } = self.window;
        let side = |tiles: usize| stride * (2 * tiles + self.a - 2);
        Frame {
            shape: input,
            before: padding,
            right: side(self.tiles_x) - padding - input.width,
            below: side(self.tiles_y) - padding - input.height,
        }
    }

    /// V as the left operand: a row is a tile, k runs through the panels.
    fn runs_of_v(&self) -> (Rows, Runs) {
        let width = self.channels().min(2 * lanes());
        let panels = self.channels() / width;
        (Rows::even(width), Runs { runs: panels, stride: self.tiles() * width, len: width, step: 1 })
    }

    pub fn forward(&self, w: &[f32], store: Store, x: &[f32], z: &mut [f32], scratch: &mut Vec<f32>) {
        let (frame, out) = (self.frame(), self.window.output());
        let (channels, outputs, tiles, places) = (self.channels(), self.window.outputs, self.tiles(), self.places());
        let (u_len, v_len, m_len) = (channels * outputs, tiles * channels, tiles * outputs);
        let packed = panel::packed_len(channels, outputs);
        let lens = [places * u_len, places * packed, frame.len(), places * v_len, places * m_len];
        let [u, panels, padded, v, m] = carve(scratch, lens);
        self.transform_kernel(w, u);
        for (u, panels) in u.chunks_exact(u_len).zip(panels.chunks_exact_mut(packed)) {
            panel::pack_columns(channels, outputs, u, channels, panels);
        }
        let (a_rows, runs) = self.runs_of_v();
        for (x, z) in x.chunks_exact(self.window.input.len()).zip(z.chunks_exact_mut(out.len())) {
            frame.fill(x, padded);
            gather(self, padded, v);
            let places = v.chunks_exact(v_len).zip(panels.chunks_exact(packed)).zip(m.chunks_exact_mut(m_len));
            for ((v, panels), m) in places {
                tile::run(&mut Product {
                    a: v,
                    a_rows,
                    runs,
                    b: panels,
                    c: m.into(),
                    c_rows: Rows::even(outputs),
                    rows: tiles,
                    columns: outputs,
                    store: Store::Set { bias: &[] },
                });
            }
            collect(self, m, store, z);
        }
    }

    /// dW += its sum over the examples.
    pub fn weight_gradient(&self, x: &[f32], dz: &[f32], dw: &mut [f32], scratch: &mut Vec<f32>) {
        let (frame, out) = (self.frame(), self.window.output());
        let (channels, outputs, tiles, places) = (self.channels(), self.window.outputs, self.tiles(), self.places());
        let (u_len, v_len, m_len) = (channels * outputs, tiles * channels, tiles * outputs);
        let [du, padded, v, dm] = carve(scratch, [places * u_len, frame.len(), places * v_len, places * m_len]);
        let examples = x.chunks_exact(self.window.input.len()).zip(dz.chunks_exact(out.len()));
        for (example, (x, dz)) in examples.enumerate() {
            frame.fill(x, padded);
            gather(self, padded, v);
            spread(self, dz, dm);
            let places = v.chunks_exact(v_len).zip(dm.chunks_exact(m_len)).zip(du.chunks_exact_mut(u_len));
            for ((v, dm), du) in places {
                tile::run(&mut Product {
                    a: dm,
                    a_rows: Rows::even(1),
                    runs: Runs::one(tiles, outputs),
                    b: v,
                    c: du.into(),
                    c_rows: Rows::even(channels),
                    rows: outputs,
                    columns: channels,
                    store: if example == 0 { Store::Set { bias: &[] } } else { Store::Add },
                });
            }
        }
        self.kernel_gradient(du, dw);
    }

    /// dx += its part from every tile.
    pub fn input_gradient(&self, w: &[f32], dz: &[f32], dx: &mut [f32], scratch: &mut Vec<f32>) {
        let (frame, out) = (self.frame(), self.window.output());
        let (channels, outputs, tiles, places) = (self.channels(), self.window.outputs, self.tiles(), self.places());
        let (u_len, v_len, m_len) = (channels * outputs, tiles * channels, tiles * outputs);
        let packed = panel::packed_len(outputs, channels);
        let lens = [places * u_len, places * packed, frame.len(), places * v_len, places * m_len];
        let [u, panels, padded, dv, dm] = carve(scratch, lens);
        self.transform_kernel(w, u);
        for (u, panels) in u.chunks_exact(u_len).zip(panels.chunks_exact_mut(packed)) {
            panel::pack_rows(outputs, channels, u, channels, panels);
        }
        for (dz, dx) in dz.chunks_exact(out.len()).zip(dx.chunks_exact_mut(self.window.input.len())) {
            spread(self, dz, dm);
            let places = dm.chunks_exact(m_len).zip(panels.chunks_exact(packed)).zip(dv.chunks_exact_mut(v_len));
            for ((dm, panels), dv) in places {
                tile::run(&mut Product {
                    a: dm,
                    a_rows: Rows::even(outputs),
                    runs: Runs::one(outputs, 1),
                    b: panels,
                    c: dv.into(),
                    c_rows: Rows::even(channels),
                    rows: tiles,
                    columns: channels,
                    store: Store::Set { bias: &[] },
                });
            }
            padded.fill(0.0);
            scatter(self, dv, padded);
            frame.add_inner(padded, dx);
        }
    }

    /// U = G g G^T; W is `[outputs, r s, r s, c]`.
    fn transform_kernel(&self, w: &[f32], u: &mut [f32]) {
        let plane = self.window.outputs * self.channels();
        self.each_kernel(|taps, to| {
            let c = self.window.input.channels;
            let r = self.a - 1;
            for i in 0..c {
                let mut g = [[0.0; 3]; 3];
                for ky in 0..r {
                    for kx in 0..r {
                        g[ky][kx] = w[taps[ky][kx] + i];
                    }
                }
                let mut rows = [[0.0; 3]; 4]; // G g
                for kx in 0..r {
                    let column = widen(r, [g[0][kx], g[1][kx], g[2][kx]]);
                    for y in 0..=r {
                        rows[y][kx] = column[y];
                    }
                }
                for y in 0..=r {
                    let row = widen(r, rows[y]);
                    for x in 0..=r {
                        u[(y * (r + 1) + x) * plane + to + i] = row[x];
                    }
                }
            }
        });
    }

    /// dW += G^T dU G.
    fn kernel_gradient(&self, du: &[f32], dw: &mut [f32]) {
        let plane = self.window.outputs * self.channels();
        self.each_kernel(|taps, from| {
            let c = self.window.input.channels;
            let r = self.a - 1;
            for i in 0..c {
                let mut rows = [[0.0; 3]; 4]; // dU G
                for y in 0..=r {
                    let mut row = [0.0; 4];
                    for x in 0..=r {
                        row[x] = du[(y * (r + 1) + x) * plane + from + i];
                    }
                    rows[y] = narrow(r, row);
                }
                for kx in 0..r {
                    let column = narrow(r, [rows[0][kx], rows[1][kx], rows[2][kx], rows[3][kx]]);
                    for ky in 0..r {
                        dw[taps[ky][kx] + i] += column[ky];
                    }
                }
            }
        });
    }

    /// Calls `visit(taps, place)` for each output and phase: where in W its r x r taps start, and where in a plane of U.
    fn each_kernel(&self, mut visit: impl FnMut([[usize; 3]; 3], usize)) {
        let Window { input, outputs, kernel, stride, .. } = self.window;
        let r = self.a - 1;
        for o in 0..outputs {
            for phase in 0..stride * stride {
                let (py, px) = (phase / stride, phase % stride);
                let mut taps = [[0; 3]; 3];
                for ky in 0..r {
                    for kx in 0..r {
                        let (y, x) = (ky * stride + py, kx * stride + px);
                        taps[ky][kx] = ((o * kernel + y) * kernel + x) * input.channels;
                    }
                }
                visit(taps, (o * stride * stride + phase) * input.channels);
            }
        }
    }
}

/// G g along one axis: r taps become r + 1.
#[inline(always)]
fn widen(r: usize, g: [f32; 3]) -> [f32; 4] {
    if r == 3 {
        let (even, odd) = (0.5 * (g[0] + g[2]), 0.5 * g[1]);
        [g[0], even + odd, even - odd, g[2]]
    } else {
        [g[0], g[0] + g[1], g[1], 0.0]
    }
}

/// G^T u along one axis.
#[inline(always)]
fn narrow(r: usize, u: [f32; 4]) -> [f32; 3] {
    if r == 3 {
        let (sum, difference) = (0.5 * (u[1] + u[2]), 0.5 * (u[1] - u[2]));
        [u[0] + sum, difference, sum + u[3]]
    } else {
        [u[0] + u[1], u[1] + u[2], 0.0]
    }
}

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

/// One function for each instruction set around `$body::<V, A>(winograd, from, to)`.
macro_rules! stage {
    ($(#[$about:meta])* $name:ident, $body:ident, $avx512:ident, $avx2:ident, ($($arg:ident: $type:ty),*)) => {
        $(#[$about])*
        fn $name(winograd: &Winograd, $($arg: $type),*) {
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
    let width = channels.min(2 * V::LEN);
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
                let to = v.add((channel / width * tiles + tile) * width + channel % width);
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
