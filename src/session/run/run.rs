//! A run: what learns, what it has recorded, and everything else that a checkpoint holds.

use super::column_learner::ColumnLearner;
use super::growth::Growth;
use super::learner::{Ability, Learner};
use super::policy::RunPolicy;
use super::snapshots::Snapshots;
use super::supervised::Supervised;
use super::timing::Timing;
use crate::error::{Error, Result};
use crate::file::Training;
use crate::network::Network;
use crate::recorder::{Recorder, RunPosition};
use crate::session::stamp::Stamp;
use crate::train::{BestEpoch, Evaluator, Objective};

pub struct Run {
    /// Number of the run in its session.
    pub id: u32,
    /// The preset that the network was built from.
    pub preset: String,
    pub learner: Learner,
    /// Names of the outputs, the classes that the network predicts or the numbers that it estimates: as the data name them,
    /// unless a model file says otherwise.
    pub classes: Vec<String>,
    pub recorder: Recorder,
    /// The evaluation at the end of an epoch, while it is running.
    pub evaluator: Option<Evaluator>,
    /// Images whose features are there and those whose are needed, before the head is fitted to them.
    pub preparing: Option<(usize, usize)>,
    /// Why training has ended.
    pub finished: Option<String>,
    pub timing: Timing,
    pub policy: RunPolicy,
    /// The last time that policy and snapshots were reset.
    pub policy_stamp: Stamp,
    /// The last time that the series were cut back to an earlier step.
    pub record_stamp: Stamp,
    /// Earlier states to look back at.
    pub snapshots: Snapshots,
    /// Neurons that came by surgery, until they are reported on.
    pub growths: Vec<Growth>,
    /// Figures from an opened model file, shown until the run has its own.
    pub earlier: Training,
}

impl Run {
    /// Creates a run at its first step.
    pub fn new(id: u32, preset: String, learner: Learner, classes: Vec<String>) -> Self {
        Self {
            id,
            preset,
            learner,
            classes,
            recorder: Recorder::default(),
            evaluator: None,
            preparing: None,
            finished: None,
            timing: Timing::default(),
            policy: RunPolicy::default(),
            policy_stamp: Stamp::next(),
            record_stamp: Stamp::next(),
            snapshots: Snapshots::default(),
            growths: Vec::new(),
            earlier: Training::default(),
        }
    }

    /// The learner, as a network trained by gradients. Fails if it is of another kind.
    pub fn supervised(&self) -> Result<&Supervised> {
        match &self.learner {
            Learner::Network(supervised) => Ok(supervised),
            Learner::Columns(_) => Err(without_layers(&self.preset)),
        }
    }

    pub fn supervised_mut(&mut self) -> Result<&mut Supervised> {
        match &mut self.learner {
            Learner::Network(supervised) => Ok(supervised),
            Learner::Columns(_) => Err(without_layers(&self.preset)),
        }
    }

    /// The learner, as spiking columns. Fails if it is of another kind.
    pub fn columns(&self) -> Result<&ColumnLearner> {
        match &self.learner {
            Learner::Columns(learner) => Ok(learner),
            Learner::Network(_) => Err(without_columns(&self.preset)),
        }
    }

    pub fn columns_mut(&mut self) -> Result<&mut ColumnLearner> {
        match &mut self.learner {
            Learner::Columns(learner) => Ok(learner),
            Learner::Network(_) => Err(without_columns(&self.preset)),
        }
    }

    /// The layers that are drawn; of columns the input alone.
    pub fn network(&self) -> &Network {
        self.learner.network()
    }

    /// The parameters of its network when the run began.
    pub fn start(&self) -> &[f32] {
        self.supervised().map_or(&[], Supervised::start)
    }

    pub fn objective(&self) -> Objective {
        self.learner.objective()
    }

    pub fn abilities(&self) -> Vec<Ability> {
        self.learner.abilities()
    }

    /// Steps taken, whichever state is shown.
    pub fn step(&self) -> u64 {
        self.learner.position().step
    }

    /// The step of the current weights: that of the earlier state while one is shown.
    pub fn shown_step(&self) -> u64 {
        self.snapshots.shown().map_or_else(|| self.step(), |shown| shown.position.step)
    }

    /// The position of the run in training.
    pub fn position(&self) -> RunPosition {
        let position = self.learner.position();
        RunPosition {
            step: position.step,
            epoch: self.learner.epochs_at(position),
            examples: position.examples_seen,
            seconds: self.timing.total / 1000.0,
        }
    }

    /// The best epoch so far, by the monitored figure.
    pub fn best(&self) -> Option<BestEpoch> {
        self.policy.early_stopping.best().filter(|_| self.policy.best.is_some())
    }

    /// Forgets the best epoch, the sound state and the snapshots, which belong to other images or to another network.
    pub fn reset_policy(&mut self) {
        self.policy = RunPolicy::default();
        self.snapshots = Snapshots::default();
        self.policy_stamp = Stamp::next();
    }

    /// Bytes in use.
    pub fn bytes(&self) -> usize {
        self.learner.bytes() + self.policy.bytes() + self.snapshots.bytes() + self.recorder.bytes()
    }
}

fn without_layers(name: &str) -> Error {
    Error::expected(name, "a network with layers", "spiking columns")
}

fn without_columns(name: &str) -> Error {
    Error::expected("columns", "a run of spiking columns", name)
}
