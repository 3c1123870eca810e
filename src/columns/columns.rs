//! Spiking columns: the whole learner, with everything that its further course depends on.
//!
//! Shapes: an image is `[receptors]` bytes, a batch `[examples, receptors]`; [`Column`] has the shapes of the slots.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use super::column::Column;
use super::counts::ColumnCounts;
use super::rule::Rule;
use crate::error::{Error, Result};
use crate::kernels::adjust::MOST_SLOTS;
use crate::rng::{Purpose, Rng};

/// Numbers of classes, neurons in a column, slots of a neuron, and receptors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColumnSizes {
    pub classes: usize,
    pub neurons: usize,
    pub slots: usize,
    pub receptors: usize,
}

/// Most slots of all columns.
const MOST_SLOTS_IN_ALL: usize = 1 << 28;

/// One column for each class, and the state of their training.
#[derive(Clone, Debug, PartialEq)]
pub struct Columns {
    pub(super) sizes: ColumnSizes,
    pub(super) rule: Rule,
    pub(super) seed: u64,
    pub(super) columns: Vec<Column>,
    /// The quantile of the error of the true column, and of the excess of false columns, in spikes.
    pub(super) true_quantile: f32,
    pub(super) false_quantile: f32,
    pub(super) counts: ColumnCounts,
}

impl Columns {
    /// Columns without connections. Fails if a size or a constant is outside its range.
    pub fn new(sizes: ColumnSizes, rule: Rule, seed: u64) -> Result<Self> {
        rule.check()?;
        sizes.check(&rule)?;
        let columns = vec![Column::empty(sizes.neurons, sizes.slots); sizes.classes];
        let counts = ColumnCounts::default();
        Ok(Self { sizes, rule, seed, columns, true_quantile: 0.0, false_quantile: 0.0, counts })
    }

    pub fn sizes(&self) -> ColumnSizes {
        self.sizes
    }

    pub fn rule(&self) -> &Rule {
        &self.rule
    }

    /// Exchanges the constants between two batches. Fails if one is outside its range.
    pub fn set_rule(&mut self, rule: Rule) -> Result<()> {
        rule.check()?;
        self.sizes.check(&rule)?;
        let largest = self.columns.iter().flat_map(|column| &column.weights).map(|weight| weight.abs()).max();
        if largest.is_some_and(|largest| rule.threshold <= largest) {
            return Err(Error::expected("threshold", "more than every weight", rule.threshold));
        }
        self.rule = rule;
        Ok(())
    }

    pub fn seed(&self) -> u64 {
        self.seed
    }

    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    pub fn counts(&self) -> ColumnCounts {
        self.counts
    }

    /// The error of the true column, and the excess of a false column, above which an example teaches, in spikes.
    pub fn quantiles(&self) -> (f32, f32) {
        (self.true_quantile, self.false_quantile)
    }

    /// The examples of the next batch out of `examples`, all different, in the order in which they teach.
    ///
    /// They depend only on the seed, the number of batches so far and `examples`.
    pub fn next_batch(&self, examples: usize) -> Vec<u32> {
        let mut rng = Rng::new(self.seed, Purpose::Shuffle, self.counts.batches);
        let mut chosen = Vec::with_capacity(self.rule.batch.min(examples));
        if examples <= 2 * self.rule.batch {
            chosen.extend(0..examples as u32);
            rng.shuffle(&mut chosen);
            chosen.truncate(self.rule.batch);
        } else {
            let mut seen = HashSet::with_capacity(self.rule.batch);
            while chosen.len() < self.rule.batch {
                let example = rng.below(examples) as u32;
                if seen.insert(example) {
                    chosen.push(example);
                }
            }
        }
        chosen
    }

    /// Fails unless the batch has an image of all receptors for each label, and each label has a column.
    pub fn check_batch(&self, images: &[u8], labels: &[u32]) -> Result<()> {
        if images.len() != labels.len() * self.sizes.receptors {
            let expected = format!("{} x {} receptors", labels.len(), self.sizes.receptors);
            return Err(Error::expected("batch of columns", expected, images.len()));
        }
        match labels.iter().find(|&&label| self.sizes.classes <= label as usize) {
            Some(label) => Err(Error::expected("label", format!("less than {}", self.sizes.classes), label)),
            None => Ok(()),
        }
    }

    /// The random numbers of the next event of teaching: `event` have happened before.
    pub(super) fn growth_rng(&self, event: u64) -> Rng {
        Rng::new(self.seed, Purpose::Wiring, event)
    }
}

impl ColumnSizes {
    /// Number of slots of all columns.
    pub fn slots(&self) -> usize {
        self.classes * self.neurons * self.slots
    }

    pub(super) fn check(&self, rule: &Rule) -> Result<()> {
        let Self { classes, neurons, slots, receptors } = *self;
        if classes < 2 {
            return Err(Error::expected("columns", "at least 2 classes", classes));
        }
        if !(1..=MOST_SLOTS).contains(&slots) {
            return Err(Error::expected("slots of a neuron", format!("1 to {MOST_SLOTS}"), slots));
        }
        let all = classes.checked_mul(neurons).and_then(|neurons| neurons.checked_mul(slots));
        if neurons == 0 || all.is_none_or(|all| MOST_SLOTS_IN_ALL < all) {
            let expected = format!("at least 1 and at most {MOST_SLOTS_IN_ALL} slots");
            return Err(Error::expected("neurons of a column", expected, neurons));
        }
        if !(1..=1 << 24).contains(&receptors) {
            return Err(Error::expected("receptors", "1 to 16777216", receptors));
        }
        // The charge stays below twice the sum of all weights, and must fit into an i32.
        let most = i32::MAX / 2 / slots as i32;
        if most < rule.threshold {
            return Err(Error::expected("threshold", format!("at most {most} with {slots} slots"), rule.threshold));
        }
        Ok(())
    }
}
