//! Reshape: the same values seen as another shape (flatten, unflatten), z = x.

use serde::{Deserialize, Serialize};

use super::{
    Call, Connection, Field, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers,
    SpeedHooks, Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::operators::{OperatorGraph, Signal};
use crate::shape::Shape;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reshape {
    pub input: Shape,
    pub output: Shape,
}

impl LayerOps for Reshape {
    fn title(&self) -> String {
        "reshape".into()
    }

    fn role(&self) -> LayerRole {
        LayerRole::Reshapes
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    fn output(&self) -> Shape {
        self.output
    }

    fn check(&self) -> Result<()> {
        let (from, to) = (self.input.checked("reshape")?, self.output.checked("reshape")?);
        if from.len() != to.len() {
            return Err(Error::expected("reshape", format!("{} values ({from})", from.len()), format!("{to}")));
        }
        Ok(())
    }

    /// The output follows if it is a plain vector or the shape that was read; any other shape was chosen, and stays.
    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        if self.output.is_flat() {
            self.output = Shape::flat(inputs[0].len());
        } else if self.output == self.input {
            self.output = inputs[0];
        }
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
        self.output.len() as u64
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        visit(Connection { input: 0, source: output, weight: Weight::ONE });
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

    fn text(&self, around: &Surroundings, _is_last: bool) -> Option<String> {
        let Shape { width, height, channels } = self.output;
        Some(if self.output == around.input && !self.output.is_flat() {
            "picture".into()
        } else if self.output.is_flat() {
            "flatten".into()
        } else {
            format!("reshape width={width} height={height} outputs={channels}")
        })
    }

    fn forward(&self, _theta: &[f32], x: &[&[f32]], z: &mut [f32], _memo: &mut Memo, _call: &Call) {
        z.copy_from_slice(x[0]);
    }

    fn backward(&self, _theta: &[f32], _x: &[&[f32]], dz: &[f32], grads: Grads, _memo: &mut Memo, _call: &Call) {
        // Forward was: z = x.
        if let Some(dx) = &mut grads.dx[0] {
            dx.iter_mut().zip(dz).for_each(|(dx, dz)| *dx += dz);
        }
    }
}

impl Written for Reshape {
    const FORMS: &'static [TextForm<Self>] = &[
        TextForm {
            name: "flatten",
            about: "the picture as a plain vector",
            fields: &[],
            make: |line| {
                let input = line.input()?;
                Ok(Reshape { input, output: Shape::flat(input.len()) })
            },
        },
        TextForm {
            name: "picture",
            about: "the values as a picture of the input's shape",
            fields: &[],
            make: |line| Ok(Reshape { input: line.input()?, output: line.around.input }),
        },
        TextForm {
            name: "reshape",
            about: "the values as a picture of this shape",
            fields: &[Field::new("width", 1.0, 4096.0, "7"), Field::new("height", 1.0, 4096.0, "7"), Field::OUTPUTS],
            make: |line| {
                let output = Shape::from_whc(line.size(0), line.size(1), line.size(2));
                Ok(Reshape { input: line.input()?, output })
            },
        },
    ];
}

impl SpeedHooks for Reshape {}

impl Portable for Reshape {
    /// Values keep the order of the pixels, which is another one than that of the planes if there are several channels.
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let (from, to, x) = (self.input, self.output, &parts.inputs[0]);
        let is_painted = |shape: Shape| !shape.is_flat() && shape.channels != 1;
        let mut name = x.name.clone();
        if x.planes == Some(to) {
            return Ok(Signal::new(graph.painted(&name, to), to));
        }
        if from == to {
            return Ok(Signal::new(name, to));
        }
        if is_painted(from) {
            name = graph.transpose(&name, &[0, 2, 3, 1]);
        }
        let Shape { width, height, channels } = to;
        if to.is_flat() {
            name = graph.reshape(&name, &[-1, channels as i64]);
        } else if is_painted(to) {
            name = graph.reshape(&name, &[-1, height as i64, width as i64, channels as i64]);
            name = graph.transpose(&name, &[0, 3, 1, 2]);
        } else {
            name = graph.painted(&name, to);
        }
        Ok(Signal::new(name, to))
    }
}
