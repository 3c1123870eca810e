//! Sudden shifts of a structure: an interval in which far more edges came and went than in those before, and what the
//! terms of the loss did meanwhile.
//!
//! What moves the structure is the term with the largest gradient, so a shift is reported together with the terms whose
//! gradients changed places around it.

use crate::recorder::{FrameFigures, SeriesTable, StructureHistory};
use crate::words::{counted, thousands};

/// Intervals that are compared with.
const BEFORE: usize = 8;
/// A shift is this many times as many changes as in the liveliest interval before, ...
const TIMES: usize = 3;
/// ... at least so many, ...
const LEAST: usize = 10;
/// ... and at least one edge in so many.
const SHARE: usize = 50;
/// Measurements of the gradients that count as before and after.
const MEASUREMENTS: usize = 5;

/// The terms by their names in sentences, and their series.
const TERMS: [(&str, &str); 5] = [
    ("the objective", "objective_gradient"),
    ("flow", "flow_gradient"),
    ("sparsity", "sparsity_gradient"),
    ("time", "time_gradient"),
    ("memory", "memory_gradient"),
];

/// A sentence if the last interval was a shift.
pub fn sudden_shift(history: &StructureHistory, steps: &SeriesTable) -> Option<String> {
    let frames = history.last_figures(BEFORE + 2);
    let (last, before) = frames.split_last().filter(|_| frames.len() == BEFORE + 2)?;
    let (from, before) = before.split_first()?;
    let most = before.iter().map(FrameFigures::changed).max().unwrap_or(0);
    let is_shift = LEAST.max(TIMES * most).max(last.edges / SHARE) < last.changed();
    is_shift.then(|| {
        let begin = before.last().map_or(from.step, |frame| frame.step);
        let opening = format!(
            "{} changed within {} steps, at most {} in each of the {BEFORE} intervals before",
            counted(last.changed(), "edge"),
            thousands((last.step - begin) as usize),
            thousands(most),
        );
        match changed_places(steps, begin, last.step) {
            Some((over, under)) => format!("{opening}; the gradient of {over} became larger than that of {under}"),
            None => format!("{opening}; the gradients of the terms kept their order"),
        }
    })
}

/// Two terms whose gradients changed places between the measurements before a stretch of steps and those within it: the one
/// that is larger now, and the one that was.
fn changed_places(steps: &SeriesTable, begin: u64, end: u64) -> Option<(&'static str, &'static str)> {
    let (begin, end) = (steps.rows_to(begin), steps.rows_to(end));
    let mean = |name: &str, rows: std::ops::Range<usize>| {
        let series = steps.series(name);
        let rows = rows.start.min(series.len())..rows.end.min(series.len());
        let measured: Vec<f64> =
            series[rows].iter().rev().copied().filter(|value| value.is_finite()).take(MEASUREMENTS).collect();
        (!measured.is_empty()).then(|| measured.iter().sum::<f64>() / measured.len() as f64)
    };
    let known: Vec<(&str, f64, f64)> = TERMS
        .iter()
        .filter_map(|&(name, series)| Some((name, mean(series, 0..begin)?, mean(series, begin..end)?)))
        .collect();
    let pairs = known.iter().flat_map(|a| known.iter().map(move |b| (a, b)));
    let swapped = pairs.filter(|(a, b)| a.1 < b.1 && b.2 < a.2);
    // The pair that matters most is that of the largest gradients.
    swapped.max_by(|(a, _), (b, _)| a.2.total_cmp(&b.2)).map(|(a, b)| (a.0, b.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recorder::RunPosition;

    /// Frames every 10 steps in which `changed` edges come, beside 1,000 that stay; gradients as given at every step.
    fn run(changed: &[u32], gradients: impl Fn(u64) -> (f64, f64)) -> (StructureHistory, SeriesTable) {
        let (mut history, mut steps) = (StructureHistory::default(), SeriesTable::default());
        let mut next = 1000;
        let mut cells: Vec<u32> = (0..1000).collect();
        for (frame, &changed) in changed.iter().enumerate() {
            cells.extend(next..next + changed);
            next += changed;
            history.push(10 * frame as u64, &cells);
        }
        for step in 1..=10 * changed.len() as u64 {
            let (objective, flow) = gradients(step);
            let at = RunPosition { step, epoch: 0.0, examples: 0, seconds: 0.0 };
            steps.push(at, &[("objective_gradient", objective), ("flow_gradient", flow)]);
        }
        (history, steps)
    }

    #[test]
    fn a_shift_is_told_with_the_terms_that_changed_places() {
        let calm = [0, 2, 1, 3, 2, 2, 4, 1, 2, 3];
        let (history, steps) = run(&calm, |_| (1.0, 2.0));
        assert_eq!(sudden_shift(&history, &steps), None);
        let sudden = [&calm[..], &[200]].concat();
        let (history, steps) = run(&sudden, |step| if step <= 90 { (3.0, 2.0) } else { (1.0, 2.0) });
        let told = sudden_shift(&history, &steps).unwrap();
        assert!(told.starts_with("200 edges changed within 10 steps, at most 4 "), "{told}");
        assert!(told.ends_with("the gradient of flow became larger than that of the objective"), "{told}");
        let (history, steps) = run(&sudden, |_| (3.0, 2.0));
        let told = sudden_shift(&history, &steps).unwrap();
        assert!(told.ends_with("kept their order"), "{told}");
    }
}
