//! Votes of the columns for one image: the neurons that spiked, what drove them, and the cost of the answer.

use super::column::Column;
use super::columns::Columns;
use super::plain;
use crate::kernels::spikes::can_spike;

/// A neuron that spiked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vote {
    pub column: usize,
    pub neuron: usize,
    /// At least 1, at most one for each cycle.
    pub spikes: u32,
    pub drivers: Vec<VoteDriver>,
}

/// A connection of such a neuron that was on; a negative weight held it back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VoteDriver {
    pub receptor: u32,
    pub weight: i32,
    /// The first cycle in which it was on.
    pub cycle: usize,
}

/// Additions of integers for one answer, if a connection is added once, to what its first cycle brings in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Additions {
    /// One for each connection that is on, of neurons that can spike at all.
    pub connections: u64,
    /// Two for each such neuron and cycle: what is on, and the charge.
    pub charges: u64,
}

impl Columns {
    /// The neurons that spiked for an image `[receptors]`, by column and neuron. Panics if the image is shorter.
    pub fn votes(&self, image: &[u8]) -> Vec<Vote> {
        let neurons = self.columns.iter().enumerate().flat_map(|(k, column)| {
            (0..column.neurons()).filter(|&neuron| !column.silenced[neuron]).map(move |neuron| (k, column, neuron))
        });
        let vote = |(column, of, neuron): (usize, &Column, usize)| {
            let spikes = plain::spikes(of, neuron, &self.rule, image);
            (spikes != 0).then(|| Vote { column, neuron, spikes, drivers: self.drivers(of, neuron, image).collect() })
        };
        neurons.filter_map(vote).collect()
    }

    /// The additions that the answer for an image `[receptors]` takes. Panics if the image is shorter.
    pub fn additions(&self, image: &[u8]) -> Additions {
        let filters = self.rule.filters.len();
        let mut additions = Additions::default();
        for column in &self.columns {
            for neuron in (0..column.neurons()).filter(|&neuron| !column.silenced[neuron]) {
                let positive = column.neuron(neuron).map(|slot| slot.weight.max(0)).sum();
                if can_spike(positive, filters, self.rule.threshold) {
                    additions.connections += self.drivers(column, neuron, image).count() as u64;
                    additions.charges += 2 * filters as u64;
                }
            }
        }
        additions
    }

    /// The connections of a neuron that are on.
    fn drivers(&self, column: &Column, neuron: usize, image: &[u8]) -> impl Iterator<Item = VoteDriver> {
        let filters = &self.rule.filters;
        column.neuron(neuron).filter(|slot| slot.weight != 0).filter_map(|slot| {
            let cycle = filters.iter().position(|&filter| filter <= image[slot.receptor as usize])?;
            Some(VoteDriver { receptor: slot.receptor, weight: slot.weight, cycle })
        })
    }
}
