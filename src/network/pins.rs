//! Pinned parameters: ranges of `theta` that training leaves unchanged to the last bit.
//!
//! They are stored in ascending order and neither touch nor overlap, so that equal sets are equal values.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::remap::Remap;

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pins {
    /// Start and end (exclusive) of each range.
    runs: Vec<(usize, usize)>,
}

impl Pins {
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Number of pinned parameters.
    pub fn len(&self) -> usize {
        self.runs.iter().map(|(from, to)| to - from).sum()
    }

    pub fn contains(&self, index: usize) -> bool {
        let before = self.runs.partition_point(|&(from, _)| from <= index);
        0 < before && index < self.runs[before - 1].1
    }

    /// Pins or unpins these parameters, which may be in any order and repeated.
    pub fn set(&mut self, indices: &[usize], pinned: bool) {
        let mut indices = indices.to_vec();
        indices.sort_unstable();
        indices.dedup();
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for index in indices {
            append(&mut runs, (index, index + 1));
        }
        if pinned {
            let mut all = [std::mem::take(&mut self.runs), runs].concat();
            all.sort_unstable();
            all.into_iter().for_each(|run| append(&mut self.runs, run));
        } else {
            let pieces = self.runs.iter().flat_map(|&(from, to)| without(from..to, &runs));
            self.runs = pieces.map(|piece| (piece.start, piece.end)).collect();
        }
    }

    /// The parts of `range` that are not pinned, in order.
    pub fn free(&self, range: Range<usize>) -> impl Iterator<Item = Range<usize>> {
        without(range, &self.runs)
    }

    /// The pins after a change of structure: they follow their parameters, and new parameters are not pinned.
    pub fn carry(&self, remap: &Remap) -> Self {
        let mut carried = Self::default();
        if !self.is_empty() {
            for (run, origin) in remap.runs().iter().filter_map(|run| run.origin().map(|origin| (run, origin))) {
                let to = |from: usize| run.to.start + from - origin.start;
                for &(from, end) in &self.runs[self.runs.partition_point(|&(_, end)| end <= origin.start)..] {
                    if origin.end <= from {
                        break;
                    }
                    append(&mut carried.runs, (to(from.max(origin.start)), to(end.min(origin.end))));
                }
            }
        }
        carried
    }

    /// Checks pins from outside, for this many parameters.
    pub fn checked(self, param_len: usize) -> Result<Self> {
        let mut end = None;
        for &(from, to) in &self.runs {
            if to <= from || param_len < to || end.is_some_and(|end| from <= end) {
                let expected = format!("runs in ascending order among {param_len} parameters");
                return Err(Error::expected("pins", expected, format!("{from}..{to}")));
            }
            end = Some(to);
        }
        Ok(self)
    }
}

/// Adds a range that begins no earlier than the last one.
fn append(runs: &mut Vec<(usize, usize)>, (from, to): (usize, usize)) {
    match runs.last_mut() {
        Some((_, end)) if from <= *end => *end = to.max(*end),
        _ => runs.push((from, to)),
    }
}

/// The parts of `range` that are in none of `runs`, which are ascending and disjoint.
fn without(range: Range<usize>, runs: &[(usize, usize)]) -> impl Iterator<Item = Range<usize>> {
    let first = runs.partition_point(|&(_, to)| to <= range.start);
    let taken = runs[first..].iter().take_while({
        let end = range.end;
        move |(from, _)| *from < end
    });
    let edges = taken.copied().chain([(range.end, range.end)]);
    let mut start = range.start;
    edges.filter_map(move |(from, to)| {
        let piece = start..from.min(range.end);
        start = to;
        (piece.start < piece.end).then_some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Rng};

    #[test]
    fn pins_are_what_a_list_of_flags_says() {
        let mut rng = Rng::new(1, Purpose::Test, 0);
        let (mut pins, mut flags) = (Pins::default(), vec![false; 60]);
        for _ in 0..400 {
            let (from, len, pinned) = (rng.below(60), 1 + rng.below(9), rng.below(2) == 0);
            let step = 1 + rng.below(3);
            let indices: Vec<usize> = (0..len).map(|n| from + n * step).filter(|&index| index < 60).rev().collect();
            pins.set(&indices, pinned);
            indices.iter().for_each(|&index| flags[index] = pinned);
            assert!((0..60).all(|index| pins.contains(index) == flags[index]), "{pins:?}");
            assert_eq!(pins.len(), flags.iter().filter(|&&flag| flag).count());
            assert!(pins.clone().checked(60).is_ok(), "{pins:?}");
            let (start, end) = (rng.below(60), rng.below(61));
            let free: Vec<usize> = pins.free(start..end).flatten().collect();
            let expected: Vec<usize> = (start..end).filter(|&index| !flags[index]).collect();
            assert_eq!(free, expected, "{pins:?} in {start}..{end}");
        }
    }

    #[test]
    fn pins_that_overlap_or_lie_outside_are_refused() {
        for runs in [vec![(3, 3)], vec![(4, 2)], vec![(0, 11)], vec![(0, 4), (3, 5)], vec![(0, 4), (4, 5)]] {
            assert!(Pins { runs: runs.clone() }.checked(10).is_err(), "{runs:?}");
        }
        assert!(Pins { runs: vec![(0, 4), (5, 10)] }.checked(10).is_ok());
    }
}
