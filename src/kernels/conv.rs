//! Convolution and its two gradients, without unrolling windows into a matrix.
//!
//! `z[y, x, o] = b[o] + sum over ky, kx, c of xp[y s + ky, x s + kx, c] W[o, ky, kx, c]`, where xp is x with `padding`
//! zeros around it and s the stride. Shapes: x `[height, width, channels]`, W `[outputs, kernel, kernel, channels]`, z
//! `[out height, out width, outputs]`.
//!
//! The `kernel * channels` numbers in one line of a window are contiguous in the padded picture, so the register tile
//! reads them directly. The input gradient is a stride-1 convolution of dz for each of the s x s phases of x, with only
//! those taps of the kernel that reach the phase. The same routine computes the transposed convolution.

use super::panel;
use super::scratch::carve;
use super::tile::{self, Epilogue, MatrixProduct, OutputBuffer, RowLayout, Runs};
use super::window::{Kernels, Padding, Window};
use super::winograd::{Wanted, Winograd};

impl Window {
    /// Number of values that [`Window::prepare`] writes; 0 where packing the kernels costs little compared with their
    /// use.
    pub fn prepared_len(&self) -> usize {
        Winograd::of(self).map_or(0, |winograd| winograd.prepared_len())
    }

    /// Computes from the kernels the operands of forward and backward.
    pub fn prepare(&self, w: &[f32], prepared: &mut [f32], scratch: &mut Vec<f32>) {
        if let Some(winograd) = Winograd::of(self) {
            winograd.prepare(w, prepared, scratch);
        }
    }

    /// Length of what [`Window::pack`] writes.
    pub fn packed_len(&self) -> usize {
        Winograd::of(self)
            .map_or(panel::packed_len(self.window_len(), self.outputs), |winograd| winograd.prepared_len())
    }

    /// As [`Window::prepare`], or else packs the kernels for forward alone.
    pub fn pack(&self, w: &[f32], packed: &mut [f32], scratch: &mut Vec<f32>) {
        match Winograd::of(self) {
            Some(winograd) => winograd.prepare(w, packed, scratch),
            None => panel::pack_columns(self.window_len(), self.outputs, w, self.window_len(), packed),
        }
    }

    /// z = x * W + b for each example; an empty `bias` is zero.
    pub fn forward(&self, kernels: Kernels, bias: &[f32], x: &[f32], z: &mut [f32], scratch: &mut Vec<f32>) {
        self.forward_to(kernels, Epilogue::Set { bias }, x, z, scratch);
    }

    /// z += x * W for each example.
    pub fn forward_added(&self, kernels: Kernels, x: &[f32], z: &mut [f32], scratch: &mut Vec<f32>) {
        self.forward_to(kernels, Epilogue::Add, x, z, scratch);
    }

    fn forward_to(&self, kernels: Kernels, store: Epilogue, x: &[f32], z: &mut [f32], scratch: &mut Vec<f32>) {
        if let Some(winograd) = Winograd::of(self) {
            return winograd.run(Wanted { kernels, x, z: Some((store, z)), ..Wanted::default() }, scratch);
        }
        let (depth, out) = (self.window_len(), self.output());
        let packed_len = if kernels.prepared.is_empty() { panel::packed_len(depth, self.outputs) } else { 0 };
        let [panels, padded] = carve(scratch, [packed_len, self.padded_len()]);
        let panels = match kernels.prepared {
            [] => {
                panel::pack_columns(depth, self.outputs, kernels.w, depth, panels);
                &*panels
            }
            prepared => prepared,
        };
        // Where a window is one pixel, the pixels of all examples are rows of one product.
        let together = if self.kernel == 1 { x.len() / self.input.len() } else { 1 };
        let (input_len, output_len) = (together * self.input.len(), together * out.len());
        for (x, z) in x.chunks_exact(input_len).zip(z.chunks_exact_mut(output_len)) {
            tile::run(&mut MatrixProduct {
                a: self.pad(x, padded),
                a_rows: if together == 1 { self.windows() } else { RowLayout::even(self.input.channels) },
                runs: Runs {
                    runs: self.kernel,
                    stride: self.padded_width() * self.input.channels,
                    len: self.kernel * self.input.channels,
                    step: 1,
                },
                b: panels,
                c: z.into(),
                c_rows: RowLayout::even(self.outputs),
                rows: together * out.area(),
                columns: self.outputs,
                store,
            });
        }
    }

    /// The gradients that are wanted: dW += and dx +=.
    pub fn gradients(
        &self,
        (kernels, x, dz): (Kernels, &[f32], &[f32]),
        dw: Option<&mut [f32]>,
        dx: Option<&mut [f32]>,
        scratch: &mut Vec<f32>,
    ) {
        if let Some(winograd) = Winograd::of(self) {
            return winograd.run(Wanted { kernels, x, dz, dw, dx, z: None }, scratch);
        }
        if let Some(dw) = dw {
            self.weight_gradient(x, dz, dw, scratch);
        }
        if let Some(dx) = dx {
            self.input_gradient(kernels, dz, dx, scratch);
        }
    }

    /// The gradients of the transposed convolution, which reads the shape of z and writes the shape of x: from its
    /// dL/dz, named `x`, and its input, named `dz`, dW += and z +=.
    pub fn turned_gradients(
        &self,
        (kernels, x, dz): (Kernels, &[f32], &[f32]),
        dw: Option<&mut [f32]>,
        z: Option<&mut [f32]>,
        scratch: &mut Vec<f32>,
    ) {
        if let Some(winograd) = Winograd::of(self) {
            let z = z.map(|z| (Epilogue::Add, z));
            return winograd.run(Wanted { kernels, x, dz, dw, z, dx: None }, scratch);
        }
        if let Some(dw) = dw {
            self.weight_gradient(x, dz, dw, scratch);
        }
        if let Some(z) = z {
            self.forward_added(kernels, x, z, scratch);
        }
    }

    /// dW += sum over examples and positions of dz times the window under it.
    pub fn weight_gradient(&self, x: &[f32], dz: &[f32], dw: &mut [f32], scratch: &mut Vec<f32>) {
        if let Some(winograd) = Winograd::of(self) {
            return winograd.run(Wanted { x, dz, dw: Some(dw), ..Wanted::default() }, scratch);
        }
        let (depth, out) = (self.window_len(), self.output());
        let packed = panel::packed_len(out.area(), self.outputs);
        let [sums, panels, padded] = carve(scratch, [depth * self.outputs, packed, self.padded_len()]);
        sums.fill(0.0); // dW transposed, [window, outputs], so that the tile's columns are outputs
        let (channels, line) = (self.input.channels, self.padded_width() * self.input.channels);
        for (x, dz) in x.chunks_exact(self.input.len()).zip(dz.chunks_exact(out.len())) {
            panel::pack_rows(out.area(), self.outputs, dz, self.outputs, panels);
            tile::run(&mut MatrixProduct {
                a: self.pad(x, padded),
                a_rows: RowLayout { start: 0, per_line: self.kernel * channels, line, step: 1 },
                runs: Runs {
                    runs: out.height,
                    stride: self.stride * line,
                    len: out.width,
                    step: self.stride * channels,
                },
                b: panels,
                c: OutputBuffer::from(&mut *sums),
                c_rows: RowLayout::even(self.outputs),
                rows: depth,
                columns: self.outputs,
                store: Epilogue::Add,
            });
        }
        for (o, dw) in dw.chunks_exact_mut(depth).enumerate() {
            dw.iter_mut().zip(sums[o..].iter().step_by(self.outputs)).for_each(|(dw, sum)| *dw += sum);
        }
    }

    /// dx += dz * the transposed W, for each example. With x and z exchanged this is the transposed convolution.
    pub fn input_gradient(&self, kernels: Kernels, dz: &[f32], dx: &mut [f32], scratch: &mut Vec<f32>) {
        if let Some(winograd) = Winograd::of(self) {
            return winograd.run(Wanted { kernels, dz, dx: Some(dx), ..Wanted::default() }, scratch);
        }
        let w = kernels.w;
        let (input, out, outputs) = (self.input, self.output(), self.outputs);
        let taps = self.kernel.div_ceil(self.stride);
        let frame = Padding {
            shape: out,
            before: taps - 1,
            right: ((input.width - 1 + self.padding) / self.stride).saturating_sub(out.width - 1),
            below: ((input.height - 1 + self.padding) / self.stride).saturating_sub(out.height - 1),
        };
        let depth = taps * taps * outputs;
        let examples = dz.len() / out.len();
        let [panels, padded] =
            carve(scratch, [panel::packed_len(depth, input.channels), examples * frame.padded_len()]);
        for (dz, padded) in dz.chunks_exact(out.len()).zip(padded.chunks_exact_mut(frame.padded_len())) {
            frame.fill(dz, padded);
        }
        let line = frame.width() * outputs;
        for (phase_y, phase_x) in self.phases() {
            let (ty, tx) = (self.taps_of(phase_y), self.taps_of(phase_x));
            let (rows_y, rows_x) = (self.positions(phase_y, input.height), self.positions(phase_x, input.width));
            if ty * tx == 0 || rows_y.count * rows_x.count == 0 {
                continue;
            }
            let (s, kernel) = (self.stride, self.kernel);
            panel::pack(ty * tx * outputs, input.channels, panels, |k, c| {
                let (tap, o) = (k / outputs, k % outputs);
                let (ky, kx) = (phase_y + s * (ty - 1 - tap / tx), phase_x + s * (tx - 1 - tap % tx));
                w[((o * kernel + ky) * kernel + kx) * input.channels + c]
            });
            let start_y = rows_y.quotient + frame.before - (ty - 1);
            let start_x = rows_x.quotient + frame.before - (tx - 1);
            for (padded, dx) in padded.chunks_exact(frame.padded_len()).zip(dx.chunks_exact_mut(input.len())) {
                tile::run(&mut MatrixProduct {
                    a: padded,
                    a_rows: RowLayout {
                        start: start_y * line + start_x * outputs,
                        per_line: rows_x.count,
                        line,
                        step: outputs,
                    },
                    runs: Runs { runs: ty, stride: line, len: tx * outputs, step: 1 },
                    b: panels,
                    c: dx.into(),
                    c_rows: RowLayout {
                        start: (rows_y.first * input.width + rows_x.first) * input.channels,
                        per_line: rows_x.count,
                        line: s * input.width * input.channels,
                        step: s * input.channels,
                    },
                    rows: rows_y.count * rows_x.count,
                    columns: input.channels,
                    store: Epilogue::Add,
                });
            }
        }
    }

    /// All pairs of phases. The phase of a position i of x is (i + padding) mod stride.
    fn phases(&self) -> impl Iterator<Item = (usize, usize)> {
        let stride = self.stride;
        (0..stride * stride).map(move |phase| (phase / stride, phase % stride))
    }

    /// Number of taps of the kernel that reach a phase: phase, phase + stride, ...
    fn taps_of(&self, phase: usize) -> usize {
        (self.kernel - phase.min(self.kernel)).div_ceil(self.stride)
    }

    /// The positions 0 .. `len` of a phase.
    fn positions(&self, phase: usize, len: usize) -> Positions {
        let first = (phase + self.stride - self.padding % self.stride) % self.stride;
        Positions {
            first,
            count: if first < len { (len - 1 - first) / self.stride + 1 } else { 0 },
            quotient: (first + self.padding - phase) / self.stride,
        }
    }

    /// x with zeros around it; x itself if there is no padding.
    fn pad<'a>(&self, x: &'a [f32], padded: &'a mut [f32]) -> &'a [f32] {
        if self.padding == 0 {
            return x;
        }
        self.frame().fill(x, padded);
        padded
    }
}

/// The positions of one phase along one axis: `first`, `first + stride`, ... `quotient` is (first + padding - phase) /
/// stride.
struct Positions {
    first: usize,
    count: usize,
    quotient: usize,
}
