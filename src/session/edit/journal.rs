//! The journal of a run: every edit, with the step before which it was made, so that the run can be repeated.
//!
//! Format: JSON lines. The first is `{"neurarium-journal": 1, "seed": 1, "data": "Shapes", "step": 0, "settings":
//! "KEY=VALUE\n..."}`. Each command follows as `{"step": 120, "command": {"do": "set", ...}, "loss": [0.0123,
//! 0.0125]}`, where `loss` is the loss on the shown batch before and after it, for people. `"merge": true` continues
//! the command before, as in a drag.

use serde::{Deserialize, Serialize};

use super::command::Command;
use crate::error::{Error, Result};
use crate::file::json;

/// The version of this format; newer ones are refused.
const VERSION: u32 = 1;

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct JournalHeader {
    #[serde(rename = "neurarium-journal")]
    pub version: u32,
    pub seed: u64,
    /// Name of the data.
    pub data: String,
    /// Steps that the network had been trained before.
    pub step: u64,
    /// The settings at the beginning of the run.
    pub settings: String,
}

impl JournalHeader {
    pub fn new(seed: u64, data: &str, step: u64, settings: String) -> Self {
        Self { version: VERSION, seed, data: data.into(), step, settings }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct JournalEntry {
    /// Steps taken before it.
    pub step: u64,
    pub command: Command,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub merge: bool,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss: Option<(f64, f64)>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Journal {
    pub header: JournalHeader,
    pub entries: Vec<JournalEntry>,
}

impl Journal {
    pub fn new(header: JournalHeader) -> Self {
        Self { header, entries: Vec::new() }
    }

    pub fn push(&mut self, step: u64, command: Command, merge: bool, loss: Option<(f64, f64)>) {
        // Only the end of a drag between two steps has any effect.
        if merge
            && let Some(last) = self.entries.last_mut()
            && last.step == step
            && replaces(&command, &last.command)
        {
            last.command = command;
            last.loss = last.loss.zip(loss).map(|(first, next)| (first.0, next.1));
            return;
        }
        self.entries.push(JournalEntry { step, command, merge, loss });
    }

    pub fn print(&self) -> String {
        let line = |text: serde_json::Result<String>| text.expect("plain structures are JSON") + "\n";
        let entries = self.entries.iter().map(|entry| line(serde_json::to_string(entry)));
        std::iter::once(line(serde_json::to_string(&self.header))).chain(entries).collect()
    }

    pub fn parse(text: &str) -> Result<Self> {
        let mut lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
        let wrong =
            |line: usize, error: String| Error::new(format!("journal line {}: not understood ({error})", line + 1));
        let (line, first) = lines.next().ok_or_else(|| Error::expected("journal", "a header line", "nothing"))?;
        let header: JournalHeader = json::read(first).map_err(|error| wrong(line, error))?;
        if header.version != VERSION {
            return Err(Error::expected("journal", format!("version {VERSION}"), header.version));
        }
        let mut journal = Self::new(header);
        let mut step = journal.header.step;
        for (line, text) in lines {
            let entry: JournalEntry = json::read(text).map_err(|error| wrong(line, error))?;
            if entry.step < step {
                let expected = format!("a step from {step} on, because lines are in order");
                return Err(Error::expected(format!("journal line {}", line + 1), expected, entry.step));
            }
            step = entry.step;
            journal.entries.push(entry);
        }
        Ok(journal)
    }
}

/// Whether the second of two consecutive commands overwrites everything that the first did.
fn replaces(next: &Command, last: &Command) -> bool {
    match (next, last) {
        (Command::Set { parameters: next, .. }, Command::Set { parameters: last, .. }) => next == last,
        (Command::SetBias { neurons: next, .. }, Command::SetBias { neurons: last, .. }) => next == last,
        (
            Command::Hold { neurons: next, channel: next_whole, .. },
            Command::Hold { neurons: last, channel: last_whole, .. },
        ) => next == last && next_whole == last_whole,
        _ => false,
    }
}
