//! Answers of the columns, and how often they are right.
//!
//! Scores are small integers, so ties happen. The strict accuracy counts each as an error, the shared one as the chance
//! of a fair draw among the best.

/// Shares of correct answers, in 0..=1.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ColumnAccuracy {
    pub strict: f64,
    pub shared: f64,
}

impl ColumnAccuracy {
    /// Takes scores `[examples, classes]` and labels `[examples]`, of which there is at least one.
    pub fn new(scores: &[u32], labels: &[u32]) -> Self {
        let examples = labels.len() as f64;
        let (mut strict, mut shared) = (0.0, 0.0);
        for (scores, &label) in scores.chunks_exact(scores.len() / labels.len()).zip(labels) {
            let best = scores.iter().max();
            let ties = scores.iter().filter(|&score| Some(score) == best).count();
            if scores.get(label as usize) == best {
                strict += if ties == 1 { 1.0 } else { 0.0 };
                shared += 1.0 / ties as f64;
            }
        }
        Self { strict: strict / examples, shared: shared / examples }
    }
}

/// The column with the largest score; none if several have it.
pub fn answer(scores: &[u32]) -> Option<usize> {
    let best = scores.iter().max()?;
    let mut columns = scores.iter().enumerate().filter(|(_, score)| *score == best);
    let (first, _) = columns.next()?;
    columns.next().is_none().then_some(first)
}

/// The column with the largest score; where several have it, one that is not `label`.
pub fn answer_but(scores: &[u32], label: usize) -> usize {
    let best = scores.iter().max();
    let is_best = |&column: &usize| scores.get(column) == best;
    (0..scores.len()).filter(|&column| column != label).find(is_best).unwrap_or(label)
}

/// Probabilities of the classes: p = (s + 1) / (sum of all s + number of columns).
pub fn probabilities(scores: &[u32]) -> impl Iterator<Item = f32> {
    let all: f64 = scores.iter().map(|&score| f64::from(score) + 1.0).sum();
    scores.iter().map(move |&score| ((f64::from(score) + 1.0) / all) as f32)
}
