//! Dropout: while training, each value becomes 0 with probability `rate`; the others grow so that the mean stays.
//!
//! z = x k / (1 - rate), k = 0 or 1; z = x outside training (<https://jmlr.org/papers/v15/srivastava14a.html>).
//! k follows from the seed of the step and the example's position in the batch, so it does not depend on the shards.

use serde::{Deserialize, Serialize};

use super::{
    Call, Connection, Field, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers,
    SpeedHooks, Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::operators::{OperatorGraph, Signal};
use crate::rng::{Purpose, Rng};
use crate::shape::Shape;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Dropout {
    pub input: Shape,
    /// From 0 to below 1.
    pub rate: f32,
}

impl LayerOps for Dropout {
    fn title(&self) -> String {
        format!("dropout {}", self.rate)
    }

    fn role(&self) -> LayerRole {
        LayerRole::Drops
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    fn output(&self) -> Shape {
        self.input
    }

    fn check(&self) -> Result<()> {
        self.input.checked("dropout")?;
        if !(0.0..1.0).contains(&self.rate) {
            return Err(Error::expected("dropout", "a rate from 0 to below 1", self.rate));
        }
        Ok(())
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
        self.input.len() as u64
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

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        Some(format!("dropout rate={}", self.rate))
    }

    /// Stores k / (1 - rate) of every value in the memo, and nothing where nothing is dropped.
    fn forward(&self, _theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call) {
        let factors = &mut memo.values;
        factors.clear();
        if !call.training || self.rate == 0.0 {
            return z.copy_from_slice(x[0]);
        }
        let kept = 1.0 / (1.0 - self.rate);
        for example in call.first_example..call.first_example + call.examples {
            let mut rng = Rng::new(call.seed, Purpose::Dropout, example as u64);
            factors.extend((0..self.input.len()).map(|_| if rng.uniform() < self.rate { 0.0 } else { kept }));
        }
        for ((z, x), factor) in z.iter_mut().zip(x[0]).zip(factors) {
            *z = x * *factor;
        }
    }

    fn backward(&self, _theta: &[f32], _x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, _call: &Call) {
        // Forward was: z = x factor, or z = x.
        let Some(dx) = &mut grads.dx[0] else { return };
        if memo.values.is_empty() {
            dx.iter_mut().zip(dz).for_each(|(dx, dz)| *dx += dz);
        } else {
            dx.iter_mut().zip(dz.iter().zip(&memo.values)).for_each(|(dx, (dz, factor))| *dx += dz * factor);
        }
    }
}

impl Written for Dropout {
    const FORMS: &'static [TextForm<Self>] = &[TextForm {
        name: "dropout",
        about: "drops values at random while training",
        fields: &[Field::new("rate", 0.0, 0.95, "0.5")],
        make: |line| Ok(Dropout { input: line.input()?, rate: line.sizes[0] as f32 }),
    }];
}

impl SpeedHooks for Dropout {}

impl Portable for Dropout {
    /// The values themselves, outside training.
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let rate = graph.floats("ratio", &[], vec![self.rate]);
        let name = graph.apply("Dropout", &[&parts.inputs[0].name, &rate], &[]);
        Ok(Signal { name, ..parts.inputs[0].clone() })
    }
}
