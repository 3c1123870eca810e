//! The files that examples come from, as far as they are read.

use serde::{Deserialize, Serialize};

use crate::data::report::Report;

/// A file that gave examples.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SourceFile {
    pub path: String,
    /// Number of its examples.
    pub count: usize,
    /// Whether it is an IDX file; otherwise an image.
    pub idx: bool,
}

impl SourceFile {
    pub fn picture(path: String) -> Self {
        Self { path, count: 1, idx: false }
    }
}

/// An IDX file of labels.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LabelFile {
    pub path: String,
    pub labels: Vec<u8>,
}

/// All files read so far.
#[derive(Default)]
pub struct Sources {
    /// In the order in which their examples are stored.
    pub files: Vec<SourceFile>,
    pub labels: Vec<LabelFile>,
    pub report: Report,
}
