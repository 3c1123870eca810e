//! A run: what learns, how it continues, and what it has recorded. The files here know one run and the data, but no
//! views, edits or other runs.

mod advance;
mod answers;
pub mod architecture;
pub mod build;
pub mod built;
mod column_learner;
pub mod few_images;
mod files;
mod fits;
mod growth;
mod learner;
mod learner_stamps;
mod new_run;
mod policy;
#[allow(clippy::module_inception, reason = "a run is in run/run.rs, beside what it is made of and what it does")]
mod run;
pub mod settings;
mod shift;
mod snapshots;
mod stages;
mod step_cost;
pub mod stored;
pub mod structure;
mod supervised;
mod timing;
pub mod transfer;
mod travel;

pub use advance::OUT_OF_TIME;
pub use answers::Answers;
pub use architecture::Draft;
pub use built::{Built, FOR_PAIRS};
pub use growth::Growth;
pub use learner::{Ability, Learner, Still};
pub use learner_stamps::LearnerStamps;
pub use new_run::NewRun;
pub use policy::{DivergenceGuard, RunPolicy};
pub use run::Run;
pub use snapshots::{Snapshot, SnapshotList, Snapshots};
