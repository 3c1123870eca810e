//! The time machine: the network as it was after earlier epochs, to be looked at and to branch from.
//!
//! After each epoch weights and moments are kept. Where there are too many, every second one is forgotten, so what is
//! kept lies the further apart the longer a run is. Training or editing an earlier network begins a branch: what the
//! run had written down from there on becomes an earlier run.

use serde::Serialize;

use super::state::Snapshot;
use super::{Notice, RunPolicy, Session};
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::recorder::EventKind;

/// More bytes of states are not kept, but two at least; and no state that is larger, for a few take all memory.
const MOST_BYTES: usize = 128 << 20;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Snapshots {
    kept: Vec<Snapshot>,
    /// While an earlier network is shown: which one, and the latest one.
    away: Option<(usize, Snapshot)>,
}

/// The moments that can be gone back to.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SnapshotList {
    pub steps: Vec<u64>,
    pub epochs: Vec<u64>,
    /// Which of them is shown; `None`: the latest network.
    pub shown: Option<usize>,
}

impl Session {
    /// Keeps the network as it is now, after an epoch.
    pub(super) fn keep_moment(&mut self) {
        if self.judge.timeline.kept.last().is_some_and(|last| last.position.step == self.trainer.step) {
            return;
        }
        let most = self.config.kept_moments();
        if most == 0 || MOST_BYTES < self.state_bytes() {
            return;
        }
        let Ok(state) = self.state(&Progress::default()) else { return };
        let most = most.min(MOST_BYTES / self.state_bytes().max(1)).max(2);
        let kept = &mut self.judge.timeline.kept;
        kept.push(state);
        if most < kept.len() {
            // The first and the last stay.
            let last = kept.len() - 1;
            let mut index = 0;
            kept.retain(|_| {
                index += 1;
                (index - 1usize).is_multiple_of(2) || index - 1 == last
            });
        }
    }

    pub fn moments(&self) -> SnapshotList {
        let Snapshots { kept, away } = &self.judge.timeline;
        SnapshotList {
            steps: kept.iter().map(|state| state.position.step).collect(),
            epochs: kept.iter().map(|state| state.position.epoch).collect(),
            shown: away.as_ref().map(|(shown, _)| *shown),
        }
    }

    /// Shows the network of an earlier moment; `None`: the latest one again. Nothing is lost by looking. On an error
    /// everything stays as it was.
    pub fn travel(&mut self, moment: Option<usize>) -> Result<()> {
        let count = self.judge.timeline.kept.len();
        if let Some(moment) = moment.filter(|&moment| count <= moment) {
            return Err(Error::expected("moment", format!("a number below {count}"), moment));
        }
        let latest = match self.judge.timeline.away.take() {
            Some((_, latest)) => latest,
            None if moment.is_none() => return Ok(()),
            None => self.state(&self.progress)?,
        };
        match moment {
            None => self.put_back(&latest),
            Some(moment) => {
                let kept = std::mem::take(&mut self.judge.timeline.kept);
                self.put_back(&kept[moment]);
                self.judge.timeline = Snapshots { kept, away: Some((moment, latest)) };
            }
        }
        Ok(())
    }

    /// Goes on from the earlier network that is shown, if one is.
    pub fn branch(&mut self) -> Option<Notice> {
        let (moment, latest) = self.judge.timeline.away.take()?;
        let mut kept = std::mem::take(&mut self.judge.timeline.kept);
        kept.truncate(moment + 1);
        let position = kept[moment].position;
        self.judge = RunPolicy::default();
        self.judge.timeline.kept = kept;
        self.trainer.resume_at(position, &self.data);
        self.recorder.branch(position.step);
        (self.evaluator, self.finished) = (None, None);
        let text = format!("Branched off after step {} of a run of {}", position.step, latest.position.step);
        self.recorder.event(position.step, EventKind::Branch, text.clone());
        Some(Notice::kept(text))
    }
}
