//! The model file: one file that holds a network, its numbers, and all it takes to use and go on training it.

pub mod history;
mod numbers;
pub mod onnx;
pub mod run;
pub mod safetensors;
pub mod table;
pub mod tensorboard;
mod writer;

use serde::{Deserialize, Serialize};

use run::{RunView, SavedRun};

pub use writer::ModelFile;

use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::network::Network;
use crate::network::preset::Task;
use crate::progress::Progress;

/// What a model file holds.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    pub network: Network,
    pub meta: ModelMeta,
    /// What the optimiser remembers, so that training goes on as if it had never stopped.
    pub moments: Option<Moments>,
    /// In a checkpoint: all else it takes to go on from there as if training had never stopped.
    pub run: Option<Box<SavedRun>>,
}

/// The model in a file of one of the kinds known here, told by its first bytes. It need not be [usable](Model::check)
/// as it is: a base may end in whatever it likes.
pub fn read(bytes: &[u8]) -> Result<Model> {
    read_with_progress(bytes, &Progress::default())
}

/// [`read`] that tells how far it is and may be stopped.
pub fn read_with_progress(bytes: &[u8], progress: &Progress) -> Result<Model> {
    if onnx::sniff(bytes) {
        onnx::read_with_progress(bytes, progress)
    } else {
        safetensors::read_with_progress(bytes, progress)
    }
}

/// Whether the first bytes of a file are those of a model.
pub fn sniff(bytes: &[u8]) -> bool {
    safetensors::sniff(bytes) || onnx::sniff(bytes)
}

/// A model where it is, to be written.
pub struct ModelView<'a> {
    pub network: &'a Network,
    /// Its parameters, now or at another time.
    pub theta: &'a [f32],
    pub meta: ModelMeta,
    pub moments: Option<MomentsView<'a>>,
    pub run: Option<RunView<'a>>,
}

/// [`Moments`] where they are.
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

/// What must be known beside the network to use it the way it was trained.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelMeta {
    /// The preset it came from, for people.
    pub preset: String,
    pub task: Task,
    pub loss: Loss,
    /// Names of a classifier's outputs, in their order; empty for an autoencoder.
    pub classes: Vec<String>,
    pub preprocessing: Preprocessing,
    /// `KEY=VALUE` lines: the settings it was trained with.
    pub settings: String,
    pub training: Training,
}

/// How an image becomes the network's input: resized to its width and height, composited, divided by 255.
#[derive(Clone, Debug, PartialEq)]
pub struct Preprocessing {
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    /// `fit`, `crop` or `stretch`.
    pub resize: String,
    /// The colour behind transparent pixels and in margins: red, green, blue.
    pub background: [u8; 3],
}

/// How far training came. Numbers nobody measured are absent.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, rename_all = "kebab-case")]
pub struct Training {
    /// Updates, one per mini-batch.
    pub steps: u64,
    /// Passes over the training images.
    pub epochs: f64,
    /// Images seen, each as often as it was.
    pub examples: u64,
    pub loss: Option<f64>,
    pub val_loss: Option<f64>,
    /// Share of held-out images named rightly, 0..=1.
    pub accuracy: Option<f64>,
    /// Decibels, over held-out images.
    pub psnr: Option<f64>,
}

/// The optimiser's memory, laid out like `theta`.
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    pub m: Vec<f32>,
    /// Empty for an optimiser with one moment.
    pub v: Vec<f32>,
    /// Updates these moments have seen.
    pub t: u64,
}

impl Model {
    /// Whether the network gives what its task wants, and is fed what it was made for.
    pub fn check(&self) -> Result<()> {
        self.meta.check(&self.network)
    }
}

impl ModelView<'_> {
    fn check(&self) -> Result<()> {
        self.meta.check(self.network)
    }
}

impl ModelMeta {
    fn check(&self, network: &Network) -> Result<()> {
        let meta = self;
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
            Task::Autoencoder | Task::Classifier => Ok(()),
        }
    }
}
