//! What two networks for letters learn from each other.
//!
//! The partner of a network reads letters that are already in the case it makes. What it makes of them, within 0..=1, is
//! an input from which the network has to recover the letter that the partner read: an inversion (back-translation with
//! stopped gradients). The true letter of the alphabet is kept. The partner makes inversions as it is at that very step,
//! so none is ever older; both networks take turns, so neither is ever more than a step ahead.
//!
//! The share of inversions grows with the skill, the smoothed share of real letters whose indicator is right: from 0 at
//! a skill of 0.5 to the wanted share at 0.9.

use super::evaluation_buffers::EvaluationBuffers;
use super::inversions::{Inversions, LetterPairs};
use super::shard::{Objective, Workspace};
use super::trainer::Trainer;
use crate::data::Dataset;
use crate::data::letters::ALONE;
use crate::error::Result;
use crate::layer::{Call, LOOK};
use crate::network::Network;
use crate::par;
use crate::rng::{Purpose, Rng};

/// Weight of a new step in the skill.
const SMOOTHING: f32 = 0.05;
/// Skills at which the share of inversions begins to grow, and at which it is what is wanted.
const RAMP: (f32, f32) = (0.5, 0.9);
/// Most mean distance of an output's values from 0..=1; an output beyond it is no inversion.
const MOST_OUTSIDE: f32 = 0.05;

impl Trainer {
    /// Most inversions of a step.
    pub(super) fn most_inversions(&self) -> usize {
        let share = self.config.inversion_share;
        match self.objective.task.partner() {
            Some(_) => (self.config.batch_len as f32 * share / (1.0 - share)).round() as usize,
            None => 0,
        }
    }

    /// The letters that the next step wants as inversions: drawn from those that it learns from.
    pub fn wanted_inversions(&self) -> Vec<u32> {
        let (low, high) = RAMP;
        let ramp = ((self.skill - low) / (high - low)).clamp(0.0, 1.0);
        let count = (self.most_inversions() as f32 * ramp) as usize;
        let mut rng = Rng::new(self.config.seed, Purpose::Inversions, self.step);
        (0..count).map(|_| self.order[rng.below(self.order.len())]).collect()
    }

    /// What this trainer's network makes of letters that are in its case already.
    pub fn invert(&self, network: &Network, data: &Dataset, letters: Vec<u32>) -> Result<Inversions> {
        data.prepare(&letters, letters.len())?;
        let len = data.shape.len();
        let mut x = vec![0.0; letters.len() * len];
        self.make(network, data, &letters, &mut x);
        let mut kept = Inversions::default();
        for (x, &letter) in x.chunks_exact_mut(len).zip(&letters) {
            let outside: f32 = x.iter().map(|x| (x - x.clamp(0.0, 1.0)).abs()).sum();
            if outside <= MOST_OUTSIDE * len as f32 {
                x.iter_mut().for_each(|x| *x = x.clamp(0.0, 1.0));
                kept.letters.push(letter);
                kept.x.extend_from_slice(x);
            } else {
                kept.rejected += 1; // NaN as well
            }
        }
        Ok(kept)
    }

    /// Fills `made` with the pictures that the network makes of these examples.
    pub fn make(&self, network: &Network, data: &Dataset, examples: &[u32], made: &mut [f32]) {
        let (plan, Objective { task, loss }) = (self.plan, self.objective);
        let area = task.picture_of(network).map_or(0, |shape| shape.len());
        self.evaluation.lend(EvaluationBuffers::default, |EvaluationBuffers { prepared, workspaces, scratch }| {
            let prepared = prepared.make(network, plan, |_| true, 0.0, scratch);
            let mut work: Vec<_> =
                made.chunks_mut(plan.portion * area.max(1)).zip(examples.chunks(plan.portion)).collect();
            par::each(&mut work, |_, (made, examples)| {
                let call = Call { examples: examples.len(), tiles: plan.together, prepared, ..LOOK };
                let workspace = || Workspace::forward_only(network, None, plan.portion, task);
                workspaces.lend(workspace, |workspace| {
                    workspace.forward(network, data, &self.config.pipeline, examples, LetterPairs::NONE, &call);
                    let outputs = workspace.pass.output().chunks_exact(network.output().len());
                    for (made, y) in made.chunks_exact_mut(area).zip(outputs) {
                        loss.predict(&y[..area], network.input(), made);
                    }
                });
            });
        });
    }

    /// Updates the skill after a step in which this share of the real letters had the right indicator.
    pub(super) fn practise(&mut self, accuracy: Option<f32>) {
        if self.objective.task.partner().is_some() {
            self.skill += SMOOTHING * (accuracy.unwrap_or(0.0) - self.skill);
        }
    }

    /// Keeps the examples that the network learns from, and finds the partners of letters.
    pub(super) fn pair(&mut self, data: &Dataset, examples: Vec<u32>) -> Vec<u32> {
        let task = self.objective.task;
        self.partners = if task.partner().is_some() { data.partners() } else { Vec::new() };
        inputs(examples, &self.partners, |example| task.reads(data.labels[example as usize]))
    }
}

/// The examples that have a partner and are of the case that is read; all where there are no partners.
fn inputs(mut examples: Vec<u32>, partners: &[u32], is_read: impl Fn(u32) -> bool) -> Vec<u32> {
    if !partners.is_empty() {
        examples.retain(|&example| partners[example as usize] != ALONE && is_read(example));
    }
    examples
}
