//! A model with everything needed to use it and to train it further.

use serde::{Deserialize, Serialize};

use super::json;
use super::saved_run::{RunView, SavedRun};
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::network::{Network, Task};

/// The contents of a model file.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub network: Network,
    pub meta: ModelMeta,
    /// The optimiser's state, so that training continues as if it had never stopped.
    pub moments: Option<Moments>,
    /// In a checkpoint: everything else that training needs to continue as if it had never stopped.
    pub run: Option<Box<SavedRun>>,
}

/// A borrowed [`Model`], to be written.
pub struct ModelView<'a> {
    pub network: &'a Network,
    /// Its parameters, current or earlier.
    pub theta: &'a [f32],
    pub meta: ModelMeta,
    pub moments: Option<MomentsView<'a>>,
    pub run: Option<RunView<'a>>,
}

/// Borrowed [`Moments`].
pub struct MomentsView<'a> {
    pub m: &'a [f32],
    pub v: &'a [f32],
    pub t: u64,
}

impl<'a> From<&'a Model> for ModelView<'a> {
    fn from(Model { network, meta, moments, run }: &'a Model) -> Self {
        let moments = moments.as_ref().map(|Moments { m, v, t }| MomentsView { m, v, t: *t });
        let run = run.as_deref().map(RunView::from);
        Self { network, theta: &network.theta, meta: meta.clone(), moments, run }
    }
}

/// The data needed besides the network to use it as it was trained.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelMeta {
    /// The preset it came from, for display.
    pub preset: String,
    pub task: Task,
    pub loss: Loss,
    /// Names of the outputs, in order: the classes of a classifier, the columns of a regressor; empty for an autoencoder.
    pub classes: Vec<String>,
    pub preprocessing: Preprocessing,
    /// `KEY=VALUE` lines: the settings it was trained with.
    pub settings: String,
    pub training: Training,
}

/// The conversion of an image to the network's input: composited, resized to width and height, divided by 255.
#[derive(Clone, Debug, PartialEq)]
pub struct Preprocessing {
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    /// `fit`, `crop` or `stretch`.
    pub resize: String,
    /// The colour behind transparent pixels and in the padding: red, green, blue.
    pub background: [u8; 3],
}

/// The progress of training; figures that were not measured are absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Training {
    /// Updates, one per mini-batch.
    pub steps: u64,
    /// Passes over the training images.
    pub epochs: f64,
    /// Images seen, counting repetitions.
    pub examples: u64,
    pub loss: Option<f64>,
    pub val_loss: Option<f64>,
    /// Share of held-out images predicted correctly, 0..=1.
    pub accuracy: Option<f64>,
    /// Decibels, over held-out images.
    pub psnr: Option<f64>,
    /// Mean squared error of numbers, over held-out images.
    pub mse: Option<f64>,
}

/// The optimiser's state, laid out like `theta`.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    pub m: Vec<f32>,
    /// Empty for an optimiser with one moment.
    pub v: Vec<f32>,
    /// Number of updates.
    pub t: u64,
}

impl Model {
    /// Whether the network's output suits its task, and its input the preprocessing.
    pub fn check(&self) -> Result<()> {
        self.meta.check(&self.network)
    }
}

impl ModelView<'_> {
    pub(super) fn check(&self) -> Result<()> {
        self.meta.check(self.network)
    }
}

impl ModelMeta {
    fn check(&self, network: &Network) -> Result<()> {
        let meta = self;
        if !(0.0..=json::MOST_COUNTED as f64).contains(&meta.training.epochs) {
            return Err(Error::expected("epochs", "at most 9,007,199,254,740,992", meta.training.epochs));
        }
        let (input, output) = (network.input(), network.output());
        let Preprocessing { width, height, channels, .. } = meta.preprocessing;
        if (width, height, channels) != (input.width, input.height, input.channels) {
            let got = format!("{width} x {height} x {channels}");
            return Err(Error::expected("preprocessing", format!("the network's input of {input}"), got));
        }
        match meta.task {
            Task::Autoencoder if output != input => {
                Err(Error::expected("autoencoder", format!("an output of {input}"), output))
            }
            Task::Autoencoder if meta.loss == Loss::CrossEntropy => {
                Err(Error::expected("autoencoder", "a loss between pictures", meta.loss))
            }
            Task::Classifier if meta.classes.len() != output.len() || !output.is_flat() => Err(Error::expected(
                "classifier",
                format!("one output for each of {} classes", meta.classes.len()),
                output,
            )),
            Task::Classifier if meta.loss != Loss::CrossEntropy => {
                Err(Error::expected("classifier", Loss::CrossEntropy, meta.loss))
            }
            Task::Regressor if meta.classes.len() != output.len() || !output.is_flat() => Err(Error::expected(
                "regressor",
                format!("one output for each of {} numbers", meta.classes.len()),
                output,
            )),
            Task::Regressor if meta.loss.classifies() || meta.loss == Loss::Bce => {
                Err(Error::expected("regressor", "a loss between numbers", meta.loss))
            }
            Task::Autoencoder | Task::Classifier | Task::Regressor => Ok(()),
        }
    }
}
