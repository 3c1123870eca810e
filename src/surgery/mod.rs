//! Changes of a network's structure: `&Network -> (Network, Remap)`, the old one left as it is.
//!
//! The remap says where each new parameter came from, so that moments and edits follow it.

mod rebuild;
mod resize;
mod transfer;

pub use rebuild::rebuild;
pub use resize::resize;
pub use transfer::{Cut, Freeze, Head, Transfer, head_of, transfer};

use crate::error::Result;
use crate::network::Network;
use crate::progress::Progress;
use crate::remap::Remap;

/// The numbers of a network whose parameters came from `old`: those that have no ancestor are drawn with `seed`.
fn fill(network: &mut Network, old: &Network, remap: &Remap, seed: u64, progress: &Progress) -> Result<()> {
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
