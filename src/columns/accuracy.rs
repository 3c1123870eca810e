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
