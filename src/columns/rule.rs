//! The constants of the rule by which spiking columns count and learn.
//!
//! The defaults are the original's. All weights and charges are integers without a unit; what matters are their ratios
//! to `threshold`.

use serde::{Deserialize, Serialize};

use super::quantile::QuantileSteps;
use super::receptors::Receptors;
use crate::error::{Error, Result};

/// Most filters that a presentation may have.
pub const MOST_FILTERS: usize = 8;

/// The constants of counting and learning; [`Rule::check`] has their ranges.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// What is seen of an image.
    #[serde(default)]
    pub receptors: Receptors,
    /// Least pixel value at which a receptor is on, for each cycle of a presentation: falling, at least 1.
    pub filters: Vec<u8>,
    /// A charge above it is a spike; every weight stays below it.
    pub threshold: i32,
    /// A neuron learns if its charge is above `window_low` and below `window_high`.
    pub window_low: i32,
    pub window_high: i32,
    /// A connection whose weight is smaller is removed.
    pub least_weight: i32,
    /// Weight of a new connection: positive in the column of the label, negative in other columns.
    pub new_weight: i32,
    /// Connections that an example adds to the column of its label, and to a column that is taught not to answer.
    pub grow_true: usize,
    pub grow_false: usize,
    /// What learning adds to a weight in the column of the label, and subtracts from one in another column.
    pub adjust_true: i32,
    pub adjust_false: i32,
    /// What every weight loses after each `decay_every` positives; 0: nothing.
    pub decay: i32,
    pub decay_every: u64,
    /// Examples that are counted before any of them teaches.
    pub batch: usize,
    /// How the two quantiles follow the errors of the true column and the excess of the false ones.
    pub true_steps: QuantileSteps,
    pub false_steps: QuantileSteps,
    /// Negatives wait while there are more of them than this number of times the positives.
    pub most_negatives: f32,
}

impl Default for Rule {
    fn default() -> Self {
        Self {
            receptors: Receptors::Pixels,
            filters: vec![192, 128, 64, 1],
            threshold: 1_000_000,
            window_low: 300_000,
            window_high: 1_200_000,
            least_weight: 97_000,
            new_weight: 100_000,
            grow_true: 10,
            grow_false: 10,
            adjust_true: 500,
            adjust_false: 500,
            decay: 20,
            decay_every: 100,
            batch: 200,
            true_steps: QuantileSteps { up: 19.0 / 100.0, down: 1.0 / 100.0 },
            false_steps: QuantileSteps { up: 150.0 / 900.0, down: 1.0 / 900.0 },
            most_negatives: 1.5,
        }
    }
}

impl Rule {
    /// Fails on the first constant outside its range.
    pub fn check(&self) -> Result<()> {
        let falling = self.filters.windows(2).all(|pair| pair[0] > pair[1]);
        if self.filters.is_empty() || self.filters.len() > MOST_FILTERS || !falling || self.filters.contains(&0) {
            let got = format!("{:?}", self.filters);
            return Err(Error::expected("filters", format!("1 to {MOST_FILTERS} falling values from 255 to 1"), got));
        }
        // Eight times the largest threshold fits into an i32 even before the carry.
        within("threshold", self.threshold, 1, 100_000_000)?;
        within("window low", self.window_low, 0, self.window_high)?;
        within("window high", self.window_high, 0, i32::MAX)?;
        within("least weight", self.least_weight, 1, self.threshold)?;
        within("new weight", self.new_weight, 1, self.threshold - 1)?;
        within("adjustment of the true column", self.adjust_true, 0, self.threshold)?;
        within("adjustment of false columns", self.adjust_false, 0, self.threshold)?;
        within("decay", self.decay, 0, self.threshold)?;
        within("positives between decays", self.decay_every, 1, u64::MAX)?;
        within("examples in a batch", self.batch, 1, 1 << 20)?;
        self.true_steps.check("quantile of the true column")?;
        self.false_steps.check("quantile of false columns")?;
        within("negatives for each positive", self.most_negatives, 0.0, 1e6)
    }

    /// For each pixel value, the first cycle in which it is on; the number of filters if it never is.
    pub fn bands(&self) -> [u8; 256] {
        std::array::from_fn(|pixel| {
            let first = self.filters.iter().position(|&filter| usize::from(filter) <= pixel);
            first.unwrap_or(self.filters.len()) as u8
        })
    }
}

fn within<T: PartialOrd + std::fmt::Display>(name: &str, value: T, least: T, most: T) -> Result<()> {
    if least <= value && value <= most {
        Ok(())
    } else {
        Err(Error::expected(name, format!("{least} to {most}"), value))
    }
}
