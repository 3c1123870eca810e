//! The dense plain twin of the manifold, written from its formulas in f64, and small manifolds to compare with it.

use neurarium::activation::Activation;
use neurarium::layer::{Cells, EdgeWeights, Layer, LayerOps, Manifold, ManifoldStart, NeuronKind, SequenceOf};
use neurarium::network::Network;
use neurarium::shape::Shape;

/// A manifold of images of `width` x `height` grey pixels.
pub fn small(width: usize, height: usize, hidden: usize, outputs: usize) -> Manifold {
    Manifold {
        input: Shape::from_whc(width, height, 1),
        hidden,
        outputs,
        period: width as f32,
        start: if height == 1 { ManifoldStart::Few } else { ManifoldStart::Images },
        width_factor: 1.0,
        bumps: 1,
        centre_rate: 1.0,
        edges: EdgeWeights::Curve,
        squared: false,
        sequence: SequenceOf::None,
        feedback: 0,
        neuron: NeuronKind::Plain,
        random_share: 0.0,
    }
}

/// Its first random parameters.
pub fn initialised(manifold: &Manifold, seed: u64) -> Vec<f32> {
    let mut network = Network::new(manifold.input).unwrap();
    network.push("manifold", Layer::Manifold(manifold.clone()), Activation::Linear, &[0]).unwrap();
    network.initialise(seed);
    network.theta
}

/// In f64.
pub fn wide(numbers: &[f32]) -> Vec<f64> {
    numbers.iter().map(|&number| f64::from(number)).collect()
}

/// The derivative of `value` with respect to number `index` of `v`, by central differences.
pub fn slope(v: &[f64], index: usize, value: impl Fn(&[f64]) -> f64) -> f64 {
    let at = |distance: f64| {
        let mut moved = v.to_vec();
        moved[index] += distance;
        value(&moved)
    };
    (at(1e-6) - at(-1e-6)) / 2e-6
}

/// The parameters by name.
struct Parameters<'a> {
    tensors: Vec<(&'static str, &'a [f64])>,
}

impl<'a> Parameters<'a> {
    fn new(manifold: &Manifold, theta: &'a [f64]) -> Self {
        let mut rest = theta;
        let mut next = |len: usize| {
            let (tensor, behind) = rest.split_at(len);
            rest = behind;
            tensor
        };
        Self { tensors: manifold.tensors().iter().map(|tensor| (tensor.name, next(tensor.len()))).collect() }
    }

    fn tensor(&self, name: &str) -> &'a [f64] {
        self.tensors.iter().find(|(known, _)| *known == name).map_or(&[], |(_, tensor)| tensor)
    }

    fn number(&self, name: &str, index: usize) -> f64 {
        self.tensor(name)[index]
    }
}

fn sigmoid(x: f64) -> f64 {
    1.0 / (1.0 + (-x).exp())
}

fn softplus(x: f64) -> f64 {
    x.max(0.0) + (-x.abs()).exp().ln_1p()
}

/// d of every cell, in the order of the cells, and the cutoff.
pub fn closeness(manifold: &Manifold, theta: &[f64]) -> (Vec<f64>, f64) {
    let p = Parameters::new(manifold, theta);
    let Cells { inputs, hidden, outputs, .. } = manifold.cells();
    let rows = hidden + outputs;
    let mut all = Vec::new();
    for r in 0..rows {
        let i = (inputs + r) as f64;
        let offset = inputs as f64 + (outputs as f64 - inputs as f64) * r as f64 / (rows - 1).max(1) as f64;
        for j in 0..inputs + r.min(hidden) {
            let position = j as f64 - i + offset;
            let bumps = (0..manifold.bumps).map(|bump| {
                let at = r * manifold.bumps + bump;
                let amplitude = 2.0 * sigmoid(p.number("alpha", at)) - 1.0;
                let power = p.number("beta", at) + 1.0;
                let shift = sigmoid(p.number("gamma", at));
                let period = f64::from(manifold.period) * softplus(p.number("period", at)) / std::f64::consts::LN_2;
                let width = softplus(p.number("sigma", at));
                let centre = p.number("mu", at) * f64::from(manifold.centre_rate);
                let turn = 2.0 * std::f64::consts::PI * position / period + p.number("phi", at);
                let bell = (-(position - centre).powi(2) / (2.0 * width * width)).exp();
                amplitude * bell * ((0.501 + 0.5 * turn.sin()).powf(power) - shift)
            });
            all.push(bumps.sum());
        }
    }
    (all, sigmoid(p.number("kappa", 0)))
}

/// The strength of every cell.
pub fn strengths(manifold: &Manifold, theta: &[f64]) -> Vec<f64> {
    let own = Parameters::new(manifold, theta).tensor("edge").to_vec();
    if manifold.edges == EdgeWeights::Own {
        return own;
    }
    let (closeness, cutoff) = closeness(manifold, theta);
    let strength = |(cell, d): (usize, f64)| {
        let above = if cutoff < d.abs() { d.signum() * (d.abs() - cutoff) / (1.0 - cutoff) } else { 0.0 };
        above * own.get(cell).copied().unwrap_or(1.0)
    };
    closeness.into_iter().enumerate().map(strength).collect()
}

/// z of one example.
pub fn forward(manifold: &Manifold, theta: &[f64], x: &[f64]) -> Vec<f64> {
    let steps = x.chunks(manifold.step_inputs());
    let mut before = Step::default();
    let strengths = strengths(manifold, theta);
    for x in steps {
        before = step(manifold, theta, &strengths, x, &before);
    }
    let outputs = before.outputs.iter().map(|z| if manifold.squared { z * z } else { *z });
    before.hidden.iter().copied().chain(outputs).collect()
}

/// What a step computes: y and c of the hidden neurons, z of the outputs. Before the first step all are 0.
#[derive(Default)]
struct Step {
    hidden: Vec<f64>,
    state: Vec<f64>,
    outputs: Vec<f64>,
}

fn step(manifold: &Manifold, theta: &[f64], strengths: &[f64], x: &[f64], before: &Step) -> Step {
    let p = Parameters::new(manifold, theta);
    let Cells { hidden, outputs, feedback, .. } = manifold.cells();
    let all = manifold.cells().all_sources();
    let mut y = x.to_vec();
    y.extend((0..feedback).map(|k| before.outputs.get(k).map_or(0.0, |z| z.tanh())));
    let mut now = Step::default();
    let mut first = 0;
    for r in 0..hidden + outputs {
        let sources = y.len();
        let sum = |gate: usize, leak: f64| -> f64 {
            let term = |j: usize| {
                let u = p.number("weight", gate * all + j) * y[j] + p.number("bias", gate * all + j);
                strengths[first + j] * if 0.0 < u { u } else { leak * u }
            };
            (0..sources).map(term).sum()
        };
        if hidden <= r {
            now.outputs.push(sum(0, 1.0));
        } else if manifold.neuron == NeuronKind::Plain {
            now.hidden.push(sum(0, 0.2));
        } else {
            let last = before.hidden.get(r).copied().unwrap_or(0.0);
            let [g, i, f, o] = std::array::from_fn(|gate| {
                let at = gate * hidden + r;
                sum(gate, 0.2) + p.number("recurrent", at) * last + p.number("gate", at)
            });
            let state = before.state.get(r).copied().unwrap_or(0.0);
            let state = sigmoid(f + 1.0) * state + sigmoid(i) * g.tanh();
            now.state.push(state);
            now.hidden.push(sigmoid(o) * state.tanh());
        }
        first += sources;
        if r < hidden {
            y.push(now.hidden[r]);
        }
    }
    now
}
