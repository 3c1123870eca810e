//! Where training is, and what a step did.

use serde::{Deserialize, Serialize};

use super::inversions::ExchangeReport;
use super::structure_config::StructureReport;

/// A position in training. With settings, data, parameters and moments it is all that training needs to continue
/// exactly.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TrainerPosition {
    pub step: u64,
    pub epoch: u64,
    /// Examples of the current epoch that are done.
    pub position: usize,
    pub examples_seen: u64,
    pub rate_factor: f32,
    /// Smoothed share of letters whose indicator is right.
    #[serde(default)]
    pub skill: f32,
}

/// The outcome of a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StepReport {
    pub examples: usize,
    /// Mean loss of the mini-batch, before the update.
    pub loss: f64,
    /// Share of the mini-batch classified correctly, before the update and with dropout.
    pub accuracy: Option<f32>,
    /// Euclidean norm of the gradient, before clipping; NaN if it was not applied.
    pub gradient_norm: f64,
    pub learning_rate: f32,
    /// False if the loss or the gradient was not finite.
    pub applied: bool,
    /// Whether this was the last mini-batch of its epoch.
    pub ends_epoch: bool,
    /// The structure, where it follows from the parameters.
    pub structure: Option<StructureReport>,
    /// Loss and share of the inversions, for letters.
    pub exchange: Option<ExchangeReport>,
}
