//! The shelf: runs that were set aside when another network took their place. A run that has learnt stays until it is
//! discarded.

use serde::Serialize;

use super::edit::Edits;
use super::run::{NewRun, Run};
use super::stamp::Stamp;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::file::saved_run::DataMark;

/// Limit of the shelf in bytes: the memory of a page is 4 GiB at most, and the current run needs its share.
const MOST_BYTES: usize = 1 << 30;

/// Runs trained together, as they were left, with their settings and edits.
pub struct SetAside {
    pub runs: Vec<Run>,
    pub focus: usize,
    pub config: Config,
    pub edits: Edits,
    /// The edits of the run that was not looked at.
    pub parked: Option<Edits>,
    /// The data that they were trained on.
    pub data: DataMark,
    /// Why they were set aside, as a clause.
    pub why: String,
}

/// A run of the session, for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    pub id: u32,
    /// The network: `autoencoder of 12 layers`.
    pub name: String,
    pub preset: String,
    pub step: u64,
    pub epochs: f64,
    pub loss: Option<f64>,
    pub val_loss: Option<f64>,
    pub accuracy: Option<f64>,
    pub psnr: Option<f64>,
    pub mse: Option<f64>,
    /// Name of the data that it was trained on.
    pub data: String,
    /// Why it was set aside; empty for the current run.
    pub why: String,
    pub current: bool,
}

impl RunSummary {
    pub fn new(run: &Run, data: &str, why: &str, current: bool) -> Self {
        let position = run.position();
        let last = run.recorder.last_evaluation().map(|last| last.evaluation);
        Self {
            id: run.id,
            name: name_of(run),
            preset: run.preset.clone(),
            step: position.step,
            epochs: position.epoch,
            loss: run.recent_loss(),
            val_loss: last.map(|last| last.loss).or(run.earlier.val_loss),
            accuracy: last.and_then(|last| last.accuracy).or(run.earlier.accuracy),
            psnr: last.and_then(|last| last.psnr).or(run.earlier.psnr),
            mse: last.and_then(|last| last.mse).or(run.earlier.mse),
            data: data.into(),
            why: why.into(),
            current,
        }
    }
}

/// Names the network of a run: `autoencoder of 12 layers`.
pub fn name_of(run: &Run) -> String {
    format!("{} of {}", run.preset, run.learner.extent())
}

pub struct Shelf {
    /// Latest last.
    kept: Vec<SetAside>,
    last_id: u32,
    stamp: Stamp,
}

impl Default for Shelf {
    fn default() -> Self {
        Self { kept: Vec::new(), last_id: 0, stamp: Stamp::next() }
    }
}

impl SetAside {
    /// The run that was looked at.
    pub fn run(&self) -> &Run {
        &self.runs[self.focus]
    }

    /// Whether it is worth keeping: trained here, changed by hand, or opened from a file.
    pub fn has_learnt(&self) -> bool {
        let are_edited = self.parked.iter().chain([&self.edits]).any(|edits| !edits.is_empty());
        are_edited || self.runs.iter().any(|run| 0 < run.step())
    }

    fn bytes(&self) -> usize {
        self.runs.iter().map(Run::bytes).sum()
    }
}

impl Shelf {
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Takes the next run number.
    pub fn next_id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }

    /// The runs of what begins: one, or two that learn from each other.
    pub fn runs_of(&mut self, new: NewRun, classes: Vec<String>) -> Vec<Run> {
        let NewRun { preset, learner, partner, .. } = new;
        let learners = [Some(learner), partner].into_iter().flatten();
        learners.map(|learner| Run::new(self.next_id(), preset.clone(), learner, classes.clone())).collect()
    }

    /// Fails if a run of so many bytes does not fit on the shelf.
    pub fn check_room(&self, bytes: usize) -> Result<()> {
        let taken: usize = self.kept.iter().map(SetAside::bytes).sum();
        if taken + bytes <= MOST_BYTES {
            return Ok(());
        }
        let mebibytes = |bytes: usize| bytes >> 20;
        Err(Error::expected(
            "runs set aside",
            format!("room for one more of {} MiB (save or discard some first)", mebibytes(bytes)),
            format!("{} of {} MiB taken", mebibytes(taken), mebibytes(MOST_BYTES)),
        ))
    }

    /// Finds the runs that were set aside under a number; fails if no run has it.
    pub fn find(&self, id: u32) -> Result<&SetAside> {
        self.get(id).ok_or_else(|| Error::expected("run", "the number of a run that was set aside", id))
    }

    /// Puts runs on the shelf. Runs that have learnt nothing are kept only if undo or redo leads to them next; links to
    /// a removed run then lead past it.
    pub fn put(&mut self, mut runs: SetAside, current: &Edits) {
        runs.runs.iter_mut().for_each(|run| run.learner.release_buffers());
        self.kept.push(runs);
        self.stamp = Stamp::next();
        let is_kept =
            |aside: &SetAside| aside.has_learnt() || [current.previous, current.next].contains(&Some(aside.run().id));
        while let Some(place) = self.kept.iter().position(|aside| !is_kept(aside)) {
            let removed = self.kept.remove(place);
            let id = Some(removed.run().id);
            for Edits { previous, next, .. } in self.kept.iter_mut().map(|aside| &mut aside.edits) {
                if *previous == id {
                    *previous = removed.edits.previous;
                }
                if *next == id {
                    *next = removed.edits.next;
                }
            }
        }
    }

    pub fn get(&self, id: u32) -> Option<&SetAside> {
        self.kept.iter().find(|aside| aside.run().id == id)
    }

    /// The name of a run on the shelf.
    pub fn name(&self, id: u32) -> Option<String> {
        self.get(id).map(|aside| name_of(aside.run()))
    }

    pub fn clear(&mut self) {
        self.kept.clear();
    }

    pub fn take(&mut self, id: u32) -> Option<SetAside> {
        let place = self.kept.iter().position(|aside| aside.run().id == id)?;
        self.stamp = Stamp::next();
        Some(self.kept.remove(place))
    }

    /// The runs that have learnt, latest last.
    pub fn list(&self) -> Vec<RunSummary> {
        let learnt = self.kept.iter().filter(|aside| aside.has_learnt());
        learnt.map(|aside| RunSummary::new(aside.run(), &aside.data.name, &aside.why, false)).collect()
    }
}
