//! Pad: margins of a constant value around a picture; a negative margin crops it.

use serde::{Deserialize, Serialize};

use super::{
    Call, Connection, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers, SpeedHooks,
    Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::operators::{AttributeValue, OperatorGraph, Signal};
use crate::shape::Shape;

/// No margin is wider than this.
const MOST: i32 = 4096;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Pad {
    pub input: Shape,
    pub left: i32,
    pub top: i32,
    pub right: i32,
    pub bottom: i32,
    /// The value of the margins; the least finite number in front of a max pool, which must never pick them.
    pub value: f32,
}

impl Pad {
    /// Length of a side with its margins; `None` where nothing would be left.
    fn side(len: usize, before: i32, after: i32) -> Option<usize> {
        let len = i64::try_from(len).ok()?.checked_add(i64::from(before) + i64::from(after))?;
        usize::try_from(len).ok().filter(|&len| 0 < len)
    }

    /// The pixel of the input that is shown at (x, y) of the output; `None` in a margin.
    fn source(&self, x: usize, y: usize) -> Option<usize> {
        let place = |at: usize, before: i32, len: usize| {
            let at = usize::try_from(at as i64 - i64::from(before)).ok()?;
            (at < len).then_some(at)
        };
        let x = place(x, self.left, self.input.width)?;
        Some(place(y, self.top, self.input.height)? * self.input.width + x)
    }

    /// For every pixel of the output, its number in the input; `None` in a margin.
    fn pixels(&self) -> impl Iterator<Item = Option<usize>> {
        let output = self.output();
        (0..output.height).flat_map(move |y| (0..output.width).map(move |x| self.source(x, y)))
    }
}

impl LayerOps for Pad {
    fn title(&self) -> String {
        "pad".into()
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    fn output(&self) -> Shape {
        let side = |len, before, after| Self::side(len, before, after).unwrap_or(1);
        let Shape { width, height, channels } = self.input;
        Shape::from_whc(side(width, self.left, self.right), side(height, self.top, self.bottom), channels)
    }

    fn check(&self) -> Result<()> {
        let Shape { width, height, channels } = self.input.checked("pad")?;
        if let Some(margin) =
            [self.left, self.top, self.right, self.bottom].into_iter().find(|m| !(-MOST..=MOST).contains(m))
        {
            return Err(Error::expected("pad", format!("margins of {} to {MOST}", -MOST), margin));
        }
        if !self.value.is_finite() {
            return Err(Error::expected("pad", "a finite value", self.value));
        }
        let sides = (Self::side(width, self.left, self.right), Self::side(height, self.top, self.bottom));
        let (Some(width), Some(height)) = sides else {
            return Err(Error::expected("pad", "margins that leave part of the picture", "none of it left"));
        };
        Shape::from_whc(width, height, channels).checked("pad").map(|_| ())
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
        (self.pixels().flatten().count() * self.input.channels) as u64
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        let (channels, width) = (self.input.channels, self.output().width);
        let pixel = output / channels;
        if let Some(source) = self.source(pixel % width, pixel / width) {
            visit(Connection { input: 0, source: source * channels + output % channels, weight: Weight::ONE });
        }
    }

    fn readers(&self, _input: usize, source: usize) -> Readers {
        let moved = |at: usize, margin: i32, len: usize| {
            let at = usize::try_from(at as i64 + i64::from(margin)).unwrap_or(len).min(len);
            at..(at + 1).min(len)
        };
        let ((x, y, channel), output) = (self.input.place(source), self.output());
        let (across, down) = (moved(x, self.left, output.width), moved(y, self.top, output.height));
        Readers { across, down, channels: channel..channel + 1 }
    }

    fn bias(&self, _output: usize) -> Option<usize> {
        None
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Band
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        None
    }

    fn forward(&self, _theta: &[f32], x: &[&[f32]], z: &mut [f32], _memo: &mut Memo, _call: &Call) {
        let channels = self.input.channels;
        for (x, z) in x[0].chunks_exact(self.input.len()).zip(z.chunks_exact_mut(self.output().len())) {
            for (z, pixel) in z.chunks_exact_mut(channels).zip(self.pixels()) {
                match pixel {
                    Some(pixel) => z.copy_from_slice(&x[pixel * channels..][..channels]),
                    None => z.fill(self.value),
                }
            }
        }
    }

    fn backward(&self, _theta: &[f32], _x: &[&[f32]], dz: &[f32], grads: Grads, _memo: &mut Memo, _call: &Call) {
        // Forward was: z = x where there is one.
        let Some(dx) = &mut grads.dx[0] else { return };
        let channels = self.input.channels;
        for (dx, dz) in dx.chunks_exact_mut(self.input.len()).zip(dz.chunks_exact(self.output().len())) {
            for (dz, pixel) in dz.chunks_exact(channels).zip(self.pixels()) {
                let Some(pixel) = pixel else { continue };
                dx[pixel * channels..][..channels].iter_mut().zip(dz).for_each(|(dx, dz)| *dx += dz);
            }
        }
    }
}

impl Written for Pad {
    const FORMS: &'static [TextForm<Self>] = &[];
}

impl SpeedHooks for Pad {}

impl Portable for Pad {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let margins = [0, 0, self.top, self.left, 0, 0, self.bottom, self.right].map(i64::from);
        let x = graph.picture(&parts.inputs[0]);
        let (margins, value) = (graph.integers(&margins), graph.floats("value", &[], vec![self.value]));
        let z = graph.apply("Pad", &[&x, &margins, &value], &[("mode", AttributeValue::Word("constant"))]);
        Ok(graph.signal(z, self.output()))
    }
}
