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
use crate::kernels::depthwise::{Depthwise, Taps};
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

    /// The taps over a picture of this length.
    fn over(&self, len: usize) -> Taps {
        let Self { kernel, stride, dilation, before, .. } = *self;
        Taps { count: kernel, stride, dilation, before, from: len, to: self.positions(len) }
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

    /// The taps along both axes.
    fn axes(&self) -> (Taps, Taps) {
        (self.across.over(self.input.width), self.down.over(self.input.height))
    }

    /// The convolution as one of single channels; `None` where an output reads several, or a channel makes several.
    fn depthwise(&self) -> Option<Depthwise> {
        let (across, down) = self.axes();
        (self.group() == (1, 1)).then_some(Depthwise { channels: self.input.channels, across, down })
    }

    /// W with the channels innermost, so that the loops run over adjacent numbers.
    fn channels_innermost(&self, w: &[f32], turned: &mut [f32]) {
        let taps = self.taps();
        for (tap, turned) in turned.chunks_exact_mut(self.outputs).enumerate() {
            turned.iter_mut().zip(w[tap..].iter().step_by(taps)).for_each(|(turned, w)| *turned = *w);
        }
    }

    /// As [`GroupedConv::channels_innermost`]: as prepared, or computed now.
    fn turned<'a>(&self, w: &[f32], call: &'a Call, scratch: &'a mut Vec<f32>) -> &'a [f32] {
        if !call.prepared().is_empty() {
            return call.prepared();
        }
        scratch.resize(scratch.len().max(w.len()), 0.0);
        let turned = &mut scratch[..w.len()];
        self.channels_innermost(w, turned);
        turned
    }

    /// Calls `visit(tap, pixel of x, pixel of z)` for every tap that is inside the picture.
    fn each(&self, mut visit: impl FnMut(usize, usize, usize)) {
        let (across, down) = self.axes();
        for ky in 0..down.count {
            for kx in 0..across.count {
                for y in down.meets(ky) {
                    let (from, to) = (down.source(y, ky) * across.from, y * across.to);
                    for x in across.meets(kx) {
                        visit(ky * across.count + kx, from + across.source(x, kx), to + x);
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
        let reached = |taps: Taps| (0..taps.count).map(|k| taps.meets(k).len() as u64).sum::<u64>();
        let (across, down) = self.axes();
        reached(across) * reached(down) * (self.group().0 * self.outputs) as u64
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        let (input, shape, (from, to)) = (self.input, self.output(), self.group());
        let (o, pixel) = (output % shape.channels, output / shape.channels);
        let (x, y) = (pixel % shape.width, pixel / shape.width);
        let (across, down) = self.axes();
        for ky in (0..down.count).filter(|&ky| down.meets(ky).contains(&y)) {
            for kx in (0..across.count).filter(|&kx| across.meets(kx).contains(&x)) {
                let pixel = down.source(y, ky) * across.from + across.source(x, kx);
                for c in 0..from {
                    let source = pixel * input.channels + o / to * from + c;
                    let weight = (o * self.taps() + ky * across.count + kx) * from + c;
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

    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call) {
        let (w, b) = theta.split_at(self.weight_len());
        if let Some(sizes) = self.depthwise() {
            return sizes.forward(self.turned(w, call, &mut memo.scratch), b, x[0], z);
        }
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
                for (c, (x, w)) in x.iter().zip(w.chunks_exact(to)).enumerate() {
                    z[c / from * to..][..to].iter_mut().zip(w).for_each(|(z, w)| *z += x * w);
                }
            });
        }
    }

    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call) {
        // Forward was: z[o] = b[o] + sum of W[o, tap, c] x[tap, c].
        let (w, _) = theta.split_at(self.weight_len());
        if let Some(sizes) = self.depthwise() {
            if let Some(dx) = &mut grads.dx[0] {
                sizes.input_gradient(self.turned(w, call, &mut memo.scratch), dz, dx);
            }
            if let Some(dtheta) = grads.dtheta {
                let (dw, db) = dtheta.split_at_mut(self.weight_len());
                memo.scratch.clear();
                memo.scratch.resize(dw.len(), 0.0);
                sizes.weight_gradient(x[0], dz, &mut memo.scratch);
                for (dw, sums) in dw.chunks_exact_mut(self.taps()).zip(0..) {
                    let sums = memo.scratch[sums..].iter().step_by(self.outputs);
                    dw.iter_mut().zip(sums).for_each(|(dw, sum)| *dw += sum);
                }
                gemm::add_columns(dz, db);
            }
            return;
        }
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

impl SpeedHooks for GroupedConv {
    fn prepared_len(&self) -> usize {
        self.depthwise().map_or(0, |_| self.weight_len())
    }

    fn prepare(&self, theta: &[f32], prepared: &mut [f32], _scratch: &mut Vec<f32>) {
        self.channels_innermost(&theta[..self.weight_len()], prepared);
    }
}

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
