//! The confusion matrix: `counts[label * classes + predicted]` examples of class `label` were predicted as `predicted`.
//!
//! For a class with n examples, p predictions and t correct ones: precision = t / p, recall = t / n, F1 = 2 t / (p + n).

use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    counts: Vec<u32>,
}

/// The scores of one class; a share of nothing is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ClassScore {
    /// Examples of the class.
    pub examples: u32,
    /// Examples predicted as the class, correctly or not.
    pub predicted: u32,
    pub correct: u32,
    /// Share of the predictions that are correct.
    pub precision: Option<f64>,
    /// Share of the examples that are predicted correctly.
    pub recall: Option<f64>,
    pub f1: Option<f64>,
}

impl Confusion {
    /// From pairs of label and prediction, each below `classes`.
    pub fn new(classes: usize, pairs: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut counts = vec![0; classes * classes];
        pairs.for_each(|(label, predicted)| counts[label as usize * classes + predicted as usize] += 1);
        Self { classes, counts }
    }

    pub fn classes(&self) -> usize {
        self.classes
    }

    /// `[classes, classes]`: a row for each label, a column for each prediction.
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    pub fn count(&self, label: usize, predicted: usize) -> u32 {
        self.counts[label * self.classes + predicted]
    }

    pub fn examples(&self) -> u64 {
        self.counts.iter().map(|&count| u64::from(count)).sum()
    }

    /// Number of correct predictions.
    pub fn correct(&self) -> u64 {
        (0..self.classes).map(|class| u64::from(self.count(class, class))).sum()
    }

    /// `None` without examples.
    pub fn accuracy(&self) -> Option<f64> {
        let examples = self.examples();
        (0 < examples).then(|| self.correct() as f64 / examples as f64)
    }

    pub fn score(&self, class: usize) -> ClassScore {
        let examples = (0..self.classes).map(|predicted| self.count(class, predicted)).sum();
        let predicted = (0..self.classes).map(|label| self.count(label, class)).sum();
        let correct = self.count(class, class);
        let share = |part: f64, of: f64| (0.0 < of).then(|| part / of);
        ClassScore {
            examples,
            predicted,
            correct,
            precision: share(correct.into(), predicted.into()),
            recall: share(correct.into(), examples.into()),
            f1: share(2.0 * f64::from(correct), f64::from(examples) + f64::from(predicted)),
        }
    }

    /// Macro F1: the mean over the classes that occur as labels or predictions.
    pub fn f1(&self) -> Option<f64> {
        let scores: Vec<f64> = (0..self.classes).filter_map(|class| self.score(class).f1).collect();
        (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
    }

    /// The pairs of label and prediction that are confused most, with their counts; the most frequent first.
    pub fn worst(&self, most: usize) -> Vec<(usize, usize, u32)> {
        let pairs = (0..self.classes).flat_map(|label| (0..self.classes).map(move |predicted| (label, predicted)));
        let mut pairs: Vec<_> = pairs
            .filter(|(label, predicted)| label != predicted)
            .map(|(label, predicted)| (label, predicted, self.count(label, predicted)))
            .filter(|&(.., count)| 0 < count)
            .collect();
        pairs.sort_by(|a, b| b.2.cmp(&a.2).then(a.cmp(b)));
        pairs.truncate(most);
        pairs
    }
}
