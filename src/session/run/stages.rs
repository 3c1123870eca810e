//! The gradual schedule of a network on a base: at first the head alone learns, then also the last layer of the base at
//! a tenth of the rate, then everything at a hundredth.
//!
//! A stage ends when the validation loss has not fallen for some epochs, and at the latest after its third of the run.
//! The current stage follows from the recorded figures, so it need not be stored in checkpoints.

use super::run::Run;
use crate::config::Config;
use crate::error::Result;
use crate::layer::LayerRole;
use crate::network::Network;
use crate::recorder::EventKind;
use crate::surgery;

/// Epochs without a fall of at least [`MIN_DELTA`] that end a stage.
const PATIENCE: usize = 5;
const MIN_DELTA: f64 = 1e-4;
const STAGES: u64 = 3;
/// Factor on the learning rate from one stage to the next.
const RATE: f64 = 0.1;

impl Run {
    /// Unfreezes layers at the end of an epoch if a stage has ended, and lowers the learning rate in `config`.
    pub fn next_stage(&mut self, config: &mut Config) {
        if !self.has_stages(config) {
            return;
        }
        let past = self.past_epochs();
        let epochs = self.learner.epochs();
        let (before, now) = (stage(&past[..past.len().saturating_sub(1)], epochs), stage(&past, epochs));
        if before == now {
            return;
        }
        let thawed = base_of_stage(self.network(), now);
        let Some(&first) = thawed.first() else { return };
        let Ok(learner) = self.supervised_mut() else { return };
        learner.write(|network, _| thawed.iter().for_each(|&block| network.set_frozen(block, false)));
        // Rounded in decimal digits, as people write rates. The rate stays if it would fall below the range of the key.
        let rate = config.get("learning-rate").ok().and_then(|rate| rate.parse::<f64>().ok());
        let rate = rate.map_or(0.0, |rate| (rate * RATE * 1e9).round() / 1e9);
        self.set_rate(config, &rate.to_string()).ok();
        self.policy.early_stopping.begin_again(false);
        self.policy.guard = Default::default();
        let name = &self.network().blocks()[first].name;
        let text = format!(
            "Stage {now} of {STAGES}: {name} and later layers learn too, at a learning rate of {}",
            config.get("learning-rate").unwrap_or_default()
        );
        self.recorder.event(self.step(), EventKind::Setting, text);
    }

    /// Sets the learning rate as the user would.
    fn set_rate(&mut self, config: &mut Config, rate: &str) -> Result<()> {
        let before = config.get("learning-rate")?.to_string();
        config.set("learning-rate", rate)?;
        let after = config.get("learning-rate")?.to_string();
        self.learner.set_config(config)?;
        self.learner.reset_rate();
        if before != after && 0 < self.step() {
            self.recorder.setting(self.step(), "learning-rate", &before, &after);
        }
        Ok(())
    }

    /// Whether more layers will start to learn after the epoch that has just ended, so that it is too early to stop.
    pub fn has_stages_to_come(&self, config: &Config) -> bool {
        let past = self.past_epochs();
        let before = &past[..past.len().saturating_sub(1)];
        self.has_stages(config) && stage(before, self.learner.epochs()) < STAGES
    }

    fn has_stages(&self, config: &Config) -> bool {
        config.is_gradual() && self.supervised().is_ok()
    }

    /// Every past epoch, with its validation loss if it was measured.
    fn past_epochs(&self) -> Vec<(f64, Option<f64>)> {
        let measured = self.recorder.evaluations();
        if measured.is_empty() {
            return (1..=self.learner.position().epoch).map(|epoch| (epoch as f64, None)).collect();
        }
        measured.iter().map(|point| (point.epoch, Some(point.evaluation.loss))).collect()
    }
}

/// The stage after these epochs of a run of `epochs` (0: without an end).
fn stage(past: &[(f64, Option<f64>)], epochs: u64) -> u64 {
    let (mut stage, mut best, mut since) = (1, f64::INFINITY, 0);
    for &(epoch, loss) in past {
        since += 1;
        if let Some(loss) = loss
            && loss < best - MIN_DELTA
        {
            (best, since) = (loss, 0);
        }
        let is_flat = loss.is_some() && PATIENCE <= since;
        let is_late = 0 < epochs && (stage * epochs) as f64 <= epoch * STAGES as f64;
        if stage < STAGES && (is_flat || is_late) {
            (stage, best, since) = (stage + 1, f64::INFINITY, 0);
        }
    }
    stage
}

/// The blocks of the base whose parameters learn in a stage: none, the last layer with its norm, all.
fn base_of_stage(network: &Network, stage: u64) -> Vec<usize> {
    let head = surgery::head_of(network);
    let base: Vec<usize> = (0..head).filter(|&block| !network.blocks()[block].params.is_empty()).collect();
    let is_norm = |&&block: &&usize| network.blocks()[block].layer.ops().role() == LayerRole::Normalises;
    match stage {
        1 => Vec::new(),
        2 => {
            let norms = base.iter().rev().take_while(is_norm).count();
            base[base.len().saturating_sub(norms + 1)..].to_vec()
        }
        _ => base,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_ends_when_the_loss_rests_or_its_third_is_over() {
        let epochs = |losses: &[f64]| -> Vec<(f64, Option<f64>)> {
            losses.iter().enumerate().map(|(at, &loss)| (at as f64 + 1.0, Some(loss))).collect()
        };
        let falling: Vec<f64> = (0..30).map(|epoch| 1.0 - 0.01 * f64::from(epoch)).collect();
        let at = |count: usize| stage(&epochs(&falling[..count]), 30);
        assert_eq!([at(0), at(9), at(10), at(19), at(20), at(30)], [1, 1, 2, 2, 3, 3]);
        // Without an end a stage lasts as long as the loss falls.
        assert_eq!(stage(&epochs(&falling), 0), 1);
        let resting = [1.0, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9];
        assert_eq!(stage(&epochs(&resting[..6]), 0), 1);
        assert_eq!(stage(&epochs(&resting), 0), 2);
        // Epochs without a validation loss count by their number alone.
        let unmeasured: Vec<(f64, Option<f64>)> = (1..=6).map(|epoch| (f64::from(epoch), None)).collect();
        assert_eq!([1, 2, 3, 4, 6].map(|count| stage(&unmeasured[..count], 6)), [1, 2, 2, 3, 3]);
    }
}
