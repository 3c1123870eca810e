//! Evaluation: scores a network on examples, each by itself, one slice at a time.

use std::borrow::Cow;
use std::sync::Arc;

use super::evaluation_buffers::EvaluationBuffers;
use super::features::FeatureSource;
use super::inversions::LetterPairs;
use super::shard::{Objective, Workspace};
use super::trainer::Trainer;
use crate::data::{Batch, Dataset, picture_as};
use crate::kernels::{elementwise, maths};
use crate::layer::Call;
use crate::metrics::{Calibration, Confusion, Evaluation, Prediction, Scored, largest, psnr, ssim};
use crate::network::{Network, Stem, Task};
use crate::par;
use crate::progress::Progress;
use crate::shape::Shape;

/// An evaluation in progress.
#[derive(Clone, Debug)]
pub struct Evaluator {
    examples: Vec<u32>,
    /// Scores of the examples that are done, in their order.
    scored: Vec<Scored>,
}

impl Evaluator {
    pub fn new(examples: Vec<u32>) -> Self {
        Self { examples, scored: Vec::new() }
    }

    pub fn is_done(&self) -> bool {
        self.scored.len() == self.examples.len()
    }

    /// Number of examples done, and of all.
    pub fn progress(&self) -> (usize, usize) {
        (self.scored.len(), self.examples.len())
    }

    /// The figures over the examples that are done.
    pub fn result(&self, data: &Dataset) -> Evaluation {
        evaluation(&self.scored, data)
    }

    /// The examples that are left.
    pub fn rest(&self) -> &[u32] {
        &self.examples[self.scored.len()..]
    }

    /// Takes the scores of the next examples.
    pub fn extend(&mut self, scored: Vec<Scored>) {
        self.scored.extend(scored);
    }

    pub fn into_scored(self) -> Vec<Scored> {
        self.scored
    }
}

/// The confusion matrix, by the current labels of the examples; `None` if no classes were predicted.
pub fn confusion(scored: &[Scored], data: &Dataset) -> Option<Confusion> {
    scored.first()?.predicted()?;
    let pairs = scored.iter().filter_map(|one| Some((*data.labels.get(one.example as usize)?, one.predicted()?)));
    Some(Confusion::new(data.classes.len(), pairs))
}

/// How sure and how right these predictions are, by the current labels of the examples.
pub fn calibration(scored: &[Scored], data: &Dataset) -> Calibration {
    Calibration::of(scored.iter().filter_map(|one| {
        let label = *data.labels.get(one.example as usize)?;
        Some((one.confidence()?, one.predicted()? == label))
    }))
}

/// The figures over these scores, by the current labels and numbers of the examples.
pub fn evaluation(scored: &[Scored], data: &Dataset) -> Evaluation {
    let examples = scored.iter().map(|one| one.example as usize);
    let values = (data.numbers.columns.len() * scored.len()).max(1) as f64;
    let spread = scored.first().and_then(Scored::mse).map(|_| data.numbers.spread(examples) / values);
    Evaluation::of(scored, confusion(scored, data).as_ref(), spread)
}

/// One example of a batch, with its output and a buffer for the output as people see it.
struct ExampleOutput<'a> {
    example: u32,
    y: &'a [f32],
    seen: &'a mut [f32],
    scored: Option<Scored>,
}

/// Larger buffers, in bytes, are released at the end of an evaluation.
const MOST_KEPT: usize = 16 << 20;

impl Trainer {
    /// Evaluates the next examples: as many as a batch has, in shards; none where the progress that [`Trainer::watch`] was
    /// given cancels it.
    pub fn evaluate_some(&self, evaluator: &mut Evaluator, network: &Network, data: &Dataset) {
        self.evaluate_watched(evaluator, network, data, self.config.feature_memory);
    }

    /// As [`Trainer::evaluate_some`], once and not after every epoch, so that no more features are kept, and by an earlier
    /// state of the network, in which other layers may have been frozen.
    pub fn evaluate_still(&self, evaluator: &mut Evaluator, network: &Network, data: &Dataset) {
        if self.stem == self.stem_of(network) {
            return self.evaluate_watched(evaluator, network, data, 0);
        }
        let (buffers, network) = (&mut EvaluationBuffers::default(), (network, None));
        let scored = self.evaluate_with(buffers, evaluator.rest(), network, data, 0, &None);
        evaluator.extend(scored);
    }

    fn evaluate_watched(&self, evaluator: &mut Evaluator, network: &Network, data: &Dataset, feature_memory: usize) {
        let examples = self.at_once(evaluator.rest());
        let watched = self.watched(network, examples, examples.div_ceil(self.plan.portion));
        self.evaluate_slice(evaluator, network, data, feature_memory, watched);
    }

    fn evaluate_slice(
        &self,
        evaluator: &mut Evaluator,
        network: &Network,
        data: &Dataset,
        feature_memory: usize,
        watched: Option<Arc<Progress>>,
    ) {
        self.evaluation.lend(EvaluationBuffers::default, |buffers| {
            let network = (network, self.stem.as_ref());
            let scored = self.evaluate_with(buffers, evaluator.rest(), network, data, feature_memory, &watched);
            if watched.is_none_or(|progress| progress.check().is_ok()) {
                evaluator.extend(scored);
            }
            if evaluator.is_done() && MOST_KEPT < buffers.bytes() {
                *buffers = EvaluationBuffers::default();
            }
        });
    }

    /// How many of the examples that are left are evaluated together.
    fn at_once(&self, rest: &[u32]) -> usize {
        rest.len().min(self.plan.shard_len * self.plan.shards)
    }

    fn evaluate_with(
        &self,
        buffers: &mut EvaluationBuffers,
        rest: &[u32],
        (network, stem): (&Network, Option<&Stem>),
        data: &Dataset,
        feature_memory: usize,
        watched: &Option<Arc<Progress>>,
    ) -> Vec<Scored> {
        let (plan, objective, pipeline) = (self.plan, self.objective, &self.config.pipeline);
        let EvaluationBuffers { prepared, workspaces, scratch } = buffers;
        let is_used = |block: usize| !stem.is_some_and(|stem| stem.is_settled(block));
        let prepared = prepared.make(network, plan, is_used, 0.0, scratch);
        let pairs = LetterPairs { partners: &self.partners, ..LetterPairs::NONE };
        let workspaces = &*workspaces;
        let examples = &rest[..self.at_once(rest)];
        let features_of = |stem| {
            let source = FeatureSource { network, stem, data, chance: None };
            self.features.rows(source, examples, feature_memory, watched.clone())
        };
        let features = match stem.map(features_of) {
            Some(Err(_)) => return Vec::new(), // cancelled
            Some(Ok(features)) => Some(features),
            None => {
                data.prepare(rest, examples.len()).ok(); // Dataset::check_read reports read errors
                None
            }
        };
        let mut work: Vec<_> = examples.chunks(plan.portion).map(|examples| (examples, Vec::new())).collect();
        par::each(&mut work, |_, (examples, scored)| {
            let call = Call {
                examples: examples.len(),
                training: false,
                seed: 0,
                first_example: 0,
                tiles: plan.together,
                prepared,
            };
            let make = || Workspace::forward_only(network, stem, plan.portion, objective.task);
            workspaces.lend(make, |workspace| {
                workspace.pass.watch(watched.clone());
                if let (Some(stem), Some(features)) = (stem, &features) {
                    let rows: Vec<&[f32]> = examples.iter().map(|&example| features.of(example)).collect();
                    workspace.forward_above(network, stem, data, (examples, &rows), &call);
                } else {
                    workspace.forward(network, data, pipeline, examples, pairs, &call);
                }
                let Workspace { batch, pass, seen } = workspace;
                let shape = network.output();
                let outputs = pass.output().chunks_exact(shape.len());
                let pictured = objective.task.picture_of(network).unwrap_or(shape);
                let mut seen = seen.chunks_exact_mut(pictured.len());
                let output =
                    |(y, &example)| ExampleOutput { example, y, seen: seen.next().unwrap_or_default(), scored: None };
                let mut outputs: Vec<ExampleOutput> = outputs.zip(*examples).map(output).collect();
                par::each(&mut outputs, |number, output| {
                    output.scored = Some(score(objective, [shape, pictured], batch, number, output));
                });
                scored.extend(outputs.into_iter().filter_map(|output| output.scored));
            });
        });
        work.into_iter().flat_map(|(_, scored)| scored).collect()
    }

    /// The figures of these examples.
    pub fn evaluate(&self, examples: Vec<u32>, network: &Network, data: &Dataset) -> Evaluation {
        self.evaluated(examples, network, data).result(data)
    }

    /// The scores of these examples.
    pub fn scores(&self, examples: Vec<u32>, network: &Network, data: &Dataset) -> Vec<Scored> {
        self.evaluated(examples, network, data).into_scored()
    }

    fn evaluated(&self, examples: Vec<u32>, network: &Network, data: &Dataset) -> Evaluator {
        let mut evaluator = Evaluator::new(examples);
        par::together(|| {
            while !evaluator.is_done() {
                self.evaluate_slice(&mut evaluator, network, data, self.config.feature_memory, None);
            }
        });
        evaluator
    }
}

/// The score of one example of a batch.
fn score(
    objective: Objective,
    [shape, pictured]: [Shape; 2],
    batch: &Batch,
    number: usize,
    output: &mut ExampleOutput,
) -> Scored {
    let ExampleOutput { example, y, seen, .. } = output;
    let prediction = match objective.task {
        Task::Classifier => {
            let predicted = largest(y);
            let sum: f32 = y.iter().map(|logit| maths::exp(logit - y[predicted])).sum();
            Prediction::Class { predicted: predicted as u32, confidence: 1.0 / sum }
        }
        Task::Regressor => {
            let expected = &batch.numbers[number * y.len()..][..y.len()];
            let count = y.len() as f64;
            let mse = elementwise::sum_of_two(y, expected, |y, t| (y - t) * (y - t)) / count;
            let mae = elementwise::sum_of_two(y, expected, |y, t| (y - t).abs()) / count;
            Prediction::Numbers { mse: mse as f32, mae: mae as f32 }
        }
        Task::Autoencoder => {
            objective.loss.predict(y, shape, seen);
            picture(seen, shape, [&batch.x, &batch.mask], number, None)
        }
        Task::ImageToImage | Task::MakeLowercase | Task::MakeUppercase => {
            objective.loss.predict(&y[..pictured.len()], pictured, seen);
            let input = batch.shape;
            // A shape that no image has has no baseline.
            let identity = picture_as(&batch.x[number * input.len()..][..input.len()], input, pictured).ok();
            picture(seen, pictured, [&batch.target.y, &batch.target.mask], number, identity)
        }
    };
    Scored { example: *example, loss: objective.evaluate_part(y, shape, batch, number, 1.0, &mut []), prediction }
}

/// The score of an output as people see it against the target `number` of a batch, given as pixels and mask; `identity` is
/// the input in the shape of the output.
fn picture(
    seen: &[f32],
    shape: Shape,
    [targets, masks]: [&[f32]; 2],
    number: usize,
    identity: Option<Cow<[f32]>>,
) -> Prediction {
    let target = &targets[number * shape.len()..][..shape.len()];
    let mask = masks.get(number * shape.area()..(number + 1) * shape.area()).unwrap_or(&[]);
    let of = |picture: &[f32]| psnr(picture, target, mask, shape.channels) as f32;
    let identity = identity.map(|identity| of(&identity));
    Prediction::Picture { psnr: of(seen), ssim: ssim(seen, target, mask, shape) as f32, identity }
}
