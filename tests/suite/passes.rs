//! A pass for training shares memory between gradients; it computes the same as a pass that keeps them all.

use crate::common::drawn::{hand_made, presets};
use neurarium::activation::Activation;
use neurarium::layer::{Add, Call, Conv, Dense, Layer, Pool, PoolKind};
use neurarium::network::{Network, Pass};
use neurarium::rng::{Purpose, Rng};
use neurarium::shape::Shape;

const EXAMPLES: usize = 3;

fn numbers(len: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed, Purpose::Test, 0);
    (0..len).map(|_| rng.range(-1.0, 1.0)).collect()
}

/// Forward, and backward from a random dL/dy; twice, so that leftovers of the first time are noticed.
fn gradient(network: &Network, pass: &mut Pass) -> Vec<f32> {
    let call = Call { examples: EXAMPLES, training: true, seed: 5, first_example: 0, tiles: false, prepared: &[] };
    let mut dtheta = Vec::new();
    for turn in 0..2 {
        let x = numbers(EXAMPLES * network.input().len(), turn);
        pass.input(EXAMPLES).copy_from_slice(&x);
        network.forward(pass, &call);
        let (_, dy) = pass.output_and_gradient();
        dy.copy_from_slice(&numbers(dy.len(), 9));
        dtheta = vec![0.0; network.param_len()];
        network.backward(pass, &mut dtheta, &call);
    }
    dtheta
}

/// The same bits, except that a layer below a max pool sums its gradient in another order if the gradient of its own
/// values is not needed.
fn assert_same(name: &str, network: &Network, index: usize, found: &[f32], expected: &[f32]) {
    let largest = expected.iter().fold(0.0f32, |largest, g| largest.max(g.abs()));
    let takes = |pool: usize| network.blocks()[index].layer.speed().takes_picks(network.shape(pool).len());
    let mut readers = network.blocks().iter().enumerate().filter(|(_, block)| block.inputs.contains(&index));
    let picked = readers.any(|(pool, block)| block.layer.speed().picks() && takes(pool));
    let same = |a: f32, b: f32| a.to_bits() == b.to_bits() || (picked && (a - b).abs() <= 1e-5 * largest);
    let block = &network.blocks()[index].name;
    assert!(found.len() == expected.len() && found.iter().zip(expected).all(|(&a, &b)| same(a, b)), "{name}: {block}");
}

#[test]
fn gradients_that_share_memory_equal_those_that_have_their_own() {
    for (name, network) in presets().into_iter().chain(hand_made()).chain([("pooled", pooled())]) {
        let (mut keeping, mut sharing) = (Pass::new(&network, EXAMPLES), Pass::for_training(&network, None, EXAMPLES));
        let (expected, found) = (gradient(&network, &mut keeping), gradient(&network, &mut sharing));
        assert!(expected.iter().any(|&g| g != 0.0), "{name}: a gradient of zeros");
        for (index, block) in network.blocks().iter().enumerate() {
            assert_same(name, &network, index, &found[block.params.clone()], &expected[block.params.clone()]);
        }
        for (index, block) in network.blocks().iter().enumerate().skip(1) {
            let (kept, shared) = (keeping.gradient(index), sharing.gradient(index));
            assert_eq!(kept.len(), EXAMPLES * network.shape(index).len(), "{name}: {}", block.name);
            // The contents of shared memory do not matter; dL/dz of matrices is still needed.
            let stays = block.layer.speed().as_matrix().is_some();
            assert_eq!(shared, if stays { kept } else { &[] }, "{name}: {}", block.name);
        }
        if network.blocks().iter().filter(|block| block.layer.speed().as_matrix().is_none()).count() > 5 {
            assert!(sharing.bytes() < keeping.bytes(), "{name}: {} of {}", sharing.bytes(), keeping.bytes());
        }
    }
}

/// Two parallel chains of convolutions with max pools above them: pools that leave gaps, touch or overlap, and each
/// kind of activation.
fn pooled() -> Network {
    let mut network = Network::new(Shape::from_whc(28, 24, 1)).unwrap();
    let activations = [Activation::Relu, Activation::Tanh, Activation::LeakyRelu { slope: 0.1 }, Activation::Silu];
    let mut tops = [0, 0];
    for (level, outputs) in [16, 8, 5].into_iter().enumerate() {
        let inputs = tops;
        for (chain, top) in tops.iter_mut().enumerate() {
            let conv = Conv::same(network.shape(inputs[chain]), outputs, 3);
            let activation = activations[(level + 2 * chain) % 4];
            *top =
                network.push(&format!("conv{chain}{level}"), Layer::Conv(conv), activation, &[inputs[chain]]).unwrap();
        }
        for (chain, top) in tops.iter_mut().enumerate() {
            let (size, stride) = [(2, 2), (3, 2), (2, 1), (2, 3)][(2 * level + chain) % 4];
            let pool = Pool::plain(network.shape(*top), PoolKind::Max, size, stride);
            let pool = Layer::Pool(pool);
            *top = network.push(&format!("pool{chain}{level}"), pool, Activation::Linear, &[*top]).unwrap();
        }
    }
    for top in tops {
        let dense = Layer::Dense(Dense { input: network.shape(top), outputs: 4 });
        network.push(&format!("dense{top}"), dense, Activation::Linear, &[top]).unwrap();
    }
    let ends = [network.blocks().len() - 2, network.blocks().len() - 1];
    let add = Layer::Add(Add { inputs: vec![Shape::flat(4); 2] });
    network.push("add", add, Activation::Linear, &ends).unwrap();
    network.initialise(1);
    network
}

#[test]
fn only_gradients_with_a_place_are_computed() {
    for (name, network) in presets() {
        let whole = gradient(&network, &mut Pass::for_training(&network, None, EXAMPLES));
        let mut end = 0;
        let place = |block: &neurarium::network::Block| {
            let start = end;
            end += if block.layer.speed().as_matrix().is_some() { 0 } else { block.params.len() };
            start..end
        };
        let places: Vec<_> = network.blocks().iter().map(place).collect();
        let call = Call { examples: EXAMPLES, training: true, seed: 5, first_example: 0, tiles: false, prepared: &[] };
        let mut pass = Pass::for_training(&network, None, EXAMPLES);
        pass.input(EXAMPLES).copy_from_slice(&numbers(EXAMPLES * network.input().len(), 1));
        network.forward(&mut pass, &call);
        let (_, dy) = pass.output_and_gradient();
        dy.copy_from_slice(&numbers(dy.len(), 9));
        let mut parts = vec![0.0; end];
        network.backward_into(&mut pass, &mut parts, &places, &call);
        for (block, place) in network.blocks().iter().zip(places).filter(|(_, place)| !place.is_empty()) {
            assert_eq!(parts[place], whole[block.params.clone()], "{name}: {}", block.name);
        }
    }
}
