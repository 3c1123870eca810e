//! Changes the number of outputs of a dense block; the outputs that stay keep their numbers.

use super::unit_change::UnitChange;
use super::units::{Added, change_units};
use crate::error::{Error, Result};
use crate::layer::UnitFlow;
use crate::network::Network;
use crate::progress::Progress;
use crate::remap::Remap;
use crate::shape::Shape;

/// Gives a dense block more or fewer outputs; what reads them is widened or cut accordingly.
///
/// Outputs that stay keep their numbers, so cutting after widening gives the same network again. New weights are
/// initialised with `seed`.
pub fn resize(
    network: &Network,
    block: usize,
    outputs: usize,
    seed: u64,
    progress: &Progress,
) -> Result<(Network, Remap)> {
    let old = &network.blocks()[block];
    if !(old.layer.unit_flow() == UnitFlow::Mixes && network.shape(block).is_flat()) {
        return Err(Error::expected(&old.name, "a dense block to resize", old.layer.ops().title()));
    }
    let (old, new) = (network.shape(block), Shape::flat(outputs));
    let origins = (0..outputs).map(|unit| Some(unit).filter(|&unit| unit < old.channels)).collect();
    change_units(network, block, UnitChange { old, new, origins }, Added::Initialised, seed, progress)
}
