//! Early stopping: after some epochs without a better one the learning rate is lowered, and after some more training
//! stops.
//!
//! An epoch is better than the best so far if its figure is better by more than `min_delta`. After the rate was
//! lowered, as many epochs are waited for again.

use serde::{Deserialize, Serialize};

/// When an epoch counts as better, and how many worse ones are accepted; 0: any number.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PatienceRules {
    pub higher_is_better: bool,
    pub min_delta: f64,
    pub plateau: u64,
    pub stop: u64,
}

/// The best epoch.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct BestEpoch {
    pub figure: f64,
    /// Steps and epochs done at its end.
    pub step: u64,
    pub epoch: u64,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct EarlyStopping {
    best: Option<BestEpoch>,
    /// Epochs since the best one; and since the best one or the last lowering of the rate.
    worse: u64,
    worse_at_this_rate: u64,
}

/// The assessment of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EpochVerdict {
    Better,
    Worse,
    /// No better for too long at this rate.
    Plateau,
    /// No better for too long.
    Stop,
}

impl EarlyStopping {
    pub fn best(&self) -> Option<BestEpoch> {
        self.best
    }

    /// Starts to wait again after the rules have changed; with another figure, the best epoch is forgotten too.
    pub fn begin_again(&mut self, other_figure: bool) {
        *self = Self { best: self.best.filter(|_| !other_figure), ..Self::default() };
    }

    pub fn assess(&mut self, now: BestEpoch, rules: &PatienceRules) -> EpochVerdict {
        let gain = |best: f64| if rules.higher_is_better { now.figure - best } else { best - now.figure };
        // NaN is never better.
        let is_better = self.best.map_or(now.figure.is_finite(), |best| rules.min_delta < gain(best.figure));
        if is_better {
            *self = Self { best: Some(now), ..Self::default() };
            return EpochVerdict::Better;
        }
        self.worse += 1;
        self.worse_at_this_rate += 1;
        if rules.stop != 0 && rules.stop <= self.worse {
            // If training is continued all the same, it waits as long again.
            (self.worse, self.worse_at_this_rate) = (0, 0);
            EpochVerdict::Stop
        } else if rules.plateau != 0 && rules.plateau <= self.worse_at_this_rate {
            self.worse_at_this_rate = 0;
            EpochVerdict::Plateau
        } else {
            EpochVerdict::Worse
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdicts(figures: &[f64], rules: PatienceRules) -> Vec<EpochVerdict> {
        let mut patience = EarlyStopping::default();
        let now = |(epoch, &figure): (u64, &f64)| BestEpoch { figure, step: 10 * epoch, epoch };
        (1..).zip(figures).map(now).map(|now| patience.assess(now, &rules)).collect()
    }

    #[test]
    fn epochs_are_waited_for_as_the_rules_say() {
        use EpochVerdict::*;
        let rules = PatienceRules { higher_is_better: false, min_delta: 0.1, plateau: 2, stop: 5 };
        let figures = [3.0, 2.0, 1.95, 1.92, 1.91, f64::NAN, 2.0, 1.0];
        assert_eq!(verdicts(&figures, rules), [Better, Better, Worse, Plateau, Worse, Plateau, Stop, Better]);
        assert_eq!(verdicts(&[1.0; 12], rules).iter().filter(|verdict| **verdict == Stop).count(), 2);
        let higher = PatienceRules { higher_is_better: true, plateau: 0, ..rules };
        assert_eq!(verdicts(&[0.5, 0.7, 0.75, 0.9], higher), [Better, Better, Worse, Better]);
        let never = PatienceRules { plateau: 0, stop: 0, ..rules };
        assert_eq!(verdicts(&[1.0; 9], never)[1..], [Worse; 8]);
    }
}
