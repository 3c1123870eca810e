//! Upsampling and a convolution in one layer; the enlarged picture is never stored.
//!
//! z = conv(up(x)) with `up[y, x] = x[y / factor, x / factor]` and a convolution of stride 1.
//! A window covers a pixel of x several times, always with the same value, so the weights for that pixel can be summed
//! first. The whole is then a transposed convolution of stride `factor` with a kernel of kernel + factor - 1 and
//! weights `V[i, a, b, o] = sum of W[o, ky, kx, i]` over a - factor < kernel - 1 - ky <= a, likewise for b. With factor
//! 2 and a kernel of 3 it takes 16 products for four outputs instead of 36.
//!
//! Shapes: x `input`, z (width factor + 2 padding - kernel + 1, ...). Parameters as those of a convolution:
//! W `[outputs, kernel, kernel, channels]`, then b `[outputs]`.

use serde::{Deserialize, Serialize};

use super::upsample::repeated;
use super::{
    Call, Connection, Conv, Field, Grads, KernelLayout, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts,
    Readers, SpeedHooks, Surroundings, Tensor, TextForm, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::kernels::gemm;
use crate::kernels::window::{Kernels, Window};
use crate::operators::{OperatorGraph, Signal};
use crate::shape::Shape;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct UpsampleConv {
    pub input: Shape,
    pub factor: usize,
    pub outputs: usize,
    /// Side of the square kernel on the enlarged picture.
    pub kernel: usize,
    /// Zeros added on every side of the enlarged picture.
    pub padding: usize,
}

impl UpsampleConv {
    /// The convolution on the enlarged picture.
    fn conv(&self) -> Conv {
        let Shape { width, height, channels } = self.input;
        let enlarged = Shape::from_whc(width * self.factor, height * self.factor, channels);
        Conv::new(enlarged, self.outputs, self.kernel, 1, self.padding)
    }

    /// The convolution with weights V from z back to x.
    fn back(&self) -> Window {
        Window {
            input: self.conv().window.output(),
            outputs: self.input.channels,
            kernel: self.kernel + self.factor - 1,
            stride: self.factor,
            padding: self.kernel - 1 - self.padding,
        }
    }

    /// Calls `visit(from, to)` for every tap of the kernel and channel i: the index in W of its first output (the
    /// others follow at a distance of `window_len`), and the indices in V where the outputs of the factor x factor taps
    /// begin to which it is added.
    fn each_tap(&self, mut visit: impl FnMut(usize, &mut dyn Iterator<Item = usize>)) {
        let (kernel, wide, channels) = (self.kernel, self.kernel + self.factor - 1, self.input.channels);
        for ky in 0..kernel {
            for kx in 0..kernel {
                for i in 0..channels {
                    let (a, b) = (kernel - 1 - ky, kernel - 1 - kx);
                    let mut taps = (a..a + self.factor)
                        .flat_map(|a| (b..b + self.factor).map(move |b| (a, b)))
                        .map(|(a, b)| ((i * wide + a) * wide + b) * self.outputs);
                    visit((ky * kernel + kx) * channels + i, &mut taps);
                }
            }
        }
    }

    /// Computes V.
    fn widened(&self, w: &[f32], v: &mut Vec<f32>) {
        let (window, outputs) = (self.conv().window.window_len(), self.outputs);
        let mut column = vec![0.0; outputs];
        v.clear();
        v.resize(self.back().weight_len(), 0.0);
        self.each_tap(|from, taps| {
            column.iter_mut().zip(w[from..].iter().step_by(window)).for_each(|(column, w)| *column = *w);
            for to in taps {
                v[to..to + outputs].iter_mut().zip(&column).for_each(|(v, w)| *v += w);
            }
        });
    }

    /// dW += the gradient through `widened`: V was sums of W, so each W gets the sum of all dV that it is part of.
    fn narrowed(&self, dv: &[f32], dw: &mut [f32]) {
        let (window, outputs) = (self.conv().window.window_len(), self.outputs);
        let mut column = vec![0.0; outputs];
        self.each_tap(|from, taps| {
            column.fill(0.0);
            for to in taps {
                column.iter_mut().zip(&dv[to..to + outputs]).for_each(|(column, dv)| *column += dv);
            }
            dw[from..].iter_mut().step_by(window).zip(&column).for_each(|(dw, column)| *dw += column);
        });
    }
}

impl LayerOps for UpsampleConv {
    fn title(&self) -> String {
        format!("upsample x{} conv {1}x{1}", self.factor, self.kernel)
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    fn output(&self) -> Shape {
        self.conv().window.output()
    }

    fn check(&self) -> Result<()> {
        let Shape { width, height, .. } = self.input.checked("upsampling conv")?;
        let sides = (width.checked_mul(self.factor), height.checked_mul(self.factor));
        let (Some(_), Some(_), 1..=16) = (sides.0, sides.1, self.factor) else {
            return Err(Error::expected("upsampling conv", "a factor of 1 to 16", self.factor));
        };
        self.conv().check()?;
        self.back().check("upsampling conv")
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        self.input = inputs[0];
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        self.conv().tensors()
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        Some(OutputAxis::First)
    }

    fn connections(&self) -> u64 {
        self.conv().connections()
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        let Shape { width, channels, .. } = self.input;
        self.conv().incoming(output, &mut |connection| {
            let (pixel, channel) = (connection.source / channels, connection.source % channels);
            let (x, y) = (pixel % (width * self.factor) / self.factor, pixel / (width * self.factor) / self.factor);
            visit(Connection { source: (y * width + x) * channels + channel, ..connection });
        });
    }

    fn readers(&self, _input: usize, source: usize) -> Readers {
        let over = |at: usize, len: usize| {
            let (first, end) = (at * self.factor + self.padding + 1, (at + 1) * self.factor + self.padding);
            first.saturating_sub(self.kernel)..end.min(len)
        };
        let ((x, y, _), output) = (self.input.place(source), self.output());
        Readers { across: over(x, output.width), down: over(y, output.height), channels: 0..self.outputs }
    }

    fn bias(&self, output: usize) -> Option<usize> {
        self.conv().bias(output)
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Kernels(KernelLayout::of_rows(self.kernel, self.input.channels, self.outputs))
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        let Self { outputs, factor, kernel, .. } = self;
        Some(format!("upsample-conv outputs={outputs} factor={factor} kernel={kernel}"))
    }

    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call) {
        let (w, b) = theta.split_at(self.conv().window.weight_len());
        if call.prepared().is_empty() {
            self.widened(w, &mut memo.values);
        }
        gemm::fill_rows(b, z);
        let kernels = Kernels { w: &memo.values, prepared: call.prepared() };
        self.back().input_gradient(kernels, x[0], z, &mut memo.scratch);
    }

    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call) {
        // Forward was: z = b + the input gradient of `back` with V at x, so dx is `back` of dz.
        let (back, weights) = (self.back(), self.conv().window.weight_len());
        let Memo { values, scratch, .. } = memo;
        if call.prepared().is_empty() {
            self.widened(&theta[..weights], values);
        } else {
            values.clear();
        }
        let v_len = values.len();
        values.resize(v_len + back.weight_len(), 0.0);
        let (v, dv) = values.split_at_mut(v_len);
        let wanted = grads.dtheta.is_some().then_some(&mut *dv);
        let kernels = Kernels { w: v, prepared: call.prepared() };
        back.turned_gradients((kernels, dz, x[0]), wanted, grads.dx[0].as_deref_mut(), scratch);
        if let Some(dtheta) = grads.dtheta {
            let (dw, db) = dtheta.split_at_mut(weights);
            self.narrowed(dv, dw);
            gemm::add_columns(dz, db);
        }
    }
}

impl Written for UpsampleConv {
    const FORMS: &'static [TextForm<Self>] = &[TextForm {
        name: "upsample-conv",
        about: "upsampling and a convolution in one",
        fields: &[Field::OUTPUTS, Field::new("factor", 1.0, 16.0, "2"), Field::KERNEL],
        make: |line| {
            let (outputs, factor, kernel) = (line.size(0), line.size(1), line.size(2));
            Ok(UpsampleConv { input: line.input()?, outputs, factor, kernel, padding: (kernel - 1) / 2 })
        },
    }];
}

impl SpeedHooks for UpsampleConv {
    fn prepared_len(&self) -> usize {
        self.back().prepared_len()
    }

    fn transforms(&self) -> bool {
        0 < self.prepared_len()
    }

    fn prepare(&self, theta: &[f32], prepared: &mut [f32], scratch: &mut Vec<f32>) {
        let mut v = Vec::new();
        self.widened(&theta[..self.conv().window.weight_len()], &mut v);
        self.back().prepare(&v, prepared, scratch);
    }
}

impl Portable for UpsampleConv {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let (conv, x) = (self.conv(), graph.picture(&parts.inputs[0]));
        let enlarged = Signal::new(repeated(&x, self.factor, graph), conv.window.input);
        conv.write(PortableParts { inputs: &[enlarged], ..parts }, graph)
    }
}
