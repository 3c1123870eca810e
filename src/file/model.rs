//! A model with everything needed to use it and to train it further.

use serde::{Deserialize, Serialize};

use super::json;
use super::saved_run::{RunView, SavedRun};
use crate::columns::{ColumnSizes, ColumnState, Columns, Rule};
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::network::{ALPHABET, Network, Task};
use crate::shape::Shape;

/// The preset name of a network from another program.
pub const ONNX: &str = "onnx";

/// The contents of a model file.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// The network; for columns the input alone.
    pub network: Network,
    pub columns: Option<Box<Columns>>,
    pub meta: ModelMeta,
    /// The optimiser's state, so that training continues as if it had never stopped.
    pub moments: Option<Moments>,
    /// In a checkpoint: everything else that training needs to continue as if it had never stopped.
    pub run: Option<Box<SavedRun>>,
    /// The network that undoes what this one makes of letters.
    pub partner: Option<Box<Model>>,
}

/// A borrowed [`Model`], to be written.
pub struct ModelView<'a> {
    pub network: &'a Network,
    /// Its parameters, current or earlier.
    pub theta: &'a [f32],
    pub columns: Option<ColumnsView<'a>>,
    pub meta: ModelMeta,
    pub moments: Option<MomentsView<'a>>,
    pub run: Option<RunView<'a>>,
    pub partner: Option<Box<ModelView<'a>>>,
}

/// Columns in a current or earlier state, to be written.
pub struct ColumnsView<'a> {
    pub sizes: ColumnSizes,
    pub rule: &'a Rule,
    pub state: ColumnState,
}

impl<'a> From<&'a Columns> for ColumnsView<'a> {
    fn from(columns: &'a Columns) -> Self {
        Self { sizes: columns.sizes(), rule: columns.rule(), state: columns.state() }
    }
}

/// Borrowed [`Moments`].
pub struct MomentsView<'a> {
    pub m: &'a [f32],
    pub v: &'a [f32],
    pub t: u64,
}

impl<'a> From<&'a Model> for ModelView<'a> {
    fn from(Model { network, columns, meta, moments, run, partner }: &'a Model) -> Self {
        let moments = moments.as_ref().map(|Moments { m, v, t }| MomentsView { m, v, t: *t });
        let run = run.as_deref().map(RunView::from);
        let columns = columns.as_deref().map(ColumnsView::from);
        let partner = partner.as_deref().map(|partner| Box::new(partner.into()));
        Self { network, theta: &network.theta, columns, meta: meta.clone(), moments, run, partner }
    }
}

/// The data needed besides the network to use it as it was trained.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelMeta {
    /// The preset it came from, for display.
    pub preset: String,
    pub task: Task,
    pub loss: Loss,
    /// Names of the outputs, in order: the classes of a classifier, the columns of a regressor; empty for what outputs images.
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

/// The optimiser's state, laid out like the end of `theta`: what comes before is frozen.
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
        self.meta.check(&self.network, self.columns.as_ref().map(|columns| (columns.sizes(), columns.rule())))?;
        check_partner(
            self.meta.task,
            self.network.input(),
            self.partner.as_ref().map(|partner| {
                (partner.meta.task, partner.network.input(), partner.run.is_some() == self.run.is_some())
            }),
        )
    }

    /// Number of parameters, or of slots for connections.
    pub fn param_len(&self) -> usize {
        self.columns.as_ref().map_or(self.network.param_len(), |columns| columns.sizes().slots())
    }
}

impl ModelView<'_> {
    pub(super) fn check(&self) -> Result<()> {
        self.meta.check(self.network, self.columns.as_ref().map(|columns| (columns.sizes, columns.rule)))
    }
}

/// Whether a network for letters has a partner that undoes what it makes, in a file of its own kind, and others none. The
/// partner itself, which has no partner in its file, is the one that makes capitals.
fn check_partner(task: Task, input: Shape, partner: Option<(Task, Shape, bool)>) -> Result<()> {
    let wanted = if task == Task::MakeLowercase { task.partner() } else { None };
    if partner == wanted.map(|wanted| (wanted, input, true)) {
        return Ok(());
    }
    let expected = if wanted.is_some() { "one that makes capitals of the same size" } else { "none" };
    Err(Error::expected("its partner", expected, if partner.is_some() { "another" } else { "none" }))
}

impl ModelMeta {
    /// The names of the outputs, one on each line.
    ///
    /// # Errors
    /// It outputs images, which have no names.
    pub fn labels(&self) -> Result<String> {
        if self.classes.is_empty() {
            return Err(Error::expected("labels", "a network for classes or numbers", "one that makes images"));
        }
        Ok(self.classes.iter().map(|name| name.replace(['\r', '\n'], " ") + "\n").collect())
    }

    fn check(&self, network: &Network, columns: Option<(ColumnSizes, &Rule)>) -> Result<()> {
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
        if let Some((sizes, rule)) = columns {
            return meta.check_columns(network, sizes, rule);
        }
        match meta.task {
            Task::Autoencoder if output != input => {
                Err(Error::expected("autoencoder", format!("an output of {input}"), output))
            }
            Task::Autoencoder if meta.loss.classifies() => {
                Err(Error::expected("autoencoder", "a loss between pictures", meta.loss))
            }
            Task::ImageToImage if !matches!(output.channels, 1 | 3) => {
                Err(Error::expected("image to image", "an output of 1 or 3 channels", output))
            }
            Task::ImageToImage if meta.loss.classifies() => {
                Err(Error::expected("image to image", "a loss between pictures", meta.loss))
            }
            Task::Classifier if meta.classes.len() != output.len() || !output.is_flat() => Err(Error::expected(
                "classifier",
                format!("one output for each of {} classes", meta.classes.len()),
                output,
            )),
            Task::Classifier if !meta.loss.classifies() => {
                Err(Error::expected("classifier", "cross-entropy or hinge", meta.loss))
            }
            Task::Regressor if meta.classes.len() != output.len() || !output.is_flat() => Err(Error::expected(
                "regressor",
                format!("one output for each of {} numbers", meta.classes.len()),
                output,
            )),
            Task::Regressor if meta.loss.classifies() || meta.loss == Loss::Bce => {
                Err(Error::expected("regressor", "a loss between numbers", meta.loss))
            }
            Task::MakeLowercase | Task::MakeUppercase
                if input.channels != 1 || output != Shape::flat(input.len() + ALPHABET) =>
            {
                Err(Error::expected("letters", "an output as large as a grey input and 26 indicators", output))
            }
            Task::MakeLowercase | Task::MakeUppercase if meta.loss.classifies() => {
                Err(Error::expected("letters", "a loss between pictures", meta.loss))
            }
            _ => Ok(()),
        }
    }

    /// Whether columns of these sizes suit their classes and their input.
    fn check_columns(&self, network: &Network, sizes: ColumnSizes, rule: &Rule) -> Result<()> {
        if self.task != Task::Classifier || self.loss != Loss::CrossEntropy {
            return Err(Error::expected("columns", "a classifier with cross-entropy", self.loss));
        }
        if self.classes.len() != sizes.classes {
            return Err(Error::expected("columns", format!("{} classes", sizes.classes), self.classes.len()));
        }
        let input = network.input();
        let receptors = rule.receptors.shape(input).len();
        if network.blocks().len() != 1 || receptors != sizes.receptors {
            let wanted = format!("an input with {} receptors alone", sizes.receptors);
            return Err(Error::expected("columns", wanted, format!("{input} with {receptors}")));
        }
        Ok(())
    }
}
