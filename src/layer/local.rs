//! Untied local layers: every output value has its own weights to a neighbourhood of the picture.
//!
//! z[o] = b[o] + sum over k of w[o, k] x[source(o, k)]; see `kernels::local` for how it is computed.
//! Parameters: the weights, one row for each output value in the order of z, each row in the order of
//! [`LayerOps::incoming`] (line by line, pixel by pixel, channel by channel); then b `[height, width, outputs]`.

use serde::{Deserialize, Serialize};

use super::{Call, Connection, Grads, LayerOps, Memo, Tensor};
use crate::error::{Error, Result};
use crate::init::Init;
use crate::kernels::local::{self, OutputGroup};
use crate::shape::{MOST_VALUES, Shape};

/// Every value sees the `size` x `size` pixels around it: of its own channel, or of all channels.
///
/// Beyond the edge of the picture there is nothing, not even a weight, so rows of weights near it are shorter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocallyConnected {
    pub input: Shape,
    /// Odd, at most 255.
    pub size: usize,
    pub mix_channels: bool,
}

/// The picture is cut into tiles of `from` x `from`; every value of the `to` x `to` x `outputs` that a tile becomes
/// sees all pixels and channels of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TileDense {
    pub input: Shape,
    /// Channels of z.
    pub outputs: usize,
    /// Divides width and height.
    pub from: usize,
    pub to: usize,
}

impl LocallyConnected {
    /// No neighbourhood is larger than this on a side.
    const MOST_SIZE: usize = 255;

    /// First position and number of positions of the neighbourhood of `at` along an axis of `len`.
    fn reach(&self, at: usize, len: usize) -> (usize, usize) {
        let half = self.size / 2;
        let first = at.saturating_sub(half);
        (first, (at + half + 1).min(len) - first)
    }

    /// Sum of the reaches of the positions before `at` along an axis of `len`.
    fn reached_before(&self, at: usize, len: usize) -> usize {
        // `size` each, less what lies beyond the near edge and beyond the far one.
        let half = self.size / 2;
        let beyond = |count: usize| {
            let count = count.min(half);
            count * half - count * count.saturating_sub(1) / 2
        };
        at * self.size - beyond(at) - (beyond(len) - beyond(len - at))
    }

    /// Channels that one value sees.
    fn seen(&self) -> usize {
        if self.mix_channels { self.input.channels } else { 1 }
    }

    fn weight_len(&self) -> usize {
        let Shape { width, height, channels } = self.input;
        self.reached_before(width, width) * self.reached_before(height, height) * self.seen() * channels
    }

    /// The group of the outputs of one pixel, or of one channel of it; the next ones follow in the order of z.
    fn group(&self, x: usize, y: usize, c: usize) -> OutputGroup {
        let Shape { width, height, channels } = self.input;
        let ((left, across), (top, lines)) = (self.reach(x, width), self.reach(y, height));
        let start = (top * width + left) * channels;
        let line_stride = width * channels;
        if self.mix_channels {
            OutputGroup { outputs: channels, start, lines, line_stride, len: across * channels, step: 1 }
        } else {
            OutputGroup { outputs: 1, start: start + c, lines, line_stride, len: across, step: channels }
        }
    }

    fn groups(&self) -> impl Iterator<Item = OutputGroup> {
        let Shape { width, height, channels } = self.input;
        let each = if self.mix_channels { 1 } else { channels };
        (0..height).flat_map(move |y| (0..width).flat_map(move |x| (0..each).map(move |c| self.group(x, y, c))))
    }
}

impl LayerOps for LocallyConnected {
    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    fn output(&self) -> Shape {
        self.input
    }

    fn check(&self) -> Result<()> {
        let Shape { width, height, channels } = self.input.checked("mix")?;
        if self.size.is_multiple_of(2) || Self::MOST_SIZE < self.size {
            return Err(Error::expected("mix", format!("an odd size of 1 to {}", Self::MOST_SIZE), self.size));
        }
        // In u128, which even the most connections that pass the checks above do not fill.
        let reached = |len: usize| (0..len).map(|at| self.reach(at, len).1 as u128).sum::<u128>();
        let weights = reached(width) * reached(height) * self.seen() as u128 * channels as u128;
        expect_few_weights("mix", weights)
    }

    fn tensors(&self) -> Vec<Tensor> {
        let fan_in = self.size * self.size * self.seen();
        vec![
            Tensor { name: "weight", dims: vec![self.weight_len()], init: Init::HeUniform { fan_in }, decays: true },
            bias(self.output()),
        ]
    }

    fn connections(&self) -> usize {
        self.weight_len()
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        let Shape { width, height, channels } = self.input;
        let (c, x, y) = (output % channels, output / channels % width, output / channels / width);
        let group = self.group(x, y, c);
        let lines_before = self.reached_before(y, height) * self.reached_before(width, width);
        let before = lines_before + group.lines * self.reached_before(x, width);
        let first = before * self.seen() * channels + c * group.taps();
        for (k, source) in group.sources().enumerate() {
            visit(Connection { input: 0, source, weight: Some(first + k) });
        }
    }

    fn bias(&self, output: usize) -> Option<usize> {
        Some(self.weight_len() + output)
    }

    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call) {
        forward(self, || self.groups(), theta.split_at(self.weight_len()), x[0], z, memo, call);
    }

    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call) {
        backward(self, || self.groups(), theta.split_at(self.weight_len()).0, x[0], dz, grads, memo, call);
    }
}

impl TileDense {
    fn taps(&self) -> usize {
        self.from * self.from * self.input.channels
    }

    fn weight_len(&self) -> usize {
        self.output().len() * self.taps()
    }

    /// The outputs of one tile in one line of z.
    fn group(&self, tile_x: usize, y: usize) -> OutputGroup {
        let Shape { width, channels, .. } = self.input;
        OutputGroup {
            outputs: self.to * self.outputs,
            start: (y / self.to * self.from * width + tile_x * self.from) * channels,
            lines: self.from,
            line_stride: width * channels,
            len: self.from * channels,
            step: 1,
        }
    }

    fn groups(&self) -> impl Iterator<Item = OutputGroup> {
        let tiles = self.input.width / self.from;
        (0..self.output().height).flat_map(move |y| (0..tiles).map(move |tile_x| self.group(tile_x, y)))
    }
}

impl LayerOps for TileDense {
    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    fn output(&self) -> Shape {
        let side = |len: usize| len / self.from * self.to;
        Shape::from_whc(side(self.input.width), side(self.input.height), self.outputs)
    }

    fn check(&self) -> Result<()> {
        let Shape { width, height, channels } = self.input.checked("scale")?;
        let Self { from, to, outputs, .. } = *self;
        if from == 0 || !width.is_multiple_of(from) || !height.is_multiple_of(from) {
            return Err(Error::expected("scale", format!("tiles that divide {width} x {height}"), from));
        }
        let side = |len: usize| (len / from).saturating_mul(to);
        let output = Shape::from_whc(side(width), side(height), outputs).checked("scale")?;
        expect_few_weights("scale", [output.len(), from, from, channels].iter().map(|&n| n as u128).product())
    }

    fn tensors(&self) -> Vec<Tensor> {
        let Shape { width, height, channels } = self.output();
        let dims = vec![height, width, channels, self.from, self.from, self.input.channels];
        let init = Init::HeUniform { fan_in: self.taps() };
        vec![Tensor { name: "weight", dims, init, decays: true }, bias(self.output())]
    }

    fn connections(&self) -> usize {
        self.weight_len()
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        let line = self.output().width * self.outputs;
        let group = self.group(output % line / (self.to * self.outputs), output / line);
        for (k, source) in group.sources().enumerate() {
            visit(Connection { input: 0, source, weight: Some(output * self.taps() + k) });
        }
    }

    fn bias(&self, output: usize) -> Option<usize> {
        Some(self.weight_len() + output)
    }

    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call) {
        forward(self, || self.groups(), theta.split_at(self.weight_len()), x[0], z, memo, call);
    }

    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call) {
        backward(self, || self.groups(), theta.split_at(self.weight_len()).0, x[0], dz, grads, memo, call);
    }
}

fn bias(output: Shape) -> Tensor {
    let dims = vec![output.height, output.width, output.channels];
    Tensor { name: "bias", dims, init: Init::Zeros, decays: false }
}

fn expect_few_weights(who: &str, weights: u128) -> Result<()> {
    if (MOST_VALUES as u128) < weights {
        return Err(Error::expected(who, format!("at most {MOST_VALUES} weights"), weights));
    }
    Ok(())
}

fn forward<G: Iterator<Item = OutputGroup>>(
    layer: &impl LayerOps,
    groups: impl Fn() -> G,
    (w, b): (&[f32], &[f32]),
    x: &[f32],
    z: &mut [f32],
    memo: &mut Memo,
    call: &Call,
) {
    let (inputs, outputs, lanes) = (layer.inputs()[0].len(), b.len(), local::lanes(call.examples));
    memo.scratch.resize((inputs + outputs) * lanes, 0.0);
    let (x_lanes, z_lanes) = memo.scratch.split_at_mut(inputs * lanes);
    local::to_lanes(x, inputs, lanes, x_lanes);
    local::forward(groups(), w, b, x_lanes, z_lanes, lanes);
    local::from_lanes(z_lanes, outputs, lanes, z, |z, value| *z = value);
}

#[allow(clippy::too_many_arguments)] // what `Map::backward` is given, for both layers
fn backward<G: Iterator<Item = OutputGroup>>(
    layer: &impl LayerOps,
    groups: impl Fn() -> G,
    w: &[f32],
    x: &[f32],
    dz: &[f32],
    grads: Grads,
    memo: &mut Memo,
    call: &Call,
) {
    // Forward was: z = b + sum of w x.
    let (inputs, outputs, lanes) = (layer.inputs()[0].len(), layer.output().len(), local::lanes(call.examples));
    memo.scratch.resize((inputs + outputs) * lanes, 0.0);
    let (x_lanes, dz_lanes) = memo.scratch.split_at_mut(inputs * lanes);
    local::to_lanes(dz, outputs, lanes, dz_lanes);
    if let Some(dtheta) = grads.dtheta {
        let (dw, db) = dtheta.split_at_mut(w.len());
        local::to_lanes(x, inputs, lanes, x_lanes);
        local::weight_gradient(groups(), x_lanes, dz_lanes, dw, lanes);
        local::bias_gradient(dz_lanes, db, lanes);
    }
    if let Some(dx) = &mut grads.dx[0] {
        x_lanes.fill(0.0);
        local::input_gradient(groups(), w, dz_lanes, x_lanes, lanes);
        local::from_lanes(x_lanes, inputs, lanes, dx, |dx, value| *dx += value);
    }
}
