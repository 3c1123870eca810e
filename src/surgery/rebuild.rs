//! A network after a new description, with the numbers of an old one wherever its blocks live on.

use crate::error::{Error, Result};
use crate::network::{Holds, Network, NetworkSpec, Pins};
use crate::remap::Remap;

/// Builds what `spec` says, whose pins and holds are passed over: those of the old network follow their parameters and
/// neurons. Block i came from block `origins[i]` of the old network: each of its tensors keeps its numbers if it still
/// has the same dimensions. Everything else is drawn with `seed`.
pub fn rebuild(
    network: &Network,
    spec: &NetworkSpec,
    origins: &[Option<usize>],
    seed: u64,
) -> Result<(Network, Remap)> {
    if origins.len() != spec.blocks.len() {
        return Err(Error::expected("network", format!("{} origins", spec.blocks.len()), origins.len()));
    }
    let bare = NetworkSpec { pins: Pins::default(), holds: Holds::default(), ..spec.clone() };
    let mut rebuilt = Network::from_spec(&bare)?;
    rebuilt.initialise(seed);
    let mut remap = Remap { from: vec![None; rebuilt.param_len()] };
    for (index, origin) in origins.iter().enumerate() {
        let Some(origin) = *origin else { continue };
        let old = network.tensors(origin);
        for (new, range) in rebuilt.tensors(index) {
            let Some((_, from)) = old.iter().find(|(old, _)| old.name == new.name && old.dims == new.dims) else {
                continue;
            };
            rebuilt.theta[range.clone()].copy_from_slice(&network.theta[from.clone()]);
            for (to, from) in remap.from[range].iter_mut().zip(from.clone()) {
                *to = Some(from as u32);
            }
        }
    }
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
