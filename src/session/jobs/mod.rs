//! Jobs: work in slices on a run and its data. Each kind is a file in this folder, a `mod` and an entry in `KINDS` here.

mod audit;
mod census;
mod encode;
mod evaluate;
mod explain;
mod follow;
mod forecast;
mod invert;
mod job;
#[allow(clippy::module_inception, reason = "the list of all jobs is in jobs/jobs.rs, beside their kinds")]
mod jobs;
mod knockout;
mod lines;
mod maximise;
mod novelty;
mod predict;
mod preview;
mod probe_inputs;
mod project;
mod range;
mod report;

pub use audit::{Audit, Auditing};
pub use census::{Census, UnitCensus};
pub use encode::Encode;
pub use evaluate::{Evaluate, SplitEvaluation};
pub use explain::{Explain, ExplainSheet, Explaining, Explanation};
pub use follow::{Follow, FollowedLetters, FollowedRounds, LetterCycle};
pub use forecast::{Forecast, PlanMemory, Trial};
pub use invert::{Inversion, InversionProgress, InversionTarget, Invert, code_gradient};
pub use job::{Job, JobContext, JobRequest};
pub use jobs::{JobProgress, Jobs};
pub use knockout::{Contributions, Knockout};
pub use lines::{ChooseLines, ChosenLines};
pub use maximise::{DrivingImage, Maximise, MaximiseLayer, Maximising, UnitChoice, WantedUnit};
pub use novelty::{MeasureNovelty, OwnNovelty};
pub use predict::{Predict, PredictionTable};
pub use preview::{OperationEffect, PreviewOperation};
pub use project::{Project, Projecting};
pub use range::{FindRange, RangeSearch, RangeTest};
pub use report::{Reporting, WriteReport};

use serde_json::Value;

use crate::error::{Error, Result};
use crate::nearest::nearest;

type Begin = fn(Value, &mut JobContext) -> Result<Box<dyn Job>>;

/// Every kind of job.
const KINDS: &[(&str, Begin)] = &[
    kind::<Encode>(),
    kind::<Invert>(),
    kind::<FindRange>(),
    kind::<Evaluate>(),
    kind::<Audit>(),
    kind::<PlanMemory>(),
    kind::<Project>(),
    kind::<Explain>(),
    kind::<ExplainSheet>(),
    kind::<Maximise>(),
    kind::<MaximiseLayer>(),
    kind::<WriteReport>(),
    kind::<PreviewOperation>(),
    kind::<Census>(),
    kind::<Knockout>(),
    kind::<ChooseLines>(),
    kind::<Predict>(),
    kind::<MeasureNovelty>(),
    kind::<Follow>(),
];

const fn kind<R: JobRequest>() -> (&'static str, Begin) {
    (R::KIND, |request, at| {
        let request: R = serde_json::from_value(request)
            .map_err(|error| Error::new(format!("{}: the request cannot be read ({error})", R::KIND)))?;
        Ok(Box::new(request.begin(at)?))
    })
}

impl Jobs {
    /// Begins a job by the name of its kind, with its request as plain data.
    pub fn begin_named(&mut self, name: &str, request: Value, at: &mut JobContext) -> Result<u32> {
        let Some(&(kind, begin)) = KINDS.iter().find(|(kind, _)| *kind == name) else {
            let near = nearest(name, KINDS.iter().map(|(kind, _)| *kind));
            return Err(Error::expected("job", near.unwrap_or("a known kind"), format!("\"{name}\"")));
        };
        let job = begin(request, at)?;
        Ok(self.add(kind, job, at))
    }
}
