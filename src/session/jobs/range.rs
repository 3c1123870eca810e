//! The range test: trains a copy of the network with a learning rate that grows from step to step, and finds a good
//! rate from the losses (Smith 2015, <https://arxiv.org/abs/1506.01186>).
//!
//! The rate grows by the same factor in each step. Losses are smoothed over some ten steps and debiased. The first
//! rates are too small to change anything, so their losses give the level and the noise from batch to batch. The
//! proposal is the rate at which the smoothed loss falls fastest, if it falls by more than the noise. Beside it stands the
//! rate up to which steps are stable by the curvature where the network is now. The session is only read.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job::{Job, JobContext, JobRequest};
use crate::error::Result;
use crate::network::Network;
use crate::par;
use crate::schedule::Schedule;
use crate::train::{Curvature, TrainConfig, Trainer};

/// First and last rate, and the number of steps between them.
const RATES: (f64, f64) = (1e-6, 10.0);
const STEPS: usize = 140;
/// Rounds in which the curvature is found.
const ROUNDS: usize = 10;
/// Weight of the earlier losses in a smoothed one.
const SMOOTHING: f64 = 0.9;
/// Steps at rates (up to some 0.00001) that change nothing visible.
const STILL: usize = 20;
/// The test ends when the smoothed loss is this many times the lowest, and above the losses of the first rates.
const DIVERGED: f64 = 4.0;
/// A smoothed loss counts as lower than the level if it is below it by more than this many standard deviations of a
/// single loss. Its own deviation is about a quarter of that of a single loss.
const CLEAR: f64 = 0.75;
/// Steps on each side over which the slope is measured.
const SIDE: usize = 4;

/// Requests a learning rate.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct FindRange {}

pub struct RangeSearch {
    network: Network,
    trainer: Trainer,
    curvature: Option<Curvature>,
    /// Rounds of the curvature that are left.
    rounds: usize,
    /// The smoothed loss before debiasing.
    sum: f64,
    lowest: f64,
    pub found: RangeTest,
}

/// Losses against rates.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RangeTest {
    pub rates: Vec<f64>,
    pub losses: Vec<f64>,
    pub smoothed: Vec<f64>,
    /// The proposed rate; `None` if the loss falls nowhere, or while the test is running.
    pub proposal: Option<f64>,
    /// The rate up to which steps are stable; `None` if it is not known.
    pub safe: Option<f64>,
}

impl JobRequest for FindRange {
    const KIND: &'static str = "range";
    type Job = RangeSearch;

    fn begin(self, at: &mut JobContext) -> Result<RangeSearch> {
        let (run, data, progress) = (at.viewer.run, at.viewer.data, at.progress);
        run.check_can_train(data)?;
        let learner = run.supervised()?;
        let (network, optim) = (learner.network(), &learner.trainer().optim);
        progress.expect(2 * network.param_len() + optim.m.len() + optim.v.len());
        let (network, optim) = (network.copied(progress)?, optim.copied(progress)?);
        let config = TrainConfig { schedule: Schedule::CONSTANT, epochs: 0, ..learner.trainer().config };
        let curvature = Curvature::new(network.copied(progress)?, data, run.objective(), config, &optim);
        let trainer = Trainer::new(&network, data, run.objective(), config, optim);
        let rounds = if curvature.is_some() { ROUNDS } else { 0 };
        let found = RangeTest::default();
        Ok(RangeSearch { network, trainer, curvature, rounds, sum: 0.0, lowest: f64::INFINITY, found })
    }
}

impl Job for RangeSearch {
    fn progress(&self) -> (usize, usize) {
        (self.found.rates.len() + ROUNDS - self.rounds, STEPS + ROUNDS)
    }

    fn result(&self) -> Value {
        json!(self.found)
    }

    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        let Some(curvature) = self.curvature.as_mut().filter(|_| 0 < self.rounds) else {
            return par::together(|| self.step(at));
        };
        par::together(|| curvature.advance(at.viewer.data))?;
        self.rounds -= 1;
        self.found.safe = curvature.safe_rate();
        Ok(true)
    }
}

impl RangeSearch {
    /// Takes one training step at the next rate. Returns whether there is another.
    fn step(&mut self, at: &mut JobContext) -> Result<bool> {
        let data = at.viewer.data;
        let done = self.found.rates.len();
        let (from, to) = RATES;
        let rate = from * (to / from).powf(done as f64 / (STEPS - 1) as f64);
        self.trainer.config.learning_rate = rate as f32;
        self.trainer.prepare(data)?;
        let step = self.trainer.step(&mut self.network, data);
        if step.applied {
            self.sum = SMOOTHING * self.sum + (1.0 - SMOOTHING) * step.loss;
            let smoothed = self.sum / (1.0 - SMOOTHING.powi(done as i32 + 1));
            self.lowest = self.lowest.min(smoothed);
            self.found.rates.push(rate);
            self.found.losses.push(step.loss);
            self.found.smoothed.push(smoothed);
            let (level, deviation) = self.found.still();
            let has_diverged = STILL <= done && (DIVERGED * self.lowest).max(level + deviation) < smoothed;
            if !has_diverged && done + 1 < STEPS {
                return Ok(true);
            }
        }
        self.found.proposal = self.found.steepest();
        Ok(false)
    }
}

impl RangeTest {
    /// Mean and standard deviation of the losses at the first rates.
    fn still(&self) -> (f64, f64) {
        let first = &self.losses[..self.losses.len().min(STILL)];
        let count = first.len().max(1) as f64;
        let mean = first.iter().sum::<f64>() / count;
        (mean, (first.iter().map(|loss| (loss - mean).powi(2)).sum::<f64>() / count).sqrt())
    }

    /// The rate at which the smoothed loss falls fastest, before its lowest point.
    fn steepest(&self) -> Option<f64> {
        let (level, deviation) = self.still();
        let lowest = (0..self.smoothed.len()).min_by(|&a, &b| self.smoothed[a].total_cmp(&self.smoothed[b]))?;
        let fall = |at: usize| self.smoothed[at - SIDE] - self.smoothed[(at + SIDE).min(self.smoothed.len() - 1)];
        if level - CLEAR * deviation <= self.smoothed[lowest] {
            return None;
        }
        let steepest = (STILL..lowest).max_by(|&a, &b| fall(a).total_cmp(&fall(b)))?;
        (0.0 < fall(steepest)).then(|| self.rates[steepest])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steepest_place_is_proposed_and_none_where_nothing_falls() {
        let rates: Vec<f64> = (0..100).map(|n| 10f64.powf(n as f64 / 20.0 - 5.0)).collect();
        // Falls between the 40th and the 60th, fastest at the 50th, and grows from the 80th on.
        let fallen = |n: f64| 1.0 - 1.0 / (1.0 + (-(n - 50.0) / 4.0).exp()) + ((n - 80.0).max(0.0) / 4.0).powi(2);
        let smoothed: Vec<f64> = (0..100).map(|n| fallen(n as f64)).collect();
        let test = RangeTest { rates: rates.clone(), losses: smoothed.clone(), smoothed, ..RangeTest::default() };
        assert_eq!(test.steepest(), Some(rates[50]));
        let all: Vec<f64> = (0..100).map(f64::from).collect();
        let rising = RangeTest { rates: rates.clone(), losses: all.clone(), smoothed: all, ..RangeTest::default() };
        assert_eq!(rising.steepest(), None);
        // A wobble at rates that change nothing is not the steepest place.
        let wobbling: Vec<f64> = (0..100).map(|n| fallen(n as f64) + if n < 9 { 0.4 } else { 0.0 }).collect();
        let test =
            RangeTest { rates: rates.clone(), losses: wobbling.clone(), smoothed: wobbling, ..RangeTest::default() };
        assert_eq!(test.steepest(), Some(rates[50]));
        // The losses of a network that has converged: near zero, with a large one now and then.
        let losses: Vec<f64> = (0..100).map(|n| if n % 7 == 3 { 0.1 } else { 0.001 }).collect();
        let smoothed = losses
            .iter()
            .scan(0.015, |now, loss| {
                *now += 0.1 * (loss - *now);
                Some(*now)
            })
            .collect();
        assert_eq!(RangeTest { rates, losses, smoothed, ..RangeTest::default() }.steepest(), None);
        assert_eq!(RangeTest::default().steepest(), None);
    }
}
