//! The watchdog's alarms, carried out: the last sound weights come back and the rate is halved.

use super::Session;
use super::state::Snapshot;
use crate::progress::Progress;
use crate::recorder::EventKind;
use crate::train::{Alarm, LossMonitor, StepReport};
use crate::words::rate;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct DivergenceGuard {
    watchdog: LossMonitor,
    /// The last sound state, and the step it is of.
    sound: Option<Snapshot>,
}

impl Session {
    /// After every step.
    pub(super) fn guard_step(&mut self, step: &StepReport) {
        let loss = step.applied.then_some(step.loss);
        let why = match self.judge.guard.watchdog.look(loss, self.config.spike_factor()) {
            Alarm::None => return,
            Alarm::Keep => {
                self.judge.guard.sound = self.state(&Progress::default()).ok();
                return;
            }
            Alarm::Spike { lowest, before } => {
                let before = if before < 1e-3 { format!("{before:.1e}") } else { format!("{before:.4}") };
                format!("The loss jumped from {before} to at least {lowest:.4} in every step for a while")
            }
            Alarm::Refused { steps } => format!("{steps} steps in a row gave no finite number"),
        };
        let Some(sound) = self.judge.guard.sound.take() else { return };
        self.put_back(&sound);
        self.trainer.rate_factor *= 0.5;
        self.judge.guard.watchdog.went_back();
        let text = format!(
            "{why}; the weights are those of step {} again, and the learning rate is now {}",
            sound.position.step,
            rate(self.trainer.learning_rate().into())
        );
        self.judge.guard.sound = Some(sound);
        self.recorder.event(self.trainer.step, EventKind::Rollback, text);
    }
}
