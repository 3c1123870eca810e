//! Doing again what a journal tells: at the same steps while training, or all at once.

use std::collections::VecDeque;

use super::Session;
use super::guard::DivergenceGuard;
use super::history::UndoStack;
use super::journal::{Journal, JournalEntry};
use super::judge::RunPolicy;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::recorder::Recorder;
use crate::train::{Evaluator, TrainerPosition};

/// The entries that wait for their steps.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    waiting: VecDeque<JournalEntry>,
    /// Those that were done.
    done: usize,
}

/// What there was before the edits of a journal.
struct Before {
    history: UndoStack,
    judge: RunPolicy,
    config: Config,
    journal: Journal,
    recorder: Recorder,
    position: TrainerPosition,
    evaluator: Option<Evaluator>,
    finished: Option<String>,
}

/// The progress counts no further.
const MOST_COUNTED: usize = 1 << 31;

impl Session {
    /// The edits of this run as JSON lines.
    pub fn journal(&self) -> String {
        self.journal.print()
    }

    /// From here on training makes the edits of a journal, each before the step before which it was made.
    pub fn follow(&mut self, journal: Journal) -> Result<()> {
        if let Some(first) = journal.entries.first()
            && first.step < self.trainer.step
        {
            let expected = format!("edits from step {} on, which the network has learnt", self.trainer.step);
            return Err(Error::expected("journal", expected, first.step));
        }
        self.replay = Replay { waiting: journal.entries.into(), done: 0 };
        self.replay_due()
    }

    /// Makes all edits of a journal now, in their order; returns how many. They are of one piece: where one cannot be
    /// made, or somebody wants the end, those before it are taken back, unless another network was built on the way.
    pub fn apply_journal(&mut self, journal: &Journal) -> Result<usize> {
        self.branch();
        let stand_in = RunPolicy { patience: self.judge.patience, stands_in: true, ..RunPolicy::default() };
        let before = Before {
            history: std::mem::replace(&mut self.history, UndoStack::whole()),
            judge: std::mem::replace(&mut self.judge, stand_in),
            config: self.config.clone(),
            journal: self.journal.clone(),
            recorder: self.recorder.clone(),
            position: self.trainer.position(),
            evaluator: self.evaluator.clone(),
            finished: self.finished.clone(),
        };
        let made = self.make_all(&journal.entries);
        match (made, self.history.is_whole()) {
            (Ok(()), true) => self.keep(before),
            (Ok(()), false) => {}
            (Err(error), true) => return self.take_back(before).and(Err(error)),
            (Err(error), false) => {
                return Err(Error::new(format!("{error}; the edits before it stay, for they built another network")));
            }
        }
        Ok(journal.entries.len())
    }

    fn make_all(&mut self, entries: &[JournalEntry]) -> Result<()> {
        // Each runs the network on some images, however little it changes.
        let work = self.network.param_len().min(MOST_COUNTED / entries.len().max(1)).max(1);
        self.progress.expect(work * entries.len());
        for (number, entry) in entries.iter().enumerate() {
            self.progress.check()?;
            self.edit(&entry.command, entry.merge).map_err(|error| at(number, entry, error))?;
            self.progress.advance(work);
        }
        Ok(())
    }

    /// What was before goes on, with the edits after it.
    fn keep(&mut self, before: Before) {
        let made = std::mem::replace(&mut self.history, before.history);
        self.history.join(made);
        if self.judge.stands_in {
            self.judge = RunPolicy { patience: self.judge.patience, guard: DivergenceGuard::default(), ..before.judge };
        }
    }

    /// Takes back what stands in the history, and forgets that it was done.
    fn take_back(&mut self, before: Before) -> Result<()> {
        let progress = std::mem::take(&mut self.progress); // somebody wants the end of what was done, not of this
        let mut taken = Ok(());
        while taken.is_ok()
            && let Ok(edit) = self.history.take(true)
        {
            taken = self.put_patch(&edit.undo).map(drop);
        }
        self.progress = progress;
        self.trainer.resume_at(before.position, &self.data);
        self.refresh_after_edit();
        (self.history, self.judge, self.config) = (before.history, before.judge, before.config);
        (self.journal, self.recorder) = (before.journal, before.recorder);
        (self.evaluator, self.finished) = (before.evaluator, before.finished);
        taken
    }

    /// Edits of a followed journal that were made, and that still wait.
    pub fn replayed(&self) -> (usize, usize) {
        (self.replay.done, self.replay.waiting.len())
    }

    /// The edits whose step has come.
    pub(super) fn replay_due(&mut self) -> Result<()> {
        while let Some(entry) = self.replay.waiting.pop_front_if(|entry| entry.step <= self.trainer.step) {
            self.edit(&entry.command, entry.merge).map_err(|error| at(self.replay.done, &entry, error))?;
            self.replay.done += 1;
        }
        Ok(())
    }
}

fn at(number: usize, entry: &JournalEntry, error: Error) -> Error {
    error.within(format!("journal, edit {} at step {}", number + 1, entry.step))
}
