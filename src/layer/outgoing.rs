//! Which outputs of a layer read one of its input values: [`LayerOps::incoming`](super::LayerOps::incoming) the other way round.
//!
//! A layer that works on pictures reads a value in a small rectangle of its output; only those outputs are asked.

use std::ops::Range;

use super::connection::Weight;
use super::kinds::Layer;
use crate::shape::Shape;

/// Visits every output that reads value `source` of input number `input`, with the weight of the
/// connection.
pub fn outgoing(layer: &Layer, input: usize, source: usize, visit: &mut dyn FnMut(usize, Weight)) {
    if let Layer::Dense(dense) = layer {
        // Every output reads it: to ask each for all its inputs would take as long as a whole forward pass.
        let inputs = dense.input.len();
        return (0..dense.outputs).for_each(|output| visit(output, Weight::Parameter(output * inputs + source)));
    }
    let map = layer.ops();
    let (from, to) = (map.inputs()[input], map.output());
    let pixel = source / from.channels;
    let (x, y) = (pixel % from.width, pixel / from.width);
    let (across, down) = match layer {
        Layer::GroupedConv(conv) => (conv.across.readers(x, to.width), conv.down.readers(y, to.height)),
        Layer::Pad(pad) => (moved(x, pad.left, to.width), moved(y, pad.top, to.height)),
        _ => (reach(layer, x, to.width), reach(layer, y, to.height)),
    };
    for y in down {
        for x in across.clone() {
            for channel in channels(layer, source, from, to) {
                let output = (y * to.width + x) * to.channels + channel;
                map.incoming(output, &mut |connection| {
                    if (connection.input, connection.source) == (input, source) {
                        visit(output, connection.weight);
                    }
                });
            }
        }
    }
}

/// The positions along one axis of the output, which is `len` long, at which position `at` of the input may be read.
fn reach(layer: &Layer, at: usize, len: usize) -> Range<usize> {
    // Windows of `size` that start at position stride - padding.
    let windows = |size: usize, stride: usize, padding: usize| {
        let (first, last) = ((at + padding + 1).saturating_sub(size).div_ceil(stride), (at + padding) / stride);
        first..(last + 1).min(len)
    };
    let painted = |first: usize, size: usize| first..(first + size).min(len);
    match layer {
        Layer::Conv(conv) => windows(conv.window.kernel, conv.window.stride, conv.window.padding),
        Layer::Pool(pool) => windows(pool.size, pool.stride, 0),
        Layer::ConvTranspose(conv) => {
            let (first, end) = (at * conv.stride, at * conv.stride + conv.kernel);
            first.saturating_sub(conv.padding)..end.saturating_sub(conv.padding).min(len)
        }
        Layer::UpsampleConv(conv) => {
            let (first, end) = (at * conv.factor + conv.padding + 1, (at + 1) * conv.factor + conv.padding);
            first.saturating_sub(conv.kernel)..end.min(len)
        }
        Layer::LocallyConnected(mix) => at.saturating_sub(mix.size / 2)..(at + mix.size / 2 + 1).min(len),
        Layer::TileDense(scale) => painted(at / scale.from * scale.to, scale.to),
        Layer::Upsample(upsample) => painted(at * upsample.factor, upsample.factor),
        Layer::Add(_) | Layer::Concat(_) | Layer::GroupNorm(_) | Layer::Dropout(_) => painted(at, 1),
        Layer::Affine(_) => painted(at, 1),
        // A factor of a channel is read everywhere.
        Layer::Product(product) if product.inputs[0] == product.inputs[1] => painted(at, 1),
        Layer::Input(_) | Layer::Dense(_) | Layer::GlobalPool(_) | Layer::Reshape(_) | Layer::Product(_) => 0..len,
        Layer::Resize(_) | Layer::Planes(_) | Layer::GroupedConv(_) | Layer::Pad(_) => 0..len,
    }
}

/// The position of the output, if there is one, that shows position `at` of the input.
fn moved(at: usize, margin: i32, len: usize) -> Range<usize> {
    let at = usize::try_from(at as i64 + i64::from(margin)).unwrap_or(len).min(len);
    at..(at + 1).min(len)
}

/// The channels of the output that may read a value.
fn channels(layer: &Layer, source: usize, from: Shape, to: Shape) -> Range<usize> {
    let channel = source % from.channels;
    match layer {
        Layer::Conv(_) | Layer::ConvTranspose(_) | Layer::UpsampleConv(_) | Layer::TileDense(_) => 0..to.channels,
        Layer::Concat(_) | Layer::Reshape(_) | Layer::Planes(_) | Layer::GroupedConv(_) => 0..to.channels,
        Layer::LocallyConnected(mix) if mix.mix_channels => 0..to.channels,
        _ => channel..channel + 1,
    }
}
