//! Earlier states of a run, to look back at and to go on from: parameters, moments and the position in training.
//!
//! After each epoch one is kept. Where there are too many, every second one is dropped, so those that are kept are the
//! further apart the longer a run is.

use serde::Serialize;

use super::learner::Supervised;
use crate::error::Result;
use crate::optim::Optim;
use crate::progress::Progress;
use crate::train::TrainerPosition;

/// Parameters and moments of a network at one position of its training.
#[derive(Clone, Debug, PartialEq)]
pub struct Snapshot {
    pub theta: Vec<f32>,
    pub m: Vec<f32>,
    pub v: Vec<f32>,
    pub t: u64,
    pub position: TrainerPosition,
}

impl Snapshot {
    pub fn of(learner: &Supervised, progress: &Progress) -> Result<Self> {
        let (theta, Optim { m, v, t, .. }) = (&learner.network().theta, &learner.trainer().optim);
        progress.expect(theta.len() + m.len() + v.len());
        Ok(Self {
            theta: progress.copied(theta)?,
            m: progress.copied(m)?,
            v: progress.copied(v)?,
            t: *t,
            position: learner.trainer().position(),
        })
    }

    /// Bytes of a snapshot of this learner.
    pub fn bytes_of(learner: &Supervised) -> usize {
        let Optim { m, v, .. } = &learner.trainer().optim;
        4 * (learner.network().param_len() + m.len() + v.len())
    }

    pub fn bytes(&self) -> usize {
        4 * (self.theta.len() + self.m.len() + self.v.len())
    }

    /// Writes its parameters and moments; the position of training stays. A snapshot of another network writes nothing.
    pub fn write(&self, learner: &mut Supervised) {
        if self.theta.len() != learner.network().param_len() {
            return;
        }
        learner.write(|network, optim| {
            network.theta.clone_from(&self.theta);
            if (optim.m.len(), optim.v.len()) == (self.m.len(), self.v.len()) {
                optim.m.clone_from(&self.m);
                optim.v.clone_from(&self.v);
                optim.t = self.t;
            } else {
                // Another optimiser was chosen since.
                optim.reset(self.theta.len());
            }
        });
    }
}

/// More bytes of snapshots are not kept, but two at least; and none that is larger, for a few would take all memory.
const MOST_BYTES: usize = 128 << 20;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Snapshots {
    kept: Vec<Snapshot>,
    /// While an earlier state is shown: its index, and the latest state.
    away: Option<(usize, Snapshot)>,
}

/// The states that can be looked back at.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotList {
    pub steps: Vec<u64>,
    pub epochs: Vec<u64>,
    /// Index of the one that is shown; `None`: the latest network.
    pub shown: Option<usize>,
}

impl Snapshots {
    pub fn list(&self) -> SnapshotList {
        SnapshotList {
            steps: self.kept.iter().map(|kept| kept.position.step).collect(),
            epochs: self.kept.iter().map(|kept| kept.position.epoch).collect(),
            shown: self.away.as_ref().map(|(shown, _)| *shown),
        }
    }

    pub fn len(&self) -> usize {
        self.kept.len()
    }

    pub fn get(&self, index: usize) -> Option<&Snapshot> {
        self.kept.get(index)
    }

    /// The earlier state that is looked at.
    pub fn shown(&self) -> Option<&Snapshot> {
        self.away.as_ref().and_then(|(shown, _)| self.kept.get(*shown))
    }

    /// The latest state, while an earlier one is looked at.
    pub fn latest(&self) -> Option<&Snapshot> {
        self.away.as_ref().map(|(_, latest)| latest)
    }

    /// Keeps the state of the learner, where at most `most` are to be kept; nothing where it was kept before.
    pub fn keep(&mut self, learner: &Supervised, most: usize) {
        let bytes = Snapshot::bytes_of(learner);
        let is_kept = self.kept.last().is_some_and(|last| last.position.step == learner.trainer().step);
        if is_kept || most == 0 || MOST_BYTES < bytes {
            return;
        }
        let Ok(snapshot) = Snapshot::of(learner, &Progress::default()) else { return };
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

    /// An earlier state is looked at from now on, beside the latest one.
    pub fn leave(&mut self, index: usize, latest: Snapshot) {
        self.away = Some((index, latest));
    }

    /// The latest state is back; returns it where it was away, with the index of the one that was looked at.
    pub fn come_back(&mut self) -> Option<(usize, Snapshot)> {
        self.away.take()
    }

    /// Drops those after the one with this index.
    pub fn truncate_after(&mut self, index: usize) {
        self.kept.truncate(index + 1);
    }

    pub fn bytes(&self) -> usize {
        self.kept.iter().chain(self.latest()).map(Snapshot::bytes).sum()
    }
}
