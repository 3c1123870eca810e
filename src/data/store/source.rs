//! The files that examples come from, as far as they are read.

use serde::{Deserialize, Serialize};

use crate::data::letters::{FaceMark, LETTERS};
use crate::data::report::Report;

/// A file that gave examples.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SourceFile {
    pub path: String,
    /// Number of its examples.
    pub count: usize,
    /// Whether it is an IDX file; otherwise an image or a face.
    pub idx: bool,
    /// The face of a font file, whose examples are its letters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub face: Option<FaceMark>,
    /// Whether it is the target of a pair.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub target: bool,
}

impl SourceFile {
    pub fn picture(path: String, target: bool) -> Self {
        Self { path, count: 1, idx: false, face: None, target }
    }

    pub fn face(path: String, face: FaceMark) -> Self {
        Self { path, count: LETTERS, idx: false, face: Some(face), target: false }
    }

    /// Whether it is one image.
    pub fn is_picture(&self) -> bool {
        !self.idx && self.face.is_none()
    }

    /// Whether it is a file of its own, and no further face of one.
    pub fn is_file(&self) -> bool {
        self.face.as_ref().is_none_or(|face| !face.is_further)
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
    /// In the order in which their examples are stored, inputs and targets each by themselves.
    pub files: Vec<SourceFile>,
    pub labels: Vec<LabelFile>,
    pub report: Report,
}
