//! Product of two inputs: value by value, or a picture times one factor for each of its channels.

use serde::{Deserialize, Serialize};

use super::{
    Call, Connection, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers, SpeedHooks,
    Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::error::{Error, Result};
use crate::operators::{OperatorGraph, Signal};
use crate::shape::Shape;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Product {
    /// Two shapes: the second is equal to the first or has one value for each of its channels.
    pub inputs: Vec<Shape>,
}

impl Product {
    /// For each value of an example, the index of its factor.
    fn factors(&self) -> impl Iterator<Item = usize> + use<> {
        let (len, period) = (self.inputs[0].len(), self.inputs[1].len());
        (0..len).map(move |at| at % period)
    }
}

impl LayerOps for Product {
    fn title(&self) -> String {
        "product".into()
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        self.inputs.clone()
    }

    fn output(&self) -> Shape {
        self.inputs[0]
    }

    fn check(&self) -> Result<()> {
        let [picture, factors] = self.inputs[..] else {
            return Err(Error::expected("product", "two inputs", self.inputs.len()));
        };
        let picture = picture.checked("product")?;
        if factors != picture && factors != Shape::flat(picture.channels) {
            let expected = format!("a second input of {picture} or of {}", Shape::flat(picture.channels));
            return Err(Error::expected("product", expected, factors));
        }
        Ok(())
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        self.inputs = inputs.into();
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        Vec::new()
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        None
    }

    fn connections(&self) -> u64 {
        2 * self.output().len() as u64
    }

    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        visit(Connection { input: 0, source: output, weight: Weight::Fixed(None) });
        visit(Connection { input: 1, source: output % self.inputs[1].len(), weight: Weight::Fixed(None) });
    }

    fn readers(&self, input: usize, source: usize) -> Readers {
        let (output, len) = (self.output(), self.inputs[input].len());
        if len == output.len() {
            return Readers::one(output, source);
        }
        // The factor of a channel is read at every pixel.
        Readers { channels: source..source + 1, ..Readers::all(output) }
    }

    fn bias(&self, _output: usize) -> Option<usize> {
        None
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Band
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        Some("product".into())
    }

    fn forward(&self, _theta: &[f32], x: &[&[f32]], z: &mut [f32], _memo: &mut Memo, _call: &Call) {
        let (len, period) = (self.inputs[0].len(), self.inputs[1].len());
        let examples = x[0].chunks_exact(len).zip(x[1].chunks_exact(period)).zip(z.chunks_exact_mut(len));
        for ((x, factors), z) in examples {
            for (x, z) in x.chunks_exact(period).zip(z.chunks_exact_mut(period)) {
                z.iter_mut().zip(x.iter().zip(factors)).for_each(|(z, (x, factor))| *z = x * factor);
            }
        }
    }

    fn backward(&self, _theta: &[f32], x: &[&[f32]], dz: &[f32], grads: Grads, _memo: &mut Memo, _call: &Call) {
        // Forward was: z = x[0] x[1].
        let (len, period) = (self.inputs[0].len(), self.inputs[1].len());
        let [dx, dfactors] = grads.dx else { return };
        for (example, dz) in dz.chunks_exact(len).enumerate() {
            let (x, factors) = (&x[0][example * len..][..len], &x[1][example * period..][..period]);
            if let Some(dx) = dx {
                let dx = &mut dx[example * len..][..len];
                dx.iter_mut().zip(dz).zip(self.factors()).for_each(|((dx, dz), factor)| *dx += dz * factors[factor]);
            }
            if let Some(dfactors) = dfactors {
                let dfactors = &mut dfactors[example * period..][..period];
                x.iter().zip(dz).zip(self.factors()).for_each(|((x, dz), factor)| dfactors[factor] += dz * x);
            }
        }
    }
}

impl Written for Product {
    const FORMS: &'static [TextForm<Self>] = &[TextForm {
        name: "product",
        about: "the product of two layers (from=NAME,NAME)",
        fields: &[],
        make: |line| Ok(Product { inputs: line.inputs.into() }),
    }];
}

impl SpeedHooks for Product {}

impl Portable for Product {
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let [x, factors] = parts.inputs else {
            return Err(Error::expected("product", "two inputs", parts.inputs.len()));
        };
        let factors = if x.shape.is_flat() { factors.name.clone() } else { graph.picture(factors) };
        Ok(Signal::new(graph.apply("Mul", &[&x.name, &factors], &[]), self.output()))
    }
}
