//! Fills a changed network with the numbers of the old one, and with new ones where a parameter has no ancestor.

use crate::error::Result;
use crate::network::Network;
use crate::progress::Progress;
use crate::remap::Remap;

/// The numbers of a network whose parameters came from `old`: those that have no ancestor are drawn with `seed`.
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
