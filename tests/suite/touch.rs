//! Parameters and neurons that training leaves alone: pinned and held ones, in the network and in the trainer.

use crate::common::gradient::{check, weighted};
use crate::common::numbers;
use neurarium::data::{Dataset, blurred};
use neurarium::layer::Call;
use neurarium::loss::Loss;
use neurarium::network::{Held, Network, NetworkSpec, Pass, Task, preset};
use neurarium::optim::{Method, Optim};
use neurarium::progress::Progress;
use neurarium::schedule::Schedule;
use neurarium::surgery;
use neurarium::train::{InputPipeline, Objective, StructureConfig, TrainConfig, Trainer};

const EXAMPLES: usize = 3;
const CALL: Call<'_> =
    Call { examples: EXAMPLES, training: false, seed: 0, first_example: 0, tiles: false, prepared: &[] };

fn shapes() -> Dataset {
    blurred::blurred(80, 16, 1)
}

fn network(name: &str) -> Network {
    let data = shapes();
    let (classes, target) = (data.classes.len(), data.target_shape());
    let request = preset::Request { classes, embedding: 7, dropout: 0.0, target, ..preset::Request::default() };
    let mut network = preset::find(name).unwrap().build(data.shape, request).unwrap();
    network.initialise(5);
    network
}

/// The presets in which every neuron reaches the output from the start; in a manifold or graph many reach nothing yet.
/// Those for letters want letters, and have the layers of the others.
fn wired() -> impl Iterator<Item = &'static preset::Preset> {
    let others = ["manifold", "graph", "letters", "letters-sparse", "letters-contours"];
    preset::PRESETS.iter().filter(move |preset| !others.contains(&preset.name))
}

fn trainer(network: &Network, data: &Dataset, task: Task, method: Method) -> Trainer {
    let loss = if task == Task::Classifier { Loss::CrossEntropy } else { Loss::Mse };
    let recipe = TrainConfig {
        learning_rate: 1e-2,
        schedule: Schedule::CONSTANT,
        batch_len: 20,
        epochs: 0,
        seed: 3,
        shuffle_window: 1 << 28,
        pipeline: InputPipeline::default(),
        structure: StructureConfig::default(),
        inversion_share: 0.0,
        feature_memory: 0,
    };
    let optim = Optim { weight_decay: 0.01, clip_norm: 1.0, ..Optim::new(method, network.param_len()) };
    Trainer::new(network, data, Objective { task, loss }, recipe, optim)
}

fn output(network: &Network, pass: &mut Pass, x: &[f32]) -> Vec<f32> {
    pass.input(EXAMPLES).copy_from_slice(x);
    network.forward(pass, &CALL);
    pass.output().to_vec()
}

#[test]
fn training_leaves_pinned_parameters_as_they_are_to_the_bit() {
    let data = shapes();
    for preset in wired() {
        for method in [Method::ADAM, Method::ADAMW, Method::Sgd { momentum: 0.9 }] {
            let mut network = network(preset.name);
            let mut trainer = trainer(&network, &data, preset.tasks[0], method);
            trainer.step(&mut network, &data); // so that there are moments
            let pinned: Vec<usize> = (0..network.param_len()).filter(|index| index % 7 < 2).collect();
            let mut pins = network.pins().clone();
            pins.set(&pinned, true);
            network.set_pins(pins).unwrap();
            trainer.retarget(&network);
            let (before, m) = (network.theta.clone(), trainer.optim.m.clone());
            for _ in 0..5 {
                assert!(trainer.step(&mut network, &data).applied);
            }
            let moved = |index: usize| network.theta[index].to_bits() != before[index].to_bits();
            assert!(pinned.iter().all(|&index| !moved(index)), "{} {method:?}", preset.name);
            assert!(pinned.iter().all(|&index| trainer.optim.m[index].to_bits() == m[index].to_bits()));
            let others = (0..network.param_len()).filter(|index| 2 <= index % 7).filter(|&index| moved(index)).count();
            assert!(network.param_len() < 3 * others, "{}: only {others} others moved", preset.name);
        }
    }
}

#[test]
fn a_block_that_was_frozen_from_the_start_learns_when_it_is_thawed() {
    let data = shapes();
    let mut network = network("autoencoder-dense");
    network.set_frozen(1, true);
    let mut trainer = trainer(&network, &data, Task::Autoencoder, Method::ADAM);
    let range = network.blocks()[1].params.clone();
    let before = network.theta[range.clone()].to_vec();
    trainer.step(&mut network, &data);
    assert!(network.theta[range.clone()] == before);
    network.set_frozen(1, false);
    trainer.retarget(&network);
    trainer.step(&mut network, &data);
    assert!(network.theta[range] != before);
}

#[test]
fn a_held_neuron_has_its_value_and_what_reads_it_follows() {
    for preset in wired() {
        let mut network = network(preset.name);
        let mut pass = Pass::new(&network, EXAMPLES);
        let x: Vec<f32> = numbers(EXAMPLES * network.input().len(), 1).iter().map(|x| x.abs()).collect();
        let before = output(&network, &mut pass, &x);
        for block in 0..network.blocks().len() {
            let shape = network.shape(block);
            let (len, channels, index) = (shape.len(), shape.channels, shape.len() / 2);
            network.hold(block, Held::Neuron(index), Some(2.5)).unwrap();
            assert!(output(&network, &mut pass, &x) != before, "{}: block {block} reaches nothing", preset.name);
            assert!(pass.values(block).chunks_exact(len).all(|y| y[index] == 2.5));
            network.hold(block, Held::Channel(index % channels), Some(-1.0)).unwrap();
            output(&network, &mut pass, &x);
            for y in pass.values(block).chunks_exact(len) {
                let expected = |at: usize| if at == index { 2.5 } else { -1.0 };
                assert!((index % channels..len).step_by(channels).all(|at| y[at] == expected(at)));
            }
            network.hold(block, Held::Channel(index % channels), None).unwrap();
            network.hold(block, Held::Neuron(index), None).unwrap();
            assert!(output(&network, &mut pass, &x) == before, "{}: block {block} was not released", preset.name);
        }
    }
}

#[test]
fn gradients_of_a_network_with_held_neurons_match_finite_differences() {
    let mut network = network("autoencoder");
    let held = network.block_named("encode1").unwrap();
    network.hold(held, Held::Neuron(9), Some(0.7)).unwrap();
    network.hold(held, Held::Channel(2), Some(0.0)).unwrap();
    let embedding = network.embedding.unwrap();
    network.hold(embedding, Held::Neuron(1), Some(-0.4)).unwrap();
    let x: Vec<f32> = numbers(EXAMPLES * network.input().len(), 2).iter().map(|x| x.abs()).collect();
    let r = numbers(EXAMPLES * network.output().len(), 3);
    let mut pass = Pass::new(&network, EXAMPLES);
    output(&network, &mut pass, &x);
    pass.output_and_gradient().1.copy_from_slice(&r);
    let mut dtheta = vec![0.0; network.param_len()];
    network.backward(&mut pass, &mut dtheta, &CALL);
    // All biases, of which there are some in every block.
    let biases: Vec<usize> = (0..network.blocks().len())
        .flat_map(|block| network.tensors(block))
        .filter(|(tensor, _)| tensor.name == "bias")
        .flat_map(|(_, range)| range.step_by(3))
        .collect();
    let of = |values: &[f32]| biases.iter().map(|&index| values[index]).collect::<Vec<f32>>();
    let (theta, gradient) = (of(&network.theta), of(&dtheta));
    check("held", &theta, &gradient, 5e-3, |moved| {
        let mut network = network.clone();
        biases.iter().zip(moved).for_each(|(&index, &value)| network.theta[index] = value);
        weighted(&r, &output(&network, &mut pass, &x))
    });
    let unread = network.blocks()[embedding].params.end - network.shape(embedding).len() + 1;
    assert_eq!(dtheta[unread], 0.0, "the bias of a held neuron moves nothing");
}

#[test]
fn the_gradient_of_a_code_matches_finite_differences() {
    for name in ["autoencoder", "autoencoder-dense", "autoencoder-local"] {
        let mut network = network(name);
        for block in 0..network.blocks().len() {
            network.set_frozen(block, true); // the code still changes
        }
        let block = network.embedding.unwrap();
        let mut pass = Pass::above(&network, block, 1);
        let (code, r) = (numbers(network.shape(block).len(), 4), numbers(network.output().len(), 5));
        let call = Call { examples: 1, ..CALL };
        let value = |code: &[f32], pass: &mut Pass| {
            pass.input(1);
            pass.values_mut(block).copy_from_slice(code);
            network.forward_from(block, pass, &call);
            weighted(&r, pass.output())
        };
        value(&code, &mut pass);
        pass.output_and_gradient().1.copy_from_slice(&r);
        network.backward_above(block, &mut pass, &call);
        let gradient = pass.gradient(block).to_vec();
        let some: Vec<usize> = (0..code.len()).step_by(1 + code.len() / 60).collect();
        let of = |values: &[f32]| some.iter().map(|&index| values[index]).collect::<Vec<f32>>();
        check(name, &of(&code), &of(&gradient), 5e-3, |moved| {
            let mut code = code.clone();
            some.iter().zip(moved).for_each(|(&index, &x)| code[index] = x);
            value(&code, &mut pass)
        });
    }
}

#[test]
fn pins_and_holds_are_part_of_a_network_and_of_its_description() {
    let plain = network("autoencoder-dense");
    let mut touched = plain.clone();
    let mut pins = touched.pins().clone();
    pins.set(&[3, 4, 9], true);
    touched.set_pins(pins).unwrap();
    assert!(touched != plain);
    touched.hold(1, Held::Neuron(5), Some(0.25)).unwrap();
    let text = serde_json::to_string(&touched.spec()).unwrap();
    let mut read = Network::from_spec(&serde_json::from_str::<NetworkSpec>(&text).unwrap()).unwrap();
    read.theta.clone_from(&touched.theta);
    assert_eq!(read, touched);
    assert!(!serde_json::to_string(&plain.spec()).unwrap().contains("pins"), "older programs read untouched models");
    for (from, to) in
        [("[3,5]", "[5,3]"), ("[3,5]", "[3,500000000]"), ("\"block\":1", "\"block\":99"), ("0.25", "1e99")]
    {
        let text = text.replacen(from, to, 1);
        let spec = serde_json::from_str::<NetworkSpec>(&text);
        assert!(spec.is_err() || Network::from_spec(&spec.unwrap()).is_err(), "{to}");
    }
}

#[test]
fn pins_and_holds_follow_their_neurons_through_surgery() {
    let mut network = network("autoencoder-dense");
    let embedding = network.embedding.unwrap();
    let weights = network.blocks()[embedding].params.start;
    let mut pins = network.pins().clone();
    pins.set(&[weights + 6 * 512 + 3, weights + 7 * 512], true); // a weight of the last neuron, the bias of the first
    network.set_pins(pins).unwrap();
    network.hold(embedding, Held::Neuron(6), Some(1.0)).unwrap();
    network.hold(embedding, Held::Neuron(2), Some(2.0)).unwrap();
    let (wide, _) = surgery::resize(&network, embedding, 9, 2, &Progress::default()).unwrap();
    assert_eq!(wide.pins().len(), 2);
    assert!(wide.pins().contains(weights + 6 * 512 + 3) && wide.pins().contains(weights + 9 * 512));
    assert_eq!(wide.holds(), network.holds());
    let (cut, _) = surgery::resize(&network, embedding, 4, 2, &Progress::default()).unwrap();
    assert_eq!(cut.pins().len(), 1);
    assert_eq!(cut.holds().iter().map(|hold| hold.held).collect::<Vec<_>>(), [Held::Neuron(2)]);
}

#[test]
fn outgoing_connections_are_the_incoming_ones_of_every_layer_seen_from_the_other_end() {
    for layer in crate::common::layers::all() {
        let ops = layer.ops();
        let mut expected = Vec::new();
        for output in 0..ops.output().len() {
            ops.incoming(output, &mut |c| expected.push((c.input, c.source, output, c.weight)));
        }
        let mut found = Vec::new();
        for (input, shape) in ops.inputs().into_iter().enumerate() {
            for source in 0..shape.len() {
                ops.outgoing(input, source, &mut |output, weight| found.push((input, source, output, weight)));
            }
        }
        expected.sort_by_key(|connection| format!("{connection:?}"));
        found.sort_by_key(|connection| format!("{connection:?}"));
        assert_eq!(found, expected, "{layer:?}");
    }
}
