//! The numbers that cells show, one for each value of each block.
//!
//! Activations, gradients and slopes are in a pass; the other numbers are computed here from the parameters.

use crate::layer::{Weight, WeightView};
use crate::network::Network;

/// Computes the numbers of a block in weights mode; zeros where it has no weights.
///
/// For every neuron this is the sum of its incoming weights, which is how their image looks from a distance. A
/// convolution uses the same weights everywhere; for every tap it shows the sum over the channels that are read,
/// `[kernel, kernel, maps]`. `theta` has the layout of the network's parameters: it is these or the amounts by which
/// they changed.
pub fn incoming(network: &Network, block: usize, theta: &[f32], out: &mut Vec<f32>) {
    let len = network.shape(block).len();
    let layer = &network.blocks()[block].layer;
    let params = &theta[network.blocks()[block].params.clone()];
    out.clear();
    match layer.ops().weight_view() {
        WeightView::Kernels(kernels) => {
            let places = (0..kernels.taps()).flat_map(|tap| (0..kernels.makes).map(move |map| (tap, map)));
            let weights = |tap, map| (0..kernels.reads).map(move |read| params[kernels.weight(map, tap, read)]);
            out.extend(places.map(|(tap, map)| weights(tap, map).sum::<f32>()));
        }
        WeightView::Rows => out.extend(params.chunks_exact(layer.ops().inputs()[0].len()).take(len).map(sum)),
        WeightView::Neighbourhoods | WeightView::Band if params.is_empty() => out.resize(len, 0.0),
        WeightView::Neighbourhoods | WeightView::Band => out.extend((0..len).map(|output| {
            let mut sum = 0.0;
            layer.ops().incoming(output, &mut |connection| {
                sum += match connection.weight {
                    Weight::Parameter(weight) => params[weight],
                    Weight::Fixed(_) | Weight::Computed => 0.0,
                }
            });
            sum
        })),
    }
}

/// Sums many numbers, eight at a time.
fn sum(weights: &[f32]) -> f32 {
    let (lanes, rest) = weights.as_chunks::<8>();
    let mut sums = [0.0f32; 8];
    for lane in lanes {
        for i in 0..8 {
            sums[i] += lane[i];
        }
    }
    sums.iter().sum::<f32>() + rest.iter().sum::<f32>()
}

/// The bias of every neuron of a block, 0 where it has none. For a convolution, the bias of each map is repeated for
/// every tap of its kernel: `[kernel, kernel, maps]`.
pub fn bias(network: &Network, block: usize, theta: &[f32], out: &mut Vec<f32>) {
    let layer = &network.blocks()[block].layer;
    let params = &theta[network.blocks()[block].params.clone()];
    let of = |output: usize| layer.ops().bias(output).map_or(0.0, |bias| params[bias]);
    out.clear();
    match layer.ops().weight_view().kernels() {
        Some(kernels) => out.extend((0..kernels.taps()).flat_map(|_| (0..kernels.makes).map(of))),
        None => out.extend((0..network.shape(block).len()).map(of)),
    }
}

/// The number of examples in which a neuron passed no gradient: at its lower end or off, and at its upper end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flat {
    pub low: u16,
    pub high: u16,
}

impl Flat {
    /// Counts one example for every neuron of a block, from dy/dz (`slopes`) and y (`values`).
    pub fn count(slopes: &[f32], values: &[f32], counts: &mut [Flat]) {
        for ((slope, value), count) in slopes.iter().zip(values).zip(counts) {
            if slope.abs() < FLAT {
                let end = if 0.5 < *value { &mut count.high } else { &mut count.low };
                *end += 1;
            }
        }
    }

    /// The share of all examples, negative if the neuron was more often at its lower end.
    pub fn share(self, examples: usize) -> f32 {
        let share = (self.low + self.high) as f32 / examples.max(1) as f32;
        if self.low <= self.high { share } else { -share }
    }
}

/// Slope below which a neuron passes no gradient.
const FLAT: f32 = 0.02;

/// Share of the values that the colour scale covers; the others get the colours of its ends, so that one outlier in two
/// hundred values does not make all others pale.
const COVERED: f64 = 0.995;

/// Larger values stand for none: the padding of a maximum holds the lowest number there is.
const LARGEST: f32 = 1e37;

/// The value at which the colour scale of a block ends: the 99.5th percentile of |value|, 0 if all are 0.
///
/// It is found by counting over the leading 14 bits of each number, which takes one pass and is exact to 1.6 %.
pub fn limit(values: &[f32], counts: &mut Vec<u32>) -> f32 {
    const DROPPED: u32 = 17;
    counts.clear();
    counts.resize(1 << (31 - DROPPED), 0);
    let mut finite = 0usize;
    let mut largest = 0.0f32;
    for value in values {
        let size = value.abs();
        if size < LARGEST {
            counts[(size.to_bits() >> DROPPED) as usize] += 1;
            largest = largest.max(size);
            finite += 1;
        }
    }
    // Few values have no outliers.
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
        assert_eq!(limit(&[0.5, -2.0, f32::NAN, f32::INFINITY, f32::MIN], &mut counts), 2.0);
        let mut many: Vec<f32> = (0..1000).map(|i| i as f32 / 1000.0).collect();
        many[3] = -1e9;
        let found = limit(&many, &mut counts);
        assert!((found - 0.995).abs() < 0.02, "{found}");
    }
}
