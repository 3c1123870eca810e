//! The jobs under way, and the latest finished one of each kind.

use serde::Serialize;
use serde_json::Value;

use super::job::{Job, JobContext, Request};
use crate::error::{Error, Result};
use crate::session::data::Data;
use crate::session::run::Run;
use crate::session::stamp::Stamp;

/// At most one of each kind; another one takes its place.
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

/// How far a job is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobProgress {
    pub id: u32,
    /// `None` once the job was cancelled, or what it worked on is no longer there.
    pub kind: Option<&'static str>,
    pub done: usize,
    pub total: usize,
    /// Whether something is left to do.
    pub pending: bool,
    /// What is found so far.
    pub found: Value,
}

impl Jobs {
    /// Begins a job and returns its number.
    pub fn begin<R: Request>(&mut self, request: R, at: &mut JobContext) -> Result<u32> {
        let job = request.begin(at)?;
        Ok(self.add(R::KIND, Box::new(job), at))
    }

    /// The same for a job of the registry.
    pub fn add(&mut self, kind: &'static str, job: Box<dyn Job>, at: &JobContext) -> u32 {
        self.all.retain(|entry| entry.kind != kind);
        self.last_id += 1;
        let depends_on = job.depends_on(at.viewer.run, at.viewer.data);
        self.all.push(Entry { id: self.last_id, kind, job, depends_on, pending: true });
        self.last_id
    }

    /// Works for about `budget` milliseconds on a job. One that fails is gone.
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

    /// Ends a job; what it had found is gone.
    pub fn cancel(&mut self, id: u32) {
        self.all.retain(|entry| entry.id != id || !entry.pending);
    }

    /// The result of a job that is done.
    pub fn result(&self, id: u32) -> Result<Value> {
        let found = self.all.iter().find(|entry| entry.id == id && !entry.pending);
        found.map(|entry| entry.job.result()).ok_or_else(|| Error::new("this job is not done, or was cancelled"))
    }

    /// The latest job of a kind, under way or done, as long as what it depends on is there.
    pub fn latest<J: Job>(&self, run: &Run, data: &Data) -> Option<&J> {
        let valid = self.all.iter().filter(|entry| entry.depends_on == entry.job.depends_on(run, data));
        valid.filter_map(|entry| (&*entry.job as &dyn std::any::Any).downcast_ref()).next()
    }
}
