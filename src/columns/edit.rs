//! Changes to columns by hand, between two batches.

use super::column::Column;
use super::columns::{ColumnSizes, Columns};
use crate::error::{Error, Result};

impl Columns {
    /// Adds a column without connections, for one more class, and returns its number. The other columns stay as they
    /// are.
    pub fn add_class(&mut self) -> Result<usize> {
        let sizes = ColumnSizes { classes: self.sizes.classes + 1, ..self.sizes };
        sizes.check(&self.rule)?;
        self.columns.push(Column::empty(sizes.neurons, sizes.slots));
        self.sizes = sizes;
        Ok(sizes.classes - 1)
    }

    /// Sets a slot; a weight of 0 frees it. Fails if it is not there, or if receptor or weight is outside its range:
    /// a weight stays below the threshold in size.
    pub fn set_slot(&mut self, column: usize, neuron: usize, slot: usize, receptor: u32, weight: i32) -> Result<()> {
        let at = self.place(column, neuron, slot)?;
        if self.sizes.receptors <= receptor as usize {
            return Err(Error::expected("receptor", format!("less than {}", self.sizes.receptors), receptor));
        }
        let most = self.rule.threshold - 1;
        if weight < -most || most < weight {
            return Err(Error::expected("weight", format!("-{most} to {most}"), weight));
        }
        (self.columns[column].receptors[at], self.columns[column].weights[at]) = (receptor, weight);
        Ok(())
    }

    /// Pins a slot, or releases it. A pinned slot neither learns nor decays; if it is free, nothing grows in it.
    pub fn pin_slot(&mut self, column: usize, neuron: usize, slot: usize, pinned: bool) -> Result<()> {
        let at = self.place(column, neuron, slot)?;
        self.columns[column].pinned[at] = pinned;
        Ok(())
    }

    /// Pins all slots of a neuron, or releases them.
    pub fn pin_neuron(&mut self, column: usize, neuron: usize, pinned: bool) -> Result<()> {
        (0..self.sizes.slots).try_for_each(|slot| self.pin_slot(column, neuron, slot, pinned))
    }

    /// Silences a neuron, or lets it count again. Its spikes do not count; it goes on learning unless it is pinned.
    pub fn silence(&mut self, column: usize, neuron: usize, silenced: bool) -> Result<()> {
        self.place(column, neuron, 0)?;
        self.columns[column].silenced[neuron] = silenced;
        Ok(())
    }

    /// Where a slot is within its column.
    fn place(&self, column: usize, neuron: usize, slot: usize) -> Result<usize> {
        let ColumnSizes { classes, neurons, slots, .. } = self.sizes;
        for (name, number, count) in [("column", column, classes), ("neuron", neuron, neurons), ("slot", slot, slots)] {
            if count <= number {
                return Err(Error::expected(name, format!("less than {count}"), number));
            }
        }
        Ok(slot * neurons + neuron)
    }
}
