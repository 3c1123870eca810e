//! Doing again what a journal tells: at the same steps while training, or all at once.

use std::collections::VecDeque;

use super::Session;
use super::journal::{Entry, Journal};
use crate::error::{Error, Result};

/// The entries that wait for their steps.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    waiting: VecDeque<Entry>,
    /// Those that were done.
    done: usize,
}

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

    /// Makes all edits of a journal now, in their order; returns how many.
    pub fn apply_journal(&mut self, journal: &Journal) -> Result<usize> {
        for (number, entry) in journal.entries.iter().enumerate() {
            self.edit(&entry.command, entry.merge).map_err(|error| at(number, entry, &error))?;
        }
        Ok(journal.entries.len())
    }

    /// Edits of a followed journal that were made, and that still wait.
    pub fn replayed(&self) -> (usize, usize) {
        (self.replay.done, self.replay.waiting.len())
    }

    /// The edits whose step has come.
    pub(super) fn replay_due(&mut self) -> Result<()> {
        while let Some(entry) = self.replay.waiting.pop_front_if(|entry| entry.step <= self.trainer.step) {
            self.edit(&entry.command, entry.merge).map_err(|error| at(self.replay.done, &entry, &error))?;
            self.replay.done += 1;
        }
        Ok(())
    }
}

fn at(number: usize, entry: &Entry, error: &Error) -> Error {
    Error::new(format!("journal, edit {} at step {}: {error}", number + 1, entry.step))
}
