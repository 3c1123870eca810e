//! The head of a base for few images, fitted in one step: multinomial logistic regression on the features below it, with an L2
//! penalty, to convergence.
//!
//! With u = (x - mean of each feature) / deviation of all features together, the minimum of
//! `1/n sum of w[label] cross-entropy(W u + b) + penalty / 2 |W|^2` is found by L-BFGS; then W and b are written for x itself.
//! `penalty` is 10 / n (C = 0.1): there are more features than images. Shapes: x `[n, features]`, W `[classes, features]`, b `[classes]`.

use super::features::FeatureSource;
use super::lbfgs::minimise;
use super::shard::Workspace;
use super::step_report::StepReport;
use super::trainer::Trainer;
use crate::data::{Batch, Dataset, Split};
use crate::error::Result;
use crate::kernels::gemm::{self, Into};
use crate::layer::{Call, LOOK};
use crate::loss::Loss;
use crate::metrics::largest;
use crate::network::{Network, Pass, Task};
use crate::par;

/// Norm of the gradient at which the fit has converged, and most of its steps.
const TOLERANCE: f64 = 1e-5;
const MOST_STEPS: usize = 500;
/// The penalty on the squares of the weights, as much as that of so many images.
const PENALTY: f64 = 10.0;
/// Most features of all examples together: 1 GiB.
const MOST_FEATURES: usize = 1 << 28;

impl Trainer {
    /// Whether [`Trainer::fit_head`] can be called: the last layer of a classifier is dense and reads a stem, everything that
    /// it reads is frozen, and all numbers that it reads fit into memory.
    pub fn can_fit_head(&self, network: &Network) -> bool {
        let (blocks, last) = (network.blocks(), network.blocks().len() - 1);
        let is_head = blocks[last]
            .layer
            .speed()
            .as_matrix()
            .is_some_and(|(_, features)| features.saturating_mul(self.order.len()) <= MOST_FEATURES);
        is_head
            && self.objective.task == Task::Classifier
            && self.objective.loss == Loss::CrossEntropy
            && self.stem.is_some()
            && network.learns_from() == blocks[last].params.start
            && network.pins().is_empty()
    }

    /// Computes the features of some more training examples, a few for each thread. Returns how many are there, and how many
    /// there are to be; as many as that where no more can be kept.
    pub fn read_features(&self, network: &Network, data: &Dataset) -> Result<(usize, usize)> {
        let examples = data.indices(Split::Train);
        let Some(stem) = &self.stem else { return Ok((examples.len(), examples.len())) };
        let missing = self.features.missing(&examples);
        let next = &missing[..missing.len().min(stem.together(network) * par::threads())];
        let source = FeatureSource { network, stem, data, chance: None };
        let watched = self.watched(network, next.len(), 1);
        drop(self.features.rows(source, next, self.config.feature_memory, watched)?);
        let left = self.features.missing(&examples).len();
        let done = examples.len() - left;
        Ok(if left == missing.len() { (examples.len(), examples.len()) } else { (done, examples.len()) })
    }

    /// Fits the last layer to all training examples, which counts as a step and an epoch. Images are not changed by chance for
    /// it. Fails if it is cancelled; then nothing has changed.
    ///
    /// # Panics
    /// Unless [`Trainer::can_fit_head`].
    pub fn fit_head(&mut self, network: &mut Network, data: &Dataset) -> Result<StepReport> {
        assert!(self.can_fit_head(network), "the last layer alone must learn");
        let examples = data.indices(Split::Train);
        let last = network.blocks().len() - 1;
        let (classes, features) = network.blocks()[last].layer.speed().as_matrix().expect("a dense layer");
        let mut x = self.head_inputs(network, data, &examples)?;
        let (means, deviation) = standardise(&mut x, features);
        let labels: Vec<u32> = examples.iter().map(|&example| data.labels[example as usize]).collect();
        let problem = Regression { x, labels, weights: &self.weights, classes, features };
        let mut theta = vec![0.0; classes * (features + 1)];
        let mut room = Room::default();
        let found =
            minimise(&mut theta, TOLERANCE, MOST_STEPS, |theta, gradient| problem.evaluate(theta, gradient, &mut room));
        let (loss, correct) = (room.loss, room.correct);
        let place = network.blocks()[last].params.clone();
        write(&theta, &means, deviation, &mut network.theta[place]);
        let learning_rate = self.learning_rate();
        self.step += 1;
        self.examples_seen += examples.len() as u64;
        self.epoch += 1;
        self.begin_epoch(data);
        Ok(StepReport {
            examples: examples.len(),
            loss,
            accuracy: Some(correct as f32 / examples.len() as f32),
            gradient_norm: found.gradient,
            learning_rate,
            applied: true,
            ends_epoch: true,
            structure: None,
            exchange: None,
        })
    }

    /// What the last layer reads of each example.
    fn head_inputs(&self, network: &Network, data: &Dataset, examples: &[u32]) -> Result<Vec<f32>> {
        let below = network.blocks()[network.blocks().len() - 1].inputs[0];
        let len = network.shape(below).len();
        let stem = self.stem.as_ref().expect("the head reads a stem");
        let mut x = vec![0.0; examples.len() * len];
        let at_once = self.plan.shard_len * self.plan.shards;
        for (examples, x) in examples.chunks(at_once).zip(x.chunks_mut(at_once * len)) {
            let source = FeatureSource { network, stem, data, chance: None };
            let watched = self.watched(network, examples.len(), 1);
            let rows = self.features.rows(source, examples, self.config.feature_memory, watched)?;
            let part = examples.len().div_ceil(2 * par::threads());
            let mut work: Vec<_> = examples.chunks(part).zip(x.chunks_mut(part * len)).collect();
            par::each(&mut work, |_, (examples, x)| {
                let rows: Vec<&[f32]> = examples.iter().map(|&example| rows.of(example)).collect();
                let pass = Pass::above_stem(network, stem, examples.len());
                let mut workspace = Workspace { batch: Batch::default(), pass, seen: Vec::new() };
                let call = Call { examples: examples.len(), ..LOOK };
                workspace.forward_above(network, stem, data, (examples, &rows), &call);
                x.copy_from_slice(workspace.pass.values(below));
            });
        }
        Ok(x)
    }
}

/// Turns x `[n, features]` into u; returns the means and the deviation. A deviation for each feature would give great weight to
/// those that hardly ever move.
fn standardise(x: &mut [f32], features: usize) -> (Vec<f64>, f64) {
    let n = (x.len() / features) as f64;
    let mut means = vec![0.0; features];
    for row in x.chunks_exact(features) {
        means.iter_mut().zip(row).for_each(|(mean, &x)| *mean += f64::from(x) / n);
    }
    let mut squares = 0.0;
    for row in x.chunks_exact_mut(features) {
        for (x, mean) in row.iter_mut().zip(&means) {
            *x = (f64::from(*x) - mean) as f32;
            squares += f64::from(*x).powi(2);
        }
    }
    // Features that never change say nothing, whatever they are divided by.
    let deviation = if squares == 0.0 { 1.0 } else { (squares / x.len() as f64).sqrt() };
    x.iter_mut().for_each(|x| *x = (f64::from(*x) / deviation) as f32);
    (means, deviation)
}

/// Writes W, then b, for x itself.
fn write(theta: &[f64], means: &[f64], deviation: f64, head: &mut [f32]) {
    let (classes, features) = (theta.len() / (means.len() + 1), means.len());
    let (w, b) = theta.split_at(classes * features);
    let (to_w, to_b) = head.split_at_mut(classes * features);
    let rows = w.chunks_exact(features).zip(to_w.chunks_exact_mut(features));
    for ((w, to_w), (b, to_b)) in rows.zip(b.iter().zip(to_b)) {
        to_w.iter_mut().zip(w).for_each(|(to_w, w)| *to_w = (w / deviation) as f32);
        let shift: f64 = w.iter().zip(means).map(|(w, mean)| w / deviation * mean).sum();
        *to_b = (b - shift) as f32;
    }
}

/// The function that the fit minimises.
struct Regression<'a> {
    x: Vec<f32>,
    labels: Vec<u32>,
    /// The weight of an example of each class; empty if all count alike.
    weights: &'a [f32],
    classes: usize,
    features: usize,
}

/// Working memory of an evaluation, and what it found besides the value.
#[derive(Default)]
struct Room {
    theta: Vec<f32>,
    /// Logits, then dL/dlogits `[n, classes]`.
    logits: Vec<f32>,
    gradient: Vec<f32>,
    scratch: Vec<f32>,
    /// Mean cross-entropy without weights and penalty, and the number of examples that are right.
    loss: f64,
    correct: usize,
}

impl Regression<'_> {
    fn evaluate(&self, theta: &[f64], gradient: &mut [f64], room: &mut Room) -> f64 {
        let &Self { classes, features, weights, .. } = self;
        let n = self.labels.len();
        let Room { theta: single, logits, gradient: dw, scratch, loss, correct } = room;
        single.clear();
        single.extend(theta.iter().map(|&value| value as f32));
        let (w, b) = single.split_at(classes * features);
        logits.resize(n * classes, 0.0);
        gemm::nt((n, features, classes), &self.x, w, b, logits, scratch, true);
        let mut value = 0.0;
        let mut bias_gradient = vec![0.0; classes];
        (*loss, *correct) = (0.0, 0);
        for (logits, &label) in logits.chunks_exact_mut(classes).zip(&self.labels) {
            let label = label as usize;
            let named = largest(logits);
            let most = f64::from(logits[named]);
            let sum: f64 = logits.iter().map(|&logit| (f64::from(logit) - most).exp()).sum();
            let of_example = most + sum.ln() - f64::from(logits[label]);
            let weight = f64::from(weights.get(label).copied().unwrap_or(1.0)) / n as f64;
            (*loss, *correct) = (*loss + of_example / n as f64, *correct + usize::from(named == label));
            value += weight * of_example;
            for (class, logit) in logits.iter_mut().enumerate() {
                let share = (f64::from(*logit) - most).exp() / sum - f64::from(u8::from(class == label));
                bias_gradient[class] += weight * share;
                *logit = (weight * share) as f32;
            }
        }
        dw.resize(classes * features, 0.0);
        gemm::tn((classes, n, features), logits, &self.x, dw, Into::Set, scratch, true);
        let penalty = PENALTY / n as f64;
        let of_weights = theta.iter().zip(dw.iter()).map(|(&w, &dw)| f64::from(dw) + penalty * w);
        gradient.iter_mut().zip(of_weights.chain(bias_gradient)).for_each(|(gradient, value)| *gradient = value);
        value + 0.5 * penalty * theta[..classes * features].iter().map(|w| w * w).sum::<f64>()
    }
}
