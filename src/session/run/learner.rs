//! The learner of a run: a closed family with one method for each question. At present every learner is a network
//! trained by gradients. Another kind would be one more arm, and the compiler would list the methods that it needs.

use std::sync::Arc;

use serde::Serialize;

use super::settings;
use super::snapshots::Snapshot;
use super::supervised::Supervised;
use crate::config::Config;
use crate::data::Dataset;
use crate::error::Result;
use crate::metrics::Scored;
use crate::network::{Network, Task};
use crate::progress::Progress;
use crate::session::stamp::Stamp;
use crate::train::{Evaluator, Objective, StepReport, TrainerPosition};

pub enum Learner {
    Network(Supervised),
}

/// A learner as it was at one moment, to be evaluated while training goes on.
pub enum Still {
    Network(Network),
}

/// An ability of a learner. The page shows what the abilities allow, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ability {
    /// Has layers of neurons and connections, which can be drawn, inspected and edited.
    Layers,
    /// Learns by gradients: has learning rates, gradients and a range test.
    Gradients,
    /// Predicts the class of an image.
    Classify,
    /// Estimates numbers that belong to an image.
    Estimate,
    /// Outputs an image.
    Reconstruct,
    /// Outputs an image from a code that can be edited.
    Embed,
    /// Makes and cuts its own connections: its structure follows from its parameters.
    Structure,
    /// Has a pool of neurons that read each other in any way, and can be rewired by hand.
    Rewire,
}

impl Learner {
    pub fn abilities(&self) -> Vec<Ability> {
        match self {
            Self::Network(learner) => {
                let (network, task) = (learner.network(), learner.objective().task);
                let has_code = network.embedding.is_some() && task == Task::Autoencoder;
                let mut abilities = vec![Ability::Layers, Ability::Gradients];
                abilities.push(match task {
                    Task::Autoencoder => Ability::Reconstruct,
                    Task::Classifier => Ability::Classify,
                    Task::Regressor => Ability::Estimate,
                });
                abilities.extend(has_code.then_some(Ability::Embed));
                abilities.extend(network.structure().is_some().then_some(Ability::Structure));
                abilities.extend(network.free_graph().is_some().then_some(Ability::Rewire));
                abilities
            }
        }
    }

    /// The layers that are drawn.
    pub fn network(&self) -> &Network {
        match self {
            Self::Network(learner) => learner.network(),
        }
    }

    /// What is learnt, and the loss that measures it.
    pub fn objective(&self) -> Objective {
        match self {
            Self::Network(learner) => learner.objective(),
        }
    }

    pub fn stamps(&self) -> LearnerStamps {
        match self {
            Self::Network(learner) => learner.stamps(),
        }
    }

    /// The position in training.
    pub fn position(&self) -> TrainerPosition {
        match self {
            Self::Network(learner) => learner.trainer().position(),
        }
    }

    /// Epochs done, including the fraction of the current one.
    pub fn epochs_done(&self) -> f64 {
        self.epochs_at(self.position())
    }

    /// As [`Learner::epochs_done`], at another position.
    pub fn epochs_at(&self, position: TrainerPosition) -> f64 {
        match self {
            Self::Network(learner) => learner.trainer().epochs_at(position),
        }
    }

    /// Number of epochs of the run; 0: until stopped.
    pub fn epochs(&self) -> u64 {
        match self {
            Self::Network(learner) => learner.trainer().config.epochs,
        }
    }

    /// Whether all requested epochs are done.
    pub fn is_finished(&self) -> bool {
        0 < self.epochs() && self.epochs() <= self.position().epoch
    }

    pub fn steps_per_epoch(&self) -> usize {
        match self {
            Self::Network(learner) => learner.trainer().steps_per_epoch(),
        }
    }

    /// Examples in a mini-batch.
    pub fn batch_len(&self) -> usize {
        match self {
            Self::Network(learner) => learner.trainer().config.batch_len,
        }
    }

    /// The learning rate of the next step; 0 for a learner that has none.
    pub fn learning_rate(&self) -> f32 {
        match self {
            Self::Network(learner) => learner.trainer().learning_rate(),
        }
    }

    /// Continues from the position of an earlier run.
    pub fn resume_at(&mut self, position: TrainerPosition, data: &Dataset) {
        match self {
            Self::Network(learner) => learner.trainer_mut().0.resume_at(position, data),
        }
    }

    /// Starts the current epoch again with the current training examples.
    pub fn set_data(&mut self, data: &Dataset) {
        match self {
            Self::Network(learner) => learner.trainer_mut().0.set_data(data),
        }
    }

    /// Follows a change of labels or of settings that weigh them.
    pub fn weigh(&mut self, data: &Dataset) {
        match self {
            Self::Network(learner) => learner.trainer_mut().0.weigh(data),
        }
    }

    /// Changes the settings while training runs. On an error nothing has changed.
    pub fn set_config(&mut self, config: &Config) -> Result<()> {
        match self {
            Self::Network(learner) => {
                let train_config = settings::train_config(config)?;
                let (trainer, network) = learner.trainer_mut();
                trainer.set_config(train_config, network);
                Ok(())
            }
        }
    }

    /// Forgets what plateaus and divergence have made of the learning rate.
    pub fn reset_rate(&mut self) {
        match self {
            Self::Network(learner) => learner.trainer_mut().0.rate_factor = 1.0,
        }
    }

    /// Counts in `progress` what takes long, from now on.
    pub fn watch(&mut self, progress: &Arc<Progress>) {
        match self {
            Self::Network(learner) => learner.trainer_mut().0.watch(progress),
        }
    }

    /// Takes one update on the next mini-batch, which is read first if it is not in memory.
    pub fn step(&mut self, data: &Dataset) -> Result<StepReport> {
        match self {
            Self::Network(learner) => learner.step(data),
        }
    }

    /// The learner as it is now.
    pub fn still(&self) -> Still {
        match self {
            Self::Network(learner) => Still::Network(learner.network().clone()),
        }
    }

    /// Whether nothing that is learnt has changed since.
    pub fn is_still(&self, still: &Still) -> bool {
        match (self, still) {
            (Self::Network(learner), Still::Network(network)) => learner.network().theta == network.theta,
        }
    }

    /// Evaluates the next examples.
    pub fn evaluate_some(&self, evaluator: &mut Evaluator, data: &Dataset) {
        match self {
            Self::Network(learner) => learner.trainer().evaluate_some(evaluator, learner.network(), data),
        }
    }

    /// As [`Learner::evaluate_some`], by an earlier state.
    pub fn evaluate_still(&self, still: &Still, evaluator: &mut Evaluator, data: &Dataset) {
        match (self, still) {
            (Self::Network(learner), Still::Network(network)) => {
                learner.trainer().evaluate_some(evaluator, network, data);
            }
        }
    }

    /// The scores of these examples.
    pub fn scores(&self, examples: Vec<u32>, data: &Dataset) -> Vec<Scored> {
        match self {
            Self::Network(learner) => learner.trainer().scores(examples, learner.network(), data),
        }
    }

    /// Everything that it has learnt, at its position.
    pub fn snapshot(&self, progress: &Progress) -> Result<Snapshot> {
        match self {
            Self::Network(learner) => Snapshot::of(learner, progress),
        }
    }

    /// Bytes of a snapshot.
    pub fn snapshot_bytes(&self) -> usize {
        match self {
            Self::Network(learner) => Snapshot::bytes_of(learner),
        }
    }

    /// Takes over what a snapshot had learnt, but not its position. One of another shape changes nothing.
    pub fn restore(&mut self, snapshot: &Snapshot) {
        match self {
            Self::Network(learner) => snapshot.write(learner),
        }
    }

    /// Number of parameters.
    pub fn param_len(&self) -> usize {
        match self {
            Self::Network(learner) => learner.network().param_len(),
        }
    }

    /// Bytes of its numbers and buffers.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Network(learner) => 8 * learner.network().param_len() + learner.trainer().bytes(),
        }
    }

    /// Releases the buffers that training and evaluation allocate again when they need them.
    pub fn release_buffers(&mut self) {
        match self {
            Self::Network(learner) => learner.trainer_mut().0.release_buffers(),
        }
    }
}

/// Stamps of the structure, of the parameters (with pins and holds), and of the objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LearnerStamps {
    pub structure: Stamp,
    pub theta: Stamp,
    /// Parameters written by anything but a step of training.
    pub written: Stamp,
    pub objective: Stamp,
}

impl LearnerStamps {
    /// Stamps of a learner that has just been made.
    pub fn next() -> Self {
        Self { structure: Stamp::next(), theta: Stamp::next(), written: Stamp::next(), objective: Stamp::next() }
    }
}
