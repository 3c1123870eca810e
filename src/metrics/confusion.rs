//! Who is taken for whom: `counts[truth * classes + named]` examples of class `truth` were named `named`.
//!
//! Of a class with t examples named right, p named so in all and n examples: precision = t / p, recall = t / n,
//! F1 = 2 t / (p + n).

use serde::Serialize;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Confusion {
    classes: usize,
    counts: Vec<u32>,
}

/// How well one class is known. A share of nothing is `None`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ClassScore {
    /// Examples of the class.
    pub examples: u32,
    /// Examples named so, right or wrong.
    pub named: u32,
    pub right: u32,
    /// Of those named so, the share that is.
    pub precision: Option<f64>,
    /// Of those that are, the share named so.
    pub recall: Option<f64>,
    pub f1: Option<f64>,
}

impl Confusion {
    /// From pairs of the true class and the named one, each below `classes`.
    pub fn new(classes: usize, pairs: impl Iterator<Item = (u32, u32)>) -> Self {
        let mut counts = vec![0; classes * classes];
        pairs.for_each(|(truth, named)| counts[truth as usize * classes + named as usize] += 1);
        Self { classes, counts }
    }

    pub fn classes(&self) -> usize {
        self.classes
    }

    /// `[classes, classes]`: a row for each true class, a column for each named one.
    pub fn counts(&self) -> &[u32] {
        &self.counts
    }

    pub fn count(&self, truth: usize, named: usize) -> u32 {
        self.counts[truth * self.classes + named]
    }

    pub fn examples(&self) -> u64 {
        self.counts.iter().map(|&count| u64::from(count)).sum()
    }

    /// Examples named right.
    pub fn right(&self) -> u64 {
        (0..self.classes).map(|class| u64::from(self.count(class, class))).sum()
    }

    /// `None` without examples.
    pub fn accuracy(&self) -> Option<f64> {
        let examples = self.examples();
        (0 < examples).then(|| self.right() as f64 / examples as f64)
    }

    pub fn score(&self, class: usize) -> ClassScore {
        let examples = (0..self.classes).map(|named| self.count(class, named)).sum();
        let named = (0..self.classes).map(|truth| self.count(truth, class)).sum();
        let right = self.count(class, class);
        let share = |part: f64, of: f64| (0.0 < of).then(|| part / of);
        ClassScore {
            examples,
            named,
            right,
            precision: share(right.into(), named.into()),
            recall: share(right.into(), examples.into()),
            f1: share(2.0 * f64::from(right), f64::from(examples) + f64::from(named)),
        }
    }

    /// Macro F1: the mean over the classes that occur, among the examples or among the names given.
    pub fn f1(&self) -> Option<f64> {
        let scores: Vec<f64> = (0..self.classes).filter_map(|class| self.score(class).f1).collect();
        (!scores.is_empty()).then(|| scores.iter().sum::<f64>() / scores.len() as f64)
    }

    /// The pairs of true and named class that are mixed up most, with how often; the most frequent first.
    pub fn worst(&self, most: usize) -> Vec<(usize, usize, u32)> {
        let pairs = (0..self.classes).flat_map(|truth| (0..self.classes).map(move |named| (truth, named)));
        let mut pairs: Vec<_> = pairs
            .filter(|(truth, named)| truth != named)
            .map(|(truth, named)| (truth, named, self.count(truth, named)))
            .filter(|&(.., count)| 0 < count)
            .collect();
        pairs.sort_by(|a, b| b.2.cmp(&a.2).then(a.cmp(b)));
        pairs.truncate(most);
        pairs
    }
}
