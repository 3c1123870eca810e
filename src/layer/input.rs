//! Input: the first block of every network, whose values are the example itself.

use serde::{Deserialize, Serialize};

use super::call::{Call, Grads, Memo};
use super::connection::Connection;
use super::ops::LayerOps;
use super::speed::SpeedHooks;
use crate::error::Result;
use crate::shape::Shape;

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

impl SpeedHooks for Input {}
