//! Folds a factor and a term for each output channel into the parameters of a linear layer.

use crate::layer::Layer;

/// Multiplies every output channel by `scale` and adds `shift`; returns false if the layer has no such parameters.
pub fn fold(layer: &Layer, theta: &mut [f32], scale: &[f64], shift: &[f64]) -> bool {
    let channels = scale.len();
    let is_foldable = matches!(
        layer,
        Layer::Dense(_) | Layer::Conv(_) | Layer::GroupedConv(_) | Layer::ConvTranspose(_) | Layer::Affine(_)
    );
    if !is_foldable || theta.len() < channels {
        return false;
    }
    let (weights, bias) = theta.split_at_mut(theta.len() - channels);
    let times = |value: &mut f32, factor: f64| *value = (*value as f64 * factor) as f32;
    if matches!(layer, Layer::ConvTranspose(_)) {
        weights.chunks_exact_mut(channels).for_each(|w| w.iter_mut().zip(scale).for_each(|(w, &s)| times(w, s)));
    } else {
        let row = weights.len() / channels;
        weights.chunks_exact_mut(row).zip(scale).for_each(|(w, &s)| w.iter_mut().for_each(|w| times(w, s)));
    }
    for ((bias, scale), shift) in bias.iter_mut().zip(scale).zip(shift) {
        *bias = (*bias as f64 * scale + shift) as f32;
    }
    true
}
