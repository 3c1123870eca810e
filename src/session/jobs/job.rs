//! Long work, done in slices between other calls, with progress reports, and cancelled at any time.
//!
//! Each kind of job has a file here and a line in the registry. A request, which the page sends as plain data, begins
//! the job, and the job then does one slice after another. Jobs read the run and the data; they keep their results or
//! put them where they are used: in the latent space, the scores or the projections.

use std::any::Any;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::data::Report;
use crate::error::Result;
use crate::progress::Progress;
use crate::session::data::Data;
use crate::session::latent::Latent;
use crate::session::projection::Projections;
use crate::session::run::Run;
use crate::session::scores::Scores;
use crate::session::stamp::Stamp;
use crate::session::view::Viewer;

/// The inputs of a job, and the places for its results.
pub struct JobContext<'a> {
    pub viewer: Viewer<'a>,
    pub latent: &'a mut Latent,
    pub scores: &'a mut Scores,
    pub projections: &'a mut Projections,
    /// The report of reading the data.
    pub report: &'a Report,
    pub progress: &'a Progress,
    /// Milliseconds.
    pub clock: &'a dyn Fn() -> f64,
    /// Bytes of free memory, as reported by the door.
    pub free_memory: u64,
}

/// A request that begins a job.
pub trait JobRequest: DeserializeOwned {
    /// The name of the kind, for the page.
    const KIND: &'static str;
    type Job: Job;

    /// Begins the job. Fails if there is nothing to work on; then nothing has changed.
    fn begin(self, at: &mut JobContext) -> Result<Self::Job>;
}

pub trait Job: Any + Send + Sync {
    /// Does one slice of some milliseconds. Returns whether there is more to do.
    fn advance(&mut self, at: &mut JobContext) -> Result<bool>;

    /// Work done and work in all, in units of the job's own.
    fn progress(&self) -> (usize, usize);

    /// The result so far, for the page: a map of facts while the job is running, and the whole result at the end.
    fn result(&self) -> Value {
        Value::Null
    }

    /// Stamps of everything the job depends on. The job is abandoned once one of them changes.
    fn depends_on(&self, run: &Run, data: &Data) -> Vec<Stamp> {
        let learner = run.learner.stamps();
        vec![learner.structure, learner.objective, data.stamps().images]
    }
}
