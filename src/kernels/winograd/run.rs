//! Computes a convolution or its gradients by tiles, a group of examples at a time.

use super::plan::{Winograd, plane};
use super::stages::{GroupPlace, collect, gather, narrow, scatter, spread, widen};
use crate::kernels::panel;
use crate::kernels::scratch::carve;
use crate::kernels::tile::{self, Epilogue, MatrixProduct, RowLayout, Runs};
use crate::kernels::window::Kernels;
use crate::par;

/// The results that are wanted and their operands. Operands that are not needed may be empty; z and dx are never wanted
/// together.
#[derive(Default)]
pub struct Wanted<'a> {
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
    /// V as the left operand: a row is a tile, k runs through the panels.
    fn runs_of_v(&self, tiles: usize, width: usize) -> (RowLayout, Runs) {
        let panels = self.channels() / width;
        (RowLayout::even(width), Runs { runs: panels, stride: tiles * width, len: width, step: 1 })
    }

    /// Packs U for z and, after it, for dx.
    pub fn prepare(&self, w: &[f32], prepared: &mut [f32], scratch: &mut Vec<f32>) {
        let [u] = carve(scratch, [self.places() * plane(self.channels() * self.window.outputs)]);
        widen(self, w, u);
        let (for_z, for_dx) = prepared.split_at_mut(self.places() * self.packed_lens()[0]);
        par::each(&mut [(for_z, true), (for_dx, false)], |_, (panels, for_z)| self.pack(u, panels, *for_z));
    }

    /// Packs U, place by place, as the right operand of the product for z, or of that for dx.
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

    /// Computes the wanted results, a group of examples at a time, so that shared operands are transformed once.
    pub fn run(&self, wanted: Wanted, scratch: &mut Vec<f32>) {
        let Wanted { kernels, x, dz, mut z, mut dw, mut dx } = wanted;
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
        let lens = [
            places * u_len,
            if is_prepared { 0 } else { places * packed },
            frame.padded_len(),
            v_room,
            m_room,
            dm_room,
        ];
        // U is only read while it is packed, and V only for z and dU; dU and dV reuse their memory.
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
}
