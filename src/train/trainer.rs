//! The trainer: settings, position and buffers for training a network, and its step.

use std::sync::Arc;

use super::evaluation_buffers::EvaluationBuffers;
use super::factors::Factors;
use super::features::Features;
use super::layout::Layout;
use super::object_pool::ObjectPool;
use super::order;
use super::plan::ShardPlan;
use super::prepared::Prepared;
use super::shard::{Objective, Shard, Workspace};
use super::step_report::TrainerPosition;
use super::train_config::TrainConfig;
use crate::data::{Dataset, Split};
use crate::error::Result;
use crate::metrics::LayerStatistics;
use crate::network::{Network, Stem, Task};
use crate::optim::Optim;
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
///     feature_memory: 0,
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
    pub(super) epoch: u64,
    /// The training examples in the order of this epoch, and how many of them are done.
    pub(super) order: Vec<u32>,
    pub(super) position: usize,
    /// The partner of each letter; empty where the task is not about letters.
    pub(super) partners: Vec<u32>,
    /// The weight of an image of each class; empty if all count alike.
    pub(super) weights: Vec<f32>,
    pub(super) plan: ShardPlan,
    pub(super) layout: Layout,
    /// The part below everything that learns, whose values are computed once; and the block from which on layers are to learn
    /// later.
    pub(super) stem: Option<Stem>,
    stem_limit: Option<usize>,
    pub(super) features: Features,
    pub(super) shards: Vec<Shard>,
    pub(super) factors: Vec<Factors>,
    pub(super) workspaces: ObjectPool<Workspace>,
    pub(super) prepared: Prepared,
    /// Buffers of evaluation.
    pub(super) evaluation: ObjectPool<EvaluationBuffers>,
    /// Working memory of the update.
    pub(super) scratch: ObjectPool<Vec<f32>>,
    /// Counts and cancels what takes long.
    pub(super) progress: Arc<Progress>,
    /// Whether the next step gathers statistics, and those of the last one.
    pub(super) observes: bool,
    pub(super) observed: Option<Vec<LayerStatistics>>,
}

/// Most epochs of a warm-up: with few images its steps would last for many.
const MOST_WARMUP_EPOCHS: u64 = 2;

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
            stem: None,
            stem_limit: None,
            features: Features::default(),
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
        self.workspaces.all().clear();
        self.evaluation.all().clear();
    }

    /// Most examples of a step.
    fn most_examples(&self) -> usize {
        self.config.batch_len + self.most_inversions()
    }

    /// Releases the buffers that are allocated again when needed.
    pub fn release_buffers(&mut self) {
        self.workspaces.all().clear();
        self.evaluation.all().clear();
        self.features.clear();
    }

    fn lay_out(&mut self, network: &Network) {
        let stem = self.stem_of(network);
        if self.stem != stem {
            self.stem = stem;
            self.features.clear();
            self.workspaces.all().clear();
            self.evaluation.all().clear();
        }
        self.optim.begin_at(network.learns_from(), network.param_len());
        self.layout = Layout::new(network);
        self.shards.iter_mut().for_each(|shard| shard.grad.resize(self.layout.rest_len(), 0.0));
        self.factors = if self.plan.together { Vec::new() } else { Factors::of(network, self.most_examples()) };
    }

    /// The stem of a network that learns as this one does.
    pub(super) fn stem_of(&self, network: &Network) -> Option<Stem> {
        // Other tasks compare their output with the pixels.
        let compares_answers = matches!(self.objective.task, Task::Classifier | Task::Regressor);
        if compares_answers { Stem::of(network, self.stem_limit) } else { None }
    }

    /// Changes the settings while training runs.
    pub fn set_config(&mut self, config: TrainConfig, network: &Network) {
        let before = self.most_examples();
        self.config = config;
        if before != self.most_examples() {
            self.fit(network);
        }
    }

    /// Keeps the values below block `limit` alone, although more is frozen, because layers from there on are to learn later.
    pub fn limit_stem(&mut self, limit: Option<usize>, network: &Network) {
        self.stem_limit = limit;
        self.lay_out(network);
    }

    pub fn stem_limit(&self) -> Option<usize> {
        self.stem_limit
    }

    /// Whether the frozen layers compute something once, and how many numbers of each image that is.
    pub fn features(&self) -> Option<usize> {
        self.stem.as_ref().map(Stem::features)
    }

    /// Takes other data, or others of them for training: reads the training examples again, in this epoch's order; step and
    /// epoch counts continue.
    pub fn set_data(&mut self, data: &Dataset) {
        self.features.clear();
        self.begin_epoch(data);
    }

    pub(super) fn begin_epoch(&mut self, data: &Dataset) {
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
        let plan = ShardPlan::new(network, self.most_examples());
        if self.plan != plan {
            return self.fit(network);
        }
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
        schedule.warmup_steps = schedule.warmup_steps.min(MOST_WARMUP_EPOCHS * self.steps_per_epoch() as u64);
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

    /// Number of training examples.
    pub fn examples(&self) -> usize {
        self.order.len()
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
            + self.features.bytes()
            + 4 * (gradients + self.prepared.len() + scratch + self.optim.m.len() + self.optim.v.len())
    }
}
