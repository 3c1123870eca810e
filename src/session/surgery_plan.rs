//! What is proposed for surgery on a layer.

use serde::Serialize;

use super::session::Session;
use crate::error::{Error, Result};
use crate::surgery::{LineSizes, proposed_threshold, proposed_units, unit_count};

/// A layer on the table, with proposals.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SurgeryPlan {
    pub block: usize,
    pub units: usize,
    /// Whether a unit is a channel of a picture, rather than a neuron.
    pub is_map: bool,
    /// Units that could be added without changing how the kernels sum.
    pub more: usize,
    /// 1 / (8 x inputs); 0 for a layer without weights.
    pub threshold: f32,
    /// Whether it can get neurons that compare lines of a picture.
    pub compares_lines: bool,
}

impl Session {
    /// Proposals for a layer.
    pub fn surgery_plan(&self, block: usize) -> Result<SurgeryPlan> {
        let network = self.run().supervised()?.network();
        let Some(found) = network.blocks().get(block) else {
            return Err(Error::expected("surgery", format!("a layer below {}", network.blocks().len()), block));
        };
        let is_map = !network.shape(block).is_flat() && found.layer.sparse().is_none();
        let (units, more) = (unit_count(network, block), proposed_units(network, block));
        let (threshold, compares_lines) = (proposed_threshold(network, block), LineSizes::of(network, block).is_ok());
        Ok(SurgeryPlan { block, units, is_map, more, threshold, compares_lines })
    }
}
