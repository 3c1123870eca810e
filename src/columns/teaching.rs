//! Choice of the examples of a batch that teach, and of the columns that each teaches.
//!
//! All of it follows from the scores and the numbers of events so far, so it is settled before any column learns. Each
//! column can then learn by itself, and no result depends on the threads.

use super::columns::Columns;
use crate::rng::Rng;

/// What happens to a column between two counts.
#[derive(Clone, Debug)]
pub(super) enum Teaching {
    /// An example of the batch teaches the column to answer, or not to. The random numbers choose new connections.
    Learn {
        example: usize,
        answers: bool,
        rng: Rng,
    },
    Decay,
}

/// Moves the quantiles, counts the events, and adds to the `teachings` of each column.
///
/// Shapes: scores `[examples, classes]`, labels `[examples]`, teachings `[classes]`.
pub(super) fn plan(columns: &mut Columns, scores: &[u32], labels: &[u32], teachings: &mut [Vec<Teaching>]) {
    let Columns { sizes, rule, true_quantile, false_quantile, counts, .. } = &mut *columns;
    let classes = sizes.classes;
    let examples = || scores.chunks_exact(classes).zip(labels.iter().map(|&label| label as usize));
    for (scores, label) in examples() {
        *true_quantile = rule.true_steps.after(*true_quantile, error(scores, label));
        let sum = scores.iter().sum();
        for k in (0..classes).filter(|&k| k != label) {
            *false_quantile = rule.false_steps.after(*false_quantile, excess(scores[k], sum, classes));
        }
    }
    counts.batches += 1;
    counts.presentations += labels.len() as u64;
    for (example, (scores, label)) in examples().enumerate() {
        let counts = columns.counts;
        let is_bad = columns.true_quantile <= error(scores, label) as f32;
        let is_forced = !is_bad && counts.positives < counts.batches;
        if is_bad || is_forced {
            let rng = columns.growth_rng(counts.positives + counts.negatives);
            teachings[label].push(Teaching::Learn { example, answers: true, rng });
            columns.counts.positives += 1;
            columns.counts.forced += u64::from(is_forced);
            if columns.counts.positives.is_multiple_of(columns.rule.decay_every) {
                teachings.iter_mut().for_each(|teachings| teachings.push(Teaching::Decay));
            }
        }
        let Columns { rule, counts, .. } = &*columns;
        let most = f64::from(rule.most_negatives) * counts.positives as f64;
        if most < counts.negatives as f64 {
            continue;
        }
        let sum = scores.iter().sum();
        for k in (0..classes).filter(|&k| k != label) {
            if columns.false_quantile <= excess(scores[k], sum, classes) as f32 {
                let rng = columns.growth_rng(columns.counts.positives + columns.counts.negatives);
                teachings[k].push(Teaching::Learn { example, answers: false, rng });
                columns.counts.negatives += 1;
            }
        }
    }
}

/// The largest score of other columns minus that of the label.
fn error(scores: &[u32], label: usize) -> i32 {
    let (before, rest) = scores.split_at(label);
    let best = before.iter().chain(&rest[1..]).max();
    best.map_or(0, |&best| best as i32) - rest[0] as i32
}

/// A score minus the mean of the others, rounded down; `sum` is that of all scores.
fn excess(score: u32, sum: u32, classes: usize) -> i32 {
    score as i32 - ((sum - score) / (classes as u32 - 1)) as i32
}
