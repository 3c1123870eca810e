//! The shelf: runs that were set aside when another network took their place. Each that has learnt stays until somebody
//! discards it.

use serde::Serialize;

use super::edit::Edits;
use super::run::Run;
use super::stamp::Stamp;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::file::saved_run::DataMark;
use crate::words::counted;

/// More bytes of runs are not kept: the memory of a page is 4 GiB at most, and the current run needs its part.
const MOST_BYTES: usize = 1 << 30;

/// Runs that were trained together, as they were left, with their settings and edits.
pub struct SetAside {
    pub runs: Vec<Run>,
    pub focus: usize,
    pub config: Config,
    pub edits: Edits,
    /// The data that they learnt from.
    pub data: DataMark,
    /// What took their place, as a clause.
    pub why: String,
}

/// A run of the session, for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RunSummary {
    pub id: u32,
    /// Which network it is.
    pub name: String,
    pub preset: String,
    pub step: u64,
    pub epochs: f64,
    pub loss: Option<f64>,
    pub val_loss: Option<f64>,
    pub accuracy: Option<f64>,
    pub psnr: Option<f64>,
    /// Name of the data that it learnt from.
    pub data: String,
    /// What took its place; empty for the current run.
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
            data: data.into(),
            why: why.into(),
            current,
        }
    }
}

/// Which network a run has: `autoencoder of 12 layers`.
pub fn name_of(run: &Run) -> String {
    format!("{} of {}", run.preset, counted(run.network().blocks().len() - 1, "layer"))
}

pub struct Shelf {
    /// The latest last.
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
        self.runs.iter().any(|run| 0 < run.step()) || !self.edits.is_empty()
    }

    fn bytes(&self) -> usize {
        self.runs.iter().map(Run::bytes).sum()
    }
}

impl Shelf {
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// The number of the next run.
    pub fn next_id(&mut self) -> u32 {
        self.last_id += 1;
        self.last_id
    }

    /// An error where a run of so many bytes would not find room beside the others.
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

    /// The number of a run that must be on the shelf.
    pub fn find(&self, id: u32) -> Result<&SetAside> {
        self.get(id).ok_or_else(|| Error::expected("run", "one of those that were set aside", format!("number {id}")))
    }

    /// Puts runs on the shelf. Of those that have learnt nothing only the ones that undo or redo leads to next are kept;
    /// what led to the others leads past them.
    pub fn put(&mut self, mut runs: SetAside, current: &Edits) {
        runs.runs.iter_mut().for_each(|run| run.learner.release_buffers());
        self.kept.push(runs);
        self.stamp = Stamp::next();
        let is_kept =
            |aside: &SetAside| aside.has_learnt() || [current.previous, current.next].contains(&Some(aside.run().id));
        while let Some(place) = self.kept.iter().position(|aside| !is_kept(aside)) {
            let gone = self.kept.remove(place);
            let id = Some(gone.run().id);
            for Edits { previous, next, .. } in self.kept.iter_mut().map(|aside| &mut aside.edits) {
                if *previous == id {
                    *previous = gone.edits.previous;
                }
                if *next == id {
                    *next = gone.edits.next;
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

    /// Those that have learnt, the latest last.
    pub fn list(&self) -> Vec<RunSummary> {
        let learnt = self.kept.iter().filter(|aside| aside.has_learnt());
        learnt.map(|aside| RunSummary::new(aside.run(), &aside.data.name, &aside.why, false)).collect()
    }
}
