//! Reactions to the figures of epochs and steps: early stopping, the best weights, the way back from divergence.

use super::snapshots::Snapshot;
use crate::file::saved_run::Weights;
use crate::train::{EarlyStopping, LossMonitor};

#[derive(Clone, Debug, Default, PartialEq)]
pub struct RunPolicy {
    pub early_stopping: EarlyStopping,
    /// What was learnt by the best epoch.
    pub best: Option<Weights>,
    pub guard: DivergenceGuard,
}

/// Restores the last sound weights and halves the learning rate when losses jump.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct DivergenceGuard {
    pub monitor: LossMonitor,
    /// The last sound state.
    pub sound: Option<Snapshot>,
}

impl RunPolicy {
    /// Bytes in use.
    pub fn bytes(&self) -> usize {
        let best = self.best.as_ref().map_or(0, Weights::bytes);
        best + self.guard.sound.as_ref().map_or(0, Snapshot::bytes)
    }
}
