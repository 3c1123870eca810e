//! Flags of the blocks of a network that need a gradient.

use super::whole::Network;

/// Whether there are trainable parameters at or below a block.
pub fn for_training(network: &Network) -> Vec<bool> {
    let mut wanted: Vec<bool> = Vec::new();
    for block in network.blocks() {
        let moves = !block.frozen && !block.params.is_empty();
        wanted.push(moves || block.inputs.iter().any(|&input| wanted[input]));
    }
    wanted
}

/// Whether a gradient passes through a block on its way from `top` down to `floor`.
pub fn between(network: &Network, floor: usize, top: usize) -> Vec<bool> {
    let mut wanted = vec![false; network.blocks().len()];
    wanted[floor] = true;
    for index in floor + 1..=top {
        wanted[index] = network.blocks()[index].inputs.iter().any(|&input| wanted[input]);
    }
    wanted
}
