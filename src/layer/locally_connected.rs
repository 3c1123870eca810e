//! Locally connected layer: a convolution with untied weights. Every output value has weights of its own.
//!
//! `z[y, x, o] = b[y, x, o] + sum of w x` over the pixels of the neighbourhood and their channels; see `untied`.
//! Parameters: the weights, one row for each output value in the order of z, each row in the order of
//! [`LayerOps::incoming`] (line by line, pixel by pixel, channel by channel); then b `[height, width, channels]`.

use serde::{Deserialize, Serialize};

use super::untied;
use super::{
    Call, Connection, Field, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers,
    SpeedHooks, Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::init::Init;
use crate::kernels::local::OutputGroup;
use crate::operators::{AttributeValue, OperatorGraph, Signal, dense_values};
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

    /// The dimensions of its weights as matrices for other programs, `[groups, places, reads, makes]`.
    pub fn untied_dims(&self) -> [usize; 4] {
        let (channels, area) = (self.input.channels, self.input.area());
        let (groups, makes) = if self.mix_channels { (1, channels) } else { (channels, 1) };
        [groups, area, self.seen() * self.size * self.size, makes]
    }

    /// The place of each weight among them; those beyond the edge have none.
    pub fn untied_places(&self) -> Vec<usize> {
        let [_, area, reads, makes] = self.untied_dims();
        let (size, half, taps) = (self.size, self.size / 2, self.size * self.size);
        let mut places = Vec::with_capacity(self.weight_len());
        for output in 0..self.input.len() {
            let (x, y, channel) = self.input.place(output);
            let (group, made) = if self.mix_channels { (0, channel) } else { (channel, 0) };
            let row = (group * area + y * self.input.width + x) * reads;
            // Connections come in the order of the weights.
            self.incoming(output, &mut |connection| {
                let (source_x, source_y, source) = self.input.place(connection.source);
                let tap = (source_y + half - y) * size + source_x + half - x;
                let read = if self.mix_channels { source * taps + tap } else { tap };
                places.push((row + read) * makes + made);
            });
        }
        places
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

impl Portable for LocallyConnected {
    /// Every pixel gets the window around it as channels, by a convolution that only moves values.
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let Shape { width, height, channels } = self.input;
        let (size, half, taps) = (self.size, self.size / 2, self.size * self.size);
        let (w, b) = parts.theta.split_at(self.weight_len());
        let dims @ [groups, area, reads, _] = self.untied_dims();
        // A place beyond the edge has the weight 0.
        let mut weight = vec![0.0; dense_values(&dims)?];
        self.untied_places().into_iter().zip(w).for_each(|(place, &w)| weight[place] = w);
        let x = graph.picture(&parts.inputs[0]);
        let shift: Vec<f32> = (0..dense_values(&[channels, taps, taps])?)
            .map(|at| if at / taps % taps == at % taps { 1.0 } else { 0.0 })
            .collect();
        let shift = graph.floats("windows", &[channels * taps, 1, size, size], shift);
        let attributes = [
            ("kernel_shape", AttributeValue::Integers(vec![size as i64; 2])),
            ("pads", AttributeValue::Integers(vec![half as i64; 4])),
            ("group", AttributeValue::Integer(channels as i64)),
        ];
        let windows = graph.apply("Conv", &[&x, &shift], &attributes);
        let rows = graph.reshape(&windows, &[-1, groups as i64, reads as i64, area as i64]);
        let weight = graph.parameter("weight", &dims, weight);
        let made = graph.untied_products(&rows, &weight);
        let made = graph.painted(&made, Shape { width, height, channels });
        let z = graph.add_by_value(&made, self.input, b);
        Ok(graph.signal(z, self.input))
    }
}
