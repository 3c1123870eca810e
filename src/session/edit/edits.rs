//! The edits of a run: the undo stack, the journal, and the journal entries that wait to be replayed.

use std::collections::VecDeque;

use serde::Serialize;

use super::journal::{Journal, JournalEntry, JournalHeader};
use super::undo_stack::{Edit, UndoStack};
use crate::config::Config;
use crate::session::notice::Notice;

/// Limit of the edits that are listed.
const MOST_LISTED: usize = 50;

pub struct Edits {
    pub undo: UndoStack,
    pub journal: Journal,
    pub replay: Replay,
    /// The run on the shelf that undo restores when no edit is left, and the run that redo restores.
    pub previous: Option<u32>,
    pub next: Option<u32>,
}

/// Journal entries that wait for their steps.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    pub waiting: VecDeque<JournalEntry>,
    /// Number of entries that were replayed.
    pub done: usize,
}

/// The result of an edit.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edited {
    /// One clause.
    pub text: String,
    /// Steps taken before it.
    pub step: u64,
    /// Mean loss on the shown batch.
    pub loss_before: Option<f64>,
    pub loss_after: Option<f64>,
    /// Number of parameters that were written.
    pub touched: usize,
    pub undo: Option<String>,
    pub redo: Option<String>,
    /// Set if a setting changed.
    pub notice: Option<Notice>,
}

/// The edits so far, as shown to people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EditLog {
    pub undo: Option<String>,
    pub redo: Option<String>,
    /// In order, with undone edits at the end.
    pub entries: Vec<LoggedEdit>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoggedEdit {
    pub step: u64,
    pub text: String,
    pub undone: bool,
}

impl Edits {
    /// The edits of a run that begins at this step; nothing to undo or redo.
    pub fn new(config: &Config, data: &str, step: u64) -> Self {
        let header = JournalHeader::new(config.seed(), data, step, config.recipe());
        Self {
            undo: UndoStack::default(),
            journal: Journal::new(header),
            replay: Replay::default(),
            previous: None,
            next: None,
        }
    }

    /// Whether nothing was edited.
    pub fn is_empty(&self) -> bool {
        self.undo.done().is_empty() && self.undo.undone().is_empty()
    }

    /// The last edits, with undone ones at the end; `undo` and `redo` describe what these would do.
    pub fn log(&self, (undo, redo): (Option<String>, Option<String>)) -> EditLog {
        let logged = |edit: &Edit, undone| LoggedEdit { step: edit.step, text: edit.text.clone(), undone };
        let done = self.undo.done();
        let done = done[done.len().saturating_sub(MOST_LISTED)..].iter().map(|edit| logged(edit, false));
        let undone = self.undo.undone().iter().rev().take(MOST_LISTED).map(|edit| logged(edit, true));
        EditLog { undo, redo, entries: done.chain(undone).collect() }
    }
}
