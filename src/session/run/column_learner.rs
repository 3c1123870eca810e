//! Spiking columns as the learner of a run. A step counts and learns one batch, and an epoch shows as many examples as
//! there are for training.

use super::answers::Answers;
use super::learner_stamps::LearnerStamps;
use crate::columns::{
    ColumnAccuracy, ColumnCounts, ColumnNeuron, ColumnSizes, ColumnState, ColumnTrainer, Columns, Receptors,
    SpikeCounter, answer_but, probabilities,
};
use crate::config::Config;
use crate::data::{Dataset, Split};
use crate::error::{Error, Result};
use crate::evenly::evenly;
use crate::metrics::{Prediction, Scored};
use crate::network::Network;
use crate::par;
use crate::session::stamp::Stamp;
use crate::shape::Shape;
use crate::train::{Evaluator, StepReport, TrainerPosition};

/// Settings that suit columns, beneath those that were chosen. Few examples teach, so there are many
/// epochs; the loss may rise as more neurons learn to spike.
pub const SETTINGS: &str = "batch-size=200\nepochs=200\nmonitor=accuracy";

/// Examples that are evaluated together, and the most bytes of their images.
const AT_ONCE: usize = 1024;
const MOST_BYTES: usize = 32 << 20;

/// Images whose values choose the filters, at most.
const COUNTED: usize = 2000;

pub struct ColumnLearner {
    /// The layers that can be drawn: the input alone.
    layers: Network,
    columns: Columns,
    trainer: ColumnTrainer,
    /// Number of epochs of the run; 0: until stopped.
    epochs: u64,
    position: TrainerPosition,
    /// The training examples.
    examples: Vec<u32>,
    /// What is seen of a batch `[examples, receptors]`.
    images: Vec<u8>,
    stamps: LearnerStamps,
}

impl ColumnLearner {
    /// Columns without connections for the classes of the data. Fails if the settings do not allow them.
    pub fn empty(config: &Config, data: &Dataset) -> Result<Self> {
        if !data.is_labelled() {
            return Err(Error::expected("columns", "images in classes", format!("{} without classes", data.name)));
        }
        let rule = config.rule(|receptors| filters(receptors, data))?;
        let sizes = ColumnSizes {
            classes: data.classes.len(),
            neurons: config.column_neurons(),
            slots: config.column_slots(),
            receptors: rule.receptors.shape(data.shape).len(),
        };
        Self::new(Columns::new(sizes, rule, config.seed())?, data.shape, config, data)
    }

    /// Columns that see images of a shape. Fails if the settings do not allow them.
    pub fn new(columns: Columns, shape: Shape, config: &Config, data: &Dataset) -> Result<Self> {
        let mut learner = Self {
            layers: Network::new(shape)?,
            columns,
            trainer: ColumnTrainer::default(),
            epochs: 0,
            position: TrainerPosition {
                step: 0,
                epoch: 0,
                position: 0,
                examples_seen: 0,
                rate_factor: 1.0,
                skill: 0.0,
            },
            examples: Vec::new(),
            images: Vec::new(),
            stamps: LearnerStamps::next(),
        };
        learner.set_config(config)?;
        learner.set_data(data);
        Ok(learner)
    }

    /// The learner for data with more classes than the `known` ones: their columns stay as they are, and new ones have no
    /// connections yet. `None` if the data lack a known class, have no other, or have images of another shape.
    pub fn with_new_classes(&self, known: &[String], config: &Config, data: &Dataset) -> Result<Option<Self>> {
        let is_known = |class: &String| data.classes.contains(class);
        if data.shape != self.layers.input() || data.classes.len() <= known.len() || !known.iter().all(is_known) {
            return Ok(None);
        }
        let places: Vec<_> = data.classes.iter().map(|class| known.iter().position(|known| known == class)).collect();
        Self::new(self.columns.arranged(&places)?, data.shape, config, data).map(Some)
    }

    pub fn layers(&self) -> &Network {
        &self.layers
    }

    pub fn columns(&self) -> &Columns {
        &self.columns
    }

    /// Puts a neuron in the place of the current one. On an error nothing has changed.
    pub fn set_neuron(&mut self, column: usize, neuron: usize, state: &ColumnNeuron) -> Result<()> {
        self.columns.set_neuron(column, neuron, state)?;
        (self.stamps.theta, self.stamps.written) = (Stamp::next(), Stamp::next());
        Ok(())
    }

    pub fn stamps(&self) -> LearnerStamps {
        self.stamps
    }

    pub fn position(&self) -> TrainerPosition {
        self.position
    }

    pub fn epochs(&self) -> u64 {
        self.epochs
    }

    pub fn epochs_at(&self, position: TrainerPosition) -> f64 {
        position.epoch as f64 + position.position as f64 / self.examples.len().max(1) as f64
    }

    pub fn steps_per_epoch(&self) -> usize {
        self.examples.len().div_ceil(self.batch_len())
    }

    pub fn batch_len(&self) -> usize {
        self.columns.rule().batch
    }

    pub fn resume_at(&mut self, position: TrainerPosition, data: &Dataset) {
        self.set_data(data);
        let last = self.examples.len().saturating_sub(1);
        self.position = TrainerPosition { position: position.position.min(last), ..position };
    }

    /// Starts the current epoch again with the current training examples.
    pub fn set_data(&mut self, data: &Dataset) {
        self.examples = data.indices(Split::Train);
        self.position.position = 0;
    }

    /// Changes the constants and the number of epochs. On an error nothing has changed.
    pub fn set_config(&mut self, config: &Config) -> Result<()> {
        let rule = config.rule(|_| Ok(self.columns.rule().filters.clone()))?;
        if rule != *self.columns.rule() {
            self.columns.set_rule(rule)?;
            // Another threshold or other filters change the answers.
            (self.stamps.theta, self.stamps.written) = (Stamp::next(), Stamp::next());
        }
        self.epochs = config.epochs() as u64;
        Ok(())
    }

    /// Chooses the filters for these images, where the settings leave that to them.
    pub fn choose_filters(&mut self, config: &Config, data: &Dataset) -> Result<()> {
        let rule = config.rule(|receptors| filters(receptors, data))?;
        self.columns.set_rule(rule)?;
        (self.stamps.theta, self.stamps.written) = (Stamp::next(), Stamp::next());
        Ok(())
    }

    /// The receptors of an image.
    pub fn receptors(&self) -> Shape {
        self.columns.rule().receptors.shape(self.layers.input())
    }

    /// What the receptors see of an image; empty if it does not have the size of those for training.
    pub fn see(&self, image: &[u8]) -> Vec<u8> {
        let input = self.layers.input();
        if image.len() != input.len() {
            return Vec::new();
        }
        let mut seen = vec![0; self.receptors().len()];
        self.columns.rule().receptors.see(input, image, &mut seen);
        seen
    }

    /// Counts the next batch and learns from it. Returns what happened, and further values by name.
    pub fn step(&mut self, data: &Dataset) -> Result<(StepReport, Vec<(&'static str, f64)>)> {
        let chosen = self.columns.next_batch(self.examples.len());
        let examples: Vec<u32> = chosen.into_iter().map(|n| self.examples[n as usize]).collect();
        data.prepare(&examples, examples.len())?;
        see_images(self.columns.rule().receptors, data, &examples, &mut self.images);
        data.check_read()?;
        let labels: Vec<u32> = examples.iter().map(|&example| data.labels[example as usize]).collect();
        let before = self.columns.counts();
        let scores = self.trainer.train_batch(&mut self.columns, &self.images, &labels)?;
        self.stamps.theta = Stamp::next();
        let accuracy = ColumnAccuracy::new(scores, &labels);
        let classes = self.columns.sizes().classes;
        let losses = scores.chunks_exact(classes).zip(&labels).map(|(scores, &label)| loss(scores, label));
        let loss = losses.sum::<f64>() / labels.len() as f64;
        let ends_epoch = self.go_on(labels.len());
        let report = StepReport {
            examples: labels.len(),
            loss,
            accuracy: Some(accuracy.strict as f32),
            gradient_norm: 0.0,
            learning_rate: 0.0,
            applied: true,
            ends_epoch,
            structure: None,
            exchange: None,
        };
        Ok((report, self.values(before, accuracy)))
    }

    /// Moves the position by so many examples. Returns whether an epoch has ended; what goes beyond it belongs to the
    /// next.
    fn go_on(&mut self, examples: usize) -> bool {
        let TrainerPosition { step, epoch, position, examples_seen, .. } = &mut self.position;
        *step += 1;
        *examples_seen += examples as u64;
        *position += examples;
        let ends_epoch = self.examples.len() <= *position;
        if ends_epoch {
            *epoch += 1;
            *position -= self.examples.len();
        }
        ends_epoch
    }

    /// The events of a step, the quantiles and the share of slots with a connection, by name.
    fn values(&self, before: ColumnCounts, accuracy: ColumnAccuracy) -> Vec<(&'static str, f64)> {
        let now = self.columns.counts();
        let (true_quantile, false_quantile) = self.columns.quantiles();
        let of_step = |of: fn(&ColumnCounts) -> u64| (of(&now) - of(&before)) as f64;
        vec![
            ("shared_accuracy", accuracy.shared),
            ("positives", of_step(|counts| counts.positives)),
            ("forced", of_step(|counts| counts.forced)),
            ("negatives", of_step(|counts| counts.negatives)),
            ("grown", of_step(|counts| counts.grown)),
            ("strengthened", of_step(|counts| counts.strengthened)),
            ("weakened", of_step(|counts| counts.weakened)),
            ("decayed", of_step(|counts| counts.decayed)),
            ("pruned", of_step(|counts| counts.pruned)),
            ("occupied", self.occupied() as f64 / self.columns.sizes().slots() as f64),
            ("true_quantile", true_quantile.into()),
            ("false_quantile", false_quantile.into()),
        ]
    }

    /// Number of connections.
    pub fn occupied(&self) -> usize {
        self.columns.columns().iter().map(|column| column.occupied()).sum()
    }

    /// The answers of the columns as they are now.
    pub fn answers(&self) -> Answers {
        Answers::of_columns(&self.columns, self.layers.input())
    }

    pub fn state(&self) -> ColumnState {
        self.columns.state()
    }

    /// Goes on from a state; one of other sizes or constants changes nothing.
    pub fn restore(&mut self, state: &ColumnState) {
        let restored = Columns::from_state(self.columns.sizes(), self.columns.rule().clone(), state);
        if let Ok(columns) = restored {
            self.columns = columns;
            (self.stamps.theta, self.stamps.written) = (Stamp::next(), Stamp::next());
        }
    }

    /// Bytes of all numbers of a state, and of the buffers.
    pub fn bytes(&self) -> usize {
        self.state_bytes() + self.images.len() + 4 * self.examples.len()
    }

    pub fn state_bytes(&self) -> usize {
        let ColumnSizes { classes, neurons, .. } = self.columns.sizes();
        9 * self.columns.sizes().slots() + classes * neurons
    }

    pub fn release_buffers(&mut self) {
        (self.trainer, self.images) = Default::default();
    }
}

/// Evaluates the next examples with columns.
pub fn evaluate_some(columns: &Columns, evaluator: &mut Evaluator, data: &Dataset) {
    let rest = evaluator.rest();
    let at_once = AT_ONCE.min(MOST_BYTES / columns.sizes().receptors).clamp(1, rest.len().max(1));
    let examples = &rest[..at_once.min(rest.len())];
    data.prepare(rest, examples.len()).ok(); // Dataset::check_read reports read errors
    let mut images = Vec::new();
    see_images(columns.rule().receptors, data, examples, &mut images);
    let mut counter = SpikeCounter::new(columns);
    let scores = counter.scores(&images).expect("the data fit the columns");
    let scored = examples.iter().zip(scores.chunks_exact(columns.sizes().classes)).map(|(&example, scores)| {
        let label = data.labels[example as usize];
        // A tie is an error, so another of the best columns counts as the answer.
        let predicted = answer_but(scores, label as usize);
        let confidence = probabilities(scores).nth(predicted).unwrap_or(0.0);
        let prediction = Prediction::Class { predicted: predicted as u32, confidence };
        Scored { example, loss: loss(scores, label), prediction }
    });
    evaluator.extend(scored.collect());
}

/// What receptors see of examples: `[examples, receptors]`.
fn see_images(receptors: Receptors, data: &Dataset, examples: &[u32], seen: &mut Vec<u8>) {
    let len = receptors.shape(data.shape).len();
    seen.resize(examples.len() * len, 0);
    let mut parts: Vec<&mut [u8]> = seen.chunks_exact_mut(len).collect();
    par::each_of(&mut parts, receptors != Receptors::Pixels, |n, seen| {
        receptors.see(data.shape, &data.example(examples[n] as usize), seen)
    });
}

/// Filters for the images for training, by what the receptors see of some of them.
fn filters(receptors: Receptors, data: &Dataset) -> Result<Vec<u8>> {
    let (all, mut seen, mut counts) = (data.indices(Split::Train), Vec::new(), [0; 256]);
    let examples: Vec<u32> = evenly(all.len(), COUNTED).map(|n| all[n]).collect();
    let at_once = (MOST_BYTES / receptors.shape(data.shape).len().max(1)).clamp(1, AT_ONCE);
    for examples in examples.chunks(at_once) {
        data.prepare(examples, examples.len())?;
        see_images(receptors, data, examples, &mut seen);
        data.check_read()?;
        seen.iter().for_each(|&value| counts[usize::from(value)] += 1);
    }
    Ok(Receptors::filters(&counts))
}

/// Minus the logarithm of the probability of the label.
fn loss(scores: &[u32], label: u32) -> f64 {
    let all: f64 = scores.iter().map(|&score| f64::from(score) + 1.0).sum();
    (all / (f64::from(scores[label as usize]) + 1.0)).ln()
}
