//! Training: one step is one update on one mini-batch.
//!
//! batch -> fixed shards, each forward and backward alone -> gradients summed in order of the shards -> one pass of
//! the optimiser. Nothing depends on the number of threads. A step whose loss or gradient is not a number is not
//! applied: the parameters stay as they were and the learning rate is halved from then on.

mod evaluate;
mod shard;

use std::ops::Range;

pub use evaluate::Evaluator;
pub use shard::Objective;

use crate::data::{Dataset, Split};
use crate::layer::Call;
use crate::network::{Network, Trainable};
use crate::optim::Optim;
use crate::par;
use crate::remap::Remap;
use crate::rng::{Purpose, Rng};
use crate::schedule::Schedule;
use shard::{Shard, shard_len};

/// Parameters that one thread reduces and updates at a time: their gradients and moments stay in the second cache.
const PIECE: usize = 16 * 1024;

/// What the person may change while training runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Recipe {
    pub learning_rate: f32,
    pub schedule: Schedule,
    /// Examples in a mini-batch.
    pub batch_len: usize,
    /// Passes over the training examples; 0: until stopped.
    pub epochs: u64,
    /// Start of all random numbers.
    pub seed: u64,
}

pub struct Trainer {
    pub recipe: Recipe,
    pub objective: Objective,
    pub optim: Optim,
    /// Steps taken, also those that were not applied.
    pub step: u64,
    /// Examples seen, over all epochs.
    pub examples_seen: u64,
    /// Halved by every step that was not applied.
    pub rate_factor: f32,
    /// Whole epochs done.
    epoch: u64,
    /// The training examples in the order of this epoch, and how many of them are done.
    order: Vec<u32>,
    position: usize,
    shards: Vec<Shard>,
    shard_len: usize,
    trainable: Vec<Trainable>,
}

/// What a step did.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Step {
    pub examples: usize,
    /// Mean loss of the mini-batch, before the update.
    pub loss: f64,
    /// Euclidean length of the gradient, before clipping.
    pub gradient_norm: f64,
    pub learning_rate: f32,
    /// False when the loss or the gradient was not a number.
    pub applied: bool,
    /// Whether this was the last mini-batch of its epoch.
    pub ends_epoch: bool,
}

impl Trainer {
    /// A trainer at step 0. The data set needs at least one training example before [`Trainer::step`].
    pub fn new(network: &Network, data: &Dataset, objective: Objective, recipe: Recipe, optim: Optim) -> Self {
        let mut trainer = Self {
            recipe,
            objective,
            optim,
            step: 0,
            examples_seen: 0,
            rate_factor: 1.0,
            epoch: 0,
            order: Vec::new(),
            position: 0,
            shards: Vec::new(),
            shard_len: 1,
            trainable: Vec::new(),
        };
        trainer.set_data(data);
        trainer.fit(network);
        trainer
    }

    /// Makes the buffers for this network and batch size.
    fn fit(&mut self, network: &Network) {
        self.shard_len = shard_len(network.param_len(), self.recipe.batch_len);
        let shards = self.recipe.batch_len.div_ceil(self.shard_len);
        self.shards = (0..shards).map(|_| Shard::new(network, self.shard_len, self.objective.task)).collect();
        self.trainable = network.trainable();
    }

    /// Changes what may be changed while training runs.
    pub fn set_recipe(&mut self, recipe: Recipe, network: &Network) {
        let batch_changed = recipe.batch_len != self.recipe.batch_len;
        self.recipe = recipe;
        if batch_changed {
            self.fit(network);
        }
    }

    /// Takes the training examples anew, in this epoch's order; the step and epoch counts go on.
    pub fn set_data(&mut self, data: &Dataset) {
        self.order = data.indices(Split::Train);
        self.position = 0;
        Rng::new(self.recipe.seed, Purpose::Shuffle, self.epoch).shuffle(&mut self.order);
    }

    /// Goes on with a changed network: the moments follow their parameters.
    pub fn follow(&mut self, network: &Network, remap: &Remap) {
        self.optim.carry(remap);
        self.fit(network);
    }

    /// Goes on with other pins or frozen blocks.
    pub fn retarget(&mut self, network: &Network) {
        self.trainable = network.trainable();
        if self.shards.iter().any(|shard| !shard.pass.serves(network)) {
            self.fit(network);
        }
    }

    /// Epochs done, with the part of the running one.
    pub fn epochs_done(&self) -> f64 {
        self.epoch as f64 + self.position as f64 / self.order.len().max(1) as f64
    }

    pub fn steps_per_epoch(&self) -> usize {
        self.order.len().div_ceil(self.recipe.batch_len)
    }

    /// Whether all epochs that were asked for are done.
    pub fn is_finished(&self) -> bool {
        0 < self.recipe.epochs && self.recipe.epochs <= self.epoch
    }

    /// The learning rate of the next step.
    pub fn learning_rate(&self) -> f32 {
        let total = self.recipe.epochs * self.steps_per_epoch() as u64;
        let mut schedule = self.recipe.schedule;
        if total != 0 {
            // A short run would be over before a long warm-up is.
            schedule.warmup_steps = schedule.warmup_steps.min(total / 10);
        }
        self.rate_factor * schedule.rate(self.recipe.learning_rate, self.step, total)
    }

    /// Counters of an earlier run, so that schedule and epochs go on from there.
    pub fn resume_at(&mut self, step: u64, epoch: u64, examples_seen: u64, data: &Dataset) {
        (self.step, self.epoch, self.examples_seen) = (step, epoch, examples_seen);
        self.set_data(data);
    }

    /// Whole epochs done.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// Bytes held by the buffers and the moments.
    pub fn bytes(&self) -> usize {
        let shard =
            |shard: &Shard| shard.pass.bytes() + 4 * (shard.grad.len() + shard.batch.x.len() + shard.seen.len());
        self.shards.iter().map(shard).sum::<usize>() + 4 * (self.optim.m.len() + self.optim.v.len())
    }

    /// One update on the next mini-batch.
    pub fn step(&mut self, network: &mut Network, data: &Dataset) -> Step {
        let examples = self.batch_len();
        assert!(0 < examples, "a step needs at least one training example");
        let used = examples.div_ceil(self.shard_len);
        self.learn(network, data, examples);
        let learning_rate = self.learning_rate();
        let loss = self.shards[..used].iter().map(|shard| shard.loss).sum::<f64>() / examples as f64;
        let gradient_norm = self.reduce(used);
        let applied = loss.is_finite() && gradient_norm.is_finite();
        if applied {
            self.update(network, learning_rate, gradient_norm);
        } else {
            self.rate_factor *= 0.5;
        }
        self.step += 1;
        self.examples_seen += examples as u64;
        self.position += examples;
        let ends_epoch = self.position == self.order.len();
        if ends_epoch {
            self.epoch += 1;
            self.set_data(data);
        }
        Step { examples, loss, gradient_norm, learning_rate, applied, ends_epoch }
    }

    /// Examples in the next mini-batch; the last of an epoch may be short.
    fn batch_len(&self) -> usize {
        self.recipe.batch_len.min(self.order.len() - self.position)
    }

    /// Forward and backward of every shard.
    fn learn(&mut self, network: &Network, data: &Dataset, examples: usize) {
        let batch = &self.order[self.position..][..examples];
        let (shard_len, objective) = (self.shard_len, self.objective);
        let seed = self.recipe.seed ^ self.step.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let mut work: Vec<_> = self.shards.iter_mut().zip(batch.chunks(shard_len)).collect();
        par::each(&mut work, |index, (shard, part)| {
            let call = Call { examples: part.len(), training: true, seed, first_example: index * shard_len };
            shard.learn(network, data, objective, part, examples, &call);
        });
    }

    /// Sums the gradients of the first `used` shards into the first one's, in order; returns the length of the sum.
    fn reduce(&mut self, used: usize) -> f64 {
        let pieces = pieces(&self.trainable);
        let (first, rest) = self.shards[..used].split_first_mut().expect("a batch has a shard");
        let mut work: Vec<_> = split(&mut first.grad, &pieces).into_iter().map(|grad| (grad, 0.0)).collect();
        par::each(&mut work, |index, (grad, square)| {
            for shard in rest.iter() {
                let other = &shard.grad[pieces[index].range.clone()];
                grad.iter_mut().zip(other).for_each(|(grad, other)| *grad += other);
            }
            // Lines of 16 in f32, their sums in f64: quick, and precise enough for a length.
            *square = grad.chunks(16).map(|line| f64::from(line.iter().map(|g| g * g).sum::<f32>())).sum();
        });
        work.iter().map(|(_, square)| square).sum::<f64>().sqrt()
    }

    /// One pass of the optimiser over everything that moves.
    fn update(&mut self, network: &mut Network, learning_rate: f32, gradient_norm: f64) {
        let pieces = pieces(&self.trainable);
        let grad = &self.shards[0].grad;
        let scale = self.optim.clip_scale(gradient_norm * gradient_norm);
        let step = self.optim.begin_step(learning_rate, scale);
        let weight_decay = self.optim.weight_decay;
        let theta = split(&mut network.theta, &pieces);
        let (m, v) = (split(&mut self.optim.m, &pieces), split(&mut self.optim.v, &pieces));
        let mut work: Vec<_> = theta.into_iter().zip(m).zip(v).collect();
        par::each(&mut work, |index, ((theta, m), v)| {
            let Trainable { range, decays } = &pieces[index];
            step.apply(theta, &grad[range.clone()], m, v, if *decays { weight_decay } else { 0.0 });
        });
    }

    /// dL/dtheta of the last step.
    pub fn gradient(&self) -> &[f32] {
        &self.shards[0].grad
    }
}

/// The runs of parameters that move, cut into pieces of at most [`PIECE`].
fn pieces(trainable: &[Trainable]) -> Vec<Trainable> {
    let cut = |run: &Trainable| {
        let Trainable { range: Range { start, end }, decays } = run.clone();
        (start..end).step_by(PIECE).map(move |from| Trainable { range: from..end.min(from + PIECE), decays })
    };
    trainable.iter().flat_map(cut).collect()
}

/// The pieces of something that runs parallel to theta; pieces past its end (moments that a method lacks) are empty.
fn split<'a>(mut values: &'a mut [f32], pieces: &[Trainable]) -> Vec<&'a mut [f32]> {
    let mut at = 0;
    let mut next = |piece: &Trainable| {
        let len = values.len();
        let _skipped = values.split_off_mut(..len.min(piece.range.start - at));
        let taken = values.split_off_mut(..values.len().min(piece.range.len()));
        at = piece.range.end;
        taken.unwrap_or_default()
    };
    pieces.iter().map(&mut next).collect()
}
