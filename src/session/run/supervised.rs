//! A network trained by gradients, with everything that its training depends on.

use super::learner_stamps::LearnerStamps;
use super::settings;
use crate::config::Config;
use crate::data::Dataset;
use crate::error::Result;
use crate::file::Moments;
use crate::loss::Loss;
use crate::network::Network;
use crate::optim::Optim;
use crate::session::stamp::Stamp;
use crate::train::{Inversions, Objective, StepReport, Trainer};

/// A network with its trainer. Fields are written through methods that take the next stamp.
pub struct Supervised {
    network: Network,
    objective: Objective,
    trainer: Trainer,
    /// theta when the run began, to show what training changed.
    start: Vec<f32>,
    stamps: LearnerStamps,
}

impl Supervised {
    /// A network that learns as the settings say, with the moments of an earlier training if there are any. Fails if it
    /// is too large.
    pub fn new(
        network: Network,
        objective: Objective,
        moments: Option<Moments>,
        config: &Config,
        data: &Dataset,
    ) -> Result<Self> {
        network.check_work(config.work_limit())?;
        let (train_config, optim) = (settings::train_config(config)?, settings::optim(config, &network, moments)?);
        let trainer = Trainer::new(&network, data, objective, train_config, optim);
        let start = network.theta.clone();
        Ok(Self { network, objective, trainer, start, stamps: LearnerStamps::next() })
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

    /// Takes one update on the next mini-batch, which is read first if it is not in memory; with the inversions of a
    /// partner if there is one.
    pub fn step(&mut self, data: &Dataset, partner: Option<&Self>) -> Result<StepReport> {
        let inversions = match partner {
            Some(Self { network, trainer, .. }) => trainer.invert(network, data, self.trainer.wanted_inversions())?,
            None => Inversions::default(),
        };
        self.trainer.prepare(data)?;
        self.stamps.theta = Stamp::next();
        self.trainer.step_with(&mut self.network, data, &inversions)
    }

    /// Fits the last layer to all training examples.
    pub fn fit_head(&mut self, data: &Dataset) -> Result<StepReport> {
        self.stamps.theta = Stamp::next();
        self.trainer.fit_head(&mut self.network, data)
    }

    /// The same network before any training, to learn the task that undoes its own; `None` if there is no such task.
    pub fn partner(&self, config: &Config, data: &Dataset) -> Option<Result<Self>> {
        let objective = Objective { task: self.objective.task.partner()?, ..self.objective };
        Some(Self::new(self.network.clone(), objective, None, config, data))
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

    /// Takes over earlier parameters, and moments if they suit the optimiser. A network of another size changes nothing.
    pub fn restore(&mut self, theta: &[f32], (m, v, t): (&[f32], &[f32], u64)) {
        if theta.len() != self.network.param_len() {
            return;
        }
        self.write(|network, optim| {
            network.theta.copy_from_slice(theta);
            optim.take_moments(m, v, t);
        });
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
