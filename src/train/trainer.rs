//! The trainer: settings, position and buffers for training a network, and its step.

use std::borrow::Cow;
use std::sync::Arc;

use super::evaluation_buffers::EvaluationBuffers;
use super::factors::{FactorRows, Factors};
use super::inversions::{ExchangeReport, Inversions, LetterPairs};
use super::layout::Layout;
use super::object_pool::ObjectPool;
use super::observe::ObservedStep;
use super::order;
use super::plan::ShardPlan;
use super::prepared::Prepared;
use super::shard::{Objective, Shard, StepContext, Workspace};
use super::step_report::{StepReport, TrainerPosition};
use super::train_config::TrainConfig;
use super::update::Gradient;
use crate::data::{Dataset, Split};
use crate::error::Result;
use crate::layer::Call;
use crate::metrics::LayerStatistics;
use crate::network::Network;
use crate::optim::Optim;
use crate::par;
use crate::progress::Progress;
use crate::remap::Remap;

/// Training of a network on a data set, step by step.
///
/// ```
/// use neurarium::data::toy;
/// use neurarium::loss::Loss;
/// use neurarium::network::preset::{self, Request};
/// use neurarium::optim::{Method, Optim};
/// use neurarium::schedule::Schedule;
/// use neurarium::train::{InputPipeline, Objective, StructureConfig, TrainConfig, Trainer};
///
/// let data = toy::shapes(48, 16, 1);
/// let preset = preset::find("classifier-mlp")?;
/// let mut network = preset.build(data.shape, Request { classes: 8, embedding: 0, dropout: 0.0, ..Request::default() })?;
/// network.initialise(1);
///
/// let config = TrainConfig {
///     learning_rate: 0.001,
///     schedule: Schedule::CONSTANT,
///     batch_len: 32,
///     epochs: 1,
///     seed: 1,
///     shuffle_window: usize::MAX,
///     pipeline: InputPipeline::default(),
///     structure: StructureConfig::default(),
///     inversion_share: 0.0,
/// };
/// let objective = Objective { task: preset.tasks[0], loss: Loss::CrossEntropy };
/// let optim = Optim::new(Method::ADAM, network.param_len());
/// let mut trainer = Trainer::new(&network, &data, objective, config, optim);
/// while !trainer.is_finished() {
///     let report = trainer.step(&mut network, &data);
///     assert!(report.applied);
/// }
/// assert_eq!((trainer.step, trainer.examples_seen), (2, 48));
/// # Ok::<(), neurarium::error::Error>(())
/// ```
pub struct Trainer {
    pub config: TrainConfig,
    pub objective: Objective,
    pub optim: Optim,
    /// Steps taken, including those that were not applied.
    pub step: u64,
    /// Examples seen, over all epochs.
    pub examples_seen: u64,
    /// Halved by every step that was not applied, and lowered on a plateau.
    pub rate_factor: f32,
    pub(super) skill: f32,
    /// Whole epochs done.
    epoch: u64,
    /// The training examples in the order of this epoch, and how many of them are done.
    pub(super) order: Vec<u32>,
    position: usize,
    /// The partner of each letter; empty where the task is not about letters.
    pub(super) partners: Vec<u32>,
    /// The weight of an image of each class; empty if all count alike.
    weights: Vec<f32>,
    pub(super) plan: ShardPlan,
    pub(super) layout: Layout,
    pub(super) shards: Vec<Shard>,
    pub(super) factors: Vec<Factors>,
    pub(super) workspaces: ObjectPool<Workspace>,
    pub(super) prepared: Prepared,
    /// Buffers of evaluation.
    pub(super) evaluation: ObjectPool<EvaluationBuffers>,
    /// Working memory of the update.
    pub(super) scratch: ObjectPool<Vec<f32>>,
    /// Counts and cancels what takes long.
    progress: Arc<Progress>,
    /// Whether the next step gathers statistics, and those of the last one.
    pub(super) observes: bool,
    pub(super) observed: Option<Vec<LayerStatistics>>,
}

/// Connections from which on a step or a part of an evaluation is long enough to be counted and cancelled: a second's work.
const LONG: u64 = 1_000_000_000;

impl Trainer {
    /// Creates a trainer at step 0. The data set needs at least one training example before [`Trainer::step`].
    pub fn new(network: &Network, data: &Dataset, objective: Objective, config: TrainConfig, optim: Optim) -> Self {
        let mut trainer = Self {
            config,
            objective,
            optim,
            step: 0,
            examples_seen: 0,
            rate_factor: 1.0,
            skill: 0.0,
            epoch: 0,
            order: Vec::new(),
            position: 0,
            partners: Vec::new(),
            weights: Vec::new(),
            plan: ShardPlan::new(network, config.batch_len),
            layout: Layout::default(),
            shards: Vec::new(),
            factors: Vec::new(),
            workspaces: ObjectPool::default(),
            prepared: Prepared::default(),
            evaluation: ObjectPool::default(),
            scratch: ObjectPool::default(),
            progress: Arc::default(),
            observes: false,
            observed: None,
        };
        trainer.set_data(data);
        trainer.fit(network);
        trainer
    }

    /// Plans for this network and batch size. Workspaces are allocated when they are needed.
    fn fit(&mut self, network: &Network) {
        self.plan = ShardPlan::new(network, self.most_examples());
        self.shards = (0..self.plan.shards).map(|_| Shard::default()).collect();
        self.lay_out(network);
        self.release_buffers();
    }

    /// Most examples of a step.
    fn most_examples(&self) -> usize {
        self.config.batch_len + self.most_inversions()
    }

    /// Releases the buffers that are allocated again when needed.
    pub fn release_buffers(&mut self) {
        self.workspaces.all().clear();
        self.evaluation.all().clear();
    }

    fn lay_out(&mut self, network: &Network) {
        self.layout = Layout::new(network);
        self.shards.iter_mut().for_each(|shard| shard.grad.resize(self.layout.rest_len(), 0.0));
        self.factors = if self.plan.together { Vec::new() } else { Factors::of(network, self.most_examples()) };
    }

    /// Changes the settings while training runs.
    pub fn set_config(&mut self, config: TrainConfig, network: &Network) {
        let before = self.most_examples();
        self.config = config;
        if before != self.most_examples() {
            self.fit(network);
        }
    }

    /// Reads the training examples again, in this epoch's order; step and epoch counts continue.
    pub fn set_data(&mut self, data: &Dataset) {
        let window = self.config.shuffle_window / data.example_len();
        let examples = self.pair(data, data.indices(Split::Train));
        self.order = order::shuffled(examples, window, self.config.seed, self.epoch);
        self.position = 0;
        self.weigh(data);
    }

    /// Computes the class weights again, after classes or settings have changed.
    pub fn weigh(&mut self, data: &Dataset) {
        self.weights = self.config.pipeline.weights(data);
    }

    /// Continues with a network of other shapes; the moments follow their parameters. Returns the optimiser as it was
    /// before. On an error nothing has changed.
    pub fn follow(&mut self, network: &Network, remap: &Remap, progress: &Progress) -> Result<Optim> {
        let before = self.optim.carry(remap, progress)?;
        self.fit(network);
        Ok(before)
    }

    /// Continues with other pins or frozen blocks.
    pub fn retarget(&mut self, network: &Network) {
        self.lay_out(network);
        self.workspaces.all().retain(|workspace| workspace.pass.serves(network));
    }

    /// Epochs done, including the fraction of the current one.
    pub fn epochs_done(&self) -> f64 {
        self.epochs_at(self.position())
    }

    /// As [`Trainer::epochs_done`], at another position.
    pub fn epochs_at(&self, position: TrainerPosition) -> f64 {
        position.epoch as f64 + position.position as f64 / self.order.len().max(1) as f64
    }

    pub fn steps_per_epoch(&self) -> usize {
        self.order.len().div_ceil(self.config.batch_len)
    }

    /// Whether all requested epochs are done.
    pub fn is_finished(&self) -> bool {
        0 < self.config.epochs && self.config.epochs <= self.epoch
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f32 {
        let total = self.config.epochs * self.steps_per_epoch() as u64;
        let mut schedule = self.config.schedule;
        if total != 0 {
            // A long warm-up would outlast a short run.
            schedule.warmup_steps = schedule.warmup_steps.min(total / 10);
        }
        self.rate_factor * schedule.rate(self.config.learning_rate, self.step, total)
    }

    pub fn position(&self) -> TrainerPosition {
        let Self { step, epoch, position, examples_seen, rate_factor, skill, .. } = *self;
        TrainerPosition { step, epoch, position, examples_seen, rate_factor, skill }
    }

    /// Continues from the position of an earlier run, with its schedule, epochs and random numbers.
    pub fn resume_at(&mut self, position: TrainerPosition, data: &Dataset) {
        (self.step, self.epoch, self.examples_seen) = (position.step, position.epoch, position.examples_seen);
        (self.rate_factor, self.skill) = (position.rate_factor, position.skill);
        self.set_data(data);
        self.position = position.position.min(self.order.len().saturating_sub(1));
    }

    /// Whole epochs done.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Bytes of the buffers and the moments.
    pub fn bytes(&self) -> usize {
        let gradients = self.shards.iter().map(|shard| shard.grad.len()).sum::<usize>()
            + self.factors.iter().map(Factors::len).sum::<usize>();
        let scratch: usize = self.scratch.all().iter().map(Vec::len).sum();
        let workspaces: usize = self.workspaces.all().iter().map(Workspace::bytes).sum();
        let evaluation: usize = self.evaluation.all().iter().map(EvaluationBuffers::bytes).sum();
        workspaces
            + evaluation
            + 4 * (gradients + self.prepared.len() + scratch + self.optim.m.len() + self.optim.v.len())
    }

    /// Reads the next mini-batch into memory, if it is not there.
    pub fn prepare(&self, data: &Dataset) -> Result<()> {
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
            self.progress.expect(passes * (network.blocks().len() - 1));
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
            self.set_data(data);
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
        let watched = self.watched(network, examples, 2 * examples.div_ceil(self.plan.shard_len));
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
        let prepared = self.prepared.make(network, plan, band, &self.scratch);
        let (pipeline, weights) = (&self.config.pipeline, &self.weights[..]);
        let context = StepContext {
            network,
            data,
            objective,
            pipeline,
            weights,
            pairs,
            layout: &self.layout,
            batch_len: examples,
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
        par::each(&mut work, |index, (shard, part, rows)| {
            let first_example = index * plan.shard_len;
            let call =
                Call { examples: part.len(), training: true, seed, first_example, tiles: plan.together, prepared };
            workspaces.lend(
                || Workspace::new(network, plan.shard_len),
                |workspace| {
                    workspace.pass.watch(watched.clone());
                    shard.learn(workspace, &context, part, rows, &call);
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
