//! Changes to columns by hand, between two batches.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::column::{Column, ColumnSlot};
use super::columns::{ColumnSizes, Columns};
use crate::error::{Error, Result};

/// A change to one neuron of a column.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum ColumnChange {
    /// Connects a slot; a weight of 0 frees it.
    Slot { slot: usize, receptor: u32, weight: i32 },
    /// Excludes a slot from learning, or includes it again.
    Pin { slot: usize, pinned: bool },
    /// As `Pin`, for all slots.
    PinAll { pinned: bool },
    /// Keeps the spikes from counting, or lets them count again.
    Silence { silenced: bool },
}

/// All that can be changed by hand in one neuron.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ColumnNeuron {
    pub slots: Vec<ColumnSlot>,
    pub silenced: bool,
}

impl fmt::Display for ColumnChange {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Slot { slot, weight: 0, .. } => write!(f, "slot {slot} freed"),
            Self::Slot { slot, receptor, weight } => write!(f, "slot {slot} reads receptor {receptor} with {weight}"),
            Self::Pin { slot, pinned: true } => write!(f, "slot {slot} pinned"),
            Self::Pin { slot, pinned: false } => write!(f, "slot {slot} no longer pinned"),
            Self::PinAll { pinned: true } => f.write_str("pinned"),
            Self::PinAll { pinned: false } => f.write_str("no longer pinned"),
            Self::Silence { silenced: true } => f.write_str("silenced"),
            Self::Silence { silenced: false } => f.write_str("no longer silenced"),
        }
    }
}

impl ColumnNeuron {
    /// The neuron after a change; receptors and weights are checked by [`Columns::set_neuron`]. Fails if a slot is not
    /// there.
    pub fn changed(&self, change: &ColumnChange) -> Result<Self> {
        let mut neuron = self.clone();
        let slots = neuron.slots.len();
        let missing = |slot| Error::expected("slot", format!("less than {slots}"), slot);
        match *change {
            ColumnChange::Slot { slot, receptor, weight } => {
                let at = neuron.slots.get_mut(slot).ok_or_else(|| missing(slot))?;
                (at.receptor, at.weight) = (receptor, weight);
            }
            ColumnChange::Pin { slot, pinned } => {
                neuron.slots.get_mut(slot).ok_or_else(|| missing(slot))?.pinned = pinned;
            }
            ColumnChange::PinAll { pinned } => neuron.slots.iter_mut().for_each(|slot| slot.pinned = pinned),
            ColumnChange::Silence { silenced } => neuron.silenced = silenced,
        }
        Ok(neuron)
    }
}

impl Columns {
    /// A neuron as it is. Fails if it is not there.
    pub fn neuron(&self, column: usize, neuron: usize) -> Result<ColumnNeuron> {
        let ColumnSizes { classes, neurons, .. } = self.sizes;
        for (name, number, count) in [("column", column, classes), ("neuron", neuron, neurons)] {
            if count <= number {
                return Err(Error::expected(name, format!("less than {count}"), number));
            }
        }
        let of = &self.columns[column];
        Ok(ColumnNeuron { slots: of.neuron(neuron).collect(), silenced: of.silenced[neuron] })
    }

    /// Puts a neuron in the place of the current one. Fails if it has another number of slots, or if a receptor or a
    /// weight is outside its range: a weight stays below the threshold in size. On an error nothing has changed.
    ///
    /// A pinned slot neither learns nor decays; if it is free, nothing grows in it. The spikes of a silenced neuron do not
    /// count; it goes on learning unless it is pinned.
    pub fn set_neuron(&mut self, column: usize, neuron: usize, state: &ColumnNeuron) -> Result<()> {
        let slots = self.neuron(column, neuron)?.slots.len();
        if state.slots.len() != slots {
            return Err(Error::expected("neuron", format!("{slots} slots"), state.slots.len()));
        }
        let most = self.rule.threshold - 1;
        for &ColumnSlot { receptor, weight, .. } in &state.slots {
            if self.sizes.receptors <= receptor as usize {
                return Err(Error::expected("receptor", format!("less than {}", self.sizes.receptors), receptor));
            }
            if weight < -most || most < weight {
                return Err(Error::expected("weight", format!("-{most} to {most}"), weight));
            }
        }
        let to = &mut self.columns[column];
        for (at, slot) in to.slots_of(neuron).zip(&state.slots) {
            (to.receptors[at], to.weights[at], to.pinned[at]) = (slot.receptor, slot.weight, slot.pinned);
        }
        to.silenced[neuron] = state.silenced;
        Ok(())
    }

    /// Changes a neuron. On an error nothing has changed.
    pub fn change(&mut self, column: usize, neuron: usize, change: &ColumnChange) -> Result<()> {
        let changed = self.neuron(column, neuron)?.changed(change)?;
        self.set_neuron(column, neuron, &changed)
    }

    /// Columns for other classes: each is one of these columns as it is, by its number, or has no connections yet.
    /// Fails if there are too many, or if a number is not that of a column.
    pub fn arranged(&self, places: &[Option<usize>]) -> Result<Self> {
        let sizes = ColumnSizes { classes: places.len(), ..self.sizes };
        sizes.check(&self.rule)?;
        let column = |place: &Option<usize>| match *place {
            None => Ok(Column::empty(sizes.neurons, sizes.slots)),
            Some(place) => self
                .columns
                .get(place)
                .cloned()
                .ok_or_else(|| Error::expected("column", format!("less than {}", self.sizes.classes), place)),
        };
        let columns = places.iter().map(column).collect::<Result<Vec<_>>>()?;
        Ok(Self { sizes, columns, rule: self.rule.clone(), ..*self })
    }
}
