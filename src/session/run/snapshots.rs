//! Earlier states of a run, to look back at and to continue from: parameters, moments and the position in training.
//!
//! One is kept after each epoch. When there are too many, every second one is dropped, so the snapshots of a longer run
//! are further apart.

use serde::Serialize;

use super::supervised::Supervised;
use crate::columns::ColumnState;
use crate::error::Result;
use crate::optim::Optim;
use crate::progress::Progress;
use crate::train::TrainerPosition;

/// What a learner had learnt at one position in training.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    pub state: SnapshotState,
    pub position: TrainerPosition,
}

/// Everything that a learner has learnt, with what it needs to learn on.
#[derive(Clone, Debug, PartialEq)]
pub enum SnapshotState {
    /// Parameters and moments.
    Network {
        theta: Vec<f32>,
        m: Vec<f32>,
        v: Vec<f32>,
        t: u64,
    },
    Columns(Box<ColumnState>),
}

impl Snapshot {
    pub fn bytes(&self) -> usize {
        match &self.state {
            SnapshotState::Network { theta, m, v, .. } => 4 * (theta.len() + m.len() + v.len()),
            SnapshotState::Columns(state) => state.bytes(),
        }
    }
}

impl SnapshotState {
    pub fn of_network(learner: &Supervised, progress: &Progress) -> Result<Self> {
        let (theta, Optim { m, v, t, .. }) = (&learner.network().theta, &learner.trainer().optim);
        progress.expect(theta.len() + m.len() + v.len());
        Ok(Self::Network { theta: progress.copied(theta)?, m: progress.copied(m)?, v: progress.copied(v)?, t: *t })
    }

    /// Bytes of the state of this network.
    pub fn bytes_of_network(learner: &Supervised) -> usize {
        let Optim { m, v, .. } = &learner.trainer().optim;
        4 * (learner.network().param_len() + m.len() + v.len())
    }
}

/// Limit in bytes of the kept snapshots, of which there are always two; a larger network gets none, because a few would
/// fill the memory.
const MOST_BYTES: usize = 128 << 20;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshots {
    kept: Vec<Snapshot>,
    /// While an earlier state is shown: its index, and the latest state.
    looking_back: Option<(usize, Snapshot)>,
}

/// The states that can be looked back at.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotList {
    pub steps: Vec<u64>,
    pub epochs: Vec<u64>,
    /// Index of the snapshot that is shown; `None` for the latest network.
    pub shown: Option<usize>,
}

impl Snapshots {
    pub fn list(&self) -> SnapshotList {
        SnapshotList {
            steps: self.kept.iter().map(|kept| kept.position.step).collect(),
            epochs: self.kept.iter().map(|kept| kept.position.epoch).collect(),
            shown: self.looking_back.as_ref().map(|(shown, _)| *shown),
        }
    }

    pub fn len(&self) -> usize {
        self.kept.len()
    }

    pub fn get(&self, index: usize) -> Option<&Snapshot> {
        self.kept.get(index)
    }

    /// The earlier state that is shown, if one is.
    pub fn shown(&self) -> Option<&Snapshot> {
        self.looking_back.as_ref().and_then(|(shown, _)| self.kept.get(*shown))
    }

    /// The latest state, while an earlier one is shown.
    pub fn latest(&self) -> Option<&Snapshot> {
        self.looking_back.as_ref().map(|(_, latest)| latest)
    }

    /// Keeps the state at a step, which takes so many bytes, and at most `most` in all, unless it was kept before.
    pub fn keep(&mut self, step: u64, bytes: usize, most: usize, snapshot: impl FnOnce() -> Result<Snapshot>) {
        let is_kept = self.kept.last().is_some_and(|last| last.position.step == step);
        if is_kept || most == 0 || MOST_BYTES < bytes {
            return;
        }
        let Ok(snapshot) = snapshot() else { return };
        let most = most.min(MOST_BYTES / bytes.max(1)).max(2);
        self.kept.push(snapshot);
        if most < self.kept.len() {
            // The first and the last stay.
            let last = self.kept.len() - 1;
            let mut index = 0;
            self.kept.retain(|_| {
                index += 1;
                (index - 1usize).is_multiple_of(2) || index - 1 == last
            });
        }
    }

    /// Marks the snapshot at `index` as shown, and keeps the latest state meanwhile.
    pub fn show(&mut self, index: usize, latest: Snapshot) {
        self.looking_back = Some((index, latest));
    }

    /// Ends looking back. Returns the index of the snapshot that was shown and the latest state, if there was one.
    pub fn end_looking_back(&mut self) -> Option<(usize, Snapshot)> {
        self.looking_back.take()
    }

    /// Drops the snapshots after the one with this index.
    pub fn truncate_after(&mut self, index: usize) {
        self.kept.truncate(index + 1);
    }

    pub fn bytes(&self) -> usize {
        self.kept.iter().chain(self.latest()).map(Snapshot::bytes).sum()
    }
}
