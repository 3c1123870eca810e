//! The incoming weights of a neuron as an image: the parameter at each place.
//!
//! The image of a dense neuron has the shape of what it reads, that of a local one the shape of its neighbourhood; a
//! convolution has one kernel for all neurons of a map. Layout: `[height, width, maps]`, where the maps are the
//! channels that are read.

use crate::layer::{KernelLayout, Layer, Weight, WeightView};
use crate::network::Network;
use crate::shape::Shape;

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Receptive {
    /// The first pixel that is read; 0 for a kernel, which has no position.
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
    /// The first map that is read, and the number of maps.
    pub map: usize,
    pub maps: usize,
    /// Index within the block's parameters; `None` where there is no weight.
    pub weights: Vec<Option<u32>>,
}

impl Receptive {
    /// The image of a neuron. `shape` is the form in which the values that its block reads are shown.
    pub fn of(layer: &Layer, index: usize, shape: Shape) -> Option<Self> {
        match layer.ops().weight_view() {
            WeightView::Kernels(kernels) => Some(Self::of_map(kernels, index % kernels.makes)),
            WeightView::Rows => Some(Self::of_row(layer.ops().inputs()[0], index, shape)),
            WeightView::Neighbourhoods | WeightView::Band => Self::of_neighbourhood(layer, index),
        }
    }

    fn of_map(kernels: KernelLayout, channel: usize) -> Self {
        let KernelLayout { side, reads: maps, .. } = kernels;
        let places = (0..kernels.taps()).flat_map(|tap| (0..maps).map(move |map| (tap, map)));
        let weights = places.map(|(tap, map)| Some(kernels.weight(channel, tap, map) as u32)).collect();
        Self { width: side, height: side, maps, weights, ..Self::default() }
    }

    fn of_row(read: Shape, index: usize, shape: Shape) -> Self {
        let shape = if shape.len() == read.len() { shape } else { read };
        let first = index * read.len();
        let weights = (first..first + read.len()).map(|weight| Some(weight as u32)).collect();
        Self { width: shape.width, height: shape.height, maps: shape.channels, weights, ..Self::default() }
    }

    fn of_neighbourhood(layer: &Layer, index: usize) -> Option<Self> {
        let read = *layer.ops().inputs().first()?;
        let mut found = Vec::new();
        layer.ops().incoming(index, &mut |connection| {
            let weight = match connection.weight {
                Weight::Parameter(weight) => weight as u32,
                Weight::Fixed(_) | Weight::Computed => return,
            };
            let pixel = connection.source / read.channels;
            found.push((pixel % read.width, pixel / read.width, connection.source % read.channels, weight));
        });
        let (left, top) = (found.iter().map(|f| f.0).min()?, found.iter().map(|f| f.1).min()?);
        let width = found.iter().map(|f| f.0).max()? + 1 - left;
        let height = found.iter().map(|f| f.1).max()? + 1 - top;
        // A neuron that reads one channel has an image of that channel only.
        let map = found.iter().map(|f| f.2).min()?;
        let maps = found.iter().map(|f| f.2).max()? + 1 - map;
        let mut weights = vec![None; width * height * maps];
        for (x, y, read, weight) in found {
            weights[((y - top) * width + x - left) * maps + read - map] = Some(weight);
        }
        Some(Self { left, top, width, height, map, maps, weights })
    }

    /// Fills `out` with the numbers of the image, from the block's own parameters; 0 where there is no weight.
    pub fn values(&self, params: &[f32], out: &mut Vec<f32>) {
        out.clear();
        let value = |weight: &Option<u32>| weight.and_then(|weight| params.get(weight as usize).copied());
        out.extend(self.weights.iter().map(|weight| value(weight).unwrap_or(0.0)));
    }
}

/// The form in which a block's input is shown: that of the panel it reads.
pub fn read_shape(network: &Network, block: usize) -> Option<Shape> {
    let mut input = *network.blocks()[block].inputs.first()?;
    // A vector that was made from maps is shown as maps.
    while network.blocks()[input].layer.ops().role().passes_on() && network.shape(input).is_flat() {
        input = network.blocks()[input].inputs[0];
    }
    Some(network.shape(input))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::layer::{Conv, ConvTranspose, Dense, LocallyConnected};

    /// All weights of an inner neuron, from its connections.
    fn weights_of(layer: &Layer, index: usize) -> Vec<u32> {
        let mut weights = Vec::new();
        layer.ops().incoming(index, &mut |connection| match connection.weight {
            Weight::Parameter(weight) => weights.push(weight as u32),
            Weight::Fixed(_) | Weight::Computed => {}
        });
        weights.sort_unstable();
        weights
    }

    #[test]
    fn an_image_holds_the_weights_of_its_neuron() {
        let picture = Shape::from_whc(6, 5, 2);
        let layers = [
            Layer::Dense(Dense { input: picture, outputs: 9 }),
            Layer::Conv(Conv::new(picture, 3, 3, 1, 1)),
            Layer::LocallyConnected(LocallyConnected { input: picture, size: 3, mix_channels: false }),
            Layer::LocallyConnected(LocallyConnected { input: picture, size: 3, mix_channels: true }),
        ];
        for layer in layers {
            let shape = layer.ops().output();
            let index = ((shape.height / 2 * shape.width + shape.width / 2) * shape.channels + 1).min(shape.len() - 1);
            let image = Receptive::of(&layer, index, picture).unwrap();
            assert_eq!(image.weights.len(), image.width * image.height * image.maps);
            let mut weights: Vec<u32> = image.weights.iter().flatten().copied().collect();
            weights.sort_unstable();
            assert_eq!(weights, weights_of(&layer, index), "{}", layer.ops().title());
        }
    }

    #[test]
    fn a_transposed_kernel_is_whole() {
        let (input, output) = (Shape::from_whc(3, 3, 2), Shape::from_whc(6, 6, 5));
        let layer = Layer::ConvTranspose(ConvTranspose { input, output, kernel: 4, stride: 2, padding: 1 });
        let image = Receptive::of(&layer, 4, input).unwrap();
        assert_eq!((image.width, image.height, image.maps), (4, 4, 2));
        // Together, the four neurons in the middle of the map use the whole kernel.
        let mut expected: Vec<u32> = [(2, 2), (3, 2), (2, 3), (3, 3)]
            .iter()
            .flat_map(|&(x, y)| weights_of(&layer, (y * 6 + x) * 5 + 4))
            .collect();
        expected.sort_unstable();
        expected.dedup();
        let mut weights: Vec<u32> = image.weights.iter().flatten().copied().collect();
        weights.sort_unstable();
        assert_eq!(weights, expected);
    }
}
