//! What the cells show: one number for each value of each block.
//!
//! Activations and gradients lie ready in a pass; the rest is computed here from the parameters.

use crate::layer::Layer;
use crate::network::Network;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// y of the shown example; pictures in their own colours.
    #[default]
    Activation,
    /// Size of all incoming weights of a neuron, with the sign of their sum.
    Weights,
    /// dL/dy of the shown example.
    Gradient,
    /// Like weights, of what training has added since the start.
    Change,
    /// The neuron's bias.
    Bias,
}

impl Mode {
    pub const ALL: [Mode; 5] = [Mode::Activation, Mode::Weights, Mode::Gradient, Mode::Change, Mode::Bias];

    pub fn name(self) -> &'static str {
        match self {
            Mode::Activation => "activation",
            Mode::Weights => "weights",
            Mode::Gradient => "gradient",
            Mode::Change => "change",
            Mode::Bias => "bias",
        }
    }

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.name() == name)
    }
}

/// For every neuron of a block sqrt(Σ w²) over its incoming weights, with the sign of Σ w; 0 where none has a weight.
///
/// `theta` is laid out as the network's: the parameters themselves, or what they changed by. A convolution uses the same
/// weights everywhere, so each of its maps is computed once, in the middle where no tap falls outside.
pub fn incoming(network: &Network, block: usize, theta: &[f32], out: &mut Vec<f32>) {
    let shape = network.shape(block);
    let layer = &network.blocks()[block].layer;
    let params = &theta[network.blocks()[block].params.clone()];
    let size = |output: usize| {
        let (mut sum, mut squares) = (0.0f64, 0.0f64);
        layer.map().incoming(output, &mut |connection| {
            if let Some(weight) = connection.weight {
                let w = params[weight] as f64;
                sum += w;
                squares += w * w;
            }
        });
        (squares.sqrt() as f32).copysign(sum as f32)
    };
    out.clear();
    if params.is_empty() {
        out.resize(shape.len(), 0.0);
    } else if matches!(layer, Layer::Conv(_) | Layer::ConvTranspose(_)) {
        let middle = (shape.height / 2 * shape.width + shape.width / 2) * shape.channels;
        let maps: Vec<f32> = (middle..middle + shape.channels).map(size).collect();
        (0..shape.area()).for_each(|_| out.extend(&maps));
    } else {
        out.extend((0..shape.len()).map(size));
    }
}

/// The bias of every neuron of a block; 0 where it has none.
pub fn bias(network: &Network, block: usize, theta: &[f32], out: &mut Vec<f32>) {
    let map = network.blocks()[block].layer.map();
    let params = &theta[network.blocks()[block].params.clone()];
    out.clear();
    out.extend((0..network.shape(block).len()).map(|output| map.bias(output).map_or(0.0, |bias| params[bias])));
}

/// Share of the values that the colour scale covers; the rest are drawn as its ends. One wild value in two hundred
/// must not make all others pale.
const COVERED: f64 = 0.995;

/// The size of value at which the colour scale of a block ends: the 99.5th percentile of |value|, 0 if all are 0.
///
/// Counted over the leading 14 bits of each number, so it is exact to 1.6 % and takes one pass.
pub fn limit(values: &[f32], counts: &mut Vec<u32>) -> f32 {
    const DROPPED: u32 = 17;
    counts.clear();
    counts.resize(1 << (31 - DROPPED), 0);
    let mut finite = 0usize;
    let mut largest = 0.0f32;
    for value in values {
        let size = value.abs();
        if size.is_finite() {
            counts[(size.to_bits() >> DROPPED) as usize] += 1;
            largest = largest.max(size);
            finite += 1;
        }
    }
    // Few values have no outliers to speak of.
    let beyond = ((finite as f64) * (1.0 - COVERED)) as usize;
    let mut seen = 0;
    for (bits, &count) in counts.iter().enumerate().rev() {
        seen += count as usize;
        if beyond < seen {
            return f32::from_bits((bits as u32 + 1) << DROPPED).min(largest);
        }
    }
    0.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limit_is_the_largest_of_a_few_and_ignores_one_wild_of_many() {
        let mut counts = Vec::new();
        assert_eq!(limit(&[], &mut counts), 0.0);
        assert_eq!(limit(&[0.0, 0.0], &mut counts), 0.0);
        assert_eq!(limit(&[0.5, -2.0, f32::NAN, f32::INFINITY], &mut counts), 2.0);
        let mut many: Vec<f32> = (0..1000).map(|i| i as f32 / 1000.0).collect();
        many[3] = -1e9;
        let found = limit(&many, &mut counts);
        assert!((found - 0.995).abs() < 0.02, "{found}");
    }

    #[test]
    fn every_mode_is_parsed_from_its_name() {
        for mode in Mode::ALL {
            assert_eq!(Mode::parse(mode.name()), Some(mode));
        }
        assert_eq!(Mode::parse("other"), None);
    }
}
