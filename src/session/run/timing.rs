//! Durations of training, in milliseconds.

use super::step_cost::StepCost;

#[derive(Clone, Copy, Debug, Default)]
pub struct Timing {
    /// Smoothed over some twenty steps; 0 before the first.
    pub step: f64,
    /// Examples in a step, smoothed likewise.
    pub step_examples: f64,
    /// Steps and evaluation of the current epoch, and of the last whole one.
    pub epoch: f64,
    pub last_epoch: f64,
    /// All training, without pauses.
    pub total: f64,
    /// What an edge costs, of a network that makes its own.
    pub cost: StepCost,
}

/// Share of a new duration in the smoothed one.
const SMOOTHING: f64 = 0.1;

impl Timing {
    pub fn step(&mut self, milliseconds: f64, examples: usize) {
        let share = if self.step == 0.0 { 1.0 } else { SMOOTHING };
        self.step += share * (milliseconds - self.step);
        self.step_examples += share * (examples as f64 - self.step_examples);
        self.spend(milliseconds);
    }

    pub fn spend(&mut self, milliseconds: f64) {
        self.epoch += milliseconds;
        self.total += milliseconds;
    }

    pub fn end_epoch(&mut self) {
        self.last_epoch = std::mem::take(&mut self.epoch);
    }
}
