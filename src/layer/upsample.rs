//! Nearest-neighbour upsampling: every pixel becomes a square of `factor` x `factor` equal ones.
//!
//! z[y, x, c] = x[y / factor, x / factor, c].

use serde::{Deserialize, Serialize};

use super::{
    Call, Connection, Field, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers,
    SpeedHooks, Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::operators::{AttributeValue, OperatorGraph, Signal};
use crate::shape::Shape;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Upsample {
    pub input: Shape,
    pub factor: usize,
}

impl LayerOps for Upsample {
    fn title(&self) -> String {
        format!("upsample x{}", self.factor)
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    fn output(&self) -> Shape {
        let Shape { width, height, channels } = self.input;
        Shape::from_whc(width * self.factor, height * self.factor, channels)
    }

    fn check(&self) -> Result<()> {
        let Shape { width, height, channels } = self.input.checked("upsample")?;
        let sides = (width.checked_mul(self.factor), height.checked_mul(self.factor));
        let (Some(width), Some(height)) = sides else {
            return Err(Error::expected("upsample", "a factor that fits its picture", self.factor));
        };
        Shape::from_whc(width, height, channels).checked("upsample").map(|_| ())
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        self.input = inputs[0];
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        Vec::new()
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        None
    }

    fn connections(&self) -> u64 {
        self.output().len() as u64
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        let Shape { width, channels, .. } = self.input;
        let (c, pixel) = (output % channels, output / channels);
        let (x, y) = (pixel % (width * self.factor), pixel / (width * self.factor));
        let source = (y / self.factor * width + x / self.factor) * channels + c;
        visit(Connection { input: 0, source, weight: Weight::ONE });
    }

    fn readers(&self, _input: usize, source: usize) -> Readers {
        let (x, y, channel) = self.input.place(source);
        let first = (x * self.factor, y * self.factor);
        Readers::square(first, self.factor, self.output(), channel..channel + 1)
    }

    fn bias(&self, _output: usize) -> Option<usize> {
        None
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Band
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        Some(format!("upsample factor={}", self.factor))
    }

    fn forward(&self, _theta: &[f32], x: &[&[f32]], z: &mut [f32], _memo: &mut Memo, _call: &Call) {
        let (channels, line) = (self.input.channels, self.input.width * self.input.channels);
        let wide = line * self.factor;
        // Examples are contiguous, so the lines of all of them are one list.
        for (x, z) in x[0].chunks_exact(line).zip(z.chunks_exact_mut(wide * self.factor)) {
            let (first, others) = z.split_at_mut(wide);
            for (x, z) in x.chunks_exact(channels).zip(first.chunks_exact_mut(channels * self.factor)) {
                z.chunks_exact_mut(channels).for_each(|z| z.copy_from_slice(x));
            }
            others.chunks_exact_mut(wide).for_each(|z| z.copy_from_slice(first));
        }
    }

    fn backward(&self, _theta: &[f32], _x: &[&[f32]], dz: &[f32], grads: Grads, _memo: &mut Memo, _call: &Call) {
        // Forward was: every pixel of the square = x, so dx is the sum over the square.
        let Some(dx) = &mut grads.dx[0] else { return };
        let (channels, line) = (self.input.channels, self.input.width * self.input.channels);
        let wide = line * self.factor;
        for (dx, dz) in dx.chunks_exact_mut(line).zip(dz.chunks_exact(wide * self.factor)) {
            for dz in dz.chunks_exact(wide) {
                for (dx, dz) in dx.chunks_exact_mut(channels).zip(dz.chunks_exact(channels * self.factor)) {
                    for dz in dz.chunks_exact(channels) {
                        dx.iter_mut().zip(dz).for_each(|(dx, dz)| *dx += dz);
                    }
                }
            }
        }
    }
}

impl Written for Upsample {
    const FORMS: &'static [TextForm<Self>] = &[TextForm {
        name: "upsample",
        about: "every pixel becomes a square of equal ones",
        fields: &[Field::new("factor", 1.0, 16.0, "2")],
        make: |line| Ok(Upsample { input: line.input()?, factor: line.size(0) }),
    }];
}

impl SpeedHooks for Upsample {}

impl Portable for Upsample {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let x = graph.picture(&parts.inputs[0]);
        let z = repeated(&x, self.factor, graph);
        Ok(graph.signal(z, self.output()))
    }
}

/// Every pixel of a picture `[N, C, H, W]` as a square of `factor` x `factor` equal ones.
pub(super) fn repeated(x: &str, factor: usize, graph: &mut OperatorGraph) -> String {
    let scales = graph.floats("scales", &[4], vec![1.0, 1.0, factor as f32, factor as f32]);
    let attributes = [
        ("coordinate_transformation_mode", AttributeValue::Word("asymmetric")),
        ("mode", AttributeValue::Word("nearest")),
        ("nearest_mode", AttributeValue::Word("floor")),
    ];
    graph.apply("Resize", &[x, "", &scales], &attributes)
}
