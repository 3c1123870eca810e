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

mod stages;

use super::conv::{Frame, Window, carve};
use super::level::lanes;
use super::panel;
use super::tile::{self, Product, Rows, Runs, Store};
use stages::{collect, gather, narrow, scatter, spread, widen};

/// Fewer channels than this are not worth the transformations.
const LEAST_CHANNELS: usize = 8;

pub(super) struct Winograd {
    window: Window,
    /// Outputs of a tile and its margin, a side.
    a: usize,
    tiles_y: usize,
    tiles_x: usize,
}

/// What is wanted of a convolution; slices that nothing wanted needs may be empty. z and dx are never wanted together.
#[derive(Default)]
pub(super) struct Asked<'a> {
    pub w: &'a [f32],
    pub x: &'a [f32],
    pub dz: &'a [f32],
    /// z (=, +=) x * W.
    pub z: Option<(Store<'a>, &'a mut [f32])>,
    /// dW += its sum over the examples.
    pub dw: Option<&'a mut [f32]>,
    /// dx += its part from every tile.
    pub dx: Option<&'a mut [f32]>,
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

    /// Does what is asked, example by example, so that what several results need is transformed once.
    pub fn run(&self, asked: Asked, scratch: &mut Vec<f32>) {
        let Asked { w, x, dz, mut z, mut dw, mut dx } = asked;
        let (frame, input, out) = (self.frame(), self.window.input.len(), self.window.output().len());
        let (channels, outputs, tiles, places) = (self.channels(), self.window.outputs, self.tiles(), self.places());
        let (u_len, v_len, m_len) = (channels * outputs, tiles * channels, tiles * outputs);
        let packed = match (&z, &dx) {
            (Some(_), _) => panel::packed_len(channels, outputs),
            (None, Some(_)) => panel::packed_len(outputs, channels),
            (None, None) => 0,
        };
        let m_room = if z.is_some() { places * m_len } else { 0 };
        let dm_room = if dw.is_some() || dx.is_some() { places * m_len } else { 0 };
        let lens = [places * u_len, places * packed, frame.len(), places * v_len, m_room, dm_room];
        // U is only looked at while it is packed, and V while dU is made: dU and dV take their rooms.
        let [u, panels, padded, v, m, dm] = carve(scratch, lens);
        if packed > 0 {
            widen(self, w, u);
            for (u, panels) in u.chunks_exact(u_len).zip(panels.chunks_exact_mut(packed)) {
                match z {
                    Some(_) => panel::pack_columns(channels, outputs, u, channels, panels),
                    None => panel::pack_rows(outputs, channels, u, channels, panels),
                }
            }
        }
        let panels = panels.chunks_exact(packed.max(1));
        let (v_rows, v_runs) = self.runs_of_v();
        for example in 0..(x.len() / input).max(dz.len() / out) {
            if z.is_some() || dw.is_some() {
                frame.fill(&x[example * input..][..input], padded);
                gather(self, padded, v);
            }
            if dw.is_some() || dx.is_some() {
                spread(self, &dz[example * out..][..out], dm);
            }
            if let Some((store, z)) = &mut z {
                for ((v, panels), m) in v.chunks_exact(v_len).zip(panels.clone()).zip(m.chunks_exact_mut(m_len)) {
                    tile::run(&mut Product {
                        a: v,
                        a_rows: v_rows,
                        runs: v_runs,
                        b: panels,
                        c: m.into(),
                        c_rows: Rows::even(outputs),
                        rows: tiles,
                        columns: outputs,
                        store: Store::Set { bias: &[] },
                    });
                }
                collect(self, m, *store, &mut z[example * out..][..out]);
            }
            if dw.is_some() {
                let places = v.chunks_exact(v_len).zip(dm.chunks_exact(m_len)).zip(u.chunks_exact_mut(u_len));
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
            if let Some(dx) = &mut dx {
                for ((dm, panels), dv) in dm.chunks_exact(m_len).zip(panels.clone()).zip(v.chunks_exact_mut(v_len)) {
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
                scatter(self, v, padded);
                frame.add_inner(padded, &mut dx[example * input..][..input]);
            }
        }
        if let Some(dw) = &mut dw {
            narrow(self, u, dw);
        }
    }

    /// Calls `visit(taps, place)` for each output and phase: where in W its r x r taps start (the last repeated up to
    /// three), and where in a plane of U.
    #[inline(always)]
    fn each_kernel(&self, mut visit: impl FnMut([[usize; 3]; 3], usize)) {
        let Window { input, outputs, kernel, stride, .. } = self.window;
        let r = self.a - 1;
        for o in 0..outputs {
            for phase in 0..stride * stride {
                let (py, px) = (phase / stride, phase % stride);
                let taps = std::array::from_fn(|ky| {
                    std::array::from_fn(|kx| {
                        let (y, x) = (ky.min(r - 1) * stride + py, kx.min(r - 1) * stride + px);
                        ((o * kernel + y) * kernel + x) * input.channels
                    })
                });
                visit(taps, (o * stride * stride + phase) * input.channels);
            }
        }
    }
}
