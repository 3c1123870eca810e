//! Convolution with fewer multiplications: Winograd's minimal filtering F(m x m, r x r)
//! (<https://arxiv.org/abs/1509.09308>), for 3 x 3 kernels of stride 1 (r = 3) and 4 x 4 kernels of stride 2 (r = 2).
//!
//! | products for each output | r = 3 | r = 2 |
//! |---|---|---|
//! | as it is | 9 | 4 |
//! | m = 2 | 4 | 2.25 |
//! | m = 4 | 2.25 | 1.56 |
//!
//! Stride s first becomes stride 1: the s x s pixels of a block become channels, so a kernel of r s is one of r, over
//! C = s s c channels. A tile is m x m outputs; it reads a = m + r - 1 pixels a side. With the matrices of `filter`
//!
//! V = B^T d B of the pixels, U = G g G^T of the kernel, M\[t\] = V\[t\] U\[t\] for each of the a a places t, z = A^T M A.
//!
//! All steps are linear, so the gradients are the same chain backwards: dM = A dz A^T, dV = dM U^T, dU = V^T dM,
//! dd = B dV B^T (tiles overlap, so it is added up), dg = G^T dU G.
//!
//! Some examples go together, so that the products have many rows. Shapes for such a group: V
//! `[a a][panel of C][tiles][panel]`, M and dM `[a a][tiles][outputs]`, dV `[a a][tiles][C]`, U and dU
//! `[a a][outputs][C]`. With m = 2 rounding is that of the plain sum, with m = 4 about ten times that, some 1e-6 of the
//! largest number.

mod filter;
mod stages;

use super::conv::{Kernels, Padding, Window, carve};
use super::level::lanes;
use super::panel;
use super::tile::{self, Epilogue, MatrixProduct, RowLayout, Runs};
use crate::par;
use filter::{kernel_side, tile_side};
use stages::{GroupPlace, collect, gather, narrow, scatter, spread, widen};

/// Fewer channels than this are not worth the transformations.
const LEAST_CHANNELS: usize = 8;
/// Tiles of a group: so many rows amortise the reading of the panels.
const GROUP_TILES: usize = 64;

/// From the numbers of one place to those of the next: an odd number of cache lines, or the places of a tile would fall
/// on one another in the first cache.
fn plane(len: usize) -> usize {
    len.next_multiple_of(LINE) | LINE
}

/// Numbers in a cache line.
const LINE: usize = 16;

pub(super) struct Winograd {
    window: Window,
    /// Pixels a side that a tile reads.
    a: usize,
    tiles_y: usize,
    tiles_x: usize,
}

/// What is wanted of a convolution; slices that nothing wanted needs may be empty. z and dx are never wanted together.
#[derive(Default)]
pub(super) struct Asked<'a> {
    pub kernels: Kernels<'a>,
    pub x: &'a [f32],
    pub dz: &'a [f32],
    /// z (=, +=) x * W.
    pub z: Option<(Epilogue<'a>, &'a mut [f32])>,
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
        let of_tile = |m: usize| Self {
            window: *window,
            a: m + r - 1,
            tiles_y: out.height.div_ceil(m),
            tiles_x: out.width.div_ceil(m),
        };
        let (small, large) = (of_tile(2), of_tile(4));
        // Large tiles round more and reach past pictures that they do not divide.
        Some(if 4 * large.products() <= 3 * small.products() { large } else { small })
    }

    /// Products for each pair of channels.
    fn products(&self) -> usize {
        self.places() * self.tiles()
    }

    /// Examples that go together.
    fn group(&self) -> usize {
        (GROUP_TILES / self.tiles()).max(1)
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
    fn frame(&self) -> Padding {
        let Window { input, stride, padding, .. } = self.window;
        let side = |tiles: usize| stride * (tile_side(self.a) * tiles + kernel_side(self.a) - 1);
        Padding {
            shape: input,
            before: padding,
            right: side(self.tiles_x) - padding - input.width,
            below: side(self.tiles_y) - padding - input.height,
        }
    }

    /// Channels of a panel of V: where V is to be the right operand too, those that the register tile takes at a time.
    fn panel_of_v(&self, makes_dw: bool) -> usize {
        let channels = self.channels();
        if !makes_dw && channels.is_power_of_two() { channels } else { channels.min(2 * lanes()) }
    }

    /// V as the left operand: a row is a tile, k runs through the panels.
    fn runs_of_v(&self, tiles: usize, width: usize) -> (RowLayout, Runs) {
        let panels = self.channels() / width;
        (RowLayout::even(width), Runs { runs: panels, stride: tiles * width, len: width, step: 1 })
    }

    /// Lengths of U packed for z and for dx.
    fn packed_lens(&self) -> [usize; 2] {
        let (channels, outputs) = (self.channels(), self.window.outputs);
        [panel::packed_len(channels, outputs), panel::packed_len(outputs, channels)]
    }

    pub fn prepared_len(&self) -> usize {
        self.places() * self.packed_lens().iter().sum::<usize>()
    }

    /// Packs U for z, and behind it for dx.
    pub fn prepare(&self, w: &[f32], prepared: &mut [f32], scratch: &mut Vec<f32>) {
        let [u] = carve(scratch, [self.places() * plane(self.channels() * self.window.outputs)]);
        widen(self, w, u);
        let (for_z, for_dx) = prepared.split_at_mut(self.places() * self.packed_lens()[0]);
        par::each(&mut [(for_z, true), (for_dx, false)], |_, (panels, for_z)| self.pack(u, panels, *for_z));
    }

    /// Packs U, place by place, as the right operand of what makes z, or dx.
    fn pack(&self, u: &[f32], panels: &mut [f32], for_z: bool) {
        let (channels, outputs, [z_len, dx_len]) = (self.channels(), self.window.outputs, self.packed_lens());
        let panels = panels.chunks_exact_mut(if for_z { z_len } else { dx_len });
        for (u, panels) in u.chunks_exact(plane(channels * outputs)).zip(panels) {
            if for_z {
                panel::pack_columns(channels, outputs, u, channels, panels);
            } else {
                panel::pack_rows(outputs, channels, u, channels, panels);
            }
        }
    }

    /// Does what is asked, a group of examples at a time, so that what several results need is transformed once.
    pub fn run(&self, asked: Asked, scratch: &mut Vec<f32>) {
        let Asked { kernels, x, dz, mut z, mut dw, mut dx } = asked;
        let (frame, input, out) = (self.frame(), self.window.input.len(), self.window.output().len());
        let (channels, outputs, places) = (self.channels(), self.window.outputs, self.places());
        let examples = (x.len() / input).max(dz.len() / out);
        let most_tiles = self.tiles() * self.group().min(examples);
        let (u_len, v_room) = (plane(channels * outputs), places * plane(most_tiles * channels));
        let [z_len, dx_len] = self.packed_lens();
        let packed = match (&z, &dx) {
            (Some(_), _) => z_len,
            (None, Some(_)) => dx_len,
            (None, None) => 0,
        };
        let is_prepared = !kernels.prepared.is_empty();
        let m_room = if z.is_some() { places * plane(most_tiles * outputs) } else { 0 };
        let dm_room = if dw.is_some() || dx.is_some() { places * plane(most_tiles * outputs) } else { 0 };
        let lens =
            [places * u_len, if is_prepared { 0 } else { places * packed }, frame.len(), v_room, m_room, dm_room];
        // U is only looked at while it is packed, and V while dU is made: dU and dV take their rooms.
        let [u, panels, padded, v, m, dm] = carve(scratch, lens);
        let panels = if is_prepared {
            let (for_z, for_dx) = kernels.prepared.split_at(places * z_len);
            if z.is_some() { for_z } else { for_dx }
        } else if 0 < packed {
            widen(self, kernels.w, u);
            self.pack(u, panels, z.is_some());
            panels
        } else {
            panels
        };
        let panels = panels.chunks_exact(packed.max(1));
        let width = self.panel_of_v(dw.is_some());
        for first in (0..examples).step_by(self.group()) {
            let group = first..examples.min(first + self.group());
            let tiles = group.len() * self.tiles();
            let (v_len, m_len) = (plane(tiles * channels), plane(tiles * outputs));
            let (v_rows, v_runs) = self.runs_of_v(tiles, width);
            let place = |example: usize| GroupPlace { first: (example - first) * self.tiles(), tiles, width };
            for example in group.clone() {
                if z.is_some() || dw.is_some() {
                    frame.fill(&x[example * input..][..input], padded);
                    gather(self, padded, place(example), v);
                }
                if dw.is_some() || dx.is_some() {
                    spread(self, &dz[example * out..][..out], place(example), dm);
                }
            }
            if let Some((store, z)) = &mut z {
                for ((v, panels), m) in v.chunks_exact(v_len).zip(panels.clone()).zip(m.chunks_exact_mut(m_len)) {
                    tile::run(&mut MatrixProduct {
                        a: v,
                        a_rows: v_rows,
                        runs: v_runs,
                        b: panels,
                        c: m.into(),
                        c_rows: RowLayout::even(outputs),
                        rows: tiles,
                        columns: outputs,
                        store: Epilogue::Set { bias: &[] },
                    });
                }
                for example in group.clone() {
                    collect(self, m, place(example), *store, &mut z[example * out..][..out]);
                }
            }
            if dw.is_some() {
                let places = v.chunks_exact(v_len).zip(dm.chunks_exact(m_len)).zip(u.chunks_exact_mut(u_len));
                for ((v, dm), du) in places {
                    tile::run(&mut MatrixProduct {
                        a: dm,
                        a_rows: RowLayout::even(1),
                        runs: Runs::one(tiles, outputs),
                        b: v,
                        c: du.into(),
                        c_rows: RowLayout::even(channels),
                        rows: outputs,
                        columns: channels,
                        store: if first == 0 { Epilogue::Set { bias: &[] } } else { Epilogue::Add },
                    });
                }
            }
            if let Some(dx) = &mut dx {
                for ((dm, panels), dv) in dm.chunks_exact(m_len).zip(panels.clone()).zip(v.chunks_exact_mut(v_len)) {
                    tile::run(&mut MatrixProduct {
                        a: dm,
                        a_rows: RowLayout::even(outputs),
                        runs: Runs::one(outputs, 1),
                        b: panels,
                        c: dv.into(),
                        c_rows: RowLayout::even(channels),
                        rows: tiles,
                        columns: channels,
                        store: Epilogue::Set { bias: &[] },
                    });
                }
                for example in group {
                    padded.fill(0.0);
                    scatter(self, v, place(example), padded);
                    frame.add_inner(padded, &mut dx[example * input..][..input]);
                }
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
        let r = kernel_side(self.a);
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
