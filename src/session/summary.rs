//! Summaries of a session: plain structures for the page and the command line.

use serde::Serialize;

use super::run::Ability;
use super::run::build::kinds;
use super::session::Session;
use crate::data::{Pixels, Skipped, Split};
use crate::inspect::{self, AttributionMethod};
use crate::network::Task;
use crate::par;
use crate::recorder::Event;
use crate::shape::Shape;

/// The state of training. Figures that were not measured yet are absent.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    pub step: u64,
    pub epoch: f64,
    pub epochs: u64,
    pub examples_seen: u64,
    /// Mean over the last steps, at most 50 and at most an epoch.
    pub loss: Option<f64>,
    pub val_loss: Option<f64>,
    pub accuracy: Option<f64>,
    pub psnr: Option<f64>,
    pub mse: Option<f64>,
    pub images_per_second: Option<f64>,
    pub ms_per_step: Option<f64>,
    /// Measured over the last whole epoch, or forecast from the steps so far.
    pub seconds_per_epoch: Option<f64>,
    pub seconds: f64,
    pub learning_rate: f32,
    /// What plateaus and divergence have made of the learning rate that was set, as a factor.
    pub rate_factor: f32,
    pub batch_size: usize,
    pub steps_per_epoch: usize,
    /// Share of a running evaluation that is done, 0..=1.
    pub evaluating: Option<f64>,
    /// Share of the images whose features are there, before a head is fitted to them, 0..=1.
    pub preparing: Option<f64>,
    pub finished: Option<String>,
    pub threads: usize,
    /// Bytes of data, parameters, gradients, moments and passes.
    pub memory_bytes: usize,
    /// The last few events.
    pub events: Vec<Event>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct DataSummary {
    pub name: String,
    pub files: usize,
    pub bytes: u64,
    pub images: usize,
    pub used: usize,
    pub skipped: usize,
    pub skipped_list: Vec<SkippedSummary>,
    /// Whether the list names every skipped file.
    pub skipped_list_full: bool,
    pub notes: Vec<String>,
    /// The faces that letters are of.
    pub faces: Vec<String>,
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    pub train: usize,
    pub validation: usize,
    pub test: usize,
    /// Excluded by hand.
    pub dropped: usize,
    pub classes: Vec<ClassSummary>,
    /// Names of the numbers that belong to each image.
    pub numbers: Vec<String>,
    /// Size of the targets, if the images are pairs.
    pub target: Option<InputSummary>,
    /// Kinds of models that can learn from these images.
    pub kinds: Vec<&'static str>,
    pub storage: StorageSummary,
}

/// Where the pixels are stored; everything but `reused` in bytes.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StorageSummary {
    pub streamed: bool,
    pub pixels: u64,
    /// How many of them may be in memory.
    pub in_memory: u64,
    pub disk: u64,
    /// Images taken from the cache instead of being decoded again.
    pub reused: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SkippedSummary {
    pub path: String,
    pub reason: String,
}

impl From<&Skipped> for SkippedSummary {
    fn from(file: &Skipped) -> Self {
        Self { path: file.path.clone(), reason: file.reason.clone() }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassSummary {
    pub name: String,
    pub count: usize,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelSummary {
    pub abilities: Vec<Ability>,
    pub preset: String,
    pub task: Task,
    pub loss: String,
    pub input: InputSummary,
    pub blocks: Vec<BlockSummary>,
    pub neurons: usize,
    pub connections: u64,
    pub parameters: usize,
    pub embedding: Option<EmbeddingSummary>,
    /// Set for a classifier.
    pub attribution: Option<AttributionSummary>,
}

/// The ways to show where the network looks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AttributionSummary {
    /// Names of the outputs of the network, which may know other classes than the data.
    pub classes: Vec<String>,
    pub methods: Vec<AttributionMethod>,
    /// The blocks that Grad-CAM can look at, and the one that it looks at by itself.
    pub blocks: Vec<usize>,
    pub block: Option<usize>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct InputSummary {
    pub width: usize,
    pub height: usize,
    pub channels: usize,
}

impl From<Shape> for InputSummary {
    fn from(Shape { width, height, channels }: Shape) -> Self {
        Self { width, height, channels }
    }
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BlockSummary {
    pub name: String,
    pub title: String,
    pub activation: String,
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    pub parameters: usize,
    pub connections: u64,
    pub inputs: Vec<usize>,
    pub frozen: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EmbeddingSummary {
    pub block: usize,
    pub length: usize,
}

/// Number of events reported.
const RECENT_EVENTS: usize = 30;

impl Session {
    pub fn status(&self) -> Status {
        let run = self.run();
        let (learner, timing, recorder) = (&run.learner, &run.timing, &run.recorder);
        let position = learner.position();
        let measured = |value: f64| (0.0 < value).then_some(value);
        let last = recorder.last_evaluation().map(|last| last.evaluation);
        let epoch = measured(timing.last_epoch).or(measured(timing.step * learner.steps_per_epoch() as f64));
        let evaluating = run.evaluator.as_ref().map(|evaluator| {
            let (done, all) = evaluator.progress();
            done as f64 / all.max(1) as f64
        });
        Status {
            step: position.step,
            epoch: learner.epochs_at(position),
            epochs: learner.epochs(),
            examples_seen: position.examples_seen,
            loss: run.recent_loss(),
            val_loss: last.map(|found| found.loss).or(run.earlier.val_loss),
            accuracy: last.and_then(|found| found.accuracy).or(run.earlier.accuracy),
            psnr: last.and_then(|found| found.psnr).or(run.earlier.psnr),
            mse: last.and_then(|found| found.mse).or(run.earlier.mse),
            images_per_second: measured(timing.step).map(|step| 1000.0 * timing.step_examples / step),
            ms_per_step: measured(timing.step),
            seconds_per_epoch: epoch.map(|milliseconds| milliseconds / 1000.0),
            seconds: timing.total / 1000.0,
            learning_rate: learner.learning_rate(),
            rate_factor: position.rate_factor,
            batch_size: learner.batch_len(),
            steps_per_epoch: learner.steps_per_epoch(),
            evaluating,
            preparing: run.preparing.map(|(done, all)| done as f64 / all as f64),
            finished: run.finished.clone(),
            threads: par::threads(),
            memory_bytes: self.data.memory_bytes() + learner.bytes(),
            events: recorder.events()[recorder.events().len().saturating_sub(RECENT_EVENTS)..].to_vec(),
        }
    }

    /// Remarks on how the images were read and divided.
    pub fn data_notes(&self) -> Vec<String> {
        self.data.report().notes.iter().chain(self.data.division_note()).cloned().collect()
    }

    pub fn data_summary(&self) -> DataSummary {
        let (data, report) = (&self.data, self.data.report());
        let skipped = report.skipped.iter();
        let classes = data.classes.iter().zip(data.class_counts());
        DataSummary {
            name: data.name.clone(),
            files: report.files,
            bytes: report.bytes,
            images: data.len(),
            used: report.used,
            skipped: report.skipped_count,
            skipped_list: skipped.map(SkippedSummary::from).collect(),
            skipped_list_full: report.skipped.len() == report.skipped_count,
            faces: data.faces().into_iter().map(String::from).collect(),
            notes: self.data_notes(),
            width: data.shape.width,
            height: data.shape.height,
            channels: data.shape.channels,
            train: data.count(Split::Train),
            validation: data.count(Split::Validation),
            test: data.count(Split::Test),
            dropped: data.count(Split::Dropped),
            classes: classes.map(|(name, count)| ClassSummary { name: name.clone(), count }).collect(),
            numbers: data.numbers.columns.clone(),
            target: data.target_shape().map(InputSummary::from),
            kinds: kinds(&self.config, data),
            storage: StorageSummary {
                streamed: matches!(data.pixels, Pixels::Cached(_)),
                pixels: data.pixel_bytes(),
                in_memory: data.most_memory_bytes(),
                disk: data.pixels.stored_bytes(),
                reused: report.reused,
            },
        }
    }

    pub fn model_summary(&self) -> ModelSummary {
        let network = self.run().network();
        let block = |index: usize| {
            let (block, shape) = (&network.blocks()[index], network.shape(index));
            BlockSummary {
                name: block.name.clone(),
                title: block.layer.ops().title(),
                activation: block.activation.to_string(),
                width: shape.width,
                height: shape.height,
                channels: shape.channels,
                parameters: block.params.len(),
                connections: if network.computes(index) { block.layer.ops().connections() } else { 0 },
                inputs: block.inputs.clone(),
                frozen: block.frozen,
            }
        };
        ModelSummary {
            abilities: self.run().abilities(),
            preset: self.run().preset.clone(),
            task: self.run().objective().task,
            loss: self.run().objective().loss.to_string(),
            input: network.input().into(),
            blocks: (0..network.blocks().len()).map(block).collect(),
            neurons: self.run().learner.neurons(),
            connections: self.run().learner.connections(),
            parameters: self.run().learner.param_len(),
            embedding: network.embedding.map(|block| EmbeddingSummary { block, length: network.shape(block).len() }),
            attribution: self.attribution_summary(),
        }
    }

    fn attribution_summary(&self) -> Option<AttributionSummary> {
        let learner = self.run().supervised().ok()?;
        let network = learner.network();
        (learner.objective().task == Task::Classifier).then(|| AttributionSummary {
            classes: self.run().classes.clone(),
            methods: inspect::methods(network),
            blocks: inspect::map_blocks(network),
            block: inspect::last_map_block(network),
        })
    }
}
