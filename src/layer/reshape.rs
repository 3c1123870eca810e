//! Layers that move no number: the network's input, and the same values in another shape.

use serde::{Deserialize, Serialize};

use super::{Call, Connection, Grads, LayerOps, Memo};
use crate::error::{Error, Result};
use crate::shape::Shape;

/// The first block of every network: the example itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    pub shape: Shape,
}

impl LayerOps for Input {
    fn inputs(&self) -> Vec<Shape> {
        Vec::new()
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn check(&self) -> Result<()> {
        self.shape.checked("input").map(|_| ())
    }

    fn connections(&self) -> usize {
        0
    }

    fn incoming(&self, _output: usize, _visit: &mut dyn FnMut(Connection)) {}

    /// The pass writes the example into the block's values; there is nothing to compute.
    fn forward(&self, _theta: &[f32], _x: &[&[f32]], _z: &mut [f32], _memo: &mut Memo, _call: &Call) {}

    fn backward(&self, _theta: &[f32], _x: &[&[f32]], _dz: &[f32], _grads: Grads, _memo: &mut Memo, _call: &Call) {}
}

/// The same values seen as another shape (flatten, unflatten): z = x.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reshape {
    pub input: Shape,
    pub output: Shape,
}

impl LayerOps for Reshape {
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

    fn connections(&self) -> usize {
        self.output.len()
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        visit(Connection { input: 0, source: output, weight: None });
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
