//! Columns in pictures: what each has wired, and what made it answer for what is shown.

use serde::Serialize;

use super::view::Viewer;
use crate::columns::{Additions, Column, Columns};
use crate::error::Result;
use crate::render::{ColourScale, Theme};
use crate::shape::Shape;

/// All columns.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnsPicture {
    pub width: usize,
    pub height: usize,
    #[serde(skip)]
    pub columns: Vec<ColumnPicture>,
    /// Additions of whole numbers that the answer takes.
    pub additions: u64,
}

/// A column, and its answer for what is shown. Pictures are RGBA `[height, width]`: for each pixel the sum of the weights
/// of connections to it, positive or negative.
#[derive(Clone, Debug, Serialize)]
pub struct ColumnPicture {
    pub name: String,
    pub spikes: u32,
    /// Neurons that spiked, and all.
    pub spiking: usize,
    pub neurons: usize,
    /// Slots with a connection, and all.
    pub occupied: usize,
    pub slots: usize,
    /// All connections.
    #[serde(skip)]
    pub field: Vec<u8>,
    /// The connections that were on, of neurons that spiked.
    #[serde(skip)]
    pub votes: Vec<u8>,
}

impl Viewer<'_> {
    /// Shows the columns. Fails for a learner that has none.
    pub fn columns(&mut self, theme: Theme) -> Result<ColumnsPicture> {
        let learner = self.run.columns()?;
        let (columns, shape) = (learner.columns(), learner.receptors());
        // Images of another size than those of the training give no answer.
        let image = learner.see(&self.shown_bytes());
        let fits = !image.is_empty();
        let votes = if fits { columns.votes(&image) } else { Vec::new() };
        let additions = if fits { columns.additions(&image) } else { Additions::default() };
        let fields = sums(columns, shape, |_, column| {
            column.receptors().iter().copied().zip(column.weights().iter().copied()).collect()
        });
        let driven = sums(columns, shape, |k, _| {
            let of_column = votes.iter().filter(|vote| vote.column == k);
            of_column.flat_map(|vote| vote.drivers.iter().map(|driver| (driver.receptor, driver.weight))).collect()
        });
        let scale = ColourScale::new(theme);
        let pictures = painted(&fields, &scale).into_iter().zip(painted(&driven, &scale));
        let all = (0..).zip(columns.columns()).zip(pictures).map(|((k, column), (field, driven))| {
            let own = || votes.iter().filter(|vote| vote.column == k);
            ColumnPicture {
                name: self.run.classes.get(k).cloned().unwrap_or_default(),
                spikes: own().map(|vote| vote.spikes).sum(),
                spiking: own().count(),
                neurons: column.neurons(),
                occupied: column.occupied(),
                slots: column.weights().len(),
                field,
                votes: driven,
            }
        });
        let columns = all.collect();
        Ok(ColumnsPicture {
            width: shape.width,
            height: shape.height,
            columns,
            additions: additions.connections + additions.charges,
        })
    }
}

/// A neuron of a column, and what it does for what is shown.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ColumnNeuronPicture {
    pub column: usize,
    /// Name of the class.
    pub name: String,
    pub neuron: usize,
    pub neurons: usize,
    pub spikes: u32,
    pub silenced: bool,
    /// The next neuron of the column that spikes, from this one on and around.
    pub next: Option<usize>,
    pub slots: Vec<SlotView>,
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    /// The largest weight that fits.
    pub most: i32,
    /// RGBA `[height, width]`: the sum of the weights at each pixel.
    #[serde(skip)]
    pub field: Vec<u8>,
}

/// A slot; without a meaning where the weight is 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct SlotView {
    pub x: usize,
    pub y: usize,
    pub channel: usize,
    pub weight: i32,
    pub pinned: bool,
    /// Whether it is on for what is shown.
    pub on: bool,
}

impl Viewer<'_> {
    /// Shows a neuron of a column. Fails if it is not there.
    pub fn column_neuron(&mut self, column: usize, neuron: usize, theme: Theme) -> Result<ColumnNeuronPicture> {
        let learner = self.run.columns()?;
        let (columns, shape) = (learner.columns(), learner.receptors());
        let state = columns.neuron(column, neuron)?;
        let image = learner.see(&self.shown_bytes());
        let votes = if !image.is_empty() { columns.votes(&image) } else { Vec::new() };
        let of_column = || votes.iter().filter(|vote| vote.column == column);
        let own = of_column().find(|vote| vote.neuron == neuron);
        let later = of_column().find(|vote| neuron < vote.neuron);
        let weakest = columns.rule().filters.last().copied().unwrap_or(1);
        let slots = state.slots.iter().map(|slot| {
            let (x, y, channel) = shape.place(slot.receptor as usize);
            SlotView {
                x,
                y,
                channel,
                weight: slot.weight,
                pinned: slot.pinned,
                on: slot.weight != 0 && image.get(slot.receptor as usize).is_some_and(|&byte| weakest <= byte),
            }
        });
        let slots: Vec<SlotView> = slots.collect();
        let mut field = vec![0.0; shape.area()];
        for slot in &state.slots {
            let sign = columns.rule().receptors.sign(slot.receptor);
            field[slot.receptor as usize / shape.channels] += sign * slot.weight as f32;
        }
        Ok(ColumnNeuronPicture {
            column,
            name: self.run.classes.get(column).cloned().unwrap_or_default(),
            neuron,
            neurons: columns.sizes().neurons,
            spikes: own.map_or(0, |vote| vote.spikes),
            silenced: state.silenced,
            next: later.or_else(|| of_column().next()).map(|vote| vote.neuron),
            slots,
            width: shape.width,
            height: shape.height,
            channels: shape.channels,
            most: columns.rule().threshold - 1,
            field: painted(&[field], &ColourScale::new(theme)).remove(0),
        })
    }
}

/// For each column the sum of the weights at each pixel, those of off-centre receptors subtracted; `of` lists receptors and weights.
fn sums(columns: &Columns, shape: Shape, of: impl Fn(usize, &Column) -> Vec<(u32, i32)>) -> Vec<Vec<f32>> {
    let seen = columns.rule().receptors;
    let sum = |(k, column)| {
        let mut sums = vec![0.0; shape.width * shape.height];
        for (receptor, weight) in of(k, column) {
            sums[receptor as usize / shape.channels] += seen.sign(receptor) * weight as f32;
        }
        sums
    };
    columns.columns().iter().enumerate().map(sum).collect()
}

/// RGBA pictures on one scale.
fn painted(pictures: &[Vec<f32>], scale: &ColourScale) -> Vec<Vec<u8>> {
    let largest = pictures.iter().flatten().fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
    let paint = |values: &Vec<f32>| {
        let colours = values.iter().map(|value| scale.colour(value / largest));
        colours.flat_map(|[r, g, b]| [r, g, b, 255]).collect()
    };
    pictures.iter().map(paint).collect()
}
