//! One shard of a batch: its examples, its pass, its own gradient. Shards run alone, one to a thread.

use crate::data::{Batch, Dataset};
use crate::layer::Call;
use crate::loss::{Loss, Target};
use crate::network::{Network, Pass, Task};

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
}

pub(super) struct Shard {
    pub batch: Batch,
    pub pass: Pass,
    /// dL/dtheta of this shard's examples.
    pub grad: Vec<f32>,
    /// Sum of the losses of this shard's examples.
    pub loss: f64,
    /// What people see of the output, kept between calls.
    pub seen: Vec<f32>,
}

impl Shard {
    pub fn new(network: &Network, examples: usize, task: Task) -> Self {
        let seen = vec![0.0; if task == Task::Autoencoder { examples * network.output().len() } else { 0 }];
        let batch = Batch::default();
        Self { batch, pass: Pass::new(network, examples), grad: vec![0.0; network.param_len()], loss: 0.0, seen }
    }

    /// Forward of these examples of the data set.
    pub fn forward(&mut self, network: &Network, data: &Dataset, examples: &[u32], call: &Call) {
        data.batch(examples, &mut self.batch);
        self.pass.input(examples.len()).copy_from_slice(&self.batch.x);
        network.forward(&mut self.pass, call);
    }

    /// Forward, loss and backward; leaves `grad` and `loss` for the sum over all shards of a batch of `batch_len`.
    pub fn learn(
        &mut self,
        network: &Network,
        data: &Dataset,
        objective: Objective,
        examples: &[u32],
        batch_len: usize,
        call: &Call,
    ) {
        self.forward(network, data, examples, call);
        let (y, dy) = self.pass.output_and_gradient();
        let target = objective.target(&self.batch);
        self.loss = objective.loss.evaluate(y, network.output(), &target, 1.0 / batch_len as f32, dy);
        self.grad.fill(0.0);
        network.backward(&mut self.pass, &mut self.grad, call);
    }
}

/// Examples in one shard. It depends on the network and the batch alone, never on the number of threads, so that
/// sums come out the same everywhere. Large networks get few shards: each shard holds a gradient of its own.
pub(super) fn shard_len(param_len: usize, batch_len: usize) -> usize {
    let shards = match param_len {
        0..200_000 => 8,
        200_000..2_000_000 => 4,
        _ => 2,
    };
    batch_len.div_ceil(shards)
}
