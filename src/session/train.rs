//! Training in slices.

use super::notice::Notice;
use super::run::Run;
use super::run::structure::{self, StructureSummary};
use super::session::Session;
use super::view::FreeGraphSummary;
use super::view::free_graph;
use crate::data::Split;
use crate::error::{Error, Result};
use crate::metrics::Evaluation;
use crate::par;
use crate::train::evaluation;

impl Session {
    /// Trains for about `budget` milliseconds of `clock`: whole steps, and evaluations at the ends of epochs. Returns
    /// early at the end of an epoch, with true, so that its figures are shown and its snapshot is taken.
    pub fn train(&mut self, budget: f64, clock: &dyn Fn() -> f64) -> Result<bool> {
        par::together(|| {
            let begin = clock();
            while self.finished().is_none() {
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
        self.end_evaluations(clock)?;
        self.advance(clock).map(|_| ())
    }

    /// Ends the evaluations that are under way, and lets runs go on that are at their end.
    pub(super) fn end_evaluations(&mut self, clock: &dyn Fn() -> f64) -> Result<()> {
        self.runs.iter_mut().for_each(|run| run.finished = None);
        while self.runs.iter().any(|run| run.evaluator.is_some()) {
            self.advance(clock)?;
        }
        self.runs.iter_mut().for_each(|run| run.finished = None);
        Ok(())
    }

    /// Runs the next slice of each run: one step, or one slice of an evaluation. Returns whether an epoch of the viewed
    /// run has ended.
    fn advance(&mut self, clock: &dyn Fn() -> f64) -> Result<bool> {
        let Self { runs, focus, config, data, progress, scores, .. } = self;
        let mut ends_epoch = false;
        for index in 0..runs.len() {
            let (before, from) = runs.split_at_mut(index);
            let Some((run, after)) = from.split_first_mut().filter(|(run, _)| run.finished.is_none()) else { continue };
            let partner = before.first().or(after.first());
            // Where a cancelled step has left one behind, the other waits.
            if partner.is_some_and(|partner| partner.finished.is_none() && partner.step() + 1 < run.step()) {
                continue;
            }
            run.learner.watch(progress);
            let slice = run.advance(config, data, clock, partner)?;
            if index != *focus {
                continue;
            }
            ends_epoch = slice.ends_epoch;
            if let Some(scored) = slice.scored {
                scores.keep(Split::Validation, run.step(), true, (run, data), scored);
            }
        }
        self.replay_due()?;
        Ok(ends_epoch)
    }

    /// Evaluates a whole split.
    pub fn evaluate(&mut self, split: Split) -> Result<Evaluation> {
        let (run, data) = (self.run(), &self.data);
        run.check_fits(data)?;
        let scored = run.learner.scores(run.examples(data, split), data);
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
        let Self { runs, focus, progress, .. } = self;
        // Surgery on one of two networks forgets its snapshots alone, so they are paired by their epochs.
        let epochs = |run: &Run| run.snapshots.list().epochs;
        let epoch = index.and_then(|index| epochs(&runs[*focus]).get(index).copied());
        if index.is_some() && epoch.is_none() {
            return runs[*focus].travel(index, progress); // says which there are
        }
        let place = |run: &Run| match epoch {
            None => Ok(index),
            Some(epoch) => match epochs(run).iter().position(|&other| other == epoch) {
                Some(place) => Ok(Some(place)),
                None => Err(Error::expected("snapshot", "an epoch that both networks have kept", epoch)),
            },
        };
        let places = runs.iter().map(place).collect::<Result<Vec<_>>>()?;
        runs.iter_mut().zip(places).try_for_each(|(run, place)| run.travel(place, progress))
    }

    /// Continues from the earlier network that is shown, if there is one.
    pub fn branch(&mut self) -> Option<Notice> {
        let Self { runs, data, .. } = self;
        runs.iter_mut().filter_map(|run| run.branch(data)).last().map(Notice::kept)
    }
}
