//! Input: the first block of every network; its values are the example.

use serde::{Deserialize, Serialize};

use super::{
    Call, Connection, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers, SpeedHooks,
    Surroundings, Tensor, TextForm, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::operators::{OperatorGraph, Signal};
use crate::shape::Shape;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Input {
    pub shape: Shape,
}

impl LayerOps for Input {
    fn title(&self) -> String {
        "input".into()
    }

    fn role(&self) -> LayerRole {
        LayerRole::Input
    }

    fn inputs(&self) -> Vec<Shape> {
        Vec::new()
    }

    fn output(&self) -> Shape {
        self.shape
    }

    fn check(&self) -> Result<()> {
        self.shape.checked("input").map(|_| ())
    }

    fn set_inputs(&mut self, _inputs: &[Shape]) -> Result<()> {
        Err(Error::expected("input", "nothing to read", "a layer"))
    }

    fn tensors(&self) -> Vec<Tensor> {
        Vec::new()
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        None
    }

    fn connections(&self) -> u64 {
        0
    }

    fn incoming(&self, _output: usize, _visit: &mut dyn FnMut(Connection)) {}

    fn readers(&self, _input: usize, _source: usize) -> Readers {
        Readers::all(self.shape)
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

    /// Nothing to compute: the pass writes the example into the block's values.
    fn forward(&self, _theta: &[f32], _x: &[&[f32]], _z: &mut [f32], _memo: &mut Memo, _call: &Call) {}

    fn backward(&self, _theta: &[f32], _x: &[&[f32]], _dz: &[f32], _grads: Grads, _memo: &mut Memo, _call: &Call) {}
}

impl Written for Input {
    const FORMS: &'static [TextForm<Self>] = &[];
}

impl SpeedHooks for Input {}

impl Portable for Input {
    fn write(&self, parts: PortableParts, _graph: &mut OperatorGraph) -> Result<Signal> {
        parts.inputs.first().cloned().ok_or_else(|| Error::expected("input", "a value to begin with", "none"))
    }
}
