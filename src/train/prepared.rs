//! Parameters that layers prepare ahead of a step, once for all shards: kernels transformed and packed.

use super::object_pool::ObjectPool;
use super::plan::ShardPlan;
use crate::network::Network;
use crate::par;

/// Limit of all prepared numbers: 32 MiB. Layers beyond it prepare again for each shard.
const MOST: usize = 8 << 20;

/// The prepared numbers of each block; empty if only one shard would use them.
#[derive(Default)]
pub(super) struct Prepared(Vec<Vec<f32>>);

impl Prepared {
    /// Prepares the current parameters.
    pub fn make(&mut self, network: &Network, plan: ShardPlan, scratch: &ObjectPool<Vec<f32>>) -> &[Vec<f32>] {
        if plan.together {
            self.0.clear();
            return &self.0;
        }
        self.0.resize_with(network.blocks().len(), Vec::new);
        let mut room = MOST;
        let mut work = Vec::new();
        for (block, prepared) in network.blocks().iter().zip(&mut self.0) {
            let len = Some(block.layer.speed().prepared_len()).filter(|&len| len <= room).unwrap_or(0);
            room -= len;
            prepared.resize(len, 0.0);
            if 0 < len {
                work.push((block, prepared));
            }
        }
        par::each(&mut work, |_, (block, prepared)| {
            let theta = &network.theta[block.params.clone()];
            scratch.lend(Vec::new, |scratch| block.layer.speed().prepare(theta, prepared, scratch));
        });
        &self.0
    }

    /// Number of prepared numbers.
    pub fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }
}
