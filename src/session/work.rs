//! Jobs of a session: long work done in slices between other calls.

use serde_json::Value;

use super::edit::Command;
use super::jobs::{Audit, FindRange, JobContext, JobProgress, JobRequest, Jobs, MeasureNovelty, OwnNovelty, RangeTest};
use super::notice::Notice;
use super::session::Session;
use super::view::Viewer;
use crate::data::Split;
use crate::data::audit::{Finding, Fix};
use crate::error::{Error, Result};

/// The clock and the free memory, passed in by a door.
#[derive(Clone, Copy)]
pub struct Resources<'a> {
    /// Milliseconds.
    pub clock: &'a dyn Fn() -> f64,
    /// Bytes of memory that are free.
    pub free_memory: u64,
}

impl Session {
    /// Begins a job and returns its number. An unfinished job of the same kind is given up.
    pub fn begin_job<R: JobRequest>(&mut self, request: R, with: Resources) -> Result<u32> {
        self.with_jobs(with, |jobs, at| jobs.begin(request, at))
    }

    /// As [`Session::begin_job`], by the name of the kind and with the request as plain data.
    pub fn begin_named_job(&mut self, kind: &str, request: Value, with: Resources) -> Result<u32> {
        self.with_jobs(with, |jobs, at| jobs.begin_named(kind, request, at))
    }

    /// Works on a job for about `budget` milliseconds.
    pub fn advance_job(&mut self, id: u32, budget: f64, with: Resources) -> Result<JobProgress> {
        self.with_jobs(with, |jobs, at| jobs.advance(id, budget, at))
    }

    /// Begins a job and works on it until it is done.
    pub fn run_job<R: JobRequest>(&mut self, request: R, with: Resources) -> Result<()> {
        let id = self.begin_job(request, with)?;
        while self.advance_job(id, f64::INFINITY, with)?.pending {}
        Ok(())
    }

    pub fn cancel_job(&mut self, id: u32) {
        self.jobs.cancel(id);
    }

    /// Returns the result of a finished job.
    pub fn job_result(&self, id: u32) -> Result<Value> {
        self.jobs.result(id)
    }

    /// The latest job that such a request began, running or done, while what it depends on is unchanged.
    pub fn job<R: JobRequest>(&self) -> Option<&R::Job> {
        self.jobs.latest::<R>(self.run(), &self.data)
    }

    fn with_jobs<T>(&mut self, with: Resources, work: impl FnOnce(&mut Jobs, &mut JobContext) -> T) -> T {
        let Self { config, data, runs, focus, view, latent, scores, projections, jobs, progress, .. } = self;
        let viewer = Viewer::new(view, &runs[*focus], data, config);
        let report = data.report();
        let Resources { clock, free_memory } = with;
        work(jobs, &mut JobContext { viewer, latent, scores, projections, report, progress, clock, free_memory })
    }

    /// The latest range test of this network, finished or still running.
    pub fn range_test(&self) -> Option<&RangeTest> {
        self.job::<FindRange>().map(|search| &search.found)
    }

    /// How unlike the images trained on the own input is, by the latest measure; `None` where there is no such measure or no
    /// own input.
    pub fn own_novelty(&mut self) -> Option<OwnNovelty> {
        let batch = self.viewer().own_batch()?;
        self.job::<MeasureNovelty>()?.of(&batch.x)
    }

    /// The findings of the data check, worst first.
    pub fn findings(&self) -> &[Finding] {
        self.job::<Audit>().map_or(&[], |audit| &audit.findings)
    }

    /// Applies a fix of a finding. The notice says whether images must be read again.
    pub fn fix(&mut self, finding: usize, fix: usize) -> Result<Notice> {
        let found = self.findings().get(finding).and_then(|finding| finding.fixes.get(fix));
        let (_, fix) =
            found.cloned().ok_or_else(|| Error::new("the data check offers no such fix; check the data again"))?;
        let mut notice = Notice::default();
        for command in self.commands_of(&fix) {
            let edited = self.edit(&command, false)?;
            let done = edited.notice.unwrap_or_else(|| Notice::kept(edited.text));
            let text = if done.text.is_empty() { notice.text } else { done.text };
            let (rebuilt, reload) = (notice.rebuilt || done.rebuilt, notice.reload || done.reload);
            notice = Notice { text, rebuilt, reload, ..done };
        }
        Ok(notice)
    }

    /// A fix as the commands that a journal holds.
    pub fn commands_of(&self, fix: &Fix) -> Vec<Command> {
        let of = self.data.len();
        match fix {
            Fix::Drop(examples) => vec![Command::Move { examples: examples.clone(), of, split: Split::Dropped }],
            Fix::Move(examples, split) => vec![Command::Move { examples: examples.clone(), of, split: *split }],
            Fix::Set(settings) => settings
                .iter()
                .map(|(key, value)| Command::Setting { key: (*key).into(), value: value.clone() })
                .collect(),
        }
    }
}
