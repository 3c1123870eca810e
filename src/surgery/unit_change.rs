//! Units of a block, its neurons or the channels of its pictures, before and after a change.

use crate::error::{Error, Result};
use crate::network::Network;
use crate::shape::Shape;

/// The units of a block before and after a change: each channel, or each value of a block without places and of a
/// sparse one.
#[derive(Clone, Debug)]
pub struct UnitChange {
    pub old: Shape,
    pub new: Shape,
    /// The old unit that each new one is; `None` if it is new.
    pub origins: Vec<Option<usize>>,
}

impl UnitChange {
    /// Adds new units at the end of a block; of a sparse picture, whole rows of them.
    pub fn grown(network: &Network, block: usize, more: usize) -> Self {
        let (old, count) = (network.shape(block), unit_count(network, block));
        let is_sparse = network.blocks()[block].layer.sparse().is_some();
        let new = if is_sparse && 1 < old.area() {
            Shape::from_whc(old.width, old.height + more.div_ceil(old.width * old.channels), old.channels)
        } else {
            Shape { channels: old.channels + more, ..old }
        };
        let new_count = if is_sparse { new.len() } else { new.channels };
        let origins = (0..new_count).map(|unit| Some(unit).filter(|&unit| unit < count)).collect();
        Self { old, new, origins }
    }

    /// Whether units are channels, so that places stay.
    pub fn is_by_channel(&self) -> bool {
        self.origins.len() == self.new.channels && self.old.area() == self.new.area()
    }

    /// The same change with new units in place of copies: of the new units that were the same old one, the first stays.
    pub fn without_copies(mut self) -> Self {
        let mut was_taken = vec![false; self.origins.iter().flatten().max().map_or(0, |most| most + 1)];
        for origin in &mut self.origins {
            *origin = origin.filter(|&unit| !std::mem::replace(&mut was_taken[unit], true));
        }
        self
    }

    /// The unit of a new value, and the old value that it was.
    pub fn value(&self, index: usize) -> (usize, Option<usize>) {
        if !self.is_by_channel() {
            return (index, self.origins[index]);
        }
        let (place, unit) = (index / self.new.channels, index % self.new.channels);
        (unit, self.origins[unit].map(|origin| place * self.old.channels + origin))
    }
}

/// Fails unless a block is there and not the input.
pub fn check_layer(network: &Network, block: usize) -> Result<()> {
    let last = network.blocks().len() - 1;
    if (1..=last).contains(&block) {
        return Ok(());
    }
    Err(Error::expected("layer", format!("a number from 1 to {last}"), block))
}

/// Number of units of a block: of channels, or of values where it has no places or is sparse.
pub fn unit_count(network: &Network, block: usize) -> usize {
    let shape = network.shape(block);
    if network.blocks()[block].layer.sparse().is_some() { shape.len() } else { shape.channels }
}
