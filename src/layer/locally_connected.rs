//! Locally connected layer: a convolution with untied weights. Every output value has weights of its own.
//!
//! `z[y, x, o] = b[y, x, o] + sum of w x` over the pixels of the neighbourhood and their channels; see `untied`.
//! Parameters: the weights, one row for each output value in the order of z, each row in the order of
//! [`LayerOps::incoming`] (line by line, pixel by pixel, channel by channel); then b `[height, width, channels]`.

use serde::{Deserialize, Serialize};

use super::untied;
use super::{
    Call, Connection, Field, Grads, LayerOps, LayerRole, Memo, OutputAxis, Readers, SpeedHooks, Surroundings, Tensor,
    TextForm, Weight, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::init::Init;
use crate::kernels::local::OutputGroup;
use crate::shape::Shape;

/// Every value reads the `size` x `size` pixels around it, of its own channel or of all channels.
///
/// There are no weights beyond the edge of the picture, so rows of weights near it are shorter.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LocallyConnected {
    pub input: Shape,
    /// Odd, at most 255.
    pub size: usize,
    pub mix_channels: bool,
}

impl LocallyConnected {
    /// No neighbourhood is larger than this on a side.
    const MOST_SIZE: usize = 255;

    /// First position and number of positions in the neighbourhood of `at` along an axis of `len`.
    fn reach(&self, at: usize, len: usize) -> (usize, usize) {
        let half = self.size / 2;
        let first = at.saturating_sub(half);
        (first, (at + half + 1).min(len) - first)
    }

    /// Total number of positions in the neighbourhoods of all positions before `at` along an axis of `len`.
    fn reached_before(&self, at: usize, len: usize) -> usize {
        // `size` each, minus what would be beyond the near edge and beyond the far one.
        let half = self.size / 2;
        let beyond = |count: usize| {
            let count = count.min(half);
            count * half - count * count.saturating_sub(1) / 2
        };
        at * self.size - beyond(at) - (beyond(len) - beyond(len - at))
    }

    /// Number of channels that one value reads.
    fn seen(&self) -> usize {
        if self.mix_channels { self.input.channels } else { 1 }
    }

    fn weight_len(&self) -> usize {
        let Shape { width, height, channels } = self.input;
        self.reached_before(width, width) * self.reached_before(height, height) * self.seen() * channels
    }

    /// The outputs of one pixel, or of one channel of it, as a group. Groups follow each other in the order of z.
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
    fn title(&self) -> String {
        format!("mix {0}x{0}", self.size)
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

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
        // In u128: sizes that pass the checks above can have more connections than fit in less.
        let reached = |len: usize| (0..len).map(|at| self.reach(at, len).1 as u128).sum::<u128>();
        let weights = reached(width) * reached(height) * self.seen() as u128 * channels as u128;
        untied::expect_few_weights("mix", weights)
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        self.input = inputs[0];
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        let fan_in = self.size * self.size * self.seen();
        vec![
            Tensor { name: "weight", dims: vec![self.weight_len()], init: Init::HeUniform { fan_in }, decays: true },
            untied::bias(self.output()),
        ]
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        None
    }

    fn connections(&self) -> u64 {
        self.weight_len() as u64
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        let Shape { width, height, channels } = self.input;
        let (c, x, y) = (output % channels, output / channels % width, output / channels / width);
        let group = self.group(x, y, c);
        let lines_before = self.reached_before(y, height) * self.reached_before(width, width);
        let before = lines_before + group.lines * self.reached_before(x, width);
        let first = before * self.seen() * channels + c * group.taps();
        for (k, source) in group.sources().enumerate() {
            visit(Connection { input: 0, source, weight: Weight::Parameter(first + k) });
        }
    }

    fn readers(&self, _input: usize, source: usize) -> Readers {
        let (x, y, channel) = self.input.place(source);
        let near = |at: usize, len: usize| {
            let (first, count) = self.reach(at, len);
            first..first + count
        };
        let Shape { width, height, channels } = self.input;
        let channels = if self.mix_channels { 0..channels } else { channel..channel + 1 };
        Readers { across: near(x, width), down: near(y, height), channels }
    }

    fn bias(&self, output: usize) -> Option<usize> {
        Some(self.weight_len() + output)
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Neighbourhoods
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        (!self.mix_channels).then(|| format!("mix size={}", self.size))
    }

    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call) {
        untied::forward(self, || self.groups(), theta.split_at(self.weight_len()), x[0], z, memo, call);
    }

    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call) {
        untied::backward(self, || self.groups(), theta.split_at(self.weight_len()).0, x[0], dz, grads, memo, call);
    }
}

impl Written for LocallyConnected {
    const FORMS: &'static [TextForm<Self>] = &[TextForm {
        name: "mix",
        about: "every value has its own weights to the pixels around it",
        fields: &[Field::new("size", 1.0, 255.0, "3")],
        make: |line| Ok(LocallyConnected { input: line.input()?, size: line.size(0), mix_channels: false }),
    }];
}

impl SpeedHooks for LocallyConnected {}
