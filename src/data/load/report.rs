//! What became of the files: how many were met, how many examples came of them, and why the rest was left out.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::data::dataset::Dataset;
use crate::error::Error;

/// The list of skipped files holds no more than this; the count goes on.
pub const MOST_LISTED: usize = 10_000;

/// So many different sizes are counted.
pub const MOST_SIZES: usize = 4096;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    pub path: String,
    pub reason: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files met, those inside archives included. An archive that could be opened is not a file itself.
    pub files: usize,
    /// Bytes that came in.
    pub bytes: u64,
    /// Pictures that became examples, before a limit on their number.
    pub used: usize,
    /// How many of them had been decoded in an earlier run.
    pub reused: usize,
    /// Files that were left out; the first [`MOST_LISTED`] of them are in `skipped`.
    pub skipped_count: usize,
    pub skipped: Vec<Skipped>,
    /// Widths and heights of the pictures that were used, and how many have each; the first [`MOST_SIZES`] of them.
    pub sizes: Box<BTreeMap<(u32, u32), usize>>,
    /// What else there is to know, in sentences: pictures beside the class folders, labels that do not fit.
    pub notes: Vec<String>,
}

impl Report {
    pub(in crate::data) fn count_size(&mut self, width: usize, height: usize, count: usize) {
        let size = (width as u32, height as u32);
        if self.sizes.contains_key(&size) || self.sizes.len() < MOST_SIZES {
            *self.sizes.entry(size).or_default() += count;
        }
    }

    /// Notes something once.
    pub(in crate::data) fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    pub(in crate::data) fn skip(&mut self, path: impl Into<String>, reason: impl Into<String>) {
        self.skipped_count += 1;
        if self.skipped.len() < MOST_LISTED {
            self.skipped.push(Skipped { path: path.into(), reason: reason.into() });
        }
    }
}

/// How far loading has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadProgress {
    /// All files are read, and the numbers are of images whose pixels are brought to where they belong.
    pub arranging: bool,
    /// Files dealt with.
    pub done: usize,
    /// Files known so far; grows as archives are opened and files are pushed.
    pub total: usize,
    /// The file dealt with last.
    pub current: String,
    pub used: usize,
    pub skipped: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    pub dataset: Dataset,
    pub report: Report,
}

/// Nothing usable came; the report tells why for every file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub error: Error,
    pub report: Report,
}
