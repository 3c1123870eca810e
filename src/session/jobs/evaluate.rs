//! Evaluates all examples of a split with the learner as it was when the job began, while training goes on.

use serde::Deserialize;
use serde_json::{Value, json};

use super::job::{Job, JobContext, JobRequest};
use crate::data::Split;
use crate::error::{Error, Result};
use crate::par;
use crate::session::data::Data;
use crate::session::run::{Run, Still};
use crate::session::stamp::Stamp;
use crate::train::Evaluator;

/// Requests the figures of a split.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Evaluate {
    pub split: Split,
}

pub struct SplitEvaluation {
    split: Split,
    step: u64,
    still: Still,
    /// `None` once its scores were handed on.
    evaluator: Option<Evaluator>,
    progress: (usize, usize),
}

impl JobRequest for Evaluate {
    const KIND: &'static str = "evaluate";
    type Job = SplitEvaluation;

    fn begin(self, at: &mut JobContext) -> Result<SplitEvaluation> {
        let (run, data, split) = (at.viewer.run, at.viewer.data, self.split);
        run.check_fits(data)?;
        let examples = run.examples(data, split);
        if examples.is_empty() {
            return Err(Error::expected(&data.name, format!("some {} images to measure", split.name()), "none"));
        }
        let progress = (0, examples.len());
        let evaluator = Some(Evaluator::new(examples));
        Ok(SplitEvaluation { split, step: run.shown_step(), still: run.learner.still(), evaluator, progress })
    }
}

impl Job for SplitEvaluation {
    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        let (run, data) = (at.viewer.run, at.viewer.data);
        let Some(mut evaluator) = self.evaluator.take() else { return Ok(false) };
        par::together(|| run.learner.evaluate_still(&self.still, &mut evaluator, data));
        data.check_read()?;
        self.progress = evaluator.progress();
        if !evaluator.is_done() {
            self.evaluator = Some(evaluator);
            return Ok(true);
        }
        let is_shown = run.learner.is_still(&self.still);
        at.scores.keep(self.split, self.step, is_shown, (run, data), evaluator.into_scored());
        Ok(false)
    }

    fn progress(&self) -> (usize, usize) {
        self.progress
    }

    fn result(&self) -> Value {
        json!({ "split": self.split.name() })
    }

    fn depends_on(&self, run: &Run, data: &Data) -> Vec<Stamp> {
        let learner = run.learner.stamps();
        vec![learner.structure, learner.objective, data.stamps().images, data.stamps().labels]
    }
}
