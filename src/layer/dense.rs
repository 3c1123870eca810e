//! Dense layer: every output reads every input.
//!
//! z = x W^T + b, so dL/dx = dz W, dL/dW = dz^T x, dL/db = sum of dz over the examples.
//!
//! Shapes: x `[examples, inputs]`, z `[examples, outputs]`.
//! Parameters: W `[outputs, inputs]` row-major, then b `[outputs]`.

use serde::{Deserialize, Serialize};

use super::{
    Call, Connection, Field, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers,
    SpeedHooks, Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::error::Result;
use crate::init::Init;
use crate::kernels::gemm::{self, Into};
use crate::operators::{OperatorGraph, Signal, plane_order};
use crate::shape::Shape;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dense {
    /// Any shape; its values are read in memory order.
    pub input: Shape,
    pub outputs: usize,
}

impl Dense {
    fn weight_len(&self) -> usize {
        self.input.len() * self.outputs
    }
}

impl LayerOps for Dense {
    fn title(&self) -> String {
        "dense".into()
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    fn output(&self) -> Shape {
        Shape::flat(self.outputs)
    }

    fn check(&self) -> Result<()> {
        let inputs = self.input.checked("dense")?.len();
        Shape::from_whc(1, inputs, self.outputs).checked("dense weights").map(|_| ())
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        self.input = inputs[0];
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        let inputs = self.input.len();
        vec![
            Tensor {
                name: "weight",
                dims: vec![self.outputs, inputs],
                init: Init::HeUniform { fan_in: inputs },
                decays: true,
            },
            Tensor { name: "bias", dims: vec![self.outputs], init: Init::Zeros, decays: false },
        ]
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        Some(OutputAxis::First)
    }

    fn connections(&self) -> u64 {
        self.weight_len() as u64
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        let inputs = self.input.len();
        for source in 0..inputs {
            visit(Connection { input: 0, source, weight: Weight::Parameter(output * inputs + source) });
        }
    }

    fn readers(&self, _input: usize, _source: usize) -> Readers {
        Readers::all(self.output())
    }

    /// Every output reads it; searching the inputs of each would take as long as a forward pass.
    fn outgoing(&self, _input: usize, source: usize, visit: &mut dyn FnMut(usize, Weight)) {
        let inputs = self.input.len();
        (0..self.outputs).for_each(|output| visit(output, Weight::Parameter(output * inputs + source)));
    }

    fn bias(&self, output: usize) -> Option<usize> {
        Some(self.weight_len() + output)
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Rows
    }

    fn text(&self, around: &Surroundings, is_last: bool) -> Option<String> {
        let outputs = self.outputs;
        Some(if is_last && outputs == around.classes {
            "dense outputs=classes".into()
        } else if outputs == around.input.len() && 1 < around.input.area() {
            "dense outputs=values".into()
        } else {
            format!("dense outputs={outputs}")
        })
    }

    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call) {
        let (w, b) = theta.split_at(self.weight_len());
        gemm::nt((call.examples, self.input.len(), self.outputs), x[0], w, b, z, &mut memo.scratch, call.tiles);
    }

    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call) {
        // Forward was: z = x W^T + b.
        let (examples, inputs, outputs) = (call.examples, self.input.len(), self.outputs);
        if let Some(dtheta) = grads.dtheta {
            let (dw, db) = dtheta.split_at_mut(self.weight_len());
            gemm::tn((outputs, examples, inputs), dz, x[0], dw, Into::Add, &mut memo.scratch, call.tiles);
            gemm::add_columns(dz, db);
        }
        if let Some(dx) = &mut grads.dx[0] {
            gemm::nn(
                (examples, outputs, inputs),
                dz,
                &theta[..self.weight_len()],
                dx,
                Into::Add,
                &mut memo.scratch,
                call.tiles,
            );
        }
    }
}

impl Written for Dense {
    const FORMS: &'static [TextForm<Self>] = &[TextForm {
        name: "dense",
        about: "every output sees every input",
        fields: &[Field::new("outputs", 1.0, 1_000_000.0, "128")],
        make: |line| Ok(Dense { input: line.input()?, outputs: line.size(0) }),
    }];
}

impl SpeedHooks for Dense {
    fn as_matrix(&self) -> Option<(usize, usize)> {
        Some((self.outputs, self.input.len()))
    }
}

impl Portable for Dense {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let (w, b) = parts.theta.split_at(self.weight_len());
        let inputs = self.input.len();
        let rows: Vec<usize> = match parts.planes {
            Some(picture) => plane_order(picture).collect(),
            None => (0..self.outputs).collect(),
        };
        let row = |&row: &usize| plane_order(self.input).map(move |at| w[row * inputs + at]);
        let weight = graph.parameter("weight", &[self.outputs, inputs], rows.iter().flat_map(row).collect());
        let bias = graph.parameter("bias", &[self.outputs], rows.iter().map(|&row| b[row]).collect());
        let x = graph.vector(&parts.inputs[0]);
        let name = graph.dense(&x, &weight, &bias);
        Ok(Signal { name, shape: self.output(), planes: parts.planes })
    }
}
