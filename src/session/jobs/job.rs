//! Work that takes its time: done in slices between others, reported on meanwhile, and cancelled at any time.
//!
//! A kind of job is a file here and a line in the registry: a request, which the page sends as plain data, begins the
//! job, and the job does one slice after the other. Jobs read the run and the data; what they find they keep themselves
//! or put where it is looked for: into the latent space, the scores or the view.

use std::any::Any;

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::data::Report;
use crate::error::Result;
use crate::progress::Progress;
use crate::session::data::Data;
use crate::session::latent::Latent;
use crate::session::run::Run;
use crate::session::scores::Scores;
use crate::session::stamp::Stamp;
use crate::session::view::Viewer;

/// What a job works on, and where it puts what it finds.
pub struct JobContext<'a> {
    pub viewer: Viewer<'a>,
    pub latent: &'a mut Latent,
    pub scores: &'a mut Scores,
    /// How the data were read.
    pub report: &'a Report,
    pub progress: &'a Progress,
    /// Milliseconds.
    pub clock: &'a dyn Fn() -> f64,
    /// Bytes of memory that are left, as the door says.
    pub free_memory: u64,
}

/// What begins a job.
pub trait Request: DeserializeOwned {
    /// The name of the kind, for the page.
    const KIND: &'static str;
    type Job: Job;

    /// Fails where there is nothing to work on; then nothing has changed.
    fn begin(self, at: &mut JobContext) -> Result<Self::Job>;
}

pub trait Job: Any + Send + Sync {
    /// One slice of some milliseconds; whether there is another.
    fn advance(&mut self, at: &mut JobContext) -> Result<bool>;

    /// How much is done and how much there is, in units of the job's own.
    fn progress(&self) -> (usize, usize);

    /// What is found so far, for the page: a map of facts while the job goes on, and its result at the end.
    fn result(&self) -> Value {
        Value::Null
    }

    /// Stamps of what the job depends on: once one of them is another, nobody waits for the job any more.
    fn depends_on(&self, run: &Run, data: &Data) -> Vec<Stamp> {
        let learner = run.supervised().stamps();
        vec![learner.structure, learner.objective, data.stamps().images]
    }
}
