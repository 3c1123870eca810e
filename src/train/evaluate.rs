//! How good a network is on examples it does not learn from, a slice at a time: every example has its own score.

use super::shard::{Objective, Workspace};
use super::{Trainer, shard};
use crate::data::{Batch, Dataset};
use crate::kernels::maths;
use crate::layer::Call;
use crate::metrics::{Confusion, Evaluation, Prediction, Scored, largest, psnr, ssim};
use crate::network::Network;
use crate::par;
use crate::shape::Shape;

/// An evaluation under way.
#[derive(Clone, Debug)]
pub struct Evaluator {
    examples: Vec<u32>,
    /// Of those that are done, in their order.
    scored: Vec<Scored>,
}

impl Evaluator {
    pub fn new(examples: Vec<u32>) -> Self {
        Self { examples, scored: Vec::new() }
    }

    pub fn is_done(&self) -> bool {
        self.scored.len() == self.examples.len()
    }

    /// Examples done and in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.scored.len(), self.examples.len())
    }

    /// The figures over the examples done so far.
    pub fn result(&self, data: &Dataset) -> Evaluation {
        Evaluation::of(&self.scored, confusion(&self.scored, data).as_ref())
    }

    pub fn into_scored(self) -> Vec<Scored> {
        self.scored
    }
}

/// Who was taken for whom, by the classes that the examples have now; `None` where none were named.
pub fn confusion(scored: &[Scored], data: &Dataset) -> Option<Confusion> {
    scored.first()?.named()?;
    let pairs = scored.iter().filter_map(|one| Some((*data.labels.get(one.example as usize)?, one.named()?)));
    Some(Confusion::new(data.classes.len(), pairs))
}

/// One example of a batch, with its output and room for what people see of it.
struct ExampleOutput<'a> {
    example: u32,
    y: &'a [f32],
    seen: &'a mut [f32],
    scored: Option<Scored>,
}

impl Trainer {
    /// Evaluates the next examples: one shard of them for each shard there is.
    pub fn evaluate_some(&mut self, evaluator: &mut Evaluator, network: &Network, data: &Dataset) {
        let (plan, objective, desks, feed) = (self.plan, self.objective, &self.desks, &self.recipe.feed);
        let prepared = self.prepared.make(network, plan, &self.scratch);
        let rest = &evaluator.examples[evaluator.scored.len()..];
        let examples = &rest[..rest.len().min(plan.shard_len * plan.shards)];
        data.prepare(rest, examples.len()).ok(); // what cannot be read is told by Dataset::check_read
        let mut work: Vec<_> = examples.chunks(plan.shard_len).map(|examples| (examples, Vec::new())).collect();
        par::each(&mut work, |_, (examples, scored)| {
            let call = Call {
                examples: examples.len(),
                training: false,
                seed: 0,
                first_example: 0,
                tiles: plan.together,
                prepared,
            };
            let make = || Workspace::new(network, plan.shard_len, objective.task);
            desks.lend(make, |desk| {
                desk.forward(network, data, feed, examples, &call);
                let shard::Workspace { batch, pass, seen } = desk;
                let shape = network.output();
                let outputs = pass.output().chunks_exact(shape.len());
                let mut seen = seen.chunks_exact_mut(shape.len());
                let sheet =
                    |(y, &example)| ExampleOutput { example, y, seen: seen.next().unwrap_or_default(), scored: None };
                let mut sheets: Vec<ExampleOutput> = outputs.zip(*examples).map(sheet).collect();
                par::each(&mut sheets, |number, sheet| {
                    sheet.scored = Some(score(objective, shape, batch, number, sheet));
                });
                scored.extend(sheets.into_iter().filter_map(|sheet| sheet.scored));
            });
        });
        work.into_iter().for_each(|(_, scored)| evaluator.scored.extend(scored));
    }

    /// Evaluates all of these examples.
    pub fn evaluate(&mut self, examples: Vec<u32>, network: &Network, data: &Dataset) -> Evaluation {
        let mut evaluator = Evaluator::new(examples);
        par::together(|| {
            while !evaluator.is_done() {
                self.evaluate_some(&mut evaluator, network, data);
            }
        });
        evaluator.result(data)
    }
}

/// The score of one example of a batch.
fn score(objective: Objective, shape: Shape, batch: &Batch, number: usize, sheet: &mut ExampleOutput) -> Scored {
    let ExampleOutput { example, y, seen, .. } = sheet;
    let target = objective.target(batch).of_examples(number, 1, shape);
    let verdict = if objective.loss.classifies() {
        let named = largest(y);
        let sum: f32 = y.iter().map(|logit| maths::exp(logit - y[named])).sum();
        Prediction::Class { named: named as u32, confidence: 1.0 / sum }
    } else {
        objective.loss.predict(y, shape, seen);
        let x = &batch.x[number * shape.len()..][..shape.len()];
        let mask = batch.mask.get(number * shape.area()..(number + 1) * shape.area()).unwrap_or(&[]);
        let psnr = psnr(seen, x, mask, shape.channels) as f32;
        Prediction::Picture { psnr, ssim: ssim(seen, x, mask, shape) as f32 }
    };
    Scored { example: *example, loss: objective.loss.evaluate(y, shape, &target, 1.0, &mut []), verdict }
}
