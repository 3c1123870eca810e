//! The running jobs, and the latest finished job of each kind.

use serde::Serialize;
use serde_json::Value;

use super::job::{Job, JobContext, JobRequest};
use crate::error::{Error, Result};
use crate::session::data::Data;
use crate::session::run::Run;
use crate::session::stamp::Stamp;

/// Holds at most one job of each kind; a new one replaces the old.
#[derive(Default)]
pub struct Jobs {
    all: Vec<Entry>,
    last_id: u32,
}

struct Entry {
    id: u32,
    kind: &'static str,
    job: Box<dyn Job>,
    depends_on: Vec<Stamp>,
    pending: bool,
}

/// The progress of a job.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobProgress {
    pub id: u32,
    /// `None` once the job was cancelled, or once something it depends on has changed.
    pub kind: Option<&'static str>,
    pub done: usize,
    pub total: usize,
    /// Whether there is more to do.
    pub pending: bool,
    /// The result so far.
    pub found: Value,
}

impl Jobs {
    /// Begins a job and returns its number.
    pub fn begin<R: JobRequest>(&mut self, request: R, at: &mut JobContext) -> Result<u32> {
        let job = request.begin(at)?;
        Ok(self.add(R::KIND, Box::new(job), at))
    }

    /// Adds a job that has begun, and returns its number.
    pub fn add(&mut self, kind: &'static str, job: Box<dyn Job>, at: &JobContext) -> u32 {
        self.all.retain(|entry| entry.kind != kind);
        self.last_id += 1;
        let depends_on = job.depends_on(at.viewer.run, at.viewer.data);
        self.all.push(Entry { id: self.last_id, kind, job, depends_on, pending: true });
        self.last_id
    }

    /// Works on a job for about `budget` milliseconds. A job that fails is removed.
    pub fn advance(&mut self, id: u32, budget: f64, at: &mut JobContext) -> Result<JobProgress> {
        let begin = (at.clock)();
        let gone = JobProgress { id, kind: None, done: 0, total: 0, pending: false, found: Value::Null };
        let Some(place) = self.all.iter().position(|entry| entry.id == id) else { return Ok(gone) };
        let mut entry = self.all.swap_remove(place);
        while entry.pending {
            if entry.depends_on != entry.job.depends_on(at.viewer.run, at.viewer.data) {
                return Ok(gone);
            }
            entry.pending = entry.job.advance(at)?;
            if budget <= (at.clock)() - begin {
                break;
            }
        }
        let (done, total) = entry.job.progress();
        let Entry { kind, pending, .. } = entry;
        let found = entry.job.result();
        self.all.push(entry);
        Ok(JobProgress { id, kind: Some(kind), done, total, pending, found })
    }

    /// Ends a running job and drops its result.
    pub fn cancel(&mut self, id: u32) {
        self.all.retain(|entry| entry.id != id || !entry.pending);
    }

    /// Returns the result of a finished job.
    pub fn result(&self, id: u32) -> Result<Value> {
        let found = self.all.iter().find(|entry| entry.id == id && !entry.pending);
        found.map(|entry| entry.job.result()).ok_or_else(|| Error::new("this job is not finished, or was cancelled"))
    }

    /// The latest job that such a request began, running or done, while what it depends on is unchanged.
    pub fn latest<R: JobRequest>(&self, run: &Run, data: &Data) -> Option<&R::Job> {
        let entry = self.all.iter().find(|entry| entry.kind == R::KIND)?;
        let is_valid = entry.depends_on == entry.job.depends_on(run, data);
        (&*entry.job as &dyn std::any::Any).downcast_ref().filter(|_| is_valid)
    }
}
