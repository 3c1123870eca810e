//! Recording a run: named series over steps and evaluations, and events.

mod class_history;
mod frame_list;
mod histogram_history;
mod points;
#[allow(clippy::module_inception, reason = "the recorder is in recorder/recorder.rs, beside what it records")]
mod recorder;
mod series_table;
mod structure_history;

pub use class_history::{ClassAnswer, ClassFlow, ClassFrame, ClassHistory};
pub use frame_list::{FrameList, KeptFrame};
pub use histogram_history::{HistogramFrame, HistogramHistory, histogram_part};
pub use points::{EvalPoint, Point};
pub use recorder::{EarlierRun, Event, EventKind, Recorder, Since};
pub use series_table::{POSITION, RunPosition, SeriesTable};
pub use structure_history::{FrameFigures, StructureHistory, StructureIndex};
