//! The state of columns as plain numbers, for checkpoints: columns from a state go on to the bit.

use super::column::Column;
use super::columns::{ColumnSizes, Columns};
use super::counts::ColumnCounts;
use super::rule::Rule;
use crate::error::{Error, Result};

/// Everything but sizes and constants.
///
/// Shapes: receptors, weights and pinned `[classes, slots, neurons]`, silenced `[classes, neurons]`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ColumnState {
    pub receptors: Vec<u32>,
    /// 0: the slot is free.
    pub weights: Vec<i32>,
    /// 0 or 1.
    pub pinned: Vec<u8>,
    pub silenced: Vec<u8>,
    /// Quantiles of the true column and of the false ones.
    pub quantiles: [f32; 2],
    /// As in [`ColumnCounts::to_array`]; the number of batches is the position in the data.
    pub counts: [u64; ColumnCounts::LEN],
    pub seed: u64,
}

impl ColumnState {
    /// Bytes of its numbers.
    pub fn bytes(&self) -> usize {
        4 * (self.receptors.len() + self.weights.len()) + self.pinned.len() + self.silenced.len()
    }
}

impl Columns {
    pub fn state(&self) -> ColumnState {
        let flags = |flags: &[bool]| flags.iter().map(|&flag| u8::from(flag)).collect::<Vec<_>>();
        ColumnState {
            receptors: self.columns.iter().flat_map(|column| column.receptors.clone()).collect(),
            weights: self.columns.iter().flat_map(|column| column.weights.clone()).collect(),
            pinned: self.columns.iter().flat_map(|column| flags(&column.pinned)).collect(),
            silenced: self.columns.iter().flat_map(|column| flags(&column.silenced)).collect(),
            quantiles: [self.true_quantile, self.false_quantile],
            counts: self.counts.to_array(),
            seed: self.seed,
        }
    }

    /// Columns that go on from a state. Fails if a number is outside its range or a length does not fit the sizes.
    pub fn from_state(sizes: ColumnSizes, rule: Rule, state: &ColumnState) -> Result<Self> {
        let mut columns = Self::new(sizes, rule, state.seed)?;
        let (slots, neurons) = (sizes.slots(), sizes.classes * sizes.neurons);
        let lens = [
            ("receptors", state.receptors.len(), slots),
            ("weights", state.weights.len(), slots),
            ("pinned", state.pinned.len(), slots),
            ("silenced", state.silenced.len(), neurons),
        ];
        if let Some((name, len, expected)) = lens.iter().find(|(_, len, expected)| len != expected) {
            return Err(Error::expected(format!("{name} of columns"), format!("{expected} numbers"), len));
        }
        if let Some(receptor) = state.receptors.iter().find(|&&receptor| sizes.receptors <= receptor as usize) {
            return Err(Error::expected("receptor", format!("less than {}", sizes.receptors), receptor));
        }
        let most = columns.rule.threshold - 1;
        if let Some(weight) = state.weights.iter().find(|weight| most < weight.saturating_abs()) {
            return Err(Error::expected("weight", format!("-{most} to {most}"), weight));
        }
        if let Some(quantile) = state.quantiles.iter().find(|quantile| !quantile.is_finite()) {
            return Err(Error::expected("quantile", "a finite number", quantile));
        }
        let size = sizes.neurons * sizes.slots;
        for (k, Column { receptors, weights, pinned, silenced }) in columns.columns.iter_mut().enumerate() {
            receptors.copy_from_slice(&state.receptors[k * size..][..size]);
            weights.copy_from_slice(&state.weights[k * size..][..size]);
            pinned.iter_mut().zip(&state.pinned[k * size..]).for_each(|(pinned, &flag)| *pinned = flag != 0);
            let flags = &state.silenced[k * sizes.neurons..];
            silenced.iter_mut().zip(flags).for_each(|(silenced, &flag)| *silenced = flag != 0);
        }
        [columns.true_quantile, columns.false_quantile] = state.quantiles;
        columns.counts = ColumnCounts::from_array(state.counts);
        Ok(columns)
    }
}
