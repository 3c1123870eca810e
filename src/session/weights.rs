//! The incoming weights of a neuron as a picture, laid out as what it reads: to be looked at and painted on.
//!
//! Weights lie `[height, width, channels]` from pixel (left, top) of the source block on. The picture shows one tile of
//! width x height for each channel: channel c in column c % columns and row c / columns.

use crate::layer::Layer;
use crate::network::{Network, Neuron};
use crate::render::{Scale, Theme};
use crate::shape::Shape;

#[derive(Clone, Debug, PartialEq)]
pub struct WeightImage {
    /// The block that is read.
    pub block: usize,
    pub left: usize,
    pub top: usize,
    pub width: usize,
    pub height: usize,
    /// The first channel that is read, and how many.
    pub channel: usize,
    pub channels: usize,
    /// Tiles in a row of the picture.
    pub columns: usize,
    /// The size of weight that has the full colour.
    pub limit: f32,
    /// Index of each weight in theta; `None` where there is none.
    pub parameters: Vec<Option<usize>>,
    /// The weights; 0 where there is none.
    pub values: Vec<f32>,
    /// RGBA, transparent where there is no weight.
    pub pixels: Vec<u8>,
    pub pixel_width: usize,
    pub pixel_height: usize,
}

impl WeightImage {
    /// `None` for a neuron whose connections have no weights.
    pub fn paint(network: &Network, neuron: Neuron, theme: Theme) -> Option<Self> {
        let mut taps = Vec::new();
        network.incoming(whole_window(network, neuron), &mut |wire| {
            taps.extend(wire.parameter.map(|parameter| (network.origin(wire.source), parameter)));
        });
        let block = taps.first()?.0.block;
        let shape = picture_shape(network.shape(block));
        let place = |index: usize| {
            let pixel = index / shape.channels;
            (pixel % shape.width, pixel / shape.width, index % shape.channels)
        };
        let places: Vec<_> = taps.iter().map(|(source, _)| place(source.index)).collect();
        let span = |of: fn(&(usize, usize, usize)) -> usize| {
            let first = places.iter().map(of).min().unwrap_or(0);
            (first, places.iter().map(of).max().unwrap_or(0) + 1 - first)
        };
        let ((left, width), (top, height), (channel, channels)) = (span(|p| p.0), span(|p| p.1), span(|p| p.2));
        let len = width * height * channels;
        let (mut parameters, mut values) = (vec![None; len], vec![0.0; len]);
        for (&(x, y, c), &(_, parameter)) in places.iter().zip(&taps) {
            let at = ((y - top) * width + x - left) * channels + c - channel;
            (parameters[at], values[at]) = (Some(parameter), network.theta[parameter]);
        }
        let limit = values.iter().copied().filter(|w| w.is_finite()).fold(0.0, |most: f32, w| most.max(w.abs()));
        let columns = if channels <= 4 { channels } else { (channels as f64).sqrt().ceil() as usize };
        let (pixel_width, pixel_height) = (columns * width, channels.div_ceil(columns) * height);
        let mut pixels = vec![0; 4 * pixel_width * pixel_height];
        let scale = Scale::new(theme);
        for at in (0..len).filter(|&at| parameters[at].is_some()) {
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

/// A convolution uses the same weights everywhere; in the middle of its map none of them falls beyond the edge.
fn whole_window(network: &Network, neuron: Neuron) -> Neuron {
    let wired = network.wired(neuron);
    if !matches!(network.blocks()[wired.block].layer, Layer::Conv(_)) {
        return wired;
    }
    let Shape { width, height, channels } = network.shape(wired.block);
    Neuron { index: (height / 2 * width + width / 2) * channels + wired.index % channels, ..wired }
}

/// A vector is laid out as a near square.
fn picture_shape(shape: Shape) -> Shape {
    if !shape.is_flat() {
        return shape;
    }
    let width = (shape.len() as f64).sqrt().ceil() as usize;
    Shape::from_whc(width, shape.len().div_ceil(width), 1)
}
