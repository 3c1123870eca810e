//! What a checkpoint holds beside the model, so that training goes on as if it had never stopped.
//!
//! In the file: `"run"` of the metadata is JSON with everything but the long rows of numbers, `"checksum"` is the
//! CRC-32C of all metadata and numbers, and these tensors follow the moments:
//!
//! ```text
//! "run.points"    F64 [columns, steps]        what training wrote down for each step, a column after the other
//! "run.epochs"    F64 [columns, evaluations]  and for each evaluation
//! "run.best"      F32 [parameters]            the best weights so far; absent where there are none
//! ```

use serde::{Deserialize, Serialize};

use super::table::{Row, Table};
use crate::data::Overrides;
use crate::error::{Error, Result};
use crate::recorder::{EvalPoint, Event, Point, Since};
use crate::train::{EarlyStopping, TrainerPosition};

#[derive(Clone, Debug, PartialEq)]
pub struct SavedRun {
    pub state: RunState,
    pub points: Vec<Point>,
    pub checkpoints: Vec<EvalPoint>,
    /// theta of the best epoch.
    pub best: Option<Vec<f32>>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunState {
    #[serde(rename = "progress")]
    pub position: TrainerPosition,
    pub patience: EarlyStopping,
    /// What was seen since the last evaluation.
    pub since: Since,
    /// Whether an evaluation was going on; it begins again.
    pub evaluating: bool,
    /// Why training was over, where it was.
    pub finished: Option<String>,
    /// Epochs that were asked for; 0: no end.
    pub epochs: u64,
    pub data: DataMark,
    /// Milliseconds of training.
    pub milliseconds: f64,
    pub events: Vec<Event>,
    /// What was changed of the data by hand.
    #[serde(default, skip_serializing_if = "Overrides::is_empty")]
    pub by_hand: Overrides,
    /// The edits so far, as JSON lines.
    pub journal: String,
    /// Names of the columns of the two tables.
    pub point_columns: Vec<String>,
    pub epoch_columns: Vec<String>,
}

/// What tells one data set from another.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataMark {
    pub name: String,
    pub examples: usize,
    /// Of names, classes, shape, labels and splits.
    pub checksum: u32,
}

impl DataMark {
    /// As one word.
    pub fn told(&self) -> String {
        format!("{:08x}", self.checksum)
    }
}

/// A [`Run`] where it is, to be written.
pub struct RunView<'a> {
    pub state: RunState,
    pub points: &'a [Point],
    pub checkpoints: &'a [EvalPoint],
    pub best: Option<&'a [f32]>,
}

impl<'a> From<&'a SavedRun> for RunView<'a> {
    fn from(SavedRun { state, points, checkpoints, best }: &'a SavedRun) -> Self {
        Self { state: state.clone(), points, checkpoints, best: best.as_deref() }
    }
}

impl RunView<'_> {
    /// The tables, in the order of the file.
    pub(super) fn tables(&self) -> [(&'static str, Table); 2] {
        [("run.points", Table::of(self.points)), ("run.epochs", Table::of(self.checkpoints))]
    }
}

impl SavedRun {
    pub(super) fn read(state: RunState, points: Vec<f64>, epochs: Vec<f64>, best: Option<Vec<f32>>) -> Result<Self> {
        fn rows<R: Row>(columns: &[String], cells: Vec<f64>) -> Result<Vec<R>> {
            Table { columns: columns.to_vec(), cells }.rows()
        }
        let points = rows(&state.point_columns, points)?;
        let checkpoints = rows(&state.epoch_columns, epochs)?;
        if !points.is_sorted_by(|a: &Point, b: &Point| a.step < b.step) {
            return Err(Error::expected("run.points", "steps in their order", "others"));
        }
        Ok(Self { state, points, checkpoints, best })
    }
}
