//! How good a network is on examples it does not learn from, a slice at a time.

use super::Trainer;
use super::shard::Desk;
use crate::data::Dataset;
use crate::layer::Call;
use crate::metrics::{Evaluation, largest, psnr};
use crate::network::{Network, Task};
use crate::par;

/// An evaluation under way.
#[derive(Clone, Debug)]
pub struct Evaluator {
    examples: Vec<u32>,
    done: usize,
    loss: f64,
    /// Sum over the examples of 1 for a right class, or of the PSNR.
    score: f64,
}

impl Evaluator {
    pub fn new(examples: Vec<u32>) -> Self {
        Self { examples, done: 0, loss: 0.0, score: 0.0 }
    }

    pub fn is_done(&self) -> bool {
        self.done == self.examples.len()
    }

    /// Examples done and in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.examples.len())
    }

    /// The figures over the examples done so far.
    pub fn result(&self, task: Task) -> Evaluation {
        let mean = |sum: f64| if self.done == 0 { 0.0 } else { sum / self.done as f64 };
        let score = (0 < self.done).then(|| mean(self.score));
        Evaluation {
            examples: self.done,
            loss: mean(self.loss),
            accuracy: score.filter(|_| task == Task::Classifier),
            psnr: score.filter(|_| task == Task::Autoencoder),
        }
    }
}

impl Trainer {
    /// Evaluates the next examples: one shard of them for each shard there is.
    pub fn evaluate_some(&mut self, evaluator: &mut Evaluator, network: &Network, data: &Dataset) {
        let (plan, objective, desks) = (self.plan, self.objective, &self.desks);
        let rest = &evaluator.examples[evaluator.done..];
        let examples = &rest[..rest.len().min(plan.shard_len * plan.shards)];
        let mut work: Vec<_> = examples.chunks(plan.shard_len).map(|examples| (examples, 0.0, 0.0)).collect();
        par::each(&mut work, |_, (examples, loss, score)| {
            let call =
                Call { examples: examples.len(), training: false, seed: 0, first_example: 0, tiles: plan.together };
            let make = || Desk::new(network, plan.shard_len, objective.task);
            desks.lend(make, |desk| {
                desk.forward(network, data, examples, &call);
                let (y, shape) = (desk.pass.output(), network.output());
                *loss = objective.evaluate(y, shape, &desk.batch, 1.0, &mut []);
                *score = match objective.task {
                    Task::Classifier => y
                        .chunks_exact(shape.len())
                        .zip(&desk.batch.labels)
                        .filter(|&(y, &label)| largest(y) == label as usize)
                        .count() as f64,
                    Task::Autoencoder => {
                        let seen = &mut desk.seen[..y.len()];
                        objective.loss.predict(y, shape, seen);
                        let masks = desk.batch.mask.chunks_exact(shape.area()).map(Some).chain(std::iter::repeat(None));
                        let pairs = seen.chunks_exact(shape.len()).zip(desk.batch.x.chunks_exact(shape.len()));
                        pairs
                            .zip(masks)
                            .map(|((seen, x), mask)| psnr(seen, x, mask.unwrap_or(&[]), shape.channels))
                            .sum()
                    }
                };
            });
        });
        evaluator.done += examples.len();
        evaluator.loss += work.iter().map(|(_, loss, _)| loss).sum::<f64>();
        evaluator.score += work.iter().map(|(_, _, score)| score).sum::<f64>();
    }

    /// Evaluates all of these examples.
    pub fn evaluate(&mut self, examples: Vec<u32>, network: &Network, data: &Dataset) -> Evaluation {
        let mut evaluator = Evaluator::new(examples);
        par::together(|| {
            while !evaluator.is_done() {
                self.evaluate_some(&mut evaluator, network, data);
            }
        });
        evaluator.result(self.objective.task)
    }
}
