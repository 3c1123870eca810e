//! The incoming weights of a neuron as a picture, arranged like the values that it reads, to be viewed and painted on.
//!
//! Weights are `[height, width, channels]` from pixel (left, top) of the source block on; those of a kernel begin at
//! its corner. The picture has one tile of width x height for each channel: channel c is in column c % columns and row
//! c / columns.

use crate::network::{Network, Neuron};
use crate::render::{ColourScale, Receptive, Theme, read_shape};

#[derive(Clone, Debug, PartialEq)]
pub struct WeightImage {
    /// The block that is read.
    pub block: usize,
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
    /// The first channel that is read, and the number of channels.
    pub channel: usize,
    pub channels: usize,
    /// Tiles in a row of the picture.
    pub columns: usize,
    /// The absolute weight that has the full colour.
    pub limit: f32,
    /// Index of each weight in theta; `None` where there is no weight.
    pub parameters: Vec<Option<usize>>,
    /// The weights; 0 where there is none.
    pub values: Vec<f32>,
    /// RGBA, transparent where there is no weight.
    pub pixels: Vec<u8>,
    pub pixel_width: usize,
    pub pixel_height: usize,
}

impl WeightImage {
    /// Paints the weights; `None` for a neuron whose connections have no weights.
    pub fn paint(network: &Network, neuron: Neuron, theme: Theme) -> Option<Self> {
        let wired = network.wired(neuron);
        let here = &network.blocks()[wired.block];
        let source = *here.inputs.first()?;
        let image = Receptive::of(&here.layer, wired.index, read_shape(network, wired.block)?)?;
        let Receptive { left, top, width, height, map: channel, maps: channels, .. } = image;
        let block = network.origin(Neuron { block: source, index: 0 }).block;
        let theta = &network.theta[here.params.clone()];
        let mut values = Vec::new();
        image.values(theta, &mut values);
        let place = |weight: &Option<u32>| weight.map(|weight| here.params.start + weight as usize);
        let parameters: Vec<Option<usize>> = image.weights.iter().map(place).collect();
        let limit = values.iter().copied().filter(|w| w.is_finite()).fold(0.0, |most: f32, w| most.max(w.abs()));
        let columns = if channels <= 4 { channels } else { (channels as f64).sqrt().ceil() as usize };
        let (pixel_width, pixel_height) = (columns * width, channels.div_ceil(columns) * height);
        let mut pixels = vec![0; 4 * pixel_width * pixel_height];
        let scale = ColourScale::new(theme);
        for at in (0..parameters.len()).filter(|&at| parameters[at].is_some()) {
            let (c, x, y) = (at % channels, at / channels % width, at / channels / width);
            let pixel = (c / columns * height + y) * pixel_width + c % columns * width + x;
            let [r, g, b] = scale.colour((values[at] / limit.max(f32::MIN_POSITIVE)).clamp(-1.0, 1.0));
            pixels[4 * pixel..][..4].copy_from_slice(&[r, g, b, 255]);
        }
        Some(Self {
            block,
            left,
            top,
            width,
            height,
            channel,
            channels,
            columns,
            limit,
            parameters,
            values,
            pixels,
            pixel_width,
            pixel_height,
        })
    }
}
