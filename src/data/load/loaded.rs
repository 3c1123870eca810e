//! The results of loading: progress on the way, in the end a data set or a failure.

use crate::data::dataset::Dataset;
use crate::data::report::Report;
use crate::error::{Error, Result};

/// The progress of loading.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LoadProgress {
    /// All files are read, and the numbers count images that are brought into order.
    pub arranging: bool,
    /// Files processed.
    pub done: usize,
    /// Files known so far; grows as archives are opened and files are pushed.
    pub total: usize,
    /// The file processed last.
    pub current: String,
    pub used: usize,
    pub skipped: usize,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Loaded {
    pub dataset: Dataset,
    pub report: Report,
}

impl Loaded {
    /// The images of both; see [`Dataset::joined`] for when they cannot be together.
    pub fn joined(&self, other: &Self) -> Result<Self> {
        let dataset = self.dataset.joined(&other.dataset)?;
        Ok(Self { dataset, report: self.report.joined(&other.report) })
    }
}

/// No usable image was found; the report gives the reason for every file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failed {
    pub error: Error,
    pub report: Report,
}
