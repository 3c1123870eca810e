//! A run in a checkpoint: everything besides the model that training needs to continue as if it had never stopped.
//!
//! In the metadata, `"run"` is JSON with everything but the long rows of numbers, and `"checksum"` is the CRC-32C of all
//! metadata and numbers. These tensors follow the moments:
//!
//! ```text
//! "run.points"    F64 [columns, steps]        the record of each step, one column after the other
//! "run.epochs"    F64 [columns, evaluations]  the record of each evaluation
//! "run.best"      F32 [parameters]            the best weights so far; absent if there are none. Columns
//!                                             have several, named "run.best.weights" and so on
//! "run.structure" U8  [bytes]                 the edges over time, see StructureHistory; absent if there are none
//! "run.histograms" U8 [bytes]                 the statistics of the layers over time, see HistogramHistory; absent if
//!                                             there are none
//! "run.classes"   U8  [bytes]                 the answers of a classifier over time, see ClassHistory; absent likewise
//! ```

use serde::{Deserialize, Serialize};

use crate::columns::{ColumnCounts, ColumnState};
use crate::data::Overrides;
use crate::error::Result;
use crate::recorder::{ClassHistory, Event, HistogramHistory, SeriesTable, Since, StructureHistory, StructureIndex};
use crate::train::{EarlyStopping, TrainerPosition};

/// Names of tensors: the statistics of the layers, and the answers of a classifier.
pub(super) const HISTOGRAMS: &str = "run.histograms";
pub(super) const CLASSES: &str = "run.classes";

#[derive(Clone, Debug, PartialEq)]
pub struct SavedRun {
    pub state: RunState,
    pub steps: SeriesTable,
    pub evaluations: SeriesTable,
    /// What was learnt by the best epoch.
    pub best: Option<Weights>,
    /// The edges over time.
    pub structure: StructureHistory,
    /// The statistics of the layers over time.
    pub histograms: HistogramHistory,
    /// The answers of a classifier over its evaluations.
    pub classes: ClassHistory,
}

/// What a learner has learnt.
#[derive(Clone, Debug, PartialEq)]
pub enum Weights {
    /// The parameters of a network.
    Network(Vec<f32>),
    Columns(Box<ColumnState>),
}

impl Weights {
    pub fn bytes(&self) -> usize {
        match self {
            Self::Network(theta) => size_of_val(theta.as_slice()),
            Self::Columns(state) => state.bytes(),
        }
    }
}

/// How far columns have come, beside their connections.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnCourse {
    pub counts: ColumnCounts,
    pub seed: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunState {
    #[serde(rename = "progress")]
    pub position: TrainerPosition,
    pub patience: EarlyStopping,
    /// Sums since the last evaluation.
    pub since: Since,
    /// Whether an evaluation was in progress; it starts again.
    pub evaluating: bool,
    /// Why training ended, if it did.
    pub finished: Option<String>,
    /// Number of epochs of the run; 0: no end.
    pub epochs: u64,
    pub data: DataMark,
    /// Milliseconds of training.
    pub milliseconds: f64,
    pub events: Vec<Event>,
    /// Changes by hand to the data set.
    #[serde(rename = "by-hand", default, skip_serializing_if = "Overrides::is_empty")]
    pub overrides: Overrides,
    /// The edits so far, as JSON lines.
    pub journal: String,
    /// Names of the columns of the two tables.
    pub point_columns: Vec<String>,
    pub epoch_columns: Vec<String>,
    /// Where the frames of the edges are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub structure: Option<StructureIndex>,
    /// How far columns had come at their best epoch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub best_columns: Option<ColumnCourse>,
}

/// Identifies a data set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DataMark {
    pub name: String,
    pub examples: usize,
    /// Checksum of names, classes, shape, labels and splits.
    pub checksum: u32,
}

impl DataMark {
    /// The checksum as a word.
    pub fn word(&self) -> String {
        format!("{:08x}", self.checksum)
    }
}

/// A borrowed [`SavedRun`], to be written.
pub struct RunView<'a> {
    pub state: RunState,
    pub steps: &'a SeriesTable,
    pub evaluations: &'a SeriesTable,
    pub best: Option<&'a Weights>,
    /// The frames of the edges, of the layers' statistics, and of the answers of a classifier.
    pub structure: Vec<u8>,
    pub histograms: Vec<u8>,
    pub classes: Vec<u8>,
}

impl<'a> From<&'a SavedRun> for RunView<'a> {
    fn from(saved: &'a SavedRun) -> Self {
        let SavedRun { state, steps, evaluations, best, structure, histograms, classes } = saved;
        Self {
            state: state.clone(),
            steps,
            evaluations,
            best: best.as_ref(),
            structure: structure.packed().1,
            histograms: histograms.packed(),
            classes: classes.packed(),
        }
    }
}

impl RunView<'_> {
    /// The tables, in the order of the file.
    pub(super) fn tables(&self) -> [(&'static str, &SeriesTable); 2] {
        [("run.points", self.steps), ("run.epochs", self.evaluations)]
    }
}

impl SavedRun {
    pub(super) fn read(
        state: RunState,
        steps: Vec<f64>,
        epochs: Vec<f64>,
        best: Option<Weights>,
        structure: &[u8],
        [histograms, classes]: [&[u8]; 2],
    ) -> Result<Self> {
        let table = |name: &str, columns: &[String], cells: &[f64]| {
            SeriesTable::from_cells(columns, cells).map_err(|error| error.within(name))
        };
        let steps = table("run.points", &state.point_columns, &steps)?;
        let evaluations = table("run.epochs", &state.epoch_columns, &epochs)?;
        let structure = match &state.structure {
            Some(index) => {
                StructureHistory::unpacked(index, structure).map_err(|error| error.within("run.structure"))?
            }
            None => StructureHistory::default(),
        };
        let histograms = HistogramHistory::unpacked(histograms).map_err(|error| error.within(HISTOGRAMS))?;
        let classes = ClassHistory::unpacked(classes).map_err(|error| error.within(CLASSES))?;
        Ok(Self { state, steps, evaluations, best, structure, histograms, classes })
    }
}
