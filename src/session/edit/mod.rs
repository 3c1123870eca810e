//! Editing: commands between two mini-batches, settings, labels and splits; undo, and the journal with its replay.

mod carry_out;
mod columns;
mod command;
mod data_edit;
mod edits;
mod graph;
mod journal;
mod parameters;
mod replay;
mod settings;
mod surgery;
mod undo_stack;

pub use command::{Command, NeuronSet};
pub use edits::{EditLog, Edited, Edits, LoggedEdit};
pub use journal::{Journal, JournalEntry, JournalHeader};
