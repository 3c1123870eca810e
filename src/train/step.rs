//! One step: the next mini-batch goes forward and backward in shards, and the gradient is applied.

use std::borrow::Cow;
use std::sync::Arc;

use super::factors::FactorRows;
use super::features::FeatureSource;
use super::inversions::{ExchangeReport, Inversions, LetterPairs};
use super::observe::ObservedStep;
use super::shard::{Shard, StepContext, Workspace};
use super::step_report::StepReport;
use super::trainer::Trainer;
use super::update::Gradient;
use crate::data::Dataset;
use crate::error::Result;
use crate::layer::Call;
use crate::network::{Network, Stem};
use crate::par;
use crate::progress::Progress;

/// Connections from which on a step or a part of an evaluation is long enough to be counted and cancelled: a second's work.
const LONG: u64 = 1_000_000_000;

impl Trainer {
    /// Reads the next mini-batch into memory, if it is not there.
    pub fn prepare(&self, data: &Dataset) -> Result<()> {
        if self.stem.is_some() {
            return Ok(()); // the features read what they need
        }
        let next = &self.order[self.position..];
        if self.partners.is_empty() {
            return data.prepare(next, self.batch_len());
        }
        let next = &next[..self.batch_len()];
        let partners = next.iter().map(|&example| self.partners[example as usize]);
        let both: Vec<u32> = next.iter().copied().chain(partners).collect();
        data.prepare(&both, both.len())
    }

    /// Counts in `progress` what takes long, from now on.
    pub fn watch(&mut self, progress: &Arc<Progress>) {
        self.progress = progress.clone();
    }

    /// What counts `passes` through the network of so many examples in all, if they take long.
    pub(super) fn watched(&self, network: &Network, examples: usize, passes: usize) -> Option<Arc<Progress>> {
        let is_long = LONG < network.connections().saturating_mul(examples as u64);
        is_long.then(|| {
            let settled = self.stem.as_ref().map_or(0, Stem::blocks);
            self.progress.expect(passes * (network.blocks().len() - 1 - settled));
            self.progress.clone()
        })
    }

    /// Takes one update on the next mini-batch.
    ///
    /// # Panics
    /// If it is cancelled: see [`Trainer::try_step`].
    pub fn step(&mut self, network: &mut Network, data: &Dataset) -> StepReport {
        self.try_step(network, data).expect("this step is never cancelled")
    }

    /// As [`Trainer::step`], where the progress that [`Trainer::watch`] was given may cancel it; then nothing has changed.
    pub fn try_step(&mut self, network: &mut Network, data: &Dataset) -> Result<StepReport> {
        self.step_with(network, data, &Inversions::default())
    }

    /// As [`Trainer::try_step`], with inversions beside the examples of the data.
    pub fn step_with(&mut self, network: &mut Network, data: &Dataset, more: &Inversions) -> Result<StepReport> {
        let real = self.batch_len();
        assert!(0 < real, "a step needs at least one training example");
        let examples = real + more.letters.len();
        let used = examples.div_ceil(self.plan.shard_len);
        self.learn(network, data, real, more)?;
        let learning_rate = self.learning_rate();
        let shards = &self.shards[..used];
        let loss = shards.iter().map(|shard| shard.loss).sum::<f64>() / real as f64;
        let correct = shards.iter().map(|shard| shard.correct).sum::<usize>();
        let accuracy = self.objective.names_classes().then(|| correct as f32 / real as f32);
        let inversion_loss = shards.iter().map(|shard| shard.inversion_loss).sum::<f64>();
        let exchange = self.objective.task.partner().map(|_| ExchangeReport {
            loss: inversion_loss / more.letters.len().max(1) as f64,
            share: more.letters.len() as f64 / examples as f64,
            rejected: more.rejected,
        });
        let mut structure = self.press(network, used);
        let observes = std::mem::take(&mut self.observes);
        self.observed = None;
        let is_finite = (loss + inversion_loss).is_finite();
        let updated = if is_finite { self.update(network, examples, learning_rate, observes) } else { None };
        let gradient_norm = updated.as_ref().map(|(norm, _)| *norm);
        if let Some((_, steps)) = updated.filter(|_| observes) {
            self.gather(network, used, steps);
        }
        let applied = gradient_norm.is_some();
        if !applied {
            self.rate_factor *= 0.5;
        }
        if let Some(report) = structure.as_mut().filter(|_| applied) {
            self.rewire(network, used, report);
        }
        self.step += 1;
        self.examples_seen += examples as u64;
        self.position += real;
        self.practise(accuracy);
        let ends_epoch = self.position == self.order.len();
        if ends_epoch {
            self.epoch += 1;
            self.begin_epoch(data);
        }
        let gradient_norm = gradient_norm.unwrap_or(f64::NAN);
        Ok(StepReport {
            examples,
            loss,
            accuracy,
            gradient_norm,
            learning_rate,
            applied,
            ends_epoch,
            structure,
            exchange,
        })
    }

    /// Whether the next mini-batch is the last of its epoch.
    pub fn ends_epoch_next(&self) -> bool {
        self.position + self.batch_len() == self.order.len()
    }

    /// Examples in the next mini-batch; the last of an epoch may be short.
    fn batch_len(&self) -> usize {
        self.config.batch_len.min(self.order.len() - self.position)
    }

    /// The seed of everything random in a step.
    pub fn chance(&self, step: u64) -> u64 {
        self.config.seed ^ step.wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    /// Runs every shard forward and backward.
    fn learn(&mut self, network: &Network, data: &Dataset, real: usize, more: &Inversions) -> Result<()> {
        let examples = real + more.letters.len();
        let watched = self.watched(network, examples, 2 * self.plan.portions(examples));
        let mut batch = Cow::Borrowed(&self.order[self.position..][..real]);
        if !more.letters.is_empty() {
            batch.to_mut().extend(&more.letters);
        }
        let pairs = LetterPairs { partners: &self.partners, real, inversions: &more.x };
        let (plan, objective, workspaces) = (self.plan, self.objective, &self.workspaces);
        let seed = self.chance(self.step);
        let cells = if self.grows() { network.structure().map(|(block, _)| block) } else { None };
        let weight = network.structure().map_or(1.0, |_| self.config.structure.pressure.objective);
        let band = self.band();
        let stem = self.stem.as_ref();
        let is_used = |block: usize| !stem.is_some_and(|stem| stem.is_settled(block));
        let prepared = self.prepared.make(network, plan, is_used, band, &self.scratch);
        let pipeline = &self.config.pipeline;
        let chance = pipeline.is_random().then_some((pipeline, seed));
        let features = match stem {
            Some(stem) => {
                let source = FeatureSource { network, stem, data, chance };
                Some(self.features.rows(source, &batch, self.config.feature_memory, watched.clone())?)
            }
            None => None,
        };
        let rows_of = |examples: &[u32]| -> Vec<&[f32]> {
            features.iter().flat_map(|features| examples.iter().map(|&example| features.of(example))).collect()
        };
        let (pipeline, weights) = (&self.config.pipeline, &self.weights[..]);
        let context = StepContext {
            network,
            data,
            objective,
            pipeline,
            weights,
            pairs,
            stem,
            layout: &self.layout,
            batch_len: examples,
            portion: plan.portion,
            weight,
            cells,
            observes: self.observes,
        };
        let mut rows: Vec<_> = self.factors.iter_mut().map(|factors| factors.rows(plan.shard_len)).collect();
        let mut work: Vec<(&mut Shard, &[u32], Vec<FactorRows>)> = self
            .shards
            .iter_mut()
            .zip(batch.chunks(plan.shard_len))
            .map(|(shard, part)| (shard, part, rows.iter_mut().filter_map(Iterator::next).collect()))
            .collect();
        par::each(&mut work, |index, (shard, part, factors)| {
            let first_example = index * plan.shard_len;
            let call =
                Call { examples: part.len(), training: true, seed, first_example, tiles: plan.together, prepared };
            workspaces.lend(
                || Workspace::new(network, stem, plan.portion),
                |workspace| {
                    workspace.pass.watch(watched.clone());
                    shard.learn(workspace, &context, (part, &rows_of(part)), factors, &call);
                },
            );
        });
        watched.map_or(Ok(()), |progress| progress.check())
    }

    /// Applies the gradient and returns its norm, and what was observed of each block; `None` if it is not finite.
    fn update(
        &mut self,
        network: &mut Network,
        examples: usize,
        learning_rate: f32,
        observes: bool,
    ) -> Option<(f64, Vec<(usize, ObservedStep)>)> {
        let workspaces = self.workspaces.all();
        let gradient = Gradient {
            layout: &self.layout,
            shards: &self.shards[..examples.div_ceil(self.plan.shard_len)],
            workspace: workspaces.first().filter(|_| self.plan.together),
            factors: &self.factors,
            first_moment: self.optim.first,
            examples,
            scratch: &self.scratch,
        };
        if !gradient.is_finite() {
            return None;
        }
        let norm = if self.optim.clip_norm == 0.0 { 0.0 } else { gradient.norm(&mut network.theta) };
        let scale = self.optim.clip_scale(norm * norm);
        let step = self.optim.begin_step(learning_rate, scale);
        Some(gradient.apply(&mut network.theta, &mut self.optim, &step, observes))
    }
}
