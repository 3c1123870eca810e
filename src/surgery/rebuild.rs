//! Builds a network from a new description, with the parameters of the old one for blocks that are kept.

use super::fill::fill;
use crate::error::{Error, Result};
use crate::network::{Holds, Network, NetworkSpec, Pins};
use crate::progress::Progress;
use crate::remap::Remap;

/// Builds the network of `spec`. Block i comes from block `origins[i]` of the old network: each of its tensors keeps
/// its numbers if it still has the same dimensions. Everything else is initialised with `seed`. Pins and holds are
/// those of the old network, which follow their parameters and neurons; those of `spec` are ignored.
pub fn rebuild(
    network: &Network,
    spec: &NetworkSpec,
    origins: &[Option<usize>],
    seed: u64,
    progress: &Progress,
) -> Result<(Network, Remap)> {
    if origins.len() != spec.blocks.len() {
        return Err(Error::expected("network", format!("{} origins", spec.blocks.len()), origins.len()));
    }
    let bare = NetworkSpec { pins: Pins::default(), holds: Holds::default(), ..spec.clone() };
    let mut rebuilt = Network::from_spec(&bare)?;
    let mut remap = Remap::default();
    for (index, origin) in origins.iter().enumerate() {
        // A weight of a sparse layer means nothing where another input is read.
        let sparse = |network: &Network, block: usize| network.blocks()[block].layer.sparse().cloned();
        let origin = origin.filter(|&origin| sparse(network, origin) == sparse(&rebuilt, index));
        let old = origin.map_or_else(Vec::new, |origin| network.tensors(origin));
        for (new, range) in rebuilt.tensors(index) {
            let found = old.iter().find(|(old, _)| old.name == new.name && old.dims == new.dims);
            remap.push(found.map(|(_, from)| from.start), range.len());
        }
    }
    fill(&mut rebuilt, network, &remap, seed, progress)?;
    rebuilt.set_pins(network.pins().carry(&remap))?;
    let mut holds = Holds::default();
    for (index, origin) in origins.iter().enumerate() {
        let Some(origin) = *origin else { continue };
        for hold in network.holds().of(origin) {
            if hold.checked(rebuilt.shape(index)).is_ok() {
                holds.set(index, &[hold.held], Some(hold.value));
            }
        }
    }
    rebuilt.set_holds(holds)?;
    Ok((rebuilt, remap))
}
