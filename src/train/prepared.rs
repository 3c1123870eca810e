//! What the layers make of their parameters ahead of a step, once for all shards: kernels transformed and packed.

use super::object_pool::ObjectPool;
use super::plan::ShardPlan;
use crate::network::Network;
use crate::par;

/// Most numbers in all: 32 MiB. Layers for which there is no room prepare for each shard again.
const MOST: usize = 8 << 20;

/// For each block what it prepared; nothing where that would serve a single shard.
#[derive(Default)]
pub(super) struct Prepared(Vec<Vec<f32>>);

impl Prepared {
    /// Makes it anew for the parameters as they are now.
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

    /// Numbers held.
    pub fn len(&self) -> usize {
        self.0.iter().map(Vec::len).sum()
    }
}
