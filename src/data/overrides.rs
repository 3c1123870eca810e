//! Changes made to a data set by hand: other labels, other splits, excluded examples.
//!
//! Examples keep their numbers, so every change can be undone. The draw of the splits ignores these changes; they are
//! applied on top of it, so loading, dividing and applying the same overrides gives the same data set again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::split::Split;

/// The value before and after the change, for each changed example.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Overrides {
    pub labels: BTreeMap<u32, (u32, u32)>,
    pub splits: BTreeMap<u32, (Split, Split)>,
}

/// The overrides of some examples, none of others: what an edit of the data put, or what was there before it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct OverridesPatch {
    labels: Vec<(u32, Option<u32>)>,
    splits: Vec<(u32, Option<Split>)>,
}

impl OverridesPatch {
    /// The present overrides of the labels of these examples.
    pub fn labels(examples: &[u32], now: &Overrides) -> Self {
        let label = |index: &u32| (*index, now.labels.get(index).map(|&(_, label)| label));
        Self { labels: examples.iter().map(label).collect(), ..Self::default() }
    }

    /// The present overrides of the splits of these examples.
    pub fn splits(examples: &[u32], now: &Overrides) -> Self {
        let split = |index: &u32| (*index, now.splits.get(index).map(|&(_, split)| split));
        Self { splits: examples.iter().map(split).collect(), ..Self::default() }
    }

    /// All overrides with those of its examples instead; others stay, also those that a later edit put.
    pub fn on(&self, now: &Overrides) -> Overrides {
        fn put<T: Copy>(map: &mut BTreeMap<u32, (T, T)>, changes: &[(u32, Option<T>)]) {
            for &(index, change) in changes {
                match change {
                    // The value before is that of the data, which `Dataset::set_overrides` fills in.
                    Some(value) => map.insert(index, (value, value)),
                    None => map.remove(&index),
                };
            }
        }
        let mut overrides = now.clone();
        put(&mut overrides.labels, &self.labels);
        put(&mut overrides.splits, &self.splits);
        overrides
    }

    /// Bytes it takes, about.
    pub fn bytes(&self) -> usize {
        12 * (self.labels.len() + self.splits.len())
    }
}

impl Overrides {
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.splits.is_empty()
    }

    /// Renumbers for a data set that keeps only the examples of `kept`, which ascend.
    pub(super) fn keep(&mut self, kept: &[u32]) {
        fn renumbered<T: Copy>(map: &BTreeMap<u32, T>, kept: &[u32]) -> BTreeMap<u32, T> {
            let new = |(old, change): (&u32, &T)| Some((kept.binary_search(old).ok()? as u32, *change));
            map.iter().filter_map(new).collect()
        }
        (self.labels, self.splits) = (renumbered(&self.labels, kept), renumbered(&self.splits, kept));
    }
}
