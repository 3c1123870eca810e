//! What layers prepare ahead of a step from their parameters, once for all shards: kernels transformed and packed, and
//! the edges of a layer whose connections follow from its parameters.

use super::object_pool::ObjectPool;
use super::plan::ShardPlan;
use crate::layer::{Edges, Preparation};
use crate::network::Network;
use crate::par;

/// Limit of all prepared numbers: 32 MiB. Layers beyond it prepare again for each shard.
const MOST: usize = 8 << 20;

/// The preparation of each block; empty if only one shard would use it.
#[derive(Default)]
pub(super) struct Prepared(Vec<Preparation>);

impl Prepared {
    /// Prepares the current parameters of the blocks that `is_used`, unless all threads work together. Cells at most `band`
    /// below a cutoff are listed among the edges.
    pub fn make(
        &mut self,
        network: &Network,
        plan: ShardPlan,
        is_used: impl Fn(usize) -> bool,
        band: f32,
        scratch: &ObjectPool<Vec<f32>>,
    ) -> &[Preparation] {
        if plan.together {
            self.0.clear();
            return &self.0;
        }
        self.0.resize_with(network.blocks().len(), Preparation::default);
        let mut room = MOST;
        let mut work = Vec::new();
        let blocks = network.blocks().iter().zip(&mut self.0).enumerate();
        for (_, (block, prepared)) in blocks.filter(|(index, _)| is_used(*index)) {
            let len = Some(block.layer.speed().prepared_len()).filter(|&len| len <= room).unwrap_or(0);
            room -= len;
            prepared.values.resize(len, 0.0);
            if let Some(manifold) = block.layer.structure() {
                manifold.connect(&network.theta[block.params.clone()], band, &mut prepared.edges);
            } else if 0 < len {
                work.push((block, &mut prepared.values));
            }
        }
        par::each(&mut work, |_, (block, prepared)| {
            let theta = &network.theta[block.params.clone()];
            scratch.lend(Vec::new, |scratch| block.layer.speed().prepare(theta, prepared, scratch));
        });
        &self.0
    }

    /// What was made last.
    pub fn all(&self) -> &[Preparation] {
        &self.0
    }

    /// The edges of a block, if its connections follow from its parameters.
    pub fn edges(&self, block: usize) -> Option<&Edges> {
        self.0.get(block).map(|prepared| &prepared.edges).filter(|edges| !edges.is_empty())
    }

    /// Number of prepared numbers.
    pub fn len(&self) -> usize {
        self.0.iter().map(|prepared| prepared.values.len()).sum()
    }
}
