//! Watches the losses of the steps for divergence.
//!
//! A spike means that each of the last [`WINDOW`] losses is higher than `factor` times the mean loss before the last
//! sound state, so a single hard mini-batch is not a spike. A row of steps that could not be applied is an alarm as
//! well. A network that has memorised its images has losses that rise and fall by powers of ten, so small losses are
//! never a spike.

use std::collections::VecDeque;

/// Losses in a row that must be high.
const WINDOW: usize = 16;
/// Losses up to this are harmless, however small those before were.
const HARMLESS: f64 = 1e-3;
/// Least number of steps between two kept states.
const INTERVAL: u64 = 500;
/// A state is sound if the mean of the last losses is below this many times the mean at the state before.
const SOUND: f64 = 1.5;
/// Steps in a row without a finite loss that raise an alarm.
const MOST_REFUSED: usize = 8;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LossMonitor {
    last: VecDeque<f64>,
    /// Mean loss at the last kept state, and steps since then.
    sound: Option<f64>,
    since: u64,
    refused: usize,
}

/// The action to take after a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Alarm {
    None,
    /// The state is sound and should be kept.
    Keep,
    /// The lowest of the last losses, and the mean at the last kept state.
    Spike {
        lowest: f64,
        before: f64,
    },
    Refused {
        steps: usize,
    },
}

impl LossMonitor {
    /// Checks the loss of a step, which is `None` if the step was not applied. A factor of 0 switches the monitor off.
    pub fn look(&mut self, loss: Option<f64>, factor: f64) -> Alarm {
        if factor == 0.0 {
            *self = Self::default();
            return Alarm::None;
        }
        self.since += 1;
        let Some(loss) = loss else {
            self.refused += 1;
            return if self.refused == MOST_REFUSED { Alarm::Refused { steps: self.refused } } else { Alarm::None };
        };
        self.refused = 0;
        self.last.push_back(loss);
        if self.last.len() < WINDOW {
            return Alarm::None;
        }
        let mean = self.last.iter().sum::<f64>() / WINDOW as f64;
        let lowest = self.last.iter().copied().fold(f64::INFINITY, f64::min);
        let late = self.last.iter().skip(WINDOW / 2).copied().fold(f64::INFINITY, f64::min);
        let first = self.last.pop_front().unwrap_or(mean);
        match self.sound {
            // A rate that is too high from the first step on.
            None if (factor * first).max(HARMLESS) < late => Alarm::Spike { lowest: late, before: first },
            Some(before) if (factor * before).max(HARMLESS) < lowest => Alarm::Spike { lowest, before },
            Some(before) if self.since < INTERVAL || SOUND * before < mean => Alarm::None,
            _ => {
                (self.sound, self.since) = (Some(mean), 0);
                Alarm::Keep
            }
        }
    }

    /// Forgets the losses since the kept state, to which training has returned.
    pub fn rolled_back(&mut self) {
        (self.since, self.refused) = (0, 0);
        self.last.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarms(losses: impl Iterator<Item = Option<f64>>) -> Vec<Alarm> {
        let mut monitor = LossMonitor::default();
        losses.map(|loss| monitor.look(loss, 5.0)).filter(|alarm| *alarm != Alarm::None).collect()
    }

    #[test]
    fn a_lasting_jump_is_a_spike_and_a_hard_mini_batch_is_none() {
        let calm = || (0..1100).map(|step| Some(0.1 + 0.01 * (step % 7) as f64));
        assert_eq!(alarms(calm()), [Alarm::Keep; 3]);
        let hard = calm().enumerate().map(|(n, loss)| if n % 9 == 8 { Some(99.0) } else { loss });
        assert_eq!(alarms(hard), [Alarm::Keep; 3]);
        let jump = calm().take(100).chain((0..16).map(|n| Some(2.0 + n as f64)));
        assert!(matches!(alarms(jump)[..], [Alarm::Keep, Alarm::Spike { lowest: 2.0, .. }]));
        // Memorised images, then slightly higher losses.
        let knowing = (0..100).map(|_| Some(1e-9)).chain((0..40).map(|_| Some(5e-4)));
        assert_eq!(alarms(knowing), [Alarm::Keep]);
        // Losses four times as high are not a spike, but not a sound state either.
        assert_eq!(alarms(calm().take(100).chain((0..900).map(|_| Some(0.4)))), [Alarm::Keep]);
    }

    #[test]
    fn losses_that_explode_from_the_first_step_on_are_a_spike() {
        let exploding = (0..16).map(|n| Some(2f64.powi(n)));
        assert!(matches!(alarms(exploding)[..], [Alarm::Spike { before: 1.0, .. }]));
    }

    #[test]
    fn steps_that_are_not_taken_are_waited_for_a_while() {
        let refused = |count| (0..40).map(|_| Some(0.1)).chain((0..count).map(|_| None)).chain([Some(0.1)]);
        assert_eq!(alarms(refused(7)), [Alarm::Keep]);
        assert_eq!(alarms(refused(20)), [Alarm::Keep, Alarm::Refused { steps: 8 }]);
    }
}
