//! Looking back: the network as it was after an earlier epoch, and a branch from there.
//!
//! Nothing is lost by looking. Training or editing an earlier network begins a branch: what the run had recorded from
//! there on becomes an earlier run.

use super::run::Run;
use super::snapshots::Snapshot;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::recorder::EventKind;
use crate::session::stamp::Stamp;

impl Run {
    /// Shows the network of an earlier snapshot; `None`: the latest one again. On an error everything stays as it was.
    pub fn travel(&mut self, index: Option<usize>, progress: &Progress) -> Result<()> {
        let count = self.snapshots.len();
        if let Some(index) = index.filter(|&index| count <= index) {
            return Err(Error::expected("moment", format!("a number below {count}"), index));
        }
        if index.is_none() {
            if let Some((_, latest)) = self.snapshots.come_back() {
                latest.write(self.supervised_mut());
            }
            return Ok(());
        }
        let latest = match self.snapshots.come_back() {
            Some((_, latest)) => latest,
            None => Snapshot::of(self.supervised(), progress)?,
        };
        let mut snapshots = std::mem::take(&mut self.snapshots);
        if let Some((index, snapshot)) = index.and_then(|index| Some((index, snapshots.get(index)?))) {
            snapshot.write(self.supervised_mut());
            snapshots.leave(index, latest);
        }
        self.snapshots = snapshots;
        Ok(())
    }

    /// Goes on from the earlier network that is shown, if one is; returns what happened in one sentence.
    pub fn branch(&mut self, data: &Dataset) -> Option<String> {
        let (index, latest) = self.snapshots.come_back()?;
        self.snapshots.truncate_after(index);
        let position = self.snapshots.get(index)?.position;
        self.policy = Default::default();
        self.supervised_mut().trainer_mut().0.resume_at(position, data);
        self.recorder.branch(position.step);
        self.record_stamp = Stamp::next();
        (self.evaluator, self.finished) = (None, None);
        let text = format!("Branched off after step {} of a run of {}", position.step, latest.position.step);
        self.recorder.event(position.step, EventKind::Branch, text.clone());
        Some(text)
    }
}
