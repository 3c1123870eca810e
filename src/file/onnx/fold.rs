//! Scales and shifts of output channels, folded into the parameters of the layer before.

use crate::layer::{Layer, OutputAxis};

/// Multiplies every output channel of a layer by `scale` and adds `shift`, by its parameters. Returns whether it has
/// parameters for that.
pub fn fold(layer: &Layer, theta: &mut [f32], scale: &[f64], shift: &[f64]) -> bool {
    let channels = scale.len();
    let Some(axis) = layer.ops().output_axis().filter(|_| channels <= theta.len()) else { return false };
    let (weights, bias) = theta.split_at_mut(theta.len() - channels);
    let times = |value: &mut f32, factor: f64| *value = (*value as f64 * factor) as f32;
    match axis {
        OutputAxis::First => {
            let row = weights.len() / channels;
            weights.chunks_exact_mut(row).zip(scale).for_each(|(w, &s)| w.iter_mut().for_each(|w| times(w, s)));
        }
        OutputAxis::Last => {
            weights.chunks_exact_mut(channels).for_each(|w| w.iter_mut().zip(scale).for_each(|(w, &s)| times(w, s)));
        }
    }
    for ((bias, scale), shift) in bias.iter_mut().zip(scale).zip(shift) {
        *bias = (*bias as f64 * scale + shift) as f32;
    }
    true
}
