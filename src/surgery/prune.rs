//! Takes weights away: those that are weak, or all but the strongest of every few.

use super::fill::fill;
use super::lists;
use crate::error::{Error, Result};
use crate::layer::Layer;
use crate::network::Network;
use crate::progress::Progress;
use crate::remap::Remap;

/// The threshold that is proposed for weak inputs of a block: 1 / (8 x inputs of a neuron).
pub fn proposed_threshold(network: &Network, block: usize) -> f32 {
    match network.tensors(block).first() {
        Some((tensor, _)) if 1 < tensor.dims.len() => tensor.dims[0] as f32 / (8 * tensor.len()) as f32,
        _ => 0.0,
    }
}

/// Takes the weak inputs of a block's neurons away: weights below `least` without their signs. The lists of a sparse layer become
/// shorter, as far as all can; in other layers the weights are held at 0.
pub fn vacuum(network: &Network, block: usize, least: f32, progress: &Progress) -> Result<(Network, Remap)> {
    let Some(sparse) = network.blocks()[block].layer.sparse() else {
        let weak = weights(network, block)?.filter(|&at| network.theta[at].abs() < least);
        return Ok(held_at_zero(network, &weak.collect::<Vec<_>>()));
    };
    let params = network.blocks()[block].params.clone();
    let lists = lists::thinned(sparse, &network.theta[params.clone()], least)?;
    let mut remap = Remap::default();
    remap.push(Some(0), params.start);
    lists.origins.iter().for_each(|at| remap.push(at.map(|at| params.start + at), 1));
    let biases = network.shape(block).len();
    remap.push(Some(params.end - biases), network.param_len() - params.end + biases);
    let mut spec = network.spec();
    spec.pins = network.pins().carry(&remap);
    spec.blocks[block].layer = Layer::Sparse(lists.layer);
    let mut pruned = Network::from_spec(&spec)?;
    fill(&mut pruned, network, &remap, 0, progress)?;
    Ok((pruned, remap))
}

/// Keeps the `keep` strongest of every `of` neighbouring weights of a neuron; the others are held at 0.
pub fn thin(network: &Network, block: usize, (keep, of): (usize, usize)) -> Result<(Network, Remap)> {
    if !(1..=64).contains(&of) || !(1..of).contains(&keep) {
        return Err(Error::expected(
            "thin",
            "at least 1 of at most 64 weights to stay, and fewer than all",
            format!("{keep} of {of}"),
        ));
    }
    let all: Vec<usize> = weights(network, block)?.collect();
    let row = network.tensors(block).first().map_or(1, |(tensor, _)| tensor.len() / tensor.dims[0]);
    let mut weak = Vec::new();
    for group in all.chunks(row).flat_map(|row| row.chunks(of)) {
        let mut group = group.to_vec();
        group.sort_by(|&a, &b| network.theta[b].abs().total_cmp(&network.theta[a].abs()));
        weak.extend(group.into_iter().skip(keep));
    }
    weak.sort_unstable();
    Ok(held_at_zero(network, &weak))
}

/// The weights of a block.
fn weights(network: &Network, block: usize) -> Result<impl Iterator<Item = usize>> {
    let layer = &network.blocks()[block].layer;
    let tensors = network.tensors(block);
    if layer.structure().is_some() || layer.free_graph().is_some() || !tensors.iter().any(|(tensor, _)| tensor.decays) {
        let name = &network.blocks()[block].name;
        return Err(Error::expected(name, "a layer with weights (dense, conv, sparse)", layer.ops().title()));
    }
    Ok(tensors.into_iter().filter(|(tensor, _)| tensor.decays).flat_map(|(_, range)| range))
}

/// The network with these parameters, ascending, at 0 and pinned. Parameters that were not 0 count as new.
fn held_at_zero(network: &Network, weak: &[usize]) -> (Network, Remap) {
    let (mut held, mut remap, mut end) = (network.clone(), Remap::default(), 0);
    for &at in weak.iter().filter(|&&at| network.theta[at] != 0.0) {
        remap.push(Some(end), at - end);
        remap.push(None, 1);
        (held.theta[at], end) = (0.0, at + 1);
    }
    remap.push(Some(end), network.param_len() - end);
    let mut pins = network.pins().clone();
    pins.set(weak, true);
    held.set_pins(pins).expect("pins within the network");
    (held, remap)
}
