//! The largest curvature of the loss on a mini-batch, and the rate up to which steps are stable there.
//!
//! Power iteration finds the direction v in which the loss bends most, and by how much, lambda:
//!
//! ```text
//! v <- H v / |H v|,  lambda = |H v|,  H v = (g(theta + e v) - g(theta - e v)) / 2e
//! ```
//! A plain step of rate r multiplies the distance from the bottom by 1 - r lambda, so it leads away above 2 / lambda; with
//! momentum mu above 2 (1 + mu) / lambda. Adam divides by P = sqrt v^ + eps, so H is P^-1/2 H P^-1/2, and the bound is
//! 2 (1 + b1) / (1 - b1) / lambda (Cohen et al. 2022, <https://arxiv.org/abs/2207.14484>). A gradient is what a plain
//! step of the trainer takes from theta, so everything that trains counts as it does in training.

use super::shard::Objective;
use super::step_report::TrainerPosition;
use super::train_config::TrainConfig;
use super::trainer::Trainer;
use crate::data::Dataset;
use crate::error::Result;
use crate::network::Network;
use crate::optim::{Method, Optim};
use crate::rng::{Purpose, Rng};
use crate::schedule::Schedule;

/// Length of the steps by which theta is moved, as a share of its own.
const MOVE: f32 = 0.01;
/// Rate of the steps that show gradients: large, so that the difference of thetas keeps their digits.
const RATE: f32 = 64.0;

pub struct Curvature {
    network: Network,
    trainer: Trainer,
    position: TrainerPosition,
    theta: Vec<f32>,
    /// P^-1/2 for each parameter; 0 where it has no moments yet.
    scale: Vec<f32>,
    direction: Vec<f32>,
    /// Factor of the rate at the bound.
    bound: f64,
    lambda: f64,
}

impl Curvature {
    /// `None` for a network that makes its own connections, which a step may change, and for Adam before its first step.
    pub fn new(
        network: Network,
        data: &Dataset,
        objective: Objective,
        config: TrainConfig,
        optim: &Optim,
    ) -> Option<Self> {
        if network.structure().is_some() {
            return None;
        }
        let (bound, scale) = match optim.method {
            Method::Sgd { momentum } => (2.0 * (1.0 + f64::from(momentum)), vec![1.0; network.param_len()]),
            Method::Adam { .. } | Method::AdamW { .. } if optim.t == 0 => return None,
            Method::Adam { beta1, beta2, epsilon } | Method::AdamW { beta1, beta2, epsilon } => {
                let correction = 1.0 - f64::from(beta2).powf(optim.t as f64);
                let scale = |&v: &f32| match v {
                    0.0 => 0.0,
                    v => (1.0 / ((f64::from(v) / correction).sqrt() + f64::from(epsilon))).sqrt() as f32,
                };
                (f64::from(2.0 * (1.0 + beta1) / (1.0 - beta1)), optim.v.iter().map(scale).collect())
            }
        };
        let plain = Optim::new(Method::Sgd { momentum: 0.0 }, network.param_len());
        let config = TrainConfig { schedule: Schedule::CONSTANT, epochs: 0, learning_rate: RATE, ..config };
        let trainer = Trainer::new(&network, data, objective, config, plain);
        let position = trainer.position();
        let mut rng = Rng::new(config.seed, Purpose::Curvature, 0);
        let mut direction: Vec<f32> = (0..network.param_len()).map(|_| rng.range(-1.0, 1.0)).collect();
        scale_to(&mut direction, 1.0);
        Some(Self { theta: network.theta.clone(), network, trainer, position, scale, direction, bound, lambda: 0.0 })
    }

    /// One round of the power iteration.
    pub fn advance(&mut self, data: &Dataset) -> Result<()> {
        let moved = || self.direction.iter().zip(&self.scale).map(|(v, scale)| v * scale);
        let length = length(&mut moved());
        let by = (f64::from(MOVE) * self::length(&mut self.theta.iter().copied()).max(1.0) / length.max(1e-30)) as f32;
        let moved: Vec<f32> = moved().map(|v| by * v).collect();
        let ahead = self.gradient(&moved, 1.0, data)?;
        let behind = self.gradient(&moved, -1.0, data)?;
        for ((v, scale), (ahead, behind)) in
            self.direction.iter_mut().zip(&self.scale).zip(ahead.into_iter().zip(behind))
        {
            *v = scale * (ahead - behind) / (2.0 * by);
        }
        self.lambda = scale_to(&mut self.direction, 1.0);
        Ok(())
    }

    /// The gradient at theta moved to one side.
    fn gradient(&mut self, moved: &[f32], side: f32, data: &Dataset) -> Result<Vec<f32>> {
        let begin: Vec<f32> = self.theta.iter().zip(moved).map(|(theta, moved)| theta + side * moved).collect();
        self.network.theta.copy_from_slice(&begin);
        self.trainer.resume_at(self.position, data);
        self.trainer.prepare(data)?;
        self.trainer.step(&mut self.network, data);
        Ok(begin.iter().zip(self.network.theta.iter()).map(|(before, after)| (before - after) / RATE).collect())
    }

    /// The largest curvature found so far.
    pub fn lambda(&self) -> f64 {
        self.lambda
    }

    /// The rate up to which steps are stable; `None` where the loss is flat or no number.
    pub fn safe_rate(&self) -> Option<f64> {
        let rate = self.bound / self.lambda;
        (rate.is_finite() && 0.0 < rate).then_some(rate)
    }
}

fn length(values: &mut dyn Iterator<Item = f32>) -> f64 {
    values.map(|value| f64::from(value) * f64::from(value)).sum::<f64>().sqrt()
}

/// Gives a vector this length; returns its length before.
fn scale_to(values: &mut [f32], wanted: f64) -> f64 {
    let before = length(&mut values.iter().copied());
    if 0.0 < before && before.is_finite() {
        values.iter_mut().for_each(|value| *value = (f64::from(*value) * wanted / before) as f32);
    }
    before
}
