//! The range test: a copy of the network learns with a rate that grows from step to step, and the loss tells which rate
//! is good (Smith 2015, <https://arxiv.org/abs/1506.01186>).
//!
//! The rate grows by the same factor each step; the losses are smoothed, debiased, over some ten steps. The proposal is
//! the rate where the smoothed loss falls fastest. The session itself is only read, so nothing is left of it.

use serde::Serialize;

use super::Session;
use crate::data::Dataset;
use crate::error::Result;
use crate::network::Network;
use crate::schedule::Schedule;
use crate::train::{Recipe, Trainer};

/// First and last rate, and steps from one to the other.
const RATES: (f64, f64) = (1e-6, 10.0);
const STEPS: usize = 140;
/// Share of the earlier losses in a smoothed one.
const SMOOTHING: f64 = 0.9;
/// The test ends where the smoothed loss is so many times the lowest.
const DIVERGED: f64 = 4.0;
/// Steps on both sides over which the slope is measured.
const SIDE: usize = 4;

pub(super) struct Range {
    network: Network,
    trainer: Trainer,
    /// The smoothed loss before it is debiased.
    sum: f64,
    lowest: f64,
    pub found: RangeTest,
}

/// Loss against rate.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct RangeTest {
    pub rates: Vec<f64>,
    pub losses: Vec<f64>,
    pub smoothed: Vec<f64>,
    /// The rate to take; `None` where the loss falls nowhere, or while the test goes on.
    pub proposal: Option<f64>,
}

impl Range {
    pub fn new(session: &Session) -> Result<Self> {
        session.check_can_train()?;
        let network = session.network.clone();
        let recipe = Recipe { schedule: Schedule::CONSTANT, epochs: 0, ..session.trainer.recipe };
        let optim = session.trainer.optim.clone();
        let trainer = Trainer::new(&network, &session.data, session.objective, recipe, optim);
        Ok(Self { network, trainer, sum: 0.0, lowest: f64::INFINITY, found: RangeTest::default() })
    }

    /// Steps done and in all.
    pub fn progress(&self) -> (usize, usize) {
        (self.found.rates.len(), STEPS)
    }

    /// One step; tells whether there is another.
    pub fn advance(&mut self, data: &Dataset) -> Result<bool> {
        let done = self.found.rates.len();
        let (from, to) = RATES;
        let rate = from * (to / from).powf(done as f64 / (STEPS - 1) as f64);
        self.trainer.recipe.learning_rate = rate as f32;
        self.trainer.prepare(data)?;
        let step = self.trainer.step(&mut self.network, data);
        if step.applied {
            self.sum = SMOOTHING * self.sum + (1.0 - SMOOTHING) * step.loss;
            let smoothed = self.sum / (1.0 - SMOOTHING.powi(done as i32 + 1));
            self.lowest = self.lowest.min(smoothed);
            self.found.rates.push(rate);
            self.found.losses.push(step.loss);
            self.found.smoothed.push(smoothed);
            if smoothed <= DIVERGED * self.lowest && done + 1 < STEPS {
                return Ok(true);
            }
        }
        self.found.proposal = self.found.steepest();
        Ok(false)
    }
}

impl RangeTest {
    /// The rate at which the smoothed loss falls fastest, before its lowest place.
    fn steepest(&self) -> Option<f64> {
        let lowest = (0..self.smoothed.len()).min_by(|&a, &b| self.smoothed[a].total_cmp(&self.smoothed[b]))?;
        let fall = |at: usize| self.smoothed[at - SIDE] - self.smoothed[(at + SIDE).min(self.smoothed.len() - 1)];
        let steepest = (SIDE..lowest).max_by(|&a, &b| fall(a).total_cmp(&fall(b)))?;
        (0.0 < fall(steepest)).then(|| self.rates[steepest])
    }
}

impl Session {
    /// How the last range test of this network went, or how far it is.
    pub fn range_test(&self) -> Option<&RangeTest> {
        match &self.desk.job {
            Some(super::job::Job::Range(range)) => Some(&range.found),
            _ => self.desk.range.as_ref(),
        }
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
        let test = RangeTest { rates: rates.clone(), smoothed, ..RangeTest::default() };
        assert_eq!(test.steepest(), Some(rates[50]));
        let rising = RangeTest { smoothed: (0..100).map(f64::from).collect(), rates, ..RangeTest::default() };
        assert_eq!(rising.steepest(), None);
        assert_eq!(RangeTest::default().steepest(), None);
    }
}
