//! The edits of a run: what undo and redo lead to, the journal, and the entries of a journal that wait for their steps.

use std::collections::VecDeque;

use serde::Serialize;

use super::journal::{Journal, JournalEntry, JournalHeader};
use super::undo_stack::{Edit, UndoStack};
use crate::config::Config;
use crate::session::notice::Notice;

/// Edits listed, the last ones.
const MOST_LISTED: usize = 50;

pub struct Edits {
    pub undo: UndoStack,
    pub journal: Journal,
    pub replay: Replay,
    /// The run on the shelf that undo brings back when there is no edit left, and the one for redo.
    pub previous: Option<u32>,
    pub next: Option<u32>,
}

/// The entries of a journal that wait for their steps.
#[derive(Clone, Debug, Default)]
pub struct Replay {
    pub waiting: VecDeque<JournalEntry>,
    /// Number of those that were made.
    pub done: usize,
}

/// What an edit did.
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
    /// Of a changed setting.
    pub notice: Option<Notice>,
}

/// The edits so far, for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EditLog {
    pub undo: Option<String>,
    pub redo: Option<String>,
    /// In order, those taken back at the end.
    pub entries: Vec<LoggedEdit>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoggedEdit {
    pub step: u64,
    pub text: String,
    pub undone: bool,
}

impl Edits {
    /// Of a run that begins at this step: there is nothing to take back or to do again.
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

    /// The last edits, those taken back at the end; `undo` and `redo` are what these would do.
    pub fn log(&self, (undo, redo): (Option<String>, Option<String>)) -> EditLog {
        let logged = |edit: &Edit, undone| LoggedEdit { step: edit.step, text: edit.text.clone(), undone };
        let done = self.undo.done();
        let done = done[done.len().saturating_sub(MOST_LISTED)..].iter().map(|edit| logged(edit, false));
        let undone = self.undo.undone().iter().rev().take(MOST_LISTED).map(|edit| logged(edit, true));
        EditLog { undo, redo, entries: done.chain(undone).collect() }
    }
}
