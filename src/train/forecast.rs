//! Forecasts the memory of training with another batch size.

use super::factors::Factors;
use super::plan::ShardPlan;
use super::shard::Workspace;
use super::trainer::Trainer;
use crate::network::{Network, Stem};
use crate::par;

impl Trainer {
    /// Bytes of gradients, moments and passes with mini-batches of `batch_len`, as [`Trainer::bytes`] would report
    /// them; known after one step, from what an example takes now.
    pub fn bytes_with(&self, network: &Network, batch_len: usize) -> u64 {
        let workspaces = self.workspaces.all();
        let held: usize = workspaces.iter().map(Workspace::bytes).sum();
        let example = held.div_ceil((workspaces.len() * self.plan.portion).max(1));
        let plan = ShardPlan::new(network, batch_len);
        let at_once = plan.shards.min(par::threads());
        let factors: usize = self.factors.iter().map(Factors::len).sum();
        let gradients = plan.shards * self.shards.first().map_or(0, |shard| shard.grad.len())
            + (factors * batch_len).div_ceil(self.config.batch_len);
        let scratch: usize = self.scratch.all().iter().map(Vec::len).sum();
        // Evaluation has its own buffers: forward-only passes, prepared kernels and scratch memory.
        let target = self.objective.task.target_of(network).map_or(0, |target| target.len());
        let batch = 4 * (network.input().len() + target);
        let mut evaluated = Workspace::forward_only(network, self.stem.as_ref(), 1, self.objective.task);
        evaluated.pass.allocate(network);
        let evaluated = evaluated.bytes() + batch;
        // What frozen layers compute once is kept.
        let features = 4 * self.stem.as_ref().map_or(0, Stem::features) * self.examples();
        (at_once * plan.portion * (example + evaluated) + features.min(self.config.feature_memory)) as u64
            + 4 * (gradients + 2 * (scratch + self.prepared.len()) + self.optim.m.len() + self.optim.v.len()) as u64
    }
}
