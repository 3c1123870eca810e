//! What the figures of an epoch lead to: the best weights are kept, the rate is lowered on a plateau, training stops
//! when nothing gets better.

use super::Session;
use super::guard::DivergenceGuard;
use super::timeline::Snapshots;
use crate::recorder::EventKind;
use crate::train::{BestEpoch, EarlyStopping, EpochVerdict};
use crate::words::rate;

#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct RunPolicy {
    pub patience: EarlyStopping,
    /// theta of the best epoch.
    pub best: Option<Vec<f32>>,
    pub guard: DivergenceGuard,
    pub timeline: Snapshots,
    /// It stands in for another one, which goes on where this was not replaced.
    pub stands_in: bool,
}

impl Session {
    /// The best epoch of this run so far, by the monitored figure.
    pub fn best(&self) -> Option<BestEpoch> {
        self.judge.patience.best().filter(|_| self.judge.best.is_some())
    }

    /// Judges the epoch that has just been measured; tells why training is over where it is.
    pub(super) fn judge_epoch(&mut self) -> Option<String> {
        self.keep_moment();
        let (name, figure) = self.monitored()?;
        let now = BestEpoch { figure, step: self.trainer.step, epoch: self.trainer.epoch() };
        match self.judge.patience.judge(now, &self.config.patience_rules()) {
            EpochVerdict::Better => self.judge.best = Some(self.network.theta.clone()),
            EpochVerdict::Worse => {}
            EpochVerdict::Plateau => self.lower_rate(name),
            EpochVerdict::Stop if self.has_stages_to_come() => {}
            EpochVerdict::Stop => return Some(self.stop_early(name)),
        }
        None
    }

    /// The figure that epochs are judged by, where this one has it; the training loss where nothing is held out.
    fn monitored(&self) -> Option<(&'static str, f64)> {
        let last = self.recorder.evaluations().last().filter(|last| last.step == self.trainer.step);
        let train_loss = || Some(("loss", self.recent_loss()?));
        let Some(last) = last else { return train_loss() };
        match self.config.monitor() {
            "loss" => train_loss(),
            "accuracy" => Some(("accuracy", last.evaluation.accuracy?)),
            "psnr" => Some(("psnr", last.evaluation.psnr?)),
            _ => Some(("val_loss", last.evaluation.loss)),
        }
    }

    fn lower_rate(&mut self, name: &str) {
        let before = self.trainer.learning_rate();
        // The schedule goes on below: the part of it that is over counts as well.
        let least = self.config.plateau_least() / before * self.trainer.rate_factor;
        let factor = (self.trainer.rate_factor * self.config.plateau_factor()).max(least);
        if self.trainer.rate_factor <= factor || !factor.is_finite() {
            return;
        }
        self.trainer.rate_factor = factor;
        let epochs = told(self.config.patience_rules().plateau);
        let text = format!(
            "{name} got no better for {epochs}: learning-rate from {} to {}",
            rate(before.into()),
            rate(self.trainer.learning_rate().into())
        );
        self.recorder.event(self.trainer.step, EventKind::Plateau, text);
    }

    fn stop_early(&mut self, name: &str) -> String {
        let mut text = format!("{name} got no better for {}", told(self.config.patience_rules().stop));
        if let (true, Some(best), Some(theta)) = (self.config.restores_best(), self.best(), &self.judge.best) {
            self.network.theta.clone_from(theta);
            // What the optimiser remembers belongs to other weights.
            self.trainer.optim.reset(self.network.param_len());
            self.refresh_after_edit();
            text += &format!("; the weights are those of epoch {}, with {name} {:.4}", best.epoch, best.figure);
        }
        text
    }
}

fn told(epochs: u64) -> String {
    if epochs == 1 { "an epoch".into() } else { format!("{epochs} epochs") }
}
