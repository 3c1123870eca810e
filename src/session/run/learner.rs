//! The learner of a run: a closed family with one method for each question. At present every learner is a network
//! trained by gradients. Another kind would be one more arm, and the compiler would list the methods that it needs.

use serde::Serialize;

use crate::data::Dataset;
use crate::error::Result;
use crate::loss::Loss;
use crate::network::{Network, Task};
use crate::optim::Optim;
use crate::session::stamp::Stamp;
use crate::train::{Objective, StepReport, TrainConfig, Trainer, TrainerPosition};

pub enum Learner {
    Network(Supervised),
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
                let task = learner.objective.task;
                let has_code = learner.network.embedding.is_some() && task == Task::Autoencoder;
                let mut abilities = vec![Ability::Layers, Ability::Gradients];
                abilities.push(match task {
                    Task::Autoencoder => Ability::Reconstruct,
                    Task::Classifier => Ability::Classify,
                    Task::Regressor => Ability::Estimate,
                });
                abilities.extend(has_code.then_some(Ability::Embed));
                abilities.extend(learner.network.structure().is_some().then_some(Ability::Structure));
                abilities.extend(learner.network.free_graph().is_some().then_some(Ability::Rewire));
                abilities
            }
        }
    }

    /// The position in training.
    pub fn position(&self) -> TrainerPosition {
        match self {
            Self::Network(learner) => learner.trainer.position(),
        }
    }

    /// Takes one update on the next mini-batch, which is read first if it is not in memory.
    pub fn step(&mut self, data: &Dataset) -> Result<StepReport> {
        match self {
            Self::Network(learner) => learner.step(data),
        }
    }

    /// Number of parameters.
    pub fn param_len(&self) -> usize {
        match self {
            Self::Network(learner) => learner.network.param_len(),
        }
    }

    /// Bytes of its numbers and buffers.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Network(learner) => 8 * learner.network.param_len() + learner.trainer.bytes(),
        }
    }

    /// Releases the buffers that training and evaluation allocate again when they need them.
    pub fn release_buffers(&mut self) {
        match self {
            Self::Network(learner) => learner.trainer.release_buffers(),
        }
    }
}

/// A network with its trainer. Fields are written through methods that take the next stamp.
pub struct Supervised {
    network: Network,
    objective: Objective,
    trainer: Trainer,
    /// theta when the run began, to show what training changed.
    start: Vec<f32>,
    stamps: LearnerStamps,
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

impl Supervised {
    pub fn new(network: Network, objective: Objective, data: &Dataset, config: TrainConfig, optim: Optim) -> Self {
        let trainer = Trainer::new(&network, data, objective, config, optim);
        let start = network.theta.clone();
        let stamps = LearnerStamps {
            structure: Stamp::next(),
            theta: Stamp::next(),
            written: Stamp::next(),
            objective: Stamp::next(),
        };
        Self { network, objective, trainer, start, stamps }
    }

    pub fn network(&self) -> &Network {
        &self.network
    }

    pub fn objective(&self) -> Objective {
        self.objective
    }

    pub fn trainer(&self) -> &Trainer {
        &self.trainer
    }

    pub fn start(&self) -> &[f32] {
        &self.start
    }

    pub fn stamps(&self) -> LearnerStamps {
        self.stamps
    }

    fn step(&mut self, data: &Dataset) -> Result<StepReport> {
        self.trainer.prepare(data)?;
        self.stamps.theta = Stamp::next();
        self.trainer.try_step(&mut self.network, data)
    }

    /// Gives access to how training continues: its settings, its position, its order of the examples.
    pub fn trainer_mut(&mut self) -> (&mut Trainer, &Network) {
        (&mut self.trainer, &self.network)
    }

    /// Lets `write` change parameters and moments, pins, holds and frozen blocks; the trainer follows.
    pub fn write<T>(&mut self, write: impl FnOnce(&mut Network, &mut Optim) -> T) -> T {
        (self.stamps.theta, self.stamps.written) = (Stamp::next(), Stamp::next());
        let result = write(&mut self.network, &mut self.trainer.optim);
        self.trainer.retarget(&self.network);
        result
    }

    /// Learns by another loss from now on, and gives the last block the activation that the loss expects.
    pub fn set_loss(&mut self, loss: Loss) {
        self.objective.loss = loss;
        self.trainer.objective = self.objective;
        super::built::set_output(&mut self.network, self.objective);
        (self.stamps.objective, self.stamps.theta, self.stamps.written) = (Stamp::next(), Stamp::next(), Stamp::next());
    }

    /// Replaces the network by one of other shapes. `follow` prepares the trainer for it, and `start` are the
    /// parameters it began with. Returns the old network and the result of `follow`. On an error nothing has changed.
    pub fn reshape<T>(
        &mut self,
        network: Network,
        start: Vec<f32>,
        follow: impl FnOnce(&mut Trainer, &Network) -> Result<T>,
    ) -> Result<(Network, T)> {
        let followed = follow(&mut self.trainer, &network)?;
        self.start = start;
        (self.stamps.structure, self.stamps.theta, self.stamps.written) = (Stamp::next(), Stamp::next(), Stamp::next());
        Ok((std::mem::replace(&mut self.network, network), followed))
    }
}
