//! Marks on pinned and held neurons and channels.

use crate::network::{Held, Network};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MarkKind {
    /// Training leaves its parameters unchanged; a dot in the corner.
    Pinned,
    /// Its value is held, whatever it computes; crossed out.
    Held,
}

/// A mark on a neuron or a whole channel.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Mark {
    pub block: usize,
    pub at: Held,
    pub kind: MarkKind,
}

/// The marks of a network's pinned and held neurons. A neuron counts as pinned if its bias is.
pub fn of(network: &Network) -> Vec<Mark> {
    let held = network.holds().iter().map(|hold| Mark { block: hold.block, at: hold.held, kind: MarkKind::Held });
    let mut marks: Vec<Mark> = held.collect();
    let blocks = if network.pins().is_empty() { 0 } else { network.blocks().len() };
    for block in 0..blocks {
        let (layer, shape) = (&network.blocks()[block].layer, network.shape(block));
        let first = network.blocks()[block].params.start;
        let pinned = |index: &usize| layer.ops().bias(*index).is_some_and(|bias| network.pins().contains(first + bias));
        // The neurons of a convolution's map share one bias.
        let is_map = layer.ops().weight_view().kernels().is_some();
        let count = if is_map { shape.channels } else { shape.len() };
        let at = |index| if is_map { Held::Channel(index) } else { Held::Neuron(index) };
        marks.extend((0..count).filter(pinned).map(|index| Mark { block, at: at(index), kind: MarkKind::Pinned }));
    }
    marks
}
