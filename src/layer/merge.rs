//! Merges: several blocks become one, by addition or by concatenation of their channels.
//!
//! add: z = sum of all x. concat: the channels of each pixel are those of the first x, then those of the second, and so
//! on.

use serde::{Deserialize, Serialize};

use super::{
    Call, Connection, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers, SpeedHooks,
    Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::operators::{AttributeValue, OperatorGraph, Signal};
use crate::shape::Shape;

/// Adds inputs of one shape.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Add {
    /// The shape of each input: all equal, at least two.
    pub inputs: Vec<Shape>,
}

/// Concatenates the channels of pictures of one size.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Concat {
    /// The shape of each input: all of one width and height, at least two.
    pub inputs: Vec<Shape>,
}

fn expect_two(who: &str, inputs: &[Shape]) -> Result<Shape> {
    match inputs {
        [first, _, ..] => Ok(*first),
        _ => Err(Error::expected(who, "at least two inputs", inputs.len())),
    }
}

impl LayerOps for Add {
    fn title(&self) -> String {
        "add".into()
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        self.inputs.clone()
    }

    fn output(&self) -> Shape {
        self.inputs[0]
    }

    fn check(&self) -> Result<()> {
        let first = expect_two("add", &self.inputs)?.checked("add")?;
        match self.inputs.iter().find(|&&shape| shape != first) {
            Some(other) => Err(Error::expected("add", format!("inputs of {first}"), other)),
            None => Ok(()),
        }
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        self.inputs = inputs.into();
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        Vec::new()
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        None
    }

    fn connections(&self) -> u64 {
        (self.inputs.len() * self.output().len()) as u64
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        for input in 0..self.inputs.len() {
            visit(Connection { input, source: output, weight: Weight::ONE });
        }
    }

    fn readers(&self, _input: usize, source: usize) -> Readers {
        Readers::one(self.output(), source)
    }

    fn bias(&self, _output: usize) -> Option<usize> {
        None
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Band
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        Some("add".into())
    }

    fn forward(&self, _theta: &[f32], x: &[&[f32]], z: &mut [f32], _memo: &mut Memo, _call: &Call) {
        z.copy_from_slice(x[0]);
        for x in &x[1..] {
            z.iter_mut().zip(*x).for_each(|(z, x)| *z += x);
        }
    }

    fn backward(&self, _theta: &[f32], _x: &[&[f32]], dz: &[f32], grads: Grads, _memo: &mut Memo, _call: &Call) {
        // Forward was: z = sum of all x.
        for dx in grads.dx.iter_mut().flatten() {
            dx.iter_mut().zip(dz).for_each(|(dx, dz)| *dx += dz);
        }
    }
}

impl Written for Add {
    const FORMS: &'static [TextForm<Self>] = &[TextForm {
        name: "add",
        about: "the sum of several layers (from=NAME,NAME)",
        fields: &[],
        make: |line| Ok(Add { inputs: line.inputs.into() }),
    }];
}

impl SpeedHooks for Add {}

impl Concat {
    /// For each input, the first of its channels in z and their number.
    fn spans(&self) -> impl Iterator<Item = (usize, usize)> {
        self.inputs.iter().scan(0, |next, shape| {
            let first = *next;
            *next += shape.channels;
            Some((first, shape.channels))
        })
    }
}

impl LayerOps for Concat {
    fn title(&self) -> String {
        "concat".into()
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        self.inputs.clone()
    }

    fn output(&self) -> Shape {
        let Shape { width, height, .. } = self.inputs[0];
        Shape::from_whc(width, height, self.inputs.iter().map(|shape| shape.channels).sum())
    }

    fn check(&self) -> Result<()> {
        let first = expect_two("concat", &self.inputs)?;
        let mut channels = 0usize;
        for shape in &self.inputs {
            let shape = shape.checked("concat")?;
            if (shape.width, shape.height) != (first.width, first.height) {
                let expected = format!("pictures of {} x {}", first.width, first.height);
                return Err(Error::expected("concat", expected, shape));
            }
            channels = channels.saturating_add(shape.channels);
        }
        Shape::from_whc(first.width, first.height, channels).checked("concat").map(|_| ())
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        self.inputs = inputs.into();
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
        let channels = self.output().channels;
        let (c, pixel) = (output % channels, output / channels);
        for (input, (first, len)) in self.spans().enumerate() {
            if (first..first + len).contains(&c) {
                visit(Connection { input, source: pixel * len + c - first, weight: Weight::ONE });
            }
        }
    }

    fn readers(&self, input: usize, source: usize) -> Readers {
        let (x, y, channel) = self.inputs[input].place(source);
        let first = self.spans().nth(input).map_or(0, |(first, _)| first) + channel;
        Readers { across: x..x + 1, down: y..y + 1, channels: first..first + 1 }
    }

    fn bias(&self, _output: usize) -> Option<usize> {
        None
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Band
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        Some("concat".into())
    }

    fn forward(&self, _theta: &[f32], x: &[&[f32]], z: &mut [f32], _memo: &mut Memo, _call: &Call) {
        let channels = self.output().channels;
        for (x, (first, len)) in x.iter().zip(self.spans()) {
            for (z, x) in z.chunks_exact_mut(channels).zip(x.chunks_exact(len)) {
                z[first..first + len].copy_from_slice(x);
            }
        }
    }

    fn backward(&self, _theta: &[f32], _x: &[&[f32]], dz: &[f32], grads: Grads, _memo: &mut Memo, _call: &Call) {
        // Forward was: z[first + c] = x[c] in every pixel.
        let channels = self.output().channels;
        for (dx, (first, len)) in grads.dx.iter_mut().zip(self.spans()) {
            let Some(dx) = dx else { continue };
            for (dz, dx) in dz.chunks_exact(channels).zip(dx.chunks_exact_mut(len)) {
                dx.iter_mut().zip(&dz[first..first + len]).for_each(|(dx, dz)| *dx += dz);
            }
        }
    }
}

impl Written for Concat {
    const FORMS: &'static [TextForm<Self>] = &[TextForm {
        name: "concat",
        about: "the channels of several layers side by side (from=NAME,NAME)",
        fields: &[],
        make: |line| Ok(Concat { inputs: line.inputs.into() }),
    }];
}

impl SpeedHooks for Concat {}

impl Portable for Add {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let mut sum = parts.inputs[0].name.clone();
        for x in &parts.inputs[1..] {
            sum = graph.apply("Add", &[&sum, &x.name], &[]);
        }
        Ok(Signal::new(sum, self.output()))
    }
}

impl Portable for Concat {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let names: Vec<&str> = parts.inputs.iter().map(|x| x.name.as_str()).collect();
        let name = graph.apply("Concat", &names, &[("axis", AttributeValue::Integer(1))]);
        Ok(Signal::new(name, self.output()))
    }
}
