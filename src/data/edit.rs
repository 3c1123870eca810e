//! Changes by hand to a data set, recorded in its [`Overrides`].

use super::dataset::Dataset;
use super::overrides::Overrides;
use super::split::Split;
use crate::error::{Error, Result};

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
            let (before, _) = self.overrides.labels.remove(&index).unwrap_or((*label, *label));
            *label = class;
            if before != class {
                self.overrides.labels.insert(index, (before, class));
            }
        }
        Ok(())
    }

    /// Moves examples to another split; [`Split::Dropped`] excludes them.
    pub fn move_to(&mut self, examples: &[u32], split: Split) -> Result<()> {
        self.check_examples(examples)?;
        for &index in examples {
            let now = &mut self.splits[index as usize];
            let (before, _) = self.overrides.splits.remove(&index).unwrap_or((*now, *now));
            *now = split;
            self.overrides.splits.insert(index, (before, split));
        }
        Ok(())
    }

    /// Undoes all changes by hand and applies `overrides` instead. Ignores examples that do not exist.
    pub fn set_overrides(&mut self, overrides: Overrides) {
        self.lift_overrides();
        self.apply_overrides(overrides);
    }

    /// Restores the data set as it was before any change by hand.
    pub(super) fn lift_overrides(&mut self) -> Overrides {
        let overrides = std::mem::take(&mut self.overrides);
        for (&index, &(before, _)) in &overrides.labels {
            self.labels[index as usize] = before;
        }
        for (&index, &(before, _)) in &overrides.splits {
            self.splits[index as usize] = before;
        }
        overrides
    }

    pub(super) fn apply_overrides(&mut self, mut overrides: Overrides) {
        let (len, classes) = (self.len() as u32, self.classes.len() as u32);
        overrides.labels.retain(|&index, &mut (_, now)| index < len && now < classes);
        overrides.splits.retain(|&index, _| index < len);
        for (&index, (before, now)) in &mut overrides.labels {
            *before = std::mem::replace(&mut self.labels[index as usize], *now);
        }
        for (&index, (before, now)) in &mut overrides.splits {
            *before = std::mem::replace(&mut self.splits[index as usize], *now);
        }
        self.overrides = overrides;
    }

    fn check_examples(&self, examples: &[u32]) -> Result<()> {
        match examples.iter().find(|&&index| self.len() <= index as usize) {
            Some(index) => Err(Error::expected("example", format!("a number below {}", self.len()), index)),
            None if examples.is_empty() => Err(Error::expected("examples", "at least one", "none")),
            None => Ok(()),
        }
    }
}
