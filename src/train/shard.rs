//! One shard of a batch: its examples go forward and backward, and leave a gradient.

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

/// Values of the output that are worth handing to another thread.
const PART: usize = 8 * 1024;

/// What a network is asked for, and how far off it counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Objective {
    pub task: Task,
    pub loss: Loss,
}

impl Objective {
    /// The target that a batch holds for this task.
    pub fn target<'a>(&self, batch: &'a Batch) -> Target<'a> {
        match self.task {
            Task::Autoencoder => Target::Values { y: &batch.x, mask: &batch.mask },
            Task::Classifier => Target::Classes(&batch.labels),
        }
    }

    /// How many of a batch's examples are given the right class; 0 where no class is named.
    pub(super) fn right(&self, y: &[f32], batch: &Batch) -> usize {
        if !self.loss.classifies() {
            return 0;
        }
        let outputs = y.chunks_exact(y.len() / batch.labels.len().max(1));
        outputs.zip(&batch.labels).filter(|&(y, &label)| largest(y) == label as usize).count()
    }

    /// The sum of the losses of a batch's examples. Unless `dy` is empty, it becomes weight * d(that sum)/dy.
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

/// What a shard needs while a thread works on it.
pub(super) struct Workspace {
    pub batch: Batch,
    pub pass: Pass,
    /// What people see of the output, in an evaluation.
    pub seen: Vec<f32>,
}

impl Workspace {
    /// For training.
    pub fn new(network: &Network, examples: usize) -> Self {
        Self { batch: Batch::default(), pass: Pass::for_training(network, examples), seen: Vec::new() }
    }

    /// For evaluation.
    pub fn forward_only(network: &Network, examples: usize, task: Task) -> Self {
        let seen = vec![0.0; if task == Task::Autoencoder { examples * network.output().len() } else { 0 }];
        Self { batch: Batch::default(), pass: Pass::forward_only(network, examples), seen }
    }

    /// Forward of these examples of the data set.
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
            pipeline.augment.apply(&mut self.batch, examples, &data.frames, call.seed);
        }
        network.read(&mut self.pass, &self.batch.x, call);
        if call.training {
            pipeline.disturb(&mut self.pass, examples, network, call.seed);
        }
        network.forward(&mut self.pass, call);
    }

    pub fn bytes(&self) -> usize {
        self.pass.bytes() + 4 * (self.batch.x.len() + self.seen.len())
    }
}

/// What is the same for all shards of a step.
pub(super) struct StepContext<'a> {
    pub network: &'a Network,
    pub data: &'a Dataset,
    pub objective: Objective,
    pub pipeline: &'a InputPipeline,
    /// How much an image of each class counts; empty where all count alike.
    pub weights: &'a [f32],
    pub layout: &'a Layout,
    pub batch_len: usize,
}

/// What a shard leaves.
#[derive(Default)]
pub(super) struct Shard {
    /// dL/dtheta of its examples, but for frozen blocks and for matrices, whose gradients are made from their factors.
    pub grad: Vec<f32>,
    /// The sum of the squares of `grad`: if it is finite, so is every number in it.
    pub squares: f64,
    /// Sum of the losses of its examples.
    pub loss: f64,
    /// How many of its examples were given the right class.
    pub right: usize,
}

impl Shard {
    /// Forward, loss and backward; leaves its part of the sum over all shards of the batch. Weights of classes act on
    /// the gradient; the loss that is told stays the plain one.
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
        let weight = 1.0 / context.batch_len as f32;
        self.loss = context.objective.evaluate(y, network.output(), &workspace.batch, weight, dy);
        self.right = context.objective.right(y, &workspace.batch);
        if !context.weights.is_empty() {
            for (dy, &label) in dy.chunks_exact_mut(network.output().len()).zip(&workspace.batch.labels) {
                elementwise::map(dy, |dy| dy * context.weights[label as usize]);
            }
        }
        self.grad.fill(0.0);
        network.backward_into(&mut workspace.pass, &mut self.grad, context.layout.rest(), call);
        self.squares = elementwise::squares(&self.grad);
        rows.iter_mut().for_each(|rows| rows.take(&workspace.pass));
    }
}
