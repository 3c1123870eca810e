//! Affine: every channel is scaled and shifted, which is what a batch norm does once its statistics are fixed.
//!
//! `z = weight[c] x + bias[c]`. Parameters: weight `[channels]`, then bias `[channels]`.

use serde::{Deserialize, Serialize};

use super::{
    Call, Connection, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers, SpeedHooks,
    Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::error::Result;
use crate::init::Init;
use crate::operators::{OperatorGraph, Signal};
use crate::shape::Shape;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Affine {
    pub input: Shape,
}

impl LayerOps for Affine {
    fn title(&self) -> String {
        "affine".into()
    }

    fn role(&self) -> LayerRole {
        LayerRole::Stretches
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    fn output(&self) -> Shape {
        self.input
    }

    fn check(&self) -> Result<()> {
        self.input.checked("affine").map(|_| ())
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        self.input = inputs[0];
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        let dims = vec![self.input.channels];
        vec![
            Tensor { name: "weight", dims: dims.clone(), init: Init::Ones, decays: false },
            Tensor { name: "bias", dims, init: Init::Zeros, decays: false },
        ]
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        Some(OutputAxis::First)
    }

    fn connections(&self) -> u64 {
        self.input.len() as u64
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        visit(Connection { input: 0, source: output, weight: Weight::Parameter(output % self.input.channels) });
    }

    fn readers(&self, _input: usize, source: usize) -> Readers {
        Readers::one(self.output(), source)
    }

    fn bias(&self, output: usize) -> Option<usize> {
        Some(self.input.channels + output % self.input.channels)
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Band
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        Some("affine".into())
    }

    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], _memo: &mut Memo, _call: &Call) {
        let channels = self.input.channels;
        let (weight, bias) = theta.split_at(channels);
        for (x, z) in x[0].chunks_exact(channels).zip(z.chunks_exact_mut(channels)) {
            for c in 0..channels {
                z[c] = weight[c] * x[c] + bias[c];
            }
        }
    }

    fn backward(&self, theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, _memo: &mut Memo, _call: &Call) {
        // Forward was: z = weight x + bias.
        let channels = self.input.channels;
        if let Some(dx) = &mut grads.dx[0] {
            for (dx, dz) in dx.chunks_exact_mut(channels).zip(dz.chunks_exact(channels)) {
                for c in 0..channels {
                    dx[c] += theta[c] * dz[c];
                }
            }
        }
        if let Some(dtheta) = grads.dtheta {
            let mut sums = vec![0.0f64; 2 * channels];
            for (x, dz) in x[0].chunks_exact(channels).zip(dz.chunks_exact(channels)) {
                for c in 0..channels {
                    sums[c] += (x[c] * dz[c]) as f64;
                    sums[channels + c] += dz[c] as f64;
                }
            }
            dtheta.iter_mut().zip(sums).for_each(|(dtheta, sum)| *dtheta += sum as f32);
        }
    }
}

impl Written for Affine {
    const FORMS: &'static [TextForm<Self>] = &[TextForm {
        name: "affine",
        about: "stretches and shifts every channel",
        fields: &[],
        make: |line| Ok(Affine { input: line.input()? }),
    }];
}

impl SpeedHooks for Affine {}

impl Portable for Affine {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let x = &parts.inputs[0];
        Ok(Signal::new(graph.stretched(&x.name, x, parts.theta), self.input))
    }
}
