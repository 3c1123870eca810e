//! The report on the files of a data set: how many were found, how many examples they gave, and why others were skipped.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Most entries in the list of skipped files; further ones are only counted.
pub const MOST_LISTED: usize = 10_000;

/// Most different sizes that are counted.
const MOST_SIZES: usize = 4096;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    pub path: String,
    pub reason: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Files found, including those inside archives. An archive that could be opened does not count itself.
    pub files: usize,
    /// Bytes that came in.
    pub bytes: u64,
    /// Images that became examples, before a limit on their number.
    pub used: usize,
    /// Number of these that were decoded in an earlier run.
    pub reused: usize,
    /// Number of skipped files; the first [`MOST_LISTED`] of them are in `skipped`.
    pub skipped_count: usize,
    pub skipped: Vec<Skipped>,
    /// Number of used images of each width and height; at most [`MOST_SIZES`] sizes.
    pub sizes: Box<BTreeMap<(u32, u32), usize>>,
    /// Further remarks in sentences: images beside the class folders, labels that do not fit.
    pub notes: Vec<String>,
}

impl Report {
    /// The report of the files of both.
    pub fn joined(&self, other: &Self) -> Self {
        let mut joined = self.clone();
        joined.files += other.files;
        joined.bytes += other.bytes;
        joined.used += other.used;
        joined.reused += other.reused;
        joined.skipped_count += other.skipped_count;
        joined.skipped.extend_from_slice(&other.skipped);
        joined.skipped.truncate(MOST_LISTED);
        other
            .sizes
            .iter()
            .for_each(|(&(width, height), &count)| joined.count_size(width as usize, height as usize, count));
        other.notes.iter().for_each(|text| joined.note(text.clone()));
        joined
    }

    pub(super) fn count_size(&mut self, width: usize, height: usize, count: usize) {
        let size = (width as u32, height as u32);
        if self.sizes.contains_key(&size) || self.sizes.len() < MOST_SIZES {
            *self.sizes.entry(size).or_default() += count;
        }
    }

    /// Adds a note, unless it is there already.
    pub(super) fn note(&mut self, text: String) {
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    pub(super) fn skip(&mut self, path: impl Into<String>, reason: impl Into<String>) {
        self.skipped_count += 1;
        if self.skipped.len() < MOST_LISTED {
            self.skipped.push(Skipped { path: path.into(), reason: reason.into() });
        }
    }
}
