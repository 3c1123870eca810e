//! Jobs: work in slices on a run and its data, each kind in a file of its own.

mod audit;
mod encode;
mod evaluate;
mod forecast;
mod invert;
mod job;
#[allow(clippy::module_inception, reason = "the list of all jobs is in jobs/jobs.rs, beside their kinds")]
mod jobs;
mod range;
mod registry;

pub use audit::{Audit, Auditing};
pub use encode::Encode;
pub use evaluate::{Evaluate, SplitEvaluation};
pub use forecast::{Forecast, PlanMemory, Trial};
pub use invert::{Inversion, InversionProgress, InversionTarget, Invert, code_gradient};
pub use job::{Job, JobContext, Request};
pub use jobs::{JobProgress, Jobs};
pub use range::{FindRange, RangeSearch, RangeTest};
