//! Training in slices.

use super::notice::Notice;
use super::run::structure::{self, StructureSummary};
use super::session::Session;
use super::view::FreeGraphSummary;
use super::view::free_graph;
use crate::data::Split;
use crate::error::Result;
use crate::metrics::Evaluation;
use crate::par;
use crate::train::evaluation;

impl Session {
    /// Trains for about `budget` milliseconds of `clock`: whole steps, and evaluations at the ends of epochs. Returns
    /// early at the end of an epoch, with true, so that its figures are shown and its snapshot is taken.
    pub fn train(&mut self, budget: f64, clock: &dyn Fn() -> f64) -> Result<bool> {
        par::together(|| {
            let begin = clock();
            while self.run().finished.is_none() {
                let ends_epoch = self.advance(clock)?;
                if ends_epoch || budget <= clock() - begin {
                    return Ok(ends_epoch);
                }
            }
            Ok(false)
        })
    }

    /// Takes one step, even after the last epoch.
    pub fn step_once(&mut self, clock: &dyn Fn() -> f64) -> Result<()> {
        while self.run().evaluator.is_some() {
            self.advance(clock)?;
        }
        self.run_mut().finished = None;
        self.advance(clock).map(|_| ())
    }

    /// Runs the next slice: one step, or one slice of an evaluation. Returns whether an epoch has ended.
    fn advance(&mut self, clock: &dyn Fn() -> f64) -> Result<bool> {
        let Self { runs, focus, config, data, progress, .. } = self;
        runs[*focus].learner.watch(progress);
        let slice = runs[*focus].advance(config, data, clock)?;
        if let Some(scored) = slice.scored {
            let (run, data) = (&self.runs[self.focus], &self.data);
            self.scores.keep(Split::Validation, run.step(), true, (run, data), scored);
        }
        self.replay_due()?;
        Ok(slice.ends_epoch)
    }

    /// Evaluates a whole split.
    pub fn evaluate(&mut self, split: Split) -> Result<Evaluation> {
        let (run, data) = (self.run(), &self.data);
        run.check_fits(data)?;
        let scored = run.learner.scores(data.indices(split), data);
        data.check_read()?;
        Ok(evaluation(&scored, data))
    }

    /// The structure of the network that is shown; `None` if its connections do not follow from its parameters.
    pub fn structure(&self) -> Option<StructureSummary> {
        structure::summary(self.network())
    }

    /// The sizes of the free graph of the network that is shown; `None` if it has none.
    pub fn free_graph(&self) -> Option<FreeGraphSummary> {
        free_graph::summary(self.network())
    }

    /// Shows the network of an earlier snapshot; `None` shows the latest one again. Looking back loses nothing. On an
    /// error everything stays as it was.
    pub fn travel(&mut self, index: Option<usize>) -> Result<()> {
        self.runs[self.focus].travel(index, &self.progress)
    }

    /// Continues from the earlier network that is shown, if there is one.
    pub fn branch(&mut self) -> Option<Notice> {
        self.runs[self.focus].branch(&self.data).map(Notice::kept)
    }
}
