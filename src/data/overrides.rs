//! What people changed of a data set by hand: other classes, other splits, examples left out.
//!
//! Examples stay where they are, so their numbers keep their meaning and everything can be taken back. The draw of the
//! splits does not see these changes: they are laid over it, so that a set that is loaded, divided and given the same
//! changes again is the same set.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::dataset::{Dataset, Split};
use crate::error::{Error, Result};

/// For each changed example what it was before, and what it is now.
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

    /// The same for a set that keeps the examples of `kept`, which ascend.
    pub(super) fn follow(&mut self, kept: &[u32]) {
        fn moved<T: Copy>(map: &BTreeMap<u32, T>, kept: &[u32]) -> BTreeMap<u32, T> {
            let place = |(old, change): (&u32, &T)| Some((kept.binary_search(old).ok()? as u32, *change));
            map.iter().filter_map(place).collect()
        }
        (self.labels, self.splits) = (moved(&self.labels, kept), moved(&self.splits, kept));
    }
}

impl Dataset {
    /// Gives examples another class.
    pub fn relabel(&mut self, examples: &[u32], class: u32) -> Result<()> {
        self.check_examples(examples)?;
        if !self.is_labelled() {
            return Err(Error::expected(&self.name, "images with classes", "images without"));
        }
        if self.classes.len() <= class as usize {
            return Err(Error::expected("class", format!("a number below {}", self.classes.len()), class));
        }
        for &index in examples {
            let label = &mut self.labels[index as usize];
            let (before, _) = self.by_hand.labels.remove(&index).unwrap_or((*label, *label));
            *label = class;
            if before != class {
                self.by_hand.labels.insert(index, (before, class));
            }
        }
        Ok(())
    }

    /// Puts examples into another split, or leaves them out of all.
    pub fn move_to(&mut self, examples: &[u32], split: Split) -> Result<()> {
        self.check_examples(examples)?;
        for &index in examples {
            let now = &mut self.splits[index as usize];
            let (before, _) = self.by_hand.splits.remove(&index).unwrap_or((*now, *now));
            *now = split;
            self.by_hand.splits.insert(index, (before, split));
        }
        Ok(())
    }

    /// Takes back what was changed by hand, and changes what `by_hand` says instead. Examples that are not there are
    /// passed over.
    pub fn set_by_hand(&mut self, by_hand: Overrides) {
        self.lift_by_hand();
        self.lay_by_hand(by_hand);
    }

    /// The set as it was before anything was changed by hand.
    pub(super) fn lift_by_hand(&mut self) -> Overrides {
        let by_hand = std::mem::take(&mut self.by_hand);
        for (&index, &(before, _)) in &by_hand.labels {
            self.labels[index as usize] = before;
        }
        for (&index, &(before, _)) in &by_hand.splits {
            self.splits[index as usize] = before;
        }
        by_hand
    }

    pub(super) fn lay_by_hand(&mut self, mut by_hand: Overrides) {
        let (len, classes) = (self.len() as u32, self.classes.len() as u32);
        by_hand.labels.retain(|&index, &mut (_, now)| index < len && now < classes);
        by_hand.splits.retain(|&index, _| index < len);
        for (&index, (before, now)) in &mut by_hand.labels {
            *before = std::mem::replace(&mut self.labels[index as usize], *now);
        }
        for (&index, (before, now)) in &mut by_hand.splits {
            *before = std::mem::replace(&mut self.splits[index as usize], *now);
        }
        self.by_hand = by_hand;
    }

    fn check_examples(&self, examples: &[u32]) -> Result<()> {
        match examples.iter().find(|&&index| self.len() <= index as usize) {
            Some(index) => Err(Error::expected("example", format!("a number below {}", self.len()), index)),
            None if examples.is_empty() => Err(Error::expected("examples", "one at least", "none")),
            None => Ok(()),
        }
    }
}
