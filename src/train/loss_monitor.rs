//! Watching the losses: a run that leaves what it had learnt is told from one bad mini-batch.
//!
//! A spike is when every one of the last [`WINDOW`] losses is higher than `factor` times the mean of those before the
//! last sound state; a single hard mini-batch is none. So is a row of steps that could not be taken at all.
//! A network that knows its images by heart has losses that come and go by powers of ten: small ones are no spike.

use std::collections::VecDeque;

/// Losses that must all be high.
const WINDOW: usize = 16;
/// A loss up to this is nothing to go back from, however small those before were.
const HARMLESS: f64 = 1e-3;
/// Steps between two states that are kept.
const INTERVAL: u64 = 500;
/// A state is sound when the mean of the last losses is below so many times that of the state before.
const SOUND: f64 = 1.5;
/// So many steps in a row that were not taken.
const MOST_REFUSED: usize = 8;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LossMonitor {
    last: VecDeque<f64>,
    /// Mean loss up to the state that was kept last, and steps since then.
    sound: Option<f64>,
    since: u64,
    refused: usize,
}

/// What is to be done after a step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Alarm {
    None,
    /// All is well: this state is one to go back to.
    Keep,
    /// The lowest of the last losses, and the mean before.
    Spike {
        lowest: f64,
        before: f64,
    },
    Refused {
        steps: usize,
    },
}

impl LossMonitor {
    /// Looks at the loss of a step, `None` where it was not taken. A factor of 0 looks at nothing.
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
        self.last.pop_front();
        match self.sound {
            Some(before) if (factor * before).max(HARMLESS) < lowest => Alarm::Spike { lowest, before },
            Some(before) if self.since < INTERVAL || SOUND * before < mean => Alarm::None,
            _ => {
                (self.sound, self.since) = (Some(mean), 0);
                Alarm::Keep
            }
        }
    }

    /// The state that was kept is back; what came after it counts no more.
    pub fn rolled_back(&mut self) {
        (self.since, self.refused) = (0, 0);
        self.last.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alarms(losses: impl Iterator<Item = Option<f64>>) -> Vec<Alarm> {
        let mut watchdog = LossMonitor::default();
        losses.map(|loss| watchdog.look(loss, 5.0)).filter(|alarm| *alarm != Alarm::None).collect()
    }

    #[test]
    fn a_lasting_jump_is_a_spike_and_a_hard_mini_batch_is_none() {
        let calm = || (0..1100).map(|step| Some(0.1 + 0.01 * (step % 7) as f64));
        assert_eq!(alarms(calm()), [Alarm::Keep; 3]);
        let hard = calm().enumerate().map(|(n, loss)| if n % 9 == 8 { Some(99.0) } else { loss });
        assert_eq!(alarms(hard), [Alarm::Keep; 3]);
        let jump = calm().take(100).chain((0..16).map(|n| Some(2.0 + n as f64)));
        assert!(matches!(alarms(jump)[..], [Alarm::Keep, Alarm::Spike { lowest: 2.0, .. }]));
        // By heart, and a little less so.
        let knowing = (0..100).map(|_| Some(1e-9)).chain((0..40).map(|_| Some(5e-4)));
        assert_eq!(alarms(knowing), [Alarm::Keep]);
        // Four times as high is no spike, and no state to go back to.
        assert_eq!(alarms(calm().take(100).chain((0..900).map(|_| Some(0.4)))), [Alarm::Keep]);
    }

    #[test]
    fn steps_that_are_not_taken_are_waited_for_a_while() {
        let refused = |count| (0..40).map(|_| Some(0.1)).chain((0..count).map(|_| None)).chain([Some(0.1)]);
        assert_eq!(alarms(refused(7)), [Alarm::Keep]);
        assert_eq!(alarms(refused(20)), [Alarm::Keep, Alarm::Refused { steps: 8 }]);
    }
}
