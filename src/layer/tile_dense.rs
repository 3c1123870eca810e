//! Tile-wise dense layer: the picture is divided into tiles, each mapped to a larger or smaller one by its own weights.
//!
//! `z[o] = b[o] + sum of w[o, k] x[k]` over the pixels and channels k of o's tile; see `untied`.
//! Parameters: W `[height, width, outputs, from, from, channels]`, then b `[height, width, outputs]`.

use serde::{Deserialize, Serialize};

use super::untied;
use super::{
    Call, Connection, Field, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers,
    SpeedHooks, Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::init::Init;
use crate::kernels::local::OutputGroup;
use crate::operators::{AttributeValue, OperatorGraph, Signal};
use crate::shape::Shape;

/// Tiles of `from` x `from` pixels become tiles of `to` x `to` x `outputs`; each of the new values reads all pixels and
/// channels of its tile.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TileDense {
    pub input: Shape,
    /// Channels of z.
    pub outputs: usize,
    /// Divides width and height.
    pub from: usize,
    pub to: usize,
}

impl TileDense {
    fn taps(&self) -> usize {
        self.from * self.from * self.input.channels
    }

    fn weight_len(&self) -> usize {
        self.output().len() * self.taps()
    }

    /// The dimensions of its weights as matrices for other programs, `[1, tiles, reads, makes]`; both kinds of values line by
    /// line, pixel by pixel, channel by channel.
    pub fn untied_dims(&self) -> [usize; 4] {
        let tiles = (self.input.width / self.from) * (self.input.height / self.from);
        [1, tiles, self.taps(), self.to * self.to * self.outputs]
    }

    /// The place of each weight among them.
    pub fn untied_places(&self) -> Vec<usize> {
        let ([_, _, reads, makes], across) = (self.untied_dims(), self.input.width / self.from);
        let place = |output: usize| {
            let (x, y, channel) = self.output().place(output);
            let tile = y / self.to * across + x / self.to;
            let made = (y % self.to * self.to + x % self.to) * self.outputs + channel;
            (0..reads).map(move |read| (tile * reads + read) * makes + made)
        };
        (0..self.output().len()).flat_map(place).collect()
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
    fn title(&self) -> String {
        format!("scale {0}x{0} to {1}x{1}", self.from, self.to)
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

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
        untied::expect_few_weights("scale", [output.len(), from, from, channels].iter().map(|&n| n as u128).product())
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        self.input = inputs[0];
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        let Shape { width, height, channels } = self.output();
        let dims = vec![height, width, channels, self.from, self.from, self.input.channels];
        let init = Init::HeUniform { fan_in: self.taps() };
        vec![Tensor { name: "weight", dims, init, decays: true }, untied::bias(self.output())]
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        None
    }

    fn connections(&self) -> u64 {
        self.weight_len() as u64
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        let line = self.output().width * self.outputs;
        let group = self.group(output % line / (self.to * self.outputs), output / line);
        for (k, source) in group.sources().enumerate() {
            visit(Connection { input: 0, source, weight: Weight::Parameter(output * self.taps() + k) });
        }
    }

    fn readers(&self, _input: usize, source: usize) -> Readers {
        let (x, y, _) = self.input.place(source);
        let first = |at: usize| at / self.from * self.to;
        Readers::square((first(x), first(y)), self.to, self.output(), 0..self.outputs)
    }

    fn bias(&self, output: usize) -> Option<usize> {
        Some(self.weight_len() + output)
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Neighbourhoods
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        Some(format!("scale outputs={} tile={} to={}", self.outputs, self.from, self.to))
    }

    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call) {
        untied::forward(self, || self.groups(), theta.split_at(self.weight_len()), x[0], z, memo, call);
    }

    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call) {
        untied::backward(self, || self.groups(), theta.split_at(self.weight_len()).0, x[0], dz, grads, memo, call);
    }
}

impl Written for TileDense {
    const FORMS: &'static [TextForm<Self>] = &[TextForm {
        name: "scale",
        about: "tiles become larger or smaller ones, each by its own weights",
        fields: &[
            Field::new("outputs", 1.0, 4096.0, "8"),
            Field::new("tile", 1.0, 64.0, "4"),
            Field::new("to", 1.0, 64.0, "2"),
        ],
        make: |line| {
            let (outputs, from, to) = (line.size(0), line.size(1), line.size(2));
            Ok(TileDense { input: line.input()?, outputs, from, to })
        },
    }];
}

impl SpeedHooks for TileDense {}

impl Portable for TileDense {
    /// The values of a tile become the channels of one pixel, which is multiplied by a matrix of its own.
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let (output, (w, b)) = (self.output(), parts.theta.split_at(self.weight_len()));
        let (across, down) = (self.input.width / self.from, self.input.height / self.from);
        let dims @ [_, tiles, reads, makes] = self.untied_dims();
        let mut weight = vec![0.0; w.len()];
        self.untied_places().into_iter().zip(w).for_each(|(place, &w)| weight[place] = w);
        let x = graph.picture(&parts.inputs[0]);
        let blocks = |side: usize| [("blocksize", AttributeValue::Integer(side as i64))];
        let spread = graph.apply("SpaceToDepth", &[&x], &blocks(self.from));
        let rows = graph.reshape(&spread, &[-1, 1, reads as i64, tiles as i64]);
        let weight = graph.parameter("weight", &dims, weight);
        let made = graph.untied_products(&rows, &weight);
        let made = graph.painted(&made, Shape::from_whc(across, down, makes));
        let z = graph.apply("DepthToSpace", &[&made], &blocks(self.to));
        let z = graph.add_by_value(&z, output, b);
        Ok(graph.signal(z, output))
    }
}
