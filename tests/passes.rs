//! A pass for training shares the rooms of its gradients; what it computes is what a pass that keeps all computes.

#[path = "common/drawn.rs"]
mod drawn;

use drawn::{hand_made, presets};
use neurarium::layer::Call;
use neurarium::network::{Network, Pass};
use neurarium::rng::{Purpose, Rng};

const EXAMPLES: usize = 3;

fn numbers(len: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed, Purpose::Test, 0);
    (0..len).map(|_| rng.range(-1.0, 1.0)).collect()
}

/// Forward, and backward from a random dL/dy; twice, so that what the first turn left behind is seen.
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

#[test]
fn gradients_that_share_rooms_are_those_that_have_their_own() {
    for (name, network) in presets().into_iter().chain(hand_made()) {
        let (mut keeping, mut sharing) = (Pass::new(&network, EXAMPLES), Pass::for_training(&network, EXAMPLES));
        let (expected, found) = (gradient(&network, &mut keeping), gradient(&network, &mut sharing));
        assert!(expected.iter().any(|&g| g != 0.0), "{name}: a gradient of zeros");
        assert!(expected.iter().zip(&found).all(|(a, b)| a.to_bits() == b.to_bits()), "{name}");
        for (index, block) in network.blocks().iter().enumerate().skip(1) {
            let (kept, shared) = (keeping.gradient(index), sharing.gradient(index));
            assert_eq!(kept.len(), EXAMPLES * network.shape(index).len(), "{name}: {}", block.name);
            // What is left of a shared room is nobody's; dL/dz of matrices is still wanted.
            let stays = block.layer.map().as_matrix().is_some();
            assert_eq!(shared, if stays { kept } else { &[] }, "{name}: {}", block.name);
        }
        if network.blocks().iter().filter(|block| block.layer.map().as_matrix().is_none()).count() > 5 {
            assert!(sharing.bytes() < keeping.bytes(), "{name}: {} of {}", sharing.bytes(), keeping.bytes());
        }
    }
}

#[test]
fn gradients_of_named_places_alone_are_made() {
    for (name, network) in presets() {
        let whole = gradient(&network, &mut Pass::new(&network, EXAMPLES));
        let mut end = 0;
        let place = |block: &neurarium::network::Block| {
            let start = end;
            end += if block.layer.map().as_matrix().is_some() { 0 } else { block.params.len() };
            start..end
        };
        let places: Vec<_> = network.blocks().iter().map(place).collect();
        let call = Call { examples: EXAMPLES, training: true, seed: 5, first_example: 0, tiles: false, prepared: &[] };
        let mut pass = Pass::for_training(&network, EXAMPLES);
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
