//! Planes: converts a picture to a vector channel by channel, the order of other programs, or such a vector to a
//! picture.
//!
//! Value (x, y, c) of the picture is number (c height + y) width + x of the vector.

use serde::{Deserialize, Serialize};

use super::{
    Call, Connection, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers, SpeedHooks,
    Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::operators::{OperatorGraph, Signal};
use crate::shape::Shape;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Planes {
    pub picture: Shape,
    /// Whether it converts the vector to the picture, rather than the picture to the vector.
    pub paints: bool,
}

impl Planes {
    /// Index in the vector of value number `pixel_order` of the picture.
    pub fn place(picture: Shape, pixel_order: usize) -> usize {
        let (c, pixel) = (pixel_order % picture.channels, pixel_order / picture.channels);
        c * picture.area() + pixel
    }

    /// Index in the picture of value number `plane_order` of the vector.
    fn back(picture: Shape, plane_order: usize) -> usize {
        let (pixel, c) = (plane_order % picture.area(), plane_order / picture.area());
        pixel * picture.channels + c
    }

    fn source(&self, output: usize) -> usize {
        if self.paints { Self::place(self.picture, output) } else { Self::back(self.picture, output) }
    }
}

impl LayerOps for Planes {
    fn title(&self) -> String {
        "planes".into()
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![if self.paints { Shape::flat(self.picture.len()) } else { self.picture }]
    }

    fn output(&self) -> Shape {
        if self.paints { self.picture } else { Shape::flat(self.picture.len()) }
    }

    fn check(&self) -> Result<()> {
        self.picture.checked("planes").map(|_| ())
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        let vector = Shape::flat(self.picture.len());
        if !self.paints {
            self.picture = inputs[0];
        } else if inputs[0] != vector {
            return Err(Error::expected("planes", format!("a vector of {} values", vector.len()), inputs[0]));
        }
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        Vec::new()
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        None
    }

    fn connections(&self) -> u64 {
        self.picture.len() as u64
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        visit(Connection { input: 0, source: self.source(output), weight: Weight::ONE });
    }

    fn readers(&self, _input: usize, source: usize) -> Readers {
        let output = if self.paints { Self::back(self.picture, source) } else { Self::place(self.picture, source) };
        Readers::one(self.output(), output)
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
        let len = self.picture.len();
        for (x, z) in x[0].chunks_exact(len).zip(z.chunks_exact_mut(len)) {
            z.iter_mut().enumerate().for_each(|(at, z)| *z = x[self.source(at)]);
        }
    }

    fn backward(&self, _theta: &[f32], _x: &[&[f32]], dz: &[f32], grads: Grads, _memo: &mut Memo, _call: &Call) {
        // Forward was: z[at] = x[source(at)].
        let Some(dx) = &mut grads.dx[0] else { return };
        let len = self.picture.len();
        for (dx, dz) in dx.chunks_exact_mut(len).zip(dz.chunks_exact(len)) {
            dz.iter().enumerate().for_each(|(at, dz)| dx[self.source(at)] += dz);
        }
    }
}

impl Written for Planes {
    const FORMS: &'static [TextForm<Self>] = &[];
}

impl SpeedHooks for Planes {}

impl Portable for Planes {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let x = &parts.inputs[0];
        let name = match (self.paints, self.picture.is_flat()) {
            (_, true) => x.name.clone(),
            (true, false) => graph.painted(&x.name, self.picture),
            (false, false) => graph.flattened(&x.name),
        };
        Ok(Signal::new(name, self.output()))
    }
}
