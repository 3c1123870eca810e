//! Global pooling: every channel becomes one value, its largest or its mean.
//!
//! `z[c] = max or mean of x[y, x, c]` over the picture: pooling with one window as large as the picture.

use serde::{Deserialize, Serialize};

use super::windows::{Margins, Windows};
use super::{
    Call, Connection, Grads, LayerOps, LayerRole, Memo, OutputAxis, PoolKind, Portable, PortableParts, Readers,
    SpeedHooks, Surroundings, Tensor, TextForm, WeightView, Written,
};
use crate::error::Result;
use crate::operators::{OperatorGraph, Signal};
use crate::shape::Shape;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GlobalPool {
    pub input: Shape,
    #[serde(rename = "method")]
    pub kind: PoolKind,
}

impl GlobalPool {
    fn windows(&self) -> Windows {
        let input = self.input;
        Windows {
            input,
            kind: self.kind,
            width: input.width,
            height: input.height,
            stride: 1,
            margins: Margins::default(),
        }
    }
}

impl LayerOps for GlobalPool {
    fn title(&self) -> String {
        format!("global {} pool", self.kind.name())
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    fn output(&self) -> Shape {
        self.windows().output()
    }

    fn check(&self) -> Result<()> {
        self.input.checked("global pool").map(|_| ())
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
        self.windows().connections()
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        self.windows().incoming(output, visit);
    }

    fn readers(&self, _input: usize, source: usize) -> Readers {
        Readers::one(self.output(), source % self.input.channels)
    }

    fn bias(&self, _output: usize) -> Option<usize> {
        None
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Band
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        Some(format!("global-{}", self.kind.name()))
    }

    fn forward(&self, _theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, _call: &Call) {
        self.windows().forward(x[0], z, &mut memo.indices);
    }

    fn backward(&self, _theta: &[f32], _x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, _call: &Call) {
        if let Some(dx) = &mut grads.dx[0] {
            self.windows().backward(dz, dx, &memo.indices);
        }
    }
}

impl Written for GlobalPool {
    const FORMS: &'static [TextForm<Self>] = &[
        TextForm {
            name: "global-average",
            about: "the mean of every channel",
            fields: &[],
            make: |line| Ok(GlobalPool { input: line.input()?, kind: PoolKind::Average }),
        },
        TextForm {
            name: "global-max",
            about: "the largest value of every channel",
            fields: &[],
            make: |line| Ok(GlobalPool { input: line.input()?, kind: PoolKind::Max }),
        },
    ];
}

impl SpeedHooks for GlobalPool {
    fn picks(&self) -> bool {
        self.kind == PoolKind::Max
    }
}

impl Portable for GlobalPool {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let x = graph.picture(&parts.inputs[0]);
        let operator = match self.kind {
            PoolKind::Max => "GlobalMaxPool",
            PoolKind::Average => "GlobalAveragePool",
        };
        let z = graph.apply(operator, &[&x], &[]);
        Ok(graph.signal(z, self.output()))
    }
}
