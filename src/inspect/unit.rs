//! Units that can be driven: a neuron, a channel, or a direction of a code, before its activation.

use crate::network::{Network, Neuron};

/// A weighted sum of the values of one block.
#[derive(Clone, Debug, PartialEq)]
pub struct Unit {
    pub block: usize,
    part: UnitPart,
}

#[derive(Clone, Debug, PartialEq)]
enum UnitPart {
    /// One value, by its index.
    Neuron(usize),
    /// The mean over all places of a channel.
    Channel(usize),
    /// The product with a vector.
    Direction(Vec<f32>),
}

impl Unit {
    /// One value of a block.
    pub fn neuron(Neuron { block, index }: Neuron) -> Self {
        Self { block, part: UnitPart::Neuron(index) }
    }

    /// A channel of a block: the mean over its places.
    pub fn channel(block: usize, channel: usize) -> Self {
        Self { block, part: UnitPart::Channel(channel) }
    }

    /// A direction among the values of a block.
    pub fn direction(block: usize, direction: Vec<f32>) -> Self {
        Self { block, part: UnitPart::Direction(direction) }
    }

    /// All units of a block: its channels, or its neurons where it has no places.
    pub fn all(network: &Network, block: usize) -> Vec<Self> {
        let shape = network.shape(block);
        let unit = |channel| {
            if shape.is_flat() { Self::neuron(Neuron { block, index: channel }) } else { Self::channel(block, channel) }
        };
        (0..shape.channels).map(unit).collect()
    }

    /// Its response to one example, from the values z of its block with `channels` channels.
    pub fn response(&self, z: &[f32], channels: usize) -> f32 {
        match &self.part {
            UnitPart::Neuron(index) => z[*index],
            UnitPart::Channel(channel) => {
                let sum: f64 = z.iter().skip(*channel).step_by(channels).map(|&z| f64::from(z)).sum();
                (sum / (z.len() / channels) as f64) as f32
            }
            UnitPart::Direction(direction) => {
                z.iter().zip(direction).map(|(&z, &d)| f64::from(z) * f64::from(d)).sum::<f64>() as f32
            }
        }
    }

    /// Writes the gradient of the response with respect to z.
    pub fn gradient(&self, channels: usize, dz: &mut [f32]) {
        dz.fill(0.0);
        match &self.part {
            UnitPart::Neuron(index) => dz[*index] = 1.0,
            UnitPart::Channel(channel) => {
                let share = 1.0 / (dz.len() / channels) as f32;
                dz.iter_mut().skip(*channel).step_by(channels).for_each(|dz| *dz = share);
            }
            UnitPart::Direction(direction) => dz.copy_from_slice(direction),
        }
    }

    /// Index of the value that responds most, or least, of those that belong to it: the place within a channel.
    pub fn place(&self, z: &[f32], channels: usize, most: bool) -> usize {
        let channel = match &self.part {
            UnitPart::Neuron(index) => return *index,
            UnitPart::Channel(channel) => *channel,
            UnitPart::Direction(_) => 0,
        };
        let better = |a: f32, b: f32| if most { b < a } else { a < b };
        let places = (channel..z.len()).step_by(channels);
        places.reduce(|best, place| if better(z[place], z[best]) { place } else { best }).unwrap_or(channel)
    }

    /// The neuron that stands for it: itself, or the middle of its channel.
    pub fn middle(&self, network: &Network) -> Neuron {
        let shape = network.shape(self.block);
        let index = match &self.part {
            UnitPart::Neuron(index) => *index,
            UnitPart::Channel(channel) => (shape.height / 2 * shape.width + shape.width / 2) * shape.channels + channel,
            UnitPart::Direction(_) => 0,
        };
        Neuron { block: self.block, index }
    }

    /// Whether it looks at one place, so that it has a receptive field.
    pub fn is_neuron(&self) -> bool {
        matches!(self.part, UnitPart::Neuron(_))
    }
}
