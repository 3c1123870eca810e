//! One network of every preset against PyTorch: output, loss, gradients, five steps of Adam.
//!
//! The numbers were computed by `tests/oracle/presets.py`, which describes how to repeat that when a preset has
//! changed.

use std::collections::BTreeSet;

use crate::common::lcg;
use neurarium::init::Init;
use neurarium::kernels::elementwise::squares;
use neurarium::layer::Call;
use neurarium::loss::{Loss, Target};
use neurarium::network::Task;
use neurarium::network::preset::{PRESETS, Preset, Request};
use neurarium::network::{Network, NetworkSpec, Pass};
use neurarium::optim::{Method, Optim};
use neurarium::shape::Shape;
use serde::{Deserialize, Serialize};

const EXAMPLES: usize = 3;
const CLASSES: [u32; EXAMPLES] = [2, 0, 1];
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/oracle/presets.json");

/// A preset in the file; PyTorch's part is empty until the script has run.
#[derive(Serialize, Deserialize)]
struct Case {
    preset: String,
    task: Task,
    /// The factor for the numbers of each tensor, in the order of theta.
    scales: Vec<f32>,
    network: NetworkSpec,
    /// The first values of the output.
    #[serde(default)]
    output: Vec<f64>,
    /// Norm of the gradient of each tensor, in the order of theta.
    #[serde(default)]
    norms: Vec<f64>,
    /// Mean loss of the batch before each step.
    #[serde(default)]
    losses: Vec<f64>,
}

/// The current networks, without PyTorch's numbers.
fn described() -> Vec<Case> {
    let shape = Shape::from_whc(16, 12, 3);
    let request = Request { classes: 4, embedding: 6, dropout: 0.0, ..Request::default() };
    let describe = |preset: &'static neurarium::network::preset::Preset| {
        // A U-Net has a level to go down from 16 on.
        let shape = if preset.name == "unet" { Shape { height: 17, ..shape } } else { shape };
        let network = preset.build(shape, Request { target: Some(shape), ..request }).unwrap();
        let tensors = (0..network.blocks().len()).flat_map(|block| network.tensors(block));
        // A power of two, so that a product with it is exact, near the deviation that keeps the variance.
        let scale = |init: &Init| match init {
            Init::HeUniform { fan_in } => (2.0 / *fan_in as f32).sqrt().log2().round().exp2(),
            _ => 0.125,
        };
        let scales = tensors.map(|(tensor, _)| scale(&tensor.init)).collect();
        let (output, norms, losses) = (Vec::new(), Vec::new(), Vec::new());
        Case {
            preset: preset.name.into(),
            task: preset.tasks[0],
            scales,
            network: network.spec(),
            output,
            norms,
            losses,
        }
    };
    // A manifold is compared with PyTorch by tests/suite/manifold.rs, a graph with its formulas by free_graph.rs.
    // Networks for letters have dense and sparse layers, which are compared by themselves.
    let is_compared = |preset: &&Preset| {
        !["manifold", "graph", "letters", "letters-sparse", "letters-contours"].contains(&preset.name)
    };
    PRESETS.iter().filter(is_compared).map(describe).collect()
}

fn recorded() -> Vec<Case> {
    serde_json::from_str(&std::fs::read_to_string(FILE).unwrap()).unwrap()
}

/// The batch that both sides use, and its target.
struct Batch {
    x: Vec<f32>,
    task: Task,
}

impl Batch {
    /// Returns the mean loss of the batch and adds its gradient.
    fn learn(&self, network: &Network, pass: &mut Pass, dtheta: &mut [f32]) -> f64 {
        let call = Call { examples: EXAMPLES, training: true, seed: 0, first_example: 0, tiles: false, prepared: &[] };
        pass.input(EXAMPLES).copy_from_slice(&self.x);
        network.forward(pass, &call);
        let (loss, target) = match self.task {
            // An input that is its own target does for both: the loss only compares values.
            Task::Autoencoder | Task::ImageToImage => (Loss::Mse, Target::Values { y: &self.x, mask: &[] }),
            Task::Classifier => (Loss::CrossEntropy, Target::Classes(&CLASSES)),
            Task::Regressor | Task::MakeLowercase | Task::MakeUppercase => {
                unreachable!("no recorded preset estimates numbers or makes letters")
            }
        };
        let (y, dy) = pass.output_and_gradient();
        let sum = loss.evaluate(y, network.output(), &target, 1.0 / EXAMPLES as f32, dy);
        network.backward(pass, dtheta, &call);
        sum / EXAMPLES as f64
    }
}

fn near(got: f64, expected: f64, tolerance: f64) -> bool {
    (got - expected).abs() <= tolerance * expected.abs().max(1e-2)
}

/// A preset may change its sizes without a new run of PyTorch, but must not contain a layer that was never compared.
#[test]
fn every_kind_of_block_in_a_preset_was_compared_with_pytorch() {
    let kinds = |cases: Vec<Case>| -> BTreeSet<String> {
        let blocks = cases.into_iter().flat_map(|case| case.network.blocks);
        let kind = |layer| serde_json::to_value(layer).unwrap()["kind"].clone();
        blocks.map(|block| format!("{} {}", kind(block.layer), block.activation)).collect()
    };
    let (today, compared) = (kinds(described()), kinds(recorded()));
    assert!(today.is_subset(&compared), "see tests/oracle/presets.py: {today:?}, compared were {compared:?}");
}

#[test]
fn every_preset_computes_and_learns_as_in_pytorch() {
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(FILE, serde_json::to_string(&described()).unwrap()).unwrap();
        return;
    }
    let cases = recorded();
    for case in &cases {
        let who = &case.preset;
        assert!(!case.output.is_empty(), "{who} has no numbers yet: run tests/oracle/presets.py");
        let mut network = Network::from_spec(&case.network).unwrap();
        let tensors: Vec<_> = (0..network.blocks().len()).flat_map(|block| network.tensors(block)).collect();
        for (((_, range), seed), scale) in tensors.iter().zip(1000..).zip(&case.scales) {
            let values = lcg(range.len(), seed).into_iter().map(|value| value * scale);
            network.theta[range.clone()].iter_mut().zip(values).for_each(|(theta, value)| *theta = value);
        }
        let x = lcg(EXAMPLES * network.input().len(), 7).iter().map(|x| 0.5 * (1.0 + x)).collect();
        let batch = Batch { x, task: case.task };

        let (mut pass, mut dtheta) = (Pass::new(&network, EXAMPLES), vec![0.0; network.param_len()]);
        let loss = batch.learn(&network, &mut pass, &mut dtheta);
        for (index, (&got, &expected)) in pass.output().iter().zip(&case.output).enumerate() {
            assert!((got as f64 - expected).abs() < 1e-5, "{who}: output {index} is {got}, PyTorch says {expected}");
        }
        assert!(near(loss, case.losses[0], 1e-5), "{who}: loss {loss}, PyTorch says {}", case.losses[0]);
        for ((tensor, range), &expected) in tensors.iter().zip(&case.norms) {
            let norm = squares(&dtheta[range.clone()]).sqrt();
            assert!(near(norm, expected, 1e-4), "{who}: gradient of {tensor:?} {norm}, PyTorch says {expected}");
        }

        let mut optim = Optim::new(Method::ADAM, network.param_len());
        for (step, &expected) in case.losses.iter().enumerate() {
            dtheta.fill(0.0);
            let loss = batch.learn(&network, &mut pass, &mut dtheta);
            assert!(near(loss, expected, 1e-3), "{who}: loss {loss} at step {step}, PyTorch says {expected}");
            let update = optim.begin_step(0.01, 1.0);
            update.apply(&mut network.theta, &dtheta, &mut optim.m, &mut optim.v, 0.0);
        }
    }
}
