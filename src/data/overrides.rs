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

impl Overrides {
    pub fn is_empty(&self) -> bool {
        self.labels.is_empty() && self.splits.is_empty()
    }

    /// Bytes it takes, about.
    pub fn bytes(&self) -> usize {
        16 * (self.labels.len() + self.splits.len())
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
