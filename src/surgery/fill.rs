//! Fills a changed network with the parameters of the old one, and initialises those that have no ancestor.

use crate::error::Result;
use crate::network::Network;
use crate::progress::Progress;
use crate::remap::Remap;

/// Copies the parameters that came from `old`; those without an ancestor are initialised with `seed`.
pub fn fill(network: &mut Network, old: &Network, remap: &Remap, seed: u64, progress: &Progress) -> Result<()> {
    progress.expect(network.param_len());
    for run in remap.runs() {
        let Some(origin) = run.origin() else { continue };
        let mut at = run.to.start;
        progress.copy(&old.theta[origin], |part| {
            network.theta[at..at + part.len()].copy_from_slice(part);
            at += part.len();
        })?;
    }
    network.initialise_ranges(seed, &remap.fresh(), progress)
}
