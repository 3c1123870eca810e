//! Counts of the events in a learner of spiking columns since its beginning.

use std::ops::AddAssign;

use serde::{Deserialize, Serialize};

/// Numbers of events.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnCounts {
    /// Batches and examples counted for training.
    pub batches: u64,
    pub presentations: u64,
    /// Examples that taught the column of their label, among them those that were forced to.
    pub positives: u64,
    pub forced: u64,
    /// Times that an example taught a column not to answer.
    pub negatives: u64,
    /// Connections that were added; whose weight grew or shrank in size by learning; that lost weight by decay; that
    /// were removed by either.
    pub grown: u64,
    pub strengthened: u64,
    pub weakened: u64,
    pub decayed: u64,
    pub pruned: u64,
}

impl ColumnCounts {
    /// Number of counts.
    pub const LEN: usize = 10;

    /// All counts in the order of the fields.
    pub fn to_array(self) -> [u64; Self::LEN] {
        let Self { batches, presentations, positives, forced, negatives, grown, strengthened, .. } = self;
        let Self { weakened, decayed, pruned, .. } = self;
        [batches, presentations, positives, forced, negatives, grown, strengthened, weakened, decayed, pruned]
    }

    pub fn from_array(counts: [u64; Self::LEN]) -> Self {
        let [batches, presentations, positives, forced, negatives, grown, strengthened, weakened, decayed, pruned] =
            counts;
        Self { batches, presentations, positives, forced, negatives, grown, strengthened, weakened, decayed, pruned }
    }
}

impl AddAssign for ColumnCounts {
    fn add_assign(&mut self, other: Self) {
        let mut sums = self.to_array();
        sums.iter_mut().zip(other.to_array()).for_each(|(sum, count)| *sum += count);
        *self = Self::from_array(sums);
    }
}
