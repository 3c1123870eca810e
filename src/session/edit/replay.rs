//! Replaying a journal: each edit at its step while training, or all at once.

use super::edits::Replay;
use super::journal::{Journal, JournalEntry};
use super::undo_stack::UndoStack;
use crate::config::Config;
use crate::error::{Error, Result};
use crate::recorder::Recorder;
use crate::session::run::{DivergenceGuard, RunPolicy, Snapshots};
use crate::session::session::Session;
use crate::session::stamp::Stamp;
use crate::train::{Evaluator, TrainerPosition};

/// The state before the edits of a journal.
struct Before {
    undo: UndoStack,
    policy: RunPolicy,
    snapshots: Snapshots,
    policy_stamp: Stamp,
    config: Config,
    journal: Journal,
    recorder: Recorder,
    position: TrainerPosition,
    evaluator: Option<Evaluator>,
    finished: Option<String>,
}

/// Upper limit of the progress counter.
const MOST_COUNTED: usize = 1 << 31;

impl Session {
    /// The edits of this run as JSON lines.
    pub fn journal(&self) -> String {
        self.edits.journal.print()
    }

    /// Replays a journal while training: each edit is made before the step before which it was first made.
    pub fn follow(&mut self, journal: Journal) -> Result<()> {
        if let Some(first) = journal.entries.first()
            && first.step < self.run().step()
        {
            let expected = format!("edits from step {} on, where the network is now", self.run().step());
            return Err(Error::expected("journal", expected, first.step));
        }
        self.edits.replay = Replay { waiting: journal.entries.into(), done: 0 };
        self.replay_due()
    }

    /// Makes all edits of a journal now, in order, and returns their number. If one fails or the work is cancelled,
    /// those before it are undone, unless another network was built on the way.
    pub fn apply_journal(&mut self, journal: &Journal) -> Result<usize> {
        self.branch();
        let config = self.config.clone();
        let run = &mut self.runs[self.focus];
        let stand_in = RunPolicy { early_stopping: run.policy.early_stopping, ..RunPolicy::default() };
        let before = Before {
            undo: std::mem::replace(&mut self.edits.undo, UndoStack::whole()),
            policy: std::mem::replace(&mut run.policy, stand_in),
            snapshots: std::mem::take(&mut run.snapshots),
            policy_stamp: run.policy_stamp,
            config,
            journal: self.edits.journal.clone(),
            recorder: run.recorder.clone(),
            position: run.learner.position(),
            evaluator: run.evaluator.clone(),
            finished: run.finished.clone(),
        };
        let made = self.make_all(&journal.entries);
        match (made, self.edits.undo.is_whole()) {
            (Ok(()), true) => self.keep(before),
            (Ok(()), false) => {}
            (Err(error), true) => return self.take_back(before).and(Err(error)),
            (Err(error), false) => {
                return Err(Error::new(format!(
                    "{error}; the edits before it stay, because they built another network"
                )));
            }
        }
        Ok(journal.entries.len())
    }

    fn make_all(&mut self, entries: &[JournalEntry]) -> Result<()> {
        // Each edit runs the network on some images, however little it changes.
        let work = self.run().learner.param_len().min(MOST_COUNTED / entries.len().max(1)).max(1);
        self.progress.expect(work * entries.len());
        for (number, entry) in entries.iter().enumerate() {
            self.progress.check()?;
            self.edit(&entry.command, entry.merge).map_err(|error| at(number, entry, error))?;
            self.progress.advance(work);
        }
        Ok(())
    }

    /// Keeps the edits that were made, after those before them.
    fn keep(&mut self, before: Before) {
        let made = std::mem::replace(&mut self.edits.undo, before.undo);
        self.edits.undo.join(made);
        let run = self.run_mut();
        if run.policy_stamp == before.policy_stamp {
            let early_stopping = run.policy.early_stopping;
            run.policy = RunPolicy { early_stopping, guard: DivergenceGuard::default(), ..before.policy };
            run.snapshots = before.snapshots;
        }
    }

    /// Undoes the edits that were made, and removes all traces of them.
    fn take_back(&mut self, before: Before) -> Result<()> {
        let progress = std::mem::take(&mut self.progress); // the cancellation must not stop the undoing
        let mut taken = Ok(());
        while taken.is_ok()
            && let Ok(edit) = self.edits.undo.take(true)
        {
            taken = self.put_patch(&edit.undo).map(drop);
        }
        self.progress = progress;
        let Self { runs, focus, data, .. } = self;
        let run = &mut runs[*focus];
        run.learner.resume_at(before.position, data);
        (run.policy, run.snapshots, run.recorder) = (before.policy, before.snapshots, before.recorder);
        (run.evaluator, run.finished) = (before.evaluator, before.finished);
        (self.edits.undo, self.edits.journal, self.config) = (before.undo, before.journal, before.config);
        taken
    }

    /// Numbers of replayed and of waiting entries of the journal.
    pub fn replayed(&self) -> (usize, usize) {
        (self.edits.replay.done, self.edits.replay.waiting.len())
    }

    /// Makes the waiting edits whose step has come.
    pub(in crate::session) fn replay_due(&mut self) -> Result<()> {
        loop {
            let step = self.run().step();
            let Some(entry) = self.edits.replay.waiting.pop_front_if(|entry| entry.step <= step) else { return Ok(()) };
            let done = self.edits.replay.done;
            self.edit(&entry.command, entry.merge).map_err(|error| at(done, &entry, error))?;
            self.edits.replay.done += 1;
        }
    }
}

fn at(number: usize, entry: &JournalEntry, error: Error) -> Error {
    error.within(format!("journal, edit {} at step {}", number + 1, entry.step))
}
