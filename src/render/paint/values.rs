//! The values that are drawn in a scene: the numbers of its cells, its connections and marks.

use crate::network::Network;
use crate::render::scene::{Connections, Mark};

/// The values of one frame.
#[derive(Clone, Copy, Debug)]
pub struct DrawnValues<'a> {
    /// For each block of the network, a number for each of its values, according to the mode. For convolutions in
    /// weights and change mode, these are the kernels (see [`incoming`](crate::render::cells::incoming)). When
    /// activations are shown, the numbers of a last block that makes pictures are the picture, 0..=1; the numbers of
    /// block 0 are its values in all modes but the gradient. A block without numbers is drawn neutral.
    pub cells: &'a [&'a [f32]],
    pub connections: &'a Connections,
    /// The connections of the highlighted neuron.
    pub neuron: Option<&'a Connections>,
    /// In weights and change mode: the network and the numbers behind the cells, with the layout of theta, for images.
    pub weights: Option<(&'a Network, &'a [f32])>,
    pub marks: &'a [Mark],
}

impl<'a> DrawnValues<'a> {
    /// Only cells and connections.
    pub fn new(cells: &'a [&'a [f32]], connections: &'a Connections) -> Self {
        Self { cells, connections, neuron: None, weights: None, marks: &[] }
    }
}
