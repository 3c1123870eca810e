//! What is drawn of a scene: the numbers of its cells, its connections and marks.

use crate::network::Network;
use crate::render::scene::{Connections, Mark};

/// What is drawn.
#[derive(Clone, Copy, Debug)]
pub struct DrawnValues<'a> {
    /// For each block of the network one number for each of its values, whatever the mode shows; of convolutions in
    /// weights and change the kernels (see [`incoming`](crate::render::cells::incoming)). For the last block of a network that makes pictures
    /// these are the picture, 0..=1, when activations are shown; those of block 0 are its values in all modes but the
    /// gradient. A block whose numbers are missing is left neutral.
    pub cells: &'a [&'a [f32]],
    pub connections: &'a Connections,
    /// Those of the neuron pointed out.
    pub neuron: Option<&'a Connections>,
    /// In weights and change: the numbers behind the cells, laid out as theta, for where there is room for images.
    pub weights: Option<(&'a Network, &'a [f32])>,
    pub marks: &'a [Mark],
}

impl<'a> DrawnValues<'a> {
    /// Cells and connections, nothing else.
    pub fn new(cells: &'a [&'a [f32]], connections: &'a Connections) -> Self {
        Self { cells, connections, neuron: None, weights: None, marks: &[] }
    }
}
