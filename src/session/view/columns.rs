//! Columns in pictures: what each has wired, and what made it answer for what is shown.

use serde::Serialize;

use super::view::Viewer;
use crate::columns::{Additions, Column, Columns};
use crate::error::{Error, Result};
use crate::render::{ColourScale, Theme};
use crate::session::run::Learner;
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
        let Learner::Columns(learner) = &self.run.learner else {
            return Err(Error::expected("columns", "a run of spiking columns", &self.run.preset));
        };
        let (columns, shape) = (learner.columns(), self.run.network().input());
        let image = self.shown_bytes();
        // Images of another size than those of the training give no answer.
        let fits = image.len() == shape.len();
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

/// For each column the sum of the weights at each pixel; `of` lists receptors and weights.
fn sums(columns: &Columns, shape: Shape, of: impl Fn(usize, &Column) -> Vec<(u32, i32)>) -> Vec<Vec<f32>> {
    let sum = |(k, column)| {
        let mut sums = vec![0.0; shape.width * shape.height];
        for (receptor, weight) in of(k, column) {
            sums[receptor as usize / shape.channels] += weight as f32;
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
