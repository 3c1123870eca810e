//! The free graph as a layer: its sizes, its tensors, and what every layer answers.

use serde::{Deserialize, Serialize};

use super::wiring::Wiring;
use crate::error::{Error, Result};
use crate::init::Init;
use crate::kernels::sparse;
use crate::layer::{
    Call, Connection, Grads, LayerOps, LayerRole, Memo, OutputAxis, Portable, PortableParts, Readers, SpeedHooks,
    Surroundings, Tensor, TextForm, Weight, WeightView, Written,
};
use crate::operators::{AttributeValue, OperatorGraph, Signal, plane_places};
use crate::shape::Shape;

/// A pool of neurons: inputs, then outputs, then free ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FreeGraph {
    pub input: Shape,
    pub outputs: usize,
    pub free: usize,
    /// Steps of a call.
    pub steps: usize,
    /// Most sources of a neuron.
    pub most_sources: usize,
    /// The sources of outputs and free neurons.
    pub wiring: Wiring,
}

/// Most values of a call.
const MOST_VALUES: u128 = 1 << 24;
/// Most connections that are drawn at random.
const MOST_CONNECTIONS: u128 = 1 << 24;
/// Most steps of a call.
const MOST_STEPS: usize = 1000;

impl FreeGraph {
    /// Gives each neuron `most_sources` random sources, or all neurons if there are fewer.
    pub fn wired_at_random(self, seed: u64) -> Result<Self> {
        self.check_sizes()?;
        let connections = self.rows() as u128 * self.most_sources.min(self.pool()) as u128;
        if MOST_CONNECTIONS < connections {
            return Err(Error::expected("graph", format!("at most {MOST_CONNECTIONS} connections"), connections));
        }
        let wiring = Wiring::random(self.rows(), self.pool(), self.most_sources, seed);
        Ok(Self { wiring, ..self })
    }

    /// Checks everything but the wiring.
    pub(super) fn check_sizes(&self) -> Result<()> {
        self.input.checked("graph")?;
        let wrong = |expected: &str, got: String| Err(Error::expected("graph", expected, got));
        if self.outputs == 0 {
            return wrong("at least one output", "none".into());
        }
        if !(1..=MOST_STEPS).contains(&self.steps) {
            return wrong(&format!("1 to {MOST_STEPS} steps"), self.steps.to_string());
        }
        // In u128: sizes from outside may be anything.
        let pool = self.input.len() as u128 + self.outputs as u128 + self.free as u128;
        let values = pool * self.steps as u128;
        if MOST_VALUES < values {
            return wrong(&format!("at most {MOST_VALUES} neurons in all steps"), values.to_string());
        }
        Ok(())
    }

    /// Neurons that read others.
    pub fn rows(&self) -> usize {
        self.outputs + self.free
    }

    /// All neurons.
    pub fn pool(&self) -> usize {
        self.input.len() + self.rows()
    }

    /// The connections of a row that come from inputs, and those from other neurons.
    pub(super) fn split(&self, row: usize) -> usize {
        self.wiring.row(row).partition_point(|&source| (source as usize) < self.input.len())
    }
}

impl LayerOps for FreeGraph {
    fn title(&self) -> String {
        format!("graph {} + {}", self.outputs, self.free)
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    /// One row of neurons, so that the free ones can be cut off by a negative margin.
    fn output(&self) -> Shape {
        Shape::from_whc(self.rows(), 1, 1)
    }

    fn check(&self) -> Result<()> {
        self.check_sizes()?;
        if !self.wiring.fits(self.rows(), self.pool(), self.most_sources) {
            let (rows, pool, most) = (self.rows(), self.pool(), self.most_sources);
            let expected = format!("{rows} lists of at most {most} neurons out of {pool}, in ascending order");
            return Err(Error::expected("graph", expected, "other lists"));
        }
        Ok(())
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        if inputs[0].len() != self.input.len() {
            return Err(Error::expected("graph", format!("{} inputs", self.input.len()), inputs[0].len()));
        }
        self.input = inputs[0];
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        let fan_in = self.wiring.len().div_ceil(self.rows().max(1));
        let init = Init::LecunNormal { fan_in };
        vec![
            Tensor { name: "weight", dims: vec![self.wiring.len()], init, decays: true },
            Tensor { name: "bias", dims: vec![self.rows()], init: Init::Zeros, decays: false },
        ]
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        None
    }

    /// Once for each step.
    fn connections(&self) -> u64 {
        (self.wiring.len() * self.steps) as u64
    }

    /// Connections from inputs; neurons within the layer are not among its inputs.
    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        let from_inputs = &self.wiring.row(output)[..self.split(output)];
        for (weight, &source) in self.wiring.range(output).zip(from_inputs) {
            visit(Connection { input: 0, source: source as usize, weight: Weight::Parameter(weight) });
        }
    }

    fn readers(&self, _input: usize, _source: usize) -> Readers {
        Readers::all(self.output())
    }

    fn bias(&self, output: usize) -> Option<usize> {
        Some(self.wiring.len() + output)
    }

    fn weight_view(&self) -> WeightView {
        WeightView::Neighbourhoods
    }

    fn text(&self, _around: &Surroundings, _is_last: bool) -> Option<String> {
        None
    }

    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, _call: &Call) {
        self.forward_steps(theta, x[0], z, (&mut memo.values, &mut memo.scratch));
    }

    fn backward(&self, theta: &[f32], _x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, _call: &Call) {
        let Grads { dx, dtheta } = grads;
        self.backward_steps(theta, dz, dx[0].as_deref_mut(), dtheta, (&mut memo.values, &mut memo.scratch));
    }
}

impl Written for FreeGraph {
    const FORMS: &'static [TextForm<Self>] = &[];
}

impl SpeedHooks for FreeGraph {
    fn group_len(&self) -> usize {
        sparse::WIDTH
    }
}

impl Portable for FreeGraph {
    /// The steps one after the other: v = tanh(base + v W^T), from v = 0, where base is what the inputs give.
    fn write(&self, parts: PortableParts, graph: &mut OperatorGraph) -> Result<Signal> {
        let (inputs, rows) = (self.input.len(), self.rows());
        let (w, b) = parts.theta.split_at(self.wiring.len());
        let place = plane_places(self.input);
        // Weights with their places in a matrix [rows, inputs], and in one [rows, rows] that is turned around.
        let (mut from_inputs, mut within) = ((Vec::new(), Vec::new()), (Vec::new(), Vec::new()));
        for row in 0..rows {
            for (&source, weight) in self.wiring.row(row).iter().zip(&w[self.wiring.range(row)]) {
                let (places, weights, at) = match (source as usize).checked_sub(inputs) {
                    None => (&mut from_inputs.0, &mut from_inputs.1, row * inputs + place[source as usize]),
                    Some(neuron) => (&mut within.0, &mut within.1, neuron * rows + row),
                };
                places.push(at);
                weights.push(*weight);
            }
        }
        let weight = graph.scattered("weight", [rows, inputs], from_inputs.0, from_inputs.1)?;
        let within = graph.scattered("within", [rows, rows], within.0, within.1)?;
        let bias = graph.parameter("bias", &[rows], b.into());
        let x = graph.vector(&parts.inputs[0]);
        let base = graph.dense(&x, &weight, &bias);
        let (mut s, mut v) = (base.clone(), String::new());
        for step in 0..self.steps {
            if step != 0 {
                let read = graph.apply("MatMul", &[&v, &within], &[]);
                s = graph.apply("Add", &[&base, &read], &[]);
            }
            v = graph.apply("Tanh", &[&s], &[]);
        }
        // Outputs show s itself.
        let [first, outputs, end, axis] = [0, self.outputs, rows, 1].map(|number| graph.integers(&[number as i64]));
        let shown = graph.apply("Slice", &[&s, &first, &outputs, &axis], &[]);
        let free = graph.apply("Slice", &[&v, &outputs, &end, &axis], &[]);
        let z = graph.apply("Concat", &[&shown, &free], &[("axis", AttributeValue::Integer(1))]);
        Ok(graph.signal_of_planes(z, self.output()))
    }
}
