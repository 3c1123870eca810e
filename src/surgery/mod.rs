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
use crate::gauge::Gauge;
use crate::network::Network;
use crate::remap::Remap;

/// The numbers of a network whose parameters came from `old`: those that have no ancestor are drawn with `seed`.
fn fill(network: &mut Network, old: &Network, remap: &Remap, seed: u64, gauge: &Gauge) -> Result<()> {
    for run in remap.runs() {
        if let Some(origin) = run.origin() {
            network.theta[run.to.clone()].copy_from_slice(&old.theta[origin]);
        }
    }
    network.draw(seed, &remap.fresh(), gauge)
}
