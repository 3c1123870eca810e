//! Work of the desk that takes its time: done in slices between others, told how far it is, and stopped at any time.

use serde::Serialize;

use super::atlas::Encode;
use super::range::Range;
use super::reverse::{Inversion, InversionTarget};
use super::{InversionProgress, Session};
use crate::error::Result;
use crate::par;

pub(super) enum Job {
    Survey(Box<Encode>),
    Reverse(Box<Inversion>),
    Range(Box<Range>),
}

/// How far work is that is done in slices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Advance {
    pub done: usize,
    pub total: usize,
    /// Whether something is left to do.
    pub pending: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JobProgress {
    /// `analysis`, `reverse` or `range`; `None` when nothing is left to do.
    pub job: Option<&'static str>,
    #[serde(flatten)]
    pub advance: Advance,
    /// Of the reversal that goes on or went before.
    #[serde(flatten)]
    pub reversal: Option<InversionProgress>,
}

impl Session {
    /// Begins to survey all examples' codes.
    pub fn analyse(&mut self) -> Result<()> {
        self.desk.job = Some(Job::Survey(Box::new(Encode::new(self)?)));
        Ok(())
    }

    /// Begins to solve for the code of a picture, from the current code.
    pub fn reverse(&mut self, target: &InversionTarget) -> Result<()> {
        self.desk.reversal = None;
        self.desk.job = Some(Job::Reverse(Box::new(Inversion::new(self, target)?)));
        Ok(())
    }

    /// Begins to try rates on a copy of the network.
    pub fn find_range(&mut self) -> Result<()> {
        let range = Range::new(self)?;
        self.desk.range = None;
        self.desk.job = Some(Job::Range(Box::new(range)));
        Ok(())
    }

    pub fn desk_cancel(&mut self) {
        self.desk.job = None;
    }

    /// Works for about `budget` milliseconds of `clock` on what was begun.
    pub fn desk_advance(&mut self, budget: f64, clock: &dyn Fn() -> f64) -> Result<JobProgress> {
        let begin = clock();
        while let Some(job) = self.desk.job.take() {
            self.desk.job = match job {
                Job::Survey(survey) => match survey.advance(self)? {
                    Ok(atlas) => {
                        self.desk.atlas = Some(atlas);
                        None
                    }
                    Err(survey) => Some(Job::Survey(Box::new(survey))),
                },
                Job::Reverse(mut reverse) => {
                    let goes_on = reverse.advance(self);
                    self.desk.reversal = Some(reverse.reversal);
                    if let Some(best) = reverse.improved(self) {
                        self.put_code(best);
                    }
                    goes_on.then_some(Job::Reverse(reverse))
                }
                Job::Range(mut range) => {
                    let goes_on = par::together(|| range.advance(&self.data))?;
                    if !goes_on {
                        self.desk.range = Some(range.found.clone());
                    }
                    goes_on.then_some(Job::Range(range))
                }
            };
            if budget <= clock() - begin {
                break;
            }
        }
        Ok(self.job_progress())
    }

    fn job_progress(&self) -> JobProgress {
        let (job, (done, total)) = match &self.desk.job {
            None => (None, (0, 0)),
            Some(Job::Survey(survey)) => {
                let len = self.code_place().map_or(1, |(_, len)| len);
                (Some("analysis"), (survey.progress(len), 1000))
            }
            Some(Job::Reverse(reverse)) => (Some("reverse"), reverse.progress()),
            Some(Job::Range(range)) => (Some("range"), range.progress()),
        };
        JobProgress { job, advance: Advance { done, total, pending: job.is_some() }, reversal: self.desk.reversal }
    }
}
