//! How the work of a step is divided. The plan depends on the batch size and on the part of the network that gradients
//! reach, not on the number of threads, so that sums are the same everywhere.
//!
//! If a weight is used many times for each example, as in convolutions, the batch is cut into shards: each goes forward
//! and backward on one thread and has its own gradient. If it is used once, as in dense and sparse layers,
//! separate gradients would cost as much as the work itself, so the batch goes through as a whole and all threads work on
//! each block.
//!
//! Some layers compute groups of examples together, and each group is a shard.
//!
//! The values of large pictures take much memory. Where a shard would keep too many, its examples go through it a few at a time,
//! one portion after the other, and add to the same gradient.

use crate::network::Network;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ShardPlan {
    /// Examples in one shard.
    pub shard_len: usize,
    /// Examples of a shard that are in memory together.
    pub portion: usize,
    pub shards: usize,
    /// Whether all threads work on the same, only shard.
    pub together: bool,
}

/// Values that a shard keeps for backward, at most, unless one example has more: 16 MiB.
const MOST_VALUES: usize = 4 << 20;

/// Uses of a parameter for each example, on average, from which separate gradients pay.
const MANY_USES: u64 = 4;

impl ShardPlan {
    /// Portions of the shards of so many examples.
    pub fn portions(&self, examples: usize) -> usize {
        let of = |shard_len: usize| shard_len.div_ceil(self.portion);
        examples / self.shard_len * of(self.shard_len) + of(examples % self.shard_len)
    }

    pub fn new(network: &Network, batch_len: usize) -> Self {
        let group_len = network.blocks().iter().map(|block| block.layer.speed().group_len()).max().unwrap_or(1);
        if 1 < group_len {
            let shard_len = batch_len.div_ceil(batch_len.div_ceil(group_len));
            let shards = batch_len.div_ceil(shard_len);
            return Self { shard_len, portion: shard_len, shards, together: false };
        }
        let (mut in_shared, mut in_all, mut parameters, mut values) = (0u64, 0u64, 0, 0);
        for block in network.reached().into_iter().map(|index| &network.blocks()[index]) {
            parameters += block.params.len();
            values += block.layer.ops().output().len();
            if block.layer.speed().shares_calls() {
                in_shared += block.layer.ops().connections();
            }
            if !block.params.is_empty() {
                in_all += block.layer.ops().connections();
            }
        }
        if in_all < 2 * in_shared && in_all < MANY_USES * parameters as u64 {
            return Self { shard_len: batch_len, portion: batch_len, shards: 1, together: true };
        }
        let shards = match parameters {
            0..200_000 => 8,
            200_000..2_000_000 => 4,
            _ => 2,
        };
        let shard_len = batch_len.div_ceil(shards);
        let portion = (MOST_VALUES / values.max(1)).clamp(1, shard_len.max(1));
        Self { shard_len, portion, shards: batch_len.div_ceil(shard_len), together: false }
    }
}
