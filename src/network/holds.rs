//! Held neurons: their value is fixed, whatever their layer computes (a lesion holds it at 0).
//!
//! After the activation, `y[held] = value` in every example; in backward, `dL/dz[held] = 0`. A whole channel can be
//! held like one neuron; a neuron of it that is held as well keeps its own value.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::shape::Shape;

/// The held part of a block.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Held {
    /// All positions of one channel.
    Channel(usize),
    /// One value, `(y * width + x) * channels + channel`.
    Neuron(usize),
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Hold {
    pub block: usize,
    pub held: Held,
    pub value: f32,
}

impl Hold {
    /// Checks a hold from outside against the shape of its block.
    pub fn checked(self, shape: Shape) -> Result<Self> {
        let (most, index) = match self.held {
            Held::Channel(channel) => (shape.channels, channel),
            Held::Neuron(index) => (shape.len(), index),
        };
        if most <= index {
            return Err(Error::expected("held neuron", format!("an index below {most}"), index));
        }
        if !self.value.is_finite() {
            return Err(Error::expected("held neuron", "a finite number as its value", self.value));
        }
        Ok(self)
    }
}

/// All holds of a network, ordered by block, channels before neurons.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Holds {
    list: Vec<Hold>,
}

impl Holds {
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &Hold> {
        self.list.iter()
    }

    /// The value at which a part is held; `None` if it is not held.
    pub fn get(&self, block: usize, held: Held) -> Option<f32> {
        self.place(block, held).ok().map(|at| self.list[at].value)
    }

    /// Holds these parts at `value`, or releases them.
    pub fn set(&mut self, block: usize, held: &[Held], value: Option<f32>) {
        let held: BTreeSet<Held> = held.iter().copied().collect();
        self.list.retain(|hold| hold.block != block || !held.contains(&hold.held));
        if let Some(value) = value {
            self.list.extend(held.into_iter().map(|held| Hold { block, held, value }));
            self.list.sort_by_key(|hold| (hold.block, hold.held));
        }
    }

    /// Adds holds of parts that are not held yet.
    pub fn add(&mut self, holds: impl IntoIterator<Item = Hold>) {
        self.list.extend(holds);
        self.list.sort_by_key(|hold| (hold.block, hold.held));
    }

    /// The holds of one block.
    pub fn of(&self, block: usize) -> &[Hold] {
        let first = self.list.partition_point(|hold| hold.block < block);
        let count = self.list[first..].partition_point(|hold| hold.block == block);
        &self.list[first..first + count]
    }

    /// Whether they are in strictly ascending order, which holds from outside have to be.
    pub fn ascend(&self) -> bool {
        self.list.is_sorted_by(|a, b| (a.block, a.held) < (b.block, b.held))
    }

    pub fn retain(&mut self, keep: impl Fn(&Hold) -> bool) {
        self.list.retain(keep);
    }

    fn place(&self, block: usize, held: Held) -> std::result::Result<usize, usize> {
        self.list.binary_search_by(|hold| (hold.block, hold.held).cmp(&(block, held)))
    }
}

/// Writes the holds of one block into its values `[examples, shape]`: their own values, or 0 into a gradient.
pub fn write(holds: &[Hold], shape: Shape, values: &mut [f32], value: impl Fn(&Hold) -> f32) {
    for hold in holds {
        match hold.held {
            Held::Neuron(index) => values.iter_mut().skip(index).step_by(shape.len()).for_each(|v| *v = value(hold)),
            Held::Channel(channel) => {
                values.iter_mut().skip(channel).step_by(shape.channels).for_each(|v| *v = value(hold));
            }
        }
    }
}
