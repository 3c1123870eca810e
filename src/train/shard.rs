//! One shard of a batch: its examples go forward and backward and leave a gradient.

use super::factors::FactorRows;
use super::input_pipeline::InputPipeline;
use super::inversions::LetterPairs;
use super::layout::Layout;
use super::observe::ObservedValues;
use crate::data::letters::{self, POINT_VALUES};
use crate::data::{Batch, Dataset};
use crate::kernels::elementwise;
use crate::layer::Call;
use crate::loss::{Loss, Target};
use crate::metrics::largest;
use crate::network::{ALPHABET, Network, Pass, Stem, Task};
use crate::par;
use crate::shape::Shape;

/// Output values that are worth handing to another thread.
const PART: usize = 8 * 1024;

/// The task of a network and its loss.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    pub task: Task,
    pub loss: Loss,
}

impl Objective {
    /// The target of this task in a batch.
    pub fn target<'a>(&self, batch: &'a Batch) -> Target<'a> {
        match self.task {
            Task::Autoencoder => Target::Values { y: &batch.x, mask: &batch.mask },
            Task::Classifier => Target::Classes(&batch.labels),
            Task::Regressor => Target::Values { y: &batch.numbers, mask: &[] },
            Task::ImageToImage | Task::MakeLowercase | Task::MakeUppercase => {
                Target::Values { y: &batch.target.y, mask: &batch.target.mask }
            }
        }
    }

    /// The output for one example as people see it: without the indicators of a letter.
    pub fn seen(&self, y: &[f32], network: &Network) -> Vec<f32> {
        let shape = self.task.picture_of(network).unwrap_or(network.output());
        let mut seen = vec![0.0; shape.len()];
        self.loss.predict(&y[..shape.len()], shape, &mut seen);
        seen
    }

    /// Whether a class is among what the network outputs.
    pub(super) fn names_classes(&self) -> bool {
        self.loss.classifies() || self.task.partner().is_some()
    }

    /// Number of correctly classified examples among the first of a batch; 0 if the network names no classes.
    pub(super) fn correct(&self, y: &[f32], shape: Shape, batch: &Batch) -> usize {
        if !self.names_classes() {
            return 0;
        }
        let is_correct = |(y, &label): (&[f32], &u32)| match self.task.partner() {
            Some(_) => largest(&y[y.len() - ALPHABET..]) == label as usize % ALPHABET,
            None => largest(y) == label as usize,
        };
        y.chunks_exact(shape.len()).zip(&batch.labels).filter(|&pair| is_correct(pair)).count()
    }

    /// The sum of the losses of a batch's examples from `from` on, of which y are the outputs. Unless `dy` is empty, fills
    /// it with weight * d(sum)/dy.
    pub(super) fn evaluate(
        &self,
        y: &[f32],
        shape: Shape,
        (batch, from): (&Batch, usize),
        weight: f32,
        dy: &mut [f32],
    ) -> f64 {
        let len = shape.len();
        let part = (PART / len).max(1);
        let parts = y.len().div_ceil(part * len);
        let mut dy = dy.chunks_mut(part * len);
        let mut work: Vec<_> = (0..parts).map(|_| (dy.next().unwrap_or_default(), 0.0)).collect();
        par::each(&mut work, |number, (dy, loss)| {
            let first = number * part;
            let y = &y[first * len..y.len().min((first + part) * len)];
            *loss = self.evaluate_part(y, shape, batch, from + first, weight, dy);
        });
        work.iter().map(|(_, loss)| loss).sum()
    }

    /// As [`Objective::evaluate`], on one thread.
    pub fn evaluate_part(
        &self,
        y: &[f32],
        shape: Shape,
        batch: &Batch,
        first: usize,
        weight: f32,
        dy: &mut [f32],
    ) -> f64 {
        let target = self.target(batch);
        if self.task.partner().is_none() {
            let target = target.of_examples(first, y.len() / shape.len(), shape);
            return self.loss.evaluate(y, shape, &target, weight, dy);
        }
        let mut dy = dy.chunks_mut(shape.len());
        let outputs = y.chunks_exact(shape.len()).zip(first..);
        outputs.map(|(y, number)| self.of_letter(y, batch, number, weight, dy.next().unwrap_or_default())).sum()
    }

    /// The loss of the field of a letter, and that of its indicators: cross-entropy, or what is summed for the field.
    fn of_letter(&self, y: &[f32], batch: &Batch, number: usize, weight: f32, dy: &mut [f32]) -> f64 {
        let field = Shape::flat(y.len() - ALPHABET);
        let (y, indicators) = y.split_at(field.len());
        let (dy, dindicators) = dy.split_at_mut(dy.len().min(field.len()));
        let target = self.target(batch).of_examples(number, 1, field);
        let of_field = match target {
            Target::Values { y: letter, .. } if self.loss == Loss::Permissive && y.len() == POINT_VALUES => {
                let assigned = Target::Values { y: &letters::assigned(y, letter), mask: &[] };
                self.loss.evaluate(y, field, &assigned, weight, dy)
            }
            _ => self.loss.evaluate(y, field, &target, weight, dy),
        };
        let (letter, shape) = (batch.labels[number] % ALPHABET as u32, Shape::flat(ALPHABET));
        if matches!(self.loss, Loss::SumSquares | Loss::Permissive) {
            let mut wanted = [0.0; ALPHABET];
            wanted[letter as usize] = 1.0;
            let wanted = Target::Values { y: &wanted, mask: &[] };
            return of_field + self.loss.evaluate(indicators, shape, &wanted, weight, dindicators);
        }
        let loss = Loss::CrossEntropy;
        let named = loss.evaluate(indicators, shape, &Target::Classes(&[letter]), INDICATORS * weight, dindicators);
        of_field + f64::from(INDICATORS) * named
    }
}

/// Weight of the cross-entropy of the indicators beside the mean loss of the field.
const INDICATORS: f32 = 0.01;

/// Buffers of a thread that works on a shard.
pub(super) struct Workspace {
    pub batch: Batch,
    pub pass: Pass,
    /// The output as people see it, in an evaluation.
    pub seen: Vec<f32>,
}

impl Workspace {
    /// Creates buffers for training.
    pub fn new(network: &Network, stem: Option<&Stem>, examples: usize) -> Self {
        Self { batch: Batch::default(), pass: Pass::for_training(network, stem, examples), seen: Vec::new() }
    }

    /// Creates buffers for evaluation.
    pub fn forward_only(network: &Network, stem: Option<&Stem>, examples: usize, task: Task) -> Self {
        let seen = match task {
            Task::Classifier | Task::Regressor => Vec::new(),
            _ => vec![0.0; examples * task.picture_of(network).map_or(0, |picture| picture.len())],
        };
        Self { batch: Batch::default(), pass: Pass::fleeting(network, stem, examples), seen }
    }

    /// Runs the layers above the stem forward on the features of these examples.
    pub fn forward_above(
        &mut self,
        network: &Network,
        stem: &Stem,
        data: &Dataset,
        (examples, features): (&[u32], &[&[f32]]),
        call: &Call,
    ) {
        data.labels_and_numbers(examples, &mut self.batch);
        self.pass.begin_with(stem, features);
        network.forward(&mut self.pass, call);
    }

    /// Runs the network forward on these examples of the data set.
    pub fn forward(
        &mut self,
        network: &Network,
        data: &Dataset,
        pipeline: &InputPipeline,
        examples: &[u32],
        pairs: LetterPairs,
        call: &Call,
    ) {
        data.batch(examples, &mut self.batch);
        pairs.fill(&mut self.batch, data, examples, call.first_example);
        if call.training {
            pipeline.augment.apply(&mut self.batch, examples, data, call.seed);
        }
        network.read(&mut self.pass, &self.batch.x, call);
        if call.training {
            pipeline.disturb(&mut self.pass, examples, network, call.seed);
        }
        network.forward(&mut self.pass, call);
    }

    pub fn bytes(&self) -> usize {
        self.pass.bytes() + 4 * (self.batch.x.len() + self.batch.target.y.len() + self.seen.len())
    }
}

/// The inputs that all shards of a step share.
pub(super) struct StepContext<'a> {
    pub network: &'a Network,
    pub data: &'a Dataset,
    pub objective: Objective,
    pub pipeline: &'a InputPipeline,
    /// The weight of an image of each class; empty if all count alike.
    pub weights: &'a [f32],
    pub pairs: LetterPairs<'a>,
    /// The part of the network whose values are there already.
    pub stem: Option<&'a Stem>,
    pub layout: &'a Layout,
    pub batch_len: usize,
    /// Examples of a shard that are in memory together.
    pub portion: usize,
    /// Weight of the objective among all losses.
    pub weight: f32,
    /// The block whose gradient with respect to every cell is wanted.
    pub cells: Option<usize>,
    /// Whether the values of all blocks are counted.
    pub observes: bool,
}

/// The result of a shard.
#[derive(Default)]
pub(super) struct Shard {
    /// dL/dtheta of its examples, without frozen blocks and without matrices, whose gradients are computed from
    /// factors.
    pub grad: Vec<f32>,
    /// The sum of the squares of `grad`; if it is finite, every number in `grad` is.
    pub squares: f64,
    /// Sum of the losses of its examples from the data, and of its inversions.
    pub loss: f64,
    pub inversion_loss: f64,
    /// Number of examples classified correctly.
    pub correct: usize,
    /// The gradient with respect to the strength of every cell, where it is wanted.
    pub cells: Vec<f32>,
    /// The values of every block, where they are counted.
    pub observed: Vec<ObservedValues>,
}

impl Shard {
    /// Runs forward, loss and backward, and leaves the shard's part of the sums over the batch. Class weights act on
    /// the gradient; the reported loss is unweighted. There are features where there is a stem.
    pub fn learn(
        &mut self,
        workspace: &mut Workspace,
        context: &StepContext,
        (examples, features): (&[u32], &[&[f32]]),
        rows: &mut [FactorRows],
        call: &Call,
    ) {
        *self =
            Self { grad: std::mem::take(&mut self.grad), cells: std::mem::take(&mut self.cells), ..Self::default() };
        self.grad.fill(0.0);
        for (number, portion) in examples.chunks(context.portion).enumerate() {
            let first = number * context.portion;
            let features = features.get(first..first + portion.len()).unwrap_or_default();
            self.learn_portion(workspace, context, (portion, features), &call.of_examples(first, portion.len()));
            rows.iter_mut().for_each(|rows| rows.take(&workspace.pass, first));
        }
        self.squares = elementwise::squares(&self.grad);
    }

    /// Adds some of the examples to its part of the sums.
    fn learn_portion(
        &mut self,
        workspace: &mut Workspace,
        context: &StepContext,
        (examples, features): (&[u32], &[&[f32]]),
        call: &Call,
    ) {
        let network = context.network;
        let StepContext { objective, pairs, .. } = context;
        match context.stem {
            Some(stem) => workspace.forward_above(network, stem, context.data, (examples, features), call),
            None => workspace.forward(network, context.data, context.pipeline, examples, *pairs, call),
        }
        let (y, dy) = workspace.pass.output_and_gradient();
        let (weight, shape, batch) = (context.weight / context.batch_len as f32, network.output(), &workspace.batch);
        let real = pairs.real.saturating_sub(call.first_example).min(examples.len());
        let (y, of_inversions) = y.split_at(real * shape.len());
        let (dy_real, dy_inversions) = dy.split_at_mut(y.len());
        self.loss += objective.evaluate(y, shape, (batch, 0), weight, dy_real);
        self.inversion_loss += objective.evaluate(of_inversions, shape, (batch, real), weight, dy_inversions);
        self.correct += objective.correct(y, shape, batch);
        if !context.weights.is_empty() {
            for (dy, &label) in dy.chunks_exact_mut(network.output().len()).zip(&workspace.batch.labels) {
                elementwise::map(dy, |dy| dy * context.weights[label as usize]);
            }
        }
        network.backward_into(&mut workspace.pass, &mut self.grad, context.layout.rest(), call);
        if let Some(block) = context.cells {
            workspace.pass.cell_gradient(network, block, &mut self.cells);
        }
        if context.observes {
            let observed = ObservedValues::of(network, &workspace.pass);
            match self.observed.is_empty() {
                true => self.observed = observed,
                false => self.observed.iter_mut().zip(&observed).for_each(|(all, more)| all.merge(more)),
            }
        }
    }
}
