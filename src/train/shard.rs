//! One shard of a batch: its examples go forward and backward and leave a gradient.

use super::factors::FactorRows;
use super::input_pipeline::InputPipeline;
use super::layout::Layout;
use crate::data::{Batch, Dataset};
use crate::kernels::elementwise;
use crate::layer::Call;
use crate::loss::{Loss, Target};
use crate::metrics::largest;
use crate::network::{Network, Pass, Task};
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
            Task::ImageToImage => Target::Values { y: &batch.target.y, mask: &batch.target.mask },
        }
    }

    /// Number of correctly classified examples in a batch; 0 if the task is not classification.
    pub(super) fn correct(&self, y: &[f32], batch: &Batch) -> usize {
        if !self.loss.classifies() {
            return 0;
        }
        let outputs = y.chunks_exact(y.len() / batch.labels.len().max(1));
        outputs.zip(&batch.labels).filter(|&(y, &label)| largest(y) == label as usize).count()
    }

    /// The sum of the losses of a batch's examples. Unless `dy` is empty, fills it with weight * d(sum)/dy.
    pub(super) fn evaluate(&self, y: &[f32], shape: Shape, batch: &Batch, weight: f32, dy: &mut [f32]) -> f64 {
        let len = shape.len();
        let part = (PART / len).max(1);
        let parts = y.len().div_ceil(part * len);
        let (target, mut dy) = (self.target(batch), dy.chunks_mut(part * len));
        let mut work: Vec<_> = (0..parts).map(|_| (dy.next().unwrap_or_default(), 0.0)).collect();
        par::each(&mut work, |number, (dy, loss)| {
            let first = number * part;
            let y = &y[first * len..y.len().min((first + part) * len)];
            *loss = self.loss.evaluate(y, shape, &target.of_examples(first, y.len() / len, shape), weight, dy);
        });
        work.iter().map(|(_, loss)| loss).sum()
    }
}

/// Buffers of a thread that works on a shard.
pub(super) struct Workspace {
    pub batch: Batch,
    pub pass: Pass,
    /// The output as people see it, in an evaluation.
    pub seen: Vec<f32>,
}

impl Workspace {
    /// Creates buffers for training.
    pub fn new(network: &Network, examples: usize) -> Self {
        Self { batch: Batch::default(), pass: Pass::for_training(network, examples), seen: Vec::new() }
    }

    /// Creates buffers for evaluation.
    pub fn forward_only(network: &Network, examples: usize, task: Task) -> Self {
        let seen = match task {
            Task::Autoencoder | Task::ImageToImage => vec![0.0; examples * network.output().len()],
            Task::Classifier | Task::Regressor => Vec::new(),
        };
        Self { batch: Batch::default(), pass: Pass::forward_only(network, examples), seen }
    }

    /// Runs the network forward on these examples of the data set.
    pub fn forward(
        &mut self,
        network: &Network,
        data: &Dataset,
        pipeline: &InputPipeline,
        examples: &[u32],
        call: &Call,
    ) {
        data.batch(examples, &mut self.batch);
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
    pub layout: &'a Layout,
    pub batch_len: usize,
    /// Weight of the objective among all losses.
    pub weight: f32,
    /// The block whose gradient with respect to every cell is wanted.
    pub cells: Option<usize>,
}

/// The result of a shard.
#[derive(Default)]
pub(super) struct Shard {
    /// dL/dtheta of its examples, without frozen blocks and without matrices, whose gradients are computed from
    /// factors.
    pub grad: Vec<f32>,
    /// The sum of the squares of `grad`; if it is finite, every number in `grad` is.
    pub squares: f64,
    /// Sum of the losses of its examples.
    pub loss: f64,
    /// Number of examples classified correctly.
    pub correct: usize,
    /// The gradient with respect to the strength of every cell, where it is wanted.
    pub cells: Vec<f32>,
}

impl Shard {
    /// Runs forward, loss and backward, and leaves the shard's part of the sums over the batch. Class weights act on
    /// the gradient; the reported loss is unweighted.
    pub fn learn(
        &mut self,
        workspace: &mut Workspace,
        context: &StepContext,
        examples: &[u32],
        rows: &mut [FactorRows],
        call: &Call,
    ) {
        let network = context.network;
        workspace.forward(network, context.data, context.pipeline, examples, call);
        let (y, dy) = workspace.pass.output_and_gradient();
        let weight = context.weight / context.batch_len as f32;
        self.loss = context.objective.evaluate(y, network.output(), &workspace.batch, weight, dy);
        self.correct = context.objective.correct(y, &workspace.batch);
        if !context.weights.is_empty() {
            for (dy, &label) in dy.chunks_exact_mut(network.output().len()).zip(&workspace.batch.labels) {
                elementwise::map(dy, |dy| dy * context.weights[label as usize]);
            }
        }
        self.grad.fill(0.0);
        network.backward_into(&mut workspace.pass, &mut self.grad, context.layout.rest(), call);
        self.squares = elementwise::squares(&self.grad);
        if let Some(block) = context.cells {
            workspace.pass.cell_gradient(network, block, &mut self.cells);
        }
        rows.iter_mut().for_each(|rows| rows.take(&workspace.pass));
    }
}
