//! Convolution in its general form: groups (down to one channel each), rectangular kernels, dilated taps, margins that
//! differ from side to side. [`Conv`](super::Conv) covers the usual case and is faster.
//!
//! z is b plus the sum over taps and the channels c of an output's group,
//! `z[y, x, o] = b[o] + sum of W[o, ky, kx, c] x[y s + ky d - top, x s + kx d - left, c]`, where x is zero outside.
//! Parameters: W `[outputs, height, width, channels / groups]`, then b `[outputs]`.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::{
    Call, Connection, Field, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers,
    SpeedHooks, Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::init::Init;
use crate::kernels::gemm;
use crate::operators::{AttributeValue, OperatorGraph, Signal, plane_order};
use crate::shape::Shape;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupedConv {
    pub input: Shape,
    pub outputs: usize,
    /// Divides the channels of both sides.
    pub groups: usize,
    pub across: Axis,
    pub down: Axis,
}

/// The sizes along one axis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Axis {
    pub kernel: usize,
    pub stride: usize,
    /// Distance between neighbouring taps.
    pub dilation: usize,
    /// Number of zeros before the picture and after it.
    pub before: usize,
    pub after: usize,
}

impl Axis {
    const MOST: usize = 255;

    pub fn plain(kernel: usize, stride: usize) -> Self {
        Self { kernel, stride, dilation: 1, before: kernel / 2, after: kernel / 2 }
    }

    fn check(&self, len: usize) -> Result<()> {
        let sizes = [self.kernel, self.stride, self.dilation];
        if let Some(size) = sizes.into_iter().find(|size| !(1..=Self::MOST).contains(size)) {
            let expected = format!("kernel, stride and dilation of 1 to {}", Self::MOST);
            return Err(Error::expected("grouped conv", expected, size));
        }
        if let Some(margin) = [self.before, self.after].into_iter().find(|&margin| Self::MOST * Self::MOST < margin) {
            return Err(Error::expected("grouped conv", "a smaller margin", margin));
        }
        let padded = len + self.before + self.after;
        if padded < self.span() {
            let expected = format!("a padded picture of at least {} a side", self.span());
            return Err(Error::expected("grouped conv", expected, padded));
        }
        Ok(())
    }

    /// Pixels from the first tap to the last.
    fn span(&self) -> usize {
        (self.kernel - 1) * self.dilation + 1
    }

    fn positions(&self, len: usize) -> usize {
        (len + self.before + self.after - self.span()) / self.stride + 1
    }

    /// The positions of z at which tap `k` is inside the picture.
    fn meets(&self, k: usize, len: usize) -> Range<usize> {
        let first = self.before.saturating_sub(k * self.dilation).div_ceil(self.stride);
        let end = (len + self.before).saturating_sub(k * self.dilation).div_ceil(self.stride);
        first..end.min(self.positions(len)).max(first)
    }

    /// The position in the picture of tap `k` at position `at` of z. Only for taps inside the picture.
    fn source(&self, at: usize, k: usize) -> usize {
        at * self.stride + k * self.dilation - self.before
    }

    /// The positions of z that may read position `at`.
    pub(super) fn readers(&self, at: usize, positions: usize) -> Range<usize> {
        let first = (at + self.before + 1).saturating_sub(self.span()).div_ceil(self.stride);
        first.min(positions)..((at + self.before) / self.stride + 1).min(positions).max(first.min(positions))
    }
}

impl GroupedConv {
    /// Channels of x and of z in one group.
    fn group(&self) -> (usize, usize) {
        (self.input.channels / self.groups, self.outputs / self.groups)
    }

    fn taps(&self) -> usize {
        self.across.kernel * self.down.kernel
    }

    fn weight_len(&self) -> usize {
        self.outputs * self.taps() * self.group().0
    }

    /// The index in W of each weight, in the order `[tap, channel of x, output of its group]`.
    fn weights(&self) -> impl Iterator<Item = usize> + use<> {
        let ((from, to), taps, channels) = (self.group(), self.taps(), self.input.channels);
        (0..taps).flat_map(move |tap| {
            (0..channels).flat_map(move |c| (0..to).map(move |o| ((c / from * to + o) * taps + tap) * from + c % from))
        })
    }

    /// Calls `visit(tap, pixel of x, pixel of z)` for every tap that is inside the picture.
    fn each(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let (input, output) = (self.input, self.output());
        for ky in 0..self.down.kernel {
            for kx in 0..self.across.kernel {
                for y in self.down.meets(ky, input.height) {
                    let (from, to) = (self.down.source(y, ky) * input.width, y * output.width);
                    for x in self.across.meets(kx, input.width) {
                        visit(ky * self.across.kernel + kx, from + self.across.source(x, kx), to + x);
                    }
                }
            }
        }
    }
}

impl LayerOps for GroupedConv {
    fn title(&self) -> String {
        format!("conv {}x{} in {} groups", self.across.kernel, self.down.kernel, self.groups)
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    fn output(&self) -> Shape {
        let Shape { width, height, .. } = self.input;
        Shape::from_whc(self.across.positions(width), self.down.positions(height), self.outputs)
    }

    fn check(&self) -> Result<()> {
        let input = self.input.checked("grouped conv")?;
        let divides = |channels: usize| self.groups != 0 && channels.is_multiple_of(self.groups);
        if !divides(input.channels) || !divides(self.outputs) {
            let expected = format!("groups that divide {} and {} channels", input.channels, self.outputs);
            return Err(Error::expected("grouped conv", expected, self.groups));
        }
        self.across.check(input.width)?;
        self.down.check(input.height)?;
        self.output().checked("grouped conv")?;
        Shape::from_whc(self.taps(), input.channels / self.groups, self.outputs)
            .checked("grouped conv weights")
            .map(|_| ())
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        self.input = inputs[0];
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        let from = self.group().0;
        vec![
            Tensor {
                name: "weight",
                dims: vec![self.outputs, self.down.kernel, self.across.kernel, from],
                init: Init::HeUniform { fan_in: self.taps() * from },
                decays: true,
            },
            Tensor { name: "bias", dims: vec![self.outputs], init: Init::Zeros, decays: false },
        ]
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        Some(OutputAxis::First)
    }

    fn connections(&self) -> u64 {
        let reached = |axis: &Axis, len| (0..axis.kernel).map(|k| axis.meets(k, len).len() as u64).sum::<u64>();
        let channels = (self.group().0 * self.outputs) as u64;
        reached(&self.across, self.input.width) * reached(&self.down, self.input.height) * channels
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        let (input, shape, (from, to)) = (self.input, self.output(), self.group());
        let (o, pixel) = (output % shape.channels, output / shape.channels);
        let (x, y) = (pixel % shape.width, pixel / shape.width);
        for ky in (0..self.down.kernel).filter(|&ky| self.down.meets(ky, input.height).contains(&y)) {
            for kx in (0..self.across.kernel).filter(|&kx| self.across.meets(kx, input.width).contains(&x)) {
                let pixel = self.down.source(y, ky) * input.width + self.across.source(x, kx);
                for c in 0..from {
                    let source = pixel * input.channels + o / to * from + c;
                    let weight = (o * self.taps() + ky * self.across.kernel + kx) * from + c;
                    visit(Connection { input: 0, source, weight: Weight::Parameter(weight) });
                }
            }
        }
    }

    fn readers(&self, _input: usize, source: usize) -> Readers {
        let ((x, y, _), output) = (self.input.place(source), self.output());
        let (across, down) = (self.across.readers(x, output.width), self.down.readers(y, output.height));
        Readers { across, down, channels: 0..output.channels }
    }

    fn bias(&self, output: usize) -> Option<usize> {
        Some(self.weight_len() + output % self.outputs)
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Neighbourhoods
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        let is_depthwise = self.groups == self.input.channels && self.across == self.down;
        is_depthwise.then(|| format!("depthwise kernel={} stride={}", self.across.kernel, self.across.stride))
    }

    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, _call: &Call) {
        let (w, b) = theta.split_at(self.weight_len());
        let (channels, outputs, (from, to)) = (self.input.channels, self.outputs, self.group());
        // W with the outputs innermost, so that the loops below run over adjacent numbers.
        memo.scratch.clear();
        memo.scratch.extend(self.weights().map(|at| w[at]));
        let tap_len = channels * to;
        for (x, z) in x[0].chunks_exact(self.input.len()).zip(z.chunks_exact_mut(self.output().len())) {
            z.chunks_exact_mut(outputs).for_each(|z| z.copy_from_slice(b));
            self.each(|tap, from_pixel, to_pixel| {
                let w = &memo.scratch[tap * tap_len..][..tap_len];
                let (x, z) = (&x[from_pixel * channels..][..channels], &mut z[to_pixel * outputs..][..outputs]);
                if (from, to) == (1, 1) {
                    z.iter_mut().zip(x.iter().zip(w)).for_each(|(z, (x, w))| *z += x * w);
                    return;
                }
                for (c, (x, w)) in x.iter().zip(w.chunks_exact(to)).enumerate() {
                    z[c / from * to..][..to].iter_mut().zip(w).for_each(|(z, w)| *z += x * w);
                }
            });
        }
    }

    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, _call: &Call) {
        // Forward was: z[o] = b[o] + sum of W[o, tap, c] x[tap, c].
        let (w, _) = theta.split_at(self.weight_len());
        let (channels, outputs, (from, to)) = (self.input.channels, self.outputs, self.group());
        let tap_len = channels * to;
        let (input_len, output_len) = (self.input.len(), self.output().len());
        if let Some(dx) = &mut grads.dx[0] {
            memo.scratch.clear();
            memo.scratch.extend(self.weights().map(|at| w[at]));
            for (dx, dz) in dx.chunks_exact_mut(input_len).zip(dz.chunks_exact(output_len)) {
                self.each(|tap, from_pixel, to_pixel| {
                    let w = &memo.scratch[tap * tap_len..][..tap_len];
                    let (dx, dz) = (&mut dx[from_pixel * channels..][..channels], &dz[to_pixel * outputs..][..outputs]);
                    for (c, (dx, w)) in dx.iter_mut().zip(w.chunks_exact(to)).enumerate() {
                        *dx += w.iter().zip(&dz[c / from * to..][..to]).map(|(w, dz)| w * dz).sum::<f32>();
                    }
                });
            }
        }
        if let Some(dtheta) = grads.dtheta {
            let (dw, db) = dtheta.split_at_mut(self.weight_len());
            memo.scratch.clear();
            memo.scratch.resize(self.weight_len(), 0.0);
            for (x, dz) in x[0].chunks_exact(input_len).zip(dz.chunks_exact(output_len)) {
                self.each(|tap, from_pixel, to_pixel| {
                    let sums = &mut memo.scratch[tap * tap_len..][..tap_len];
                    let (x, dz) = (&x[from_pixel * channels..][..channels], &dz[to_pixel * outputs..][..outputs]);
                    for (c, (x, sums)) in x.iter().zip(sums.chunks_exact_mut(to)).enumerate() {
                        let dz = &dz[c / from * to..][..to];
                        sums.iter_mut().zip(dz).for_each(|(sum, dz)| *sum += x * dz);
                    }
                });
            }
            self.weights().zip(&memo.scratch).for_each(|(at, sum)| dw[at] += sum);
            gemm::add_columns(dz, db);
        }
    }
}

impl Written for GroupedConv {
    const FORMS: &'static [TextForm<Self>] = &[TextForm {
        name: "depthwise",
        about: "a window of weights for each channel alone",
        fields: &[Field::KERNEL, Field::STRIDE],
        make: |line| {
            let (input, kernel, stride) = (line.input()?, line.size(0), line.size(1));
            let axis = Axis { before: (kernel - 1) / 2, after: (kernel - 1) / 2, ..Axis::plain(kernel, stride) };
            Ok(GroupedConv { input, outputs: input.channels, groups: input.channels, across: axis, down: axis })
        },
    }];
}

impl SpeedHooks for GroupedConv {}

impl GroupedConv {
    /// An ordinary convolution.
    pub(super) fn square(input: Shape, outputs: usize, kernel: usize, stride: usize, padding: usize) -> Self {
        let axis = Axis { kernel, stride, dilation: 1, before: padding, after: padding };
        Self { input, outputs, groups: 1, across: axis, down: axis }
    }
}

impl Portable for GroupedConv {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let (down, across, reads) = (self.down, self.across, self.input.channels / self.groups);
        let (w, b) = parts.theta.split_at(parts.theta.len() - self.outputs);
        let kernel = Shape::from_whc(across.kernel, down.kernel, reads);
        let weight = w.chunks_exact(kernel.len()).flat_map(|w| plane_order(kernel).map(|at| w[at])).collect();
        let weight = graph.parameter("weight", &[self.outputs, reads, down.kernel, across.kernel], weight);
        let bias = graph.parameter("bias", &[self.outputs], b.into());
        let row = |sizes: &[usize]| AttributeValue::Integers(sizes.iter().map(|&size| size as i64).collect());
        let attributes = [
            ("kernel_shape", row(&[down.kernel, across.kernel])),
            ("strides", row(&[down.stride, across.stride])),
            ("dilations", row(&[down.dilation, across.dilation])),
            ("pads", row(&[down.before, across.before, down.after, across.after])),
            ("group", AttributeValue::Integer(self.groups as i64)),
        ];
        let x = graph.picture(&parts.inputs[0]);
        let z = graph.apply("Conv", &[&x, &weight, &bias], &attributes);
        Ok(graph.signal(z, self.output()))
    }
}
