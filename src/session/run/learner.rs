//! The learner of a run: a closed family with one method for each question. Another kind would be one more arm, and the
//! compiler would list the methods that it needs.

use std::sync::Arc;

use serde::Serialize;

use super::answers::Answers;
use super::column_learner::{self, ColumnLearner};
use super::learner_stamps::LearnerStamps;
use super::settings;
use super::snapshots::{Snapshot, SnapshotState};
use super::supervised::Supervised;
use crate::columns::Columns;
use crate::config::Config;
use crate::data::Dataset;
use crate::error::Result;
use crate::file::saved_run::Weights;
use crate::loss::Loss;
use crate::metrics::Scored;
use crate::network::{Network, Task};
use crate::par;
use crate::progress::Progress;
use crate::train::{Evaluator, ExchangeReport, Objective, StepReport, TrainerPosition};
use crate::words::counted;

#[expect(clippy::large_enum_variant, reason = "a run has one, and a session one or two")]
pub enum Learner {
    Network(Supervised),
    Columns(ColumnLearner),
}

/// A learner as it was at one moment, to be evaluated while training goes on.
pub enum Still {
    Network(Network),
    Columns(Box<Columns>),
}

/// An ability of a learner. The page shows what the abilities allow, and nothing else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ability {
    /// Has layers of neurons and connections, which can be drawn, inspected and edited.
    Layers,
    /// Has columns of spiking neurons, one for each class.
    Columns,
    /// Learns by gradients: has learning rates, gradients and a range test.
    Gradients,
    /// Predicts the class of an image.
    Classify,
    /// Estimates numbers that belong to an image.
    Estimate,
    /// Outputs an image.
    Reconstruct,
    /// Outputs the image that belongs to the one it reads.
    Translate,
    /// Is one of two networks that undo what the other makes, and learn from each other.
    Exchange,
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
                abilities.extend_from_slice(match task {
                    Task::Autoencoder => &[Ability::Reconstruct],
                    Task::Classifier => &[Ability::Classify],
                    Task::Regressor => &[Ability::Estimate],
                    Task::ImageToImage => &[Ability::Reconstruct, Ability::Translate],
                    Task::MakeLowercase | Task::MakeUppercase => {
                        &[Ability::Reconstruct, Ability::Translate, Ability::Exchange]
                    }
                });
                abilities.extend(has_code.then_some(Ability::Embed));
                abilities.extend(network.structure().is_some().then_some(Ability::Structure));
                abilities.extend(network.free_graph().is_some().then_some(Ability::Rewire));
                abilities
            }
            Self::Columns(_) => vec![Ability::Columns, Ability::Classify],
        }
    }

    /// The layers that are drawn; of columns the input alone.
    pub fn network(&self) -> &Network {
        match self {
            Self::Network(learner) => learner.network(),
            Self::Columns(learner) => learner.layers(),
        }
    }

    /// What is learnt, and the loss that measures it.
    pub fn objective(&self) -> Objective {
        match self {
            Self::Network(learner) => learner.objective(),
            Self::Columns(_) => Objective { task: Task::Classifier, loss: Loss::CrossEntropy },
        }
    }

    pub fn stamps(&self) -> LearnerStamps {
        match self {
            Self::Network(learner) => learner.stamps(),
            Self::Columns(learner) => learner.stamps(),
        }
    }

    /// The position in training.
    pub fn position(&self) -> TrainerPosition {
        match self {
            Self::Network(learner) => learner.trainer().position(),
            Self::Columns(learner) => learner.position(),
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
            Self::Columns(learner) => learner.epochs_at(position),
        }
    }

    /// Number of epochs of the run; 0: until stopped.
    pub fn epochs(&self) -> u64 {
        match self {
            Self::Network(learner) => learner.trainer().config.epochs,
            Self::Columns(learner) => learner.epochs(),
        }
    }

    /// Whether all requested epochs are done.
    pub fn is_finished(&self) -> bool {
        0 < self.epochs() && self.epochs() <= self.position().epoch
    }

    pub fn steps_per_epoch(&self) -> usize {
        match self {
            Self::Network(learner) => learner.trainer().steps_per_epoch(),
            Self::Columns(learner) => learner.steps_per_epoch(),
        }
    }

    /// Examples in a mini-batch.
    pub fn batch_len(&self) -> usize {
        match self {
            Self::Network(learner) => learner.trainer().config.batch_len,
            Self::Columns(learner) => learner.batch_len(),
        }
    }

    /// The learning rate of the next step; 0 for a learner that has none.
    pub fn learning_rate(&self) -> f32 {
        match self {
            Self::Network(learner) => learner.trainer().learning_rate(),
            Self::Columns(_) => 0.0,
        }
    }

    /// Continues from the position of an earlier run.
    pub fn resume_at(&mut self, position: TrainerPosition, data: &Dataset) {
        match self {
            Self::Network(learner) => learner.trainer_mut().0.resume_at(position, data),
            Self::Columns(learner) => learner.resume_at(position, data),
        }
    }

    /// Starts the current epoch again with the current training examples.
    pub fn set_data(&mut self, data: &Dataset) {
        match self {
            Self::Network(learner) => learner.trainer_mut().0.set_data(data),
            Self::Columns(learner) => learner.set_data(data),
        }
    }

    /// Follows a change of labels or of settings that weigh them.
    pub fn weigh(&mut self, data: &Dataset) {
        match self {
            Self::Network(learner) => learner.trainer_mut().0.weigh(data),
            Self::Columns(_) => {}
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
            Self::Columns(learner) => learner.set_config(config),
        }
    }

    /// Forgets what plateaus and divergence have made of the learning rate.
    pub fn reset_rate(&mut self) {
        match self {
            Self::Network(learner) => learner.trainer_mut().0.rate_factor = 1.0,
            Self::Columns(_) => {}
        }
    }

    /// Counts in `progress` what takes long, from now on.
    pub fn watch(&mut self, progress: &Arc<Progress>) {
        match self {
            Self::Network(learner) => learner.trainer_mut().0.watch(progress),
            Self::Columns(_) => {}
        }
    }

    /// Takes one update on the next mini-batch, which is read first if it is not in memory.
    /// Returns what happened, and further values by name. A network for letters also learns from its partner.
    pub fn step(&mut self, data: &Dataset, partner: Option<&Self>) -> Result<(StepReport, Vec<(&'static str, f64)>)> {
        match self {
            Self::Network(learner) => {
                let partner = partner.and_then(|partner| match partner {
                    Self::Network(partner) => Some(partner),
                    Self::Columns(_) => None,
                });
                let report = learner.step(data, partner)?;
                let mut further = report.structure.map_or_else(Vec::new, |structure| structure.values().into());
                further.extend(report.exchange.iter().flat_map(ExchangeReport::values));
                Ok((report, further))
            }
            Self::Columns(learner) => learner.step(data),
        }
    }

    /// The learner as it is now.
    pub fn still(&self) -> Still {
        match self {
            Self::Network(learner) => Still::Network(learner.network().clone()),
            Self::Columns(learner) => Still::Columns(Box::new(learner.columns().clone())),
        }
    }

    /// Whether nothing that is learnt has changed since.
    pub fn is_still(&self, still: &Still) -> bool {
        match (self, still) {
            (Self::Network(learner), Still::Network(network)) => learner.network().theta == network.theta,
            (Self::Columns(learner), Still::Columns(columns)) => learner.columns() == &**columns,
            (Self::Network(_) | Self::Columns(_), _) => false,
        }
    }

    /// The answers of the learner as it is now.
    pub fn answers(&self) -> Answers {
        match self {
            Self::Network(learner) => Answers::of_network(learner.network().clone(), learner.objective()),
            Self::Columns(learner) => learner.answers(),
        }
    }

    /// Evaluates the next examples.
    pub fn evaluate_some(&self, evaluator: &mut Evaluator, data: &Dataset) {
        match self {
            Self::Network(learner) => learner.trainer().evaluate_some(evaluator, learner.network(), data),
            Self::Columns(learner) => column_learner::evaluate_some(learner.columns(), evaluator, data),
        }
    }

    /// As [`Learner::evaluate_some`], by an earlier state.
    pub fn evaluate_still(&self, still: &Still, evaluator: &mut Evaluator, data: &Dataset) {
        match (self, still) {
            (Self::Network(learner), Still::Network(network)) => {
                learner.trainer().evaluate_still(evaluator, network, data);
            }
            (_, Still::Columns(columns)) => column_learner::evaluate_some(columns, evaluator, data),
            (Self::Columns(_), Still::Network(_)) => {} // the job ends with its network
        }
    }

    /// The scores of these examples.
    pub fn scores(&self, examples: Vec<u32>, data: &Dataset) -> Vec<Scored> {
        match self {
            Self::Network(learner) => learner.trainer().scores(examples, learner.network(), data),
            Self::Columns(learner) => {
                let mut evaluator = Evaluator::new(examples);
                par::together(|| {
                    while !evaluator.is_done() {
                        column_learner::evaluate_some(learner.columns(), &mut evaluator, data);
                    }
                });
                evaluator.into_scored()
            }
        }
    }

    /// Everything that it has learnt, and its position.
    pub fn snapshot(&self, progress: &Progress) -> Result<Snapshot> {
        let state = match self {
            Self::Network(learner) => SnapshotState::of_network(learner, progress)?,
            Self::Columns(learner) => SnapshotState::Columns(Box::new(learner.state())),
        };
        Ok(Snapshot { state, position: self.position() })
    }

    /// Bytes of a snapshot.
    pub fn snapshot_bytes(&self) -> usize {
        match self {
            Self::Network(learner) => SnapshotState::bytes_of_network(learner),
            Self::Columns(learner) => learner.state_bytes(),
        }
    }

    /// Takes over what a snapshot had learnt, but not its position. One of another shape changes nothing.
    pub fn restore(&mut self, snapshot: &Snapshot) {
        match (self, &snapshot.state) {
            (Self::Network(learner), SnapshotState::Network { theta, m, v, t }) => {
                learner.restore(theta, (m, v, *t));
            }
            (Self::Columns(learner), SnapshotState::Columns(state)) => learner.restore(state),
            (Self::Network(_) | Self::Columns(_), _) => {}
        }
    }

    /// What it has learnt.
    pub fn weights(&self) -> Weights {
        match self {
            Self::Network(learner) => Weights::Network(learner.network().theta.clone()),
            Self::Columns(learner) => Weights::Columns(Box::new(learner.state())),
        }
    }

    /// Takes over what was learnt by an earlier epoch.
    pub fn set_weights(&mut self, weights: &Weights) {
        match (self, weights) {
            (Self::Network(learner), Weights::Network(theta)) => learner.write(|network, optim| {
                network.theta.clone_from(theta);
                // The moments belong to other weights.
                optim.reset(theta.len());
            }),
            (Self::Columns(learner), Weights::Columns(state)) => learner.restore(state),
            (Self::Network(_) | Self::Columns(_), _) => {}
        }
    }

    /// Its size in words: `12 layers`.
    pub fn extent(&self) -> String {
        match self {
            Self::Network(learner) => counted(learner.network().blocks().len() - 1, "layer"),
            Self::Columns(learner) => counted(learner.columns().sizes().slots(), "slot"),
        }
    }

    /// Number of neurons.
    pub fn neurons(&self) -> usize {
        match self {
            Self::Network(learner) => learner.network().neurons(),
            Self::Columns(learner) => learner.columns().sizes().classes * learner.columns().sizes().neurons,
        }
    }

    /// Number of connections.
    pub fn connections(&self) -> u64 {
        match self {
            Self::Network(learner) => learner.network().connections(),
            Self::Columns(learner) => learner.occupied() as u64,
        }
    }

    /// Number of parameters, or of slots for connections.
    pub fn param_len(&self) -> usize {
        match self {
            Self::Network(learner) => learner.network().param_len(),
            Self::Columns(learner) => learner.columns().sizes().slots(),
        }
    }

    /// Bytes of its numbers and buffers.
    pub fn bytes(&self) -> usize {
        match self {
            Self::Network(learner) => 8 * learner.network().param_len() + learner.trainer().bytes(),
            Self::Columns(learner) => learner.bytes(),
        }
    }

    /// Releases the buffers that training and evaluation allocate again when they need them.
    pub fn release_buffers(&mut self) {
        match self {
            Self::Network(learner) => learner.trainer_mut().0.release_buffers(),
            Self::Columns(learner) => learner.release_buffers(),
        }
    }
}
