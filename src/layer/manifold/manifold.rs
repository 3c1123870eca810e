//! The manifold as a layer: its sizes and options, its tensors, and what every layer answers.

use serde::{Deserialize, Serialize};

use super::cells::Cells;
use crate::error::{Error, Result};
use crate::init::Init;
use crate::kernels::sparse;
use crate::layer::{
    Call, Connection, Grads, LayerOps, LayerRole, Memo, OutputAxis, Readers, SpeedHooks, Surroundings, Tensor,
    TextForm, Weight, WeightView, Written,
};
use crate::shape::Shape;

/// Neurons in order: inputs, then hidden ones, then outputs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifold {
    pub input: Shape,
    pub hidden: usize,
    pub outputs: usize,
    /// Positions in a period of the sine, at a raw period of 0: a row of the image.
    pub period: f32,
    /// What its curves look like at first.
    pub start: ManifoldStart,
    /// Factor on the initial widths of the curves.
    pub width_factor: f32,
    /// Curves of a neuron, which are added up.
    pub bumps: usize,
    /// How much faster centres move than other numbers: a centre is this factor times its parameter.
    pub centre_rate: f32,
    pub edges: EdgeWeights,
    /// Whether outputs are squared.
    pub squared: bool,
    /// What of the example a step reads.
    #[serde(default)]
    pub sequence: SequenceOf,
    /// Outputs beside the others whose tanh each step reads from the step before, as further inputs.
    #[serde(default)]
    pub feedback: usize,
    /// What hidden neurons are.
    #[serde(default)]
    pub neuron: NeuronKind,
    /// Where edges have weights of their own alone: the share of the cells that are the first edges, drawn at random; 0
    /// where the curves give them.
    #[serde(default)]
    pub random_share: f32,
}

/// The sequence that an example is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SequenceOf {
    /// None: one step reads all of it.
    #[default]
    None,
    /// The rows of the image, from the first to the last. The outputs of the last step count.
    Rows,
}

/// What a hidden neuron makes of what it reads.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum NeuronKind {
    /// The sum of its edges.
    #[default]
    Plain,
    /// A cell of an LSTM, which remembers from step to step.
    Gated,
}

/// Deviations of the initial curves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ManifoldStart {
    /// Nearly equal curves, for a few inputs.
    Few,
    /// Varied curves, for images.
    Images,
}

/// What the strength of an edge consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EdgeWeights {
    /// The curve alone.
    Curve,
    /// The curve times a weight of the edge's own, 1 at first.
    Scaled,
    /// A weight of its own alone: a cell is an edge where it is not 0. The curves give the first edges.
    Own,
}

impl EdgeWeights {
    pub fn has_own_weights(self) -> bool {
        match self {
            Self::Curve => false,
            Self::Scaled | Self::Own => true,
        }
    }

    /// Whether an edge is there because it has a weight.
    pub fn is_own(self) -> bool {
        self == Self::Own
    }
}

/// Most bumps of a neuron.
const MOST_BUMPS: usize = 16;
/// Deviation of the first strengths from a gated neuron to its own gates.
const RECURRENT: f32 = 0.3;
/// Most cells, so that they can be numbered.
const MOST_CELLS: u128 = 1 << 27;

impl Manifold {
    pub fn cells(&self) -> Cells {
        let feedback = self.feedback;
        let (inputs, outputs) = (self.step_inputs() + feedback, self.outputs + feedback);
        Cells { inputs, hidden: self.hidden, outputs, feedback }
    }
}

impl LayerOps for Manifold {
    fn title(&self) -> String {
        format!("manifold {} + {}", self.hidden, self.outputs)
    }

    fn role(&self) -> LayerRole {
        LayerRole::Computes
    }

    fn inputs(&self) -> Vec<Shape> {
        vec![self.input]
    }

    /// One row of neurons, so that the outputs can be cut off by a negative margin.
    fn output(&self) -> Shape {
        Shape::from_whc(self.hidden + self.feedback + self.outputs, 1, 1)
    }

    fn check(&self) -> Result<()> {
        self.input.checked("manifold")?;
        let wrong = |expected: &str, got: String| Err(Error::expected("manifold", expected, got));
        if self.hidden == 0 || self.outputs == 0 {
            return wrong("at least one hidden neuron and one output", format!("{} and {}", self.hidden, self.outputs));
        }
        if self.feedback != 0 && self.sequence == SequenceOf::None {
            return wrong("a sequence for feedback", "none".into());
        }
        // In u128: sizes from outside may be anything.
        let (steps, feedback) = (self.steps() as u128, self.feedback as u128);
        let (hidden, outputs) = (self.hidden as u128, self.outputs as u128 + feedback);
        let sources = self.step_inputs() as u128 + feedback + hidden;
        let work = (hidden + outputs).checked_mul(sources).and_then(|cells| cells.checked_mul(steps));
        let work = work.unwrap_or(u128::MAX);
        if MOST_CELLS < work {
            return wrong(&format!("at most {MOST_CELLS} cells in all steps"), work.to_string());
        }
        if !(1..=MOST_BUMPS).contains(&self.bumps) {
            return wrong(&format!("1 to {MOST_BUMPS} bumps"), self.bumps.to_string());
        }
        for (name, value) in [
            ("period", self.period),
            ("factor on the widths", self.width_factor),
            ("rate of centres", self.centre_rate),
        ] {
            if !(1e-3..=1e6).contains(&value) {
                return wrong(&format!("a {name} from 0.001 to 1000000"), value.to_string());
            }
        }
        if !(0.0..=1.0).contains(&self.random_share) {
            return wrong("a random share from 0 to 1", self.random_share.to_string());
        }
        Ok(())
    }

    fn set_inputs(&mut self, inputs: &[Shape]) -> Result<()> {
        self.input = inputs[0];
        Ok(())
    }

    fn tensors(&self) -> Vec<Tensor> {
        let cells = self.cells();
        let (inputs, neurons) = (cells.inputs as f32, (cells.inputs + cells.rows()) as f32);
        let normal = |mean: f32, deviation: f32| Init::Normal { mean, deviation };
        // One tenth of the variety of images, and wider bells for their size, suit a handful of inputs.
        let (varied, phase, width, spread, centre) = match self.start {
            ManifoldStart::Few => (0.1, 0.001, inputs.powf(0.75), neurons.powf(0.133), 0.4 * self.period),
            ManifoldStart::Images => (1.0, 0.01, inputs.powf(0.66), neurons.powf(0.33), 0.5 * self.period),
        };
        let pi = std::f32::consts::PI;
        let curves = [
            ("alpha", normal(5.0, varied)),
            ("beta", normal(0.0, 0.01)),
            ("gamma", normal(0.0, varied)),
            ("period", normal(0.0, varied)),
            ("phi", normal(0.5 * pi, phase * pi)),
            ("sigma", normal(self.width_factor * width, spread)),
            ("mu", normal(0.0, centre / self.centre_rate)),
        ];
        let tensor = |name, dims, init, decays| Tensor { name, dims, init, decays };
        let mut tensors: Vec<Tensor> =
            curves.into_iter().map(|(name, init)| tensor(name, vec![cells.rows(), self.bumps], init, false)).collect();
        tensors.push(tensor("kappa", vec![1], normal(-1.0, 0.0), false));
        let of_sources = match self.neuron {
            NeuronKind::Plain => vec![cells.all_sources()],
            NeuronKind::Gated => vec![self.gates(), cells.all_sources()],
        };
        tensors.push(tensor("weight", of_sources.clone(), normal(0.0, 1.0), true));
        tensors.push(tensor("bias", of_sources, normal(0.0, 1.0), false));
        if self.neuron == NeuronKind::Gated {
            let of_neurons = vec![self.gates(), cells.hidden];
            tensors.push(tensor("recurrent", of_neurons.clone(), normal(0.0, RECURRENT), true));
            tensors.push(tensor("gate", of_neurons, Init::Zeros, false));
        }
        match self.edges {
            EdgeWeights::Curve => {}
            EdgeWeights::Scaled => tensors.push(tensor("edge", vec![cells.count()], Init::Ones, true)),
            EdgeWeights::Own => {
                let drawn = Init::Sparse { share: self.random_share, fan_in: cells.count() / cells.rows() };
                let init = if self.random_share == 0.0 { Init::Zeros } else { drawn };
                tensors.push(tensor("edge", vec![cells.count()], init, true));
            }
        }
        tensors
    }

    fn output_axis(&self) -> Option<OutputAxis> {
        None
    }

    /// All cells, once for each step: which of them are edges depends on the parameters.
    fn connections(&self) -> u64 {
        (self.cells().count() * self.steps()) as u64
    }

    /// The cells of the inputs; neurons within the layer are not among its inputs.
    fn incoming(&self, output: usize, visit: &mut dyn FnMut(Connection)) {
        debug_assert!(output < self.cells().rows());
        for source in 0..self.input.len() {
            visit(Connection { input: 0, source, weight: Weight::Computed });
        }
    }

    fn readers(&self, _input: usize, _source: usize) -> Readers {
        Readers::all(self.output())
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

    fn forward(&self, theta: &[f32], x: &[&[f32]], z: &mut [f32], memo: &mut Memo, call: &Call) {
        let Memo { values, scratch, edges: own, .. } = memo;
        let edges = match call.edges() {
            Some(edges) => edges,
            None => {
                self.connect(theta, 0.0, own);
                own
            }
        };
        self.forward_edges(theta, edges, x[0], z, (values, scratch));
    }

    fn backward(&self, theta: &[f32], _x: &[&[f32]], dz: &[f32], grads: Grads, memo: &mut Memo, call: &Call) {
        let Memo { values, scratch, edges: own, .. } = memo;
        let edges = call.edges().unwrap_or(own);
        let Grads { dx, dtheta } = grads;
        self.backward_values(theta, edges, dz, dx[0].as_deref_mut(), dtheta, (values, scratch));
    }
}

impl Written for Manifold {
    const FORMS: &'static [TextForm<Self>] = &[];
}

impl SpeedHooks for Manifold {
    fn group_len(&self) -> usize {
        sparse::WIDTH
    }
}
