//! Looking back: the network as it was after an earlier epoch, and branches from there.
//!
//! Looking back loses nothing. Training or editing an earlier network begins a branch, and what the run recorded after
//! that step becomes an earlier run on the chart.

use super::run::Run;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::progress::Progress;
use crate::recorder::EventKind;
use crate::session::stamp::Stamp;
use crate::words::thousands;

impl Run {
    /// Shows the network of an earlier snapshot; `None` shows the latest one again. On an error everything stays as it
    /// was.
    pub fn travel(&mut self, index: Option<usize>, progress: &Progress) -> Result<()> {
        let count = self.snapshots.len();
        if let Some(index) = index.filter(|&index| count <= index) {
            return Err(Error::expected("snapshot", format!("a number below {count}"), index));
        }
        if index.is_none() {
            if let Some((_, latest)) = self.snapshots.end_looking_back() {
                self.learner.restore(&latest);
            }
            return Ok(());
        }
        let latest = match self.snapshots.end_looking_back() {
            Some((_, latest)) => latest,
            None => self.learner.snapshot(progress)?,
        };
        let mut snapshots = std::mem::take(&mut self.snapshots);
        if let Some((index, snapshot)) = index.and_then(|index| Some((index, snapshots.get(index)?))) {
            self.learner.restore(snapshot);
            snapshots.show(index, latest);
        }
        self.snapshots = snapshots;
        Ok(())
    }

    /// Continues from the earlier network that is shown, if one is. Returns what happened in one sentence.
    pub fn branch(&mut self, data: &Dataset) -> Option<String> {
        let (index, latest) = self.snapshots.end_looking_back()?;
        self.snapshots.truncate_after(index);
        let position = self.snapshots.get(index)?.position;
        self.policy = Default::default();
        self.learner.resume_at(position, data);
        self.recorder.branch(position.step);
        self.record_stamp = Stamp::next();
        (self.evaluator, self.finished) = (None, None);
        let text = format!(
            "New branch from step {}; the earlier run of {} steps stays on the chart",
            thousands(position.step as usize),
            thousands(latest.position.step as usize)
        );
        self.recorder.event(position.step, EventKind::Branch, text.clone());
        Some(text)
    }
}
