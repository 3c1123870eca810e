//! The statistics of the layers at one step, put together from what was observed of its shards and pieces.
//!
//! Sums are merged in the order of the shards and the pieces, so results do not depend on the number of threads.

use std::ops::Range;

use super::observe::{ObservedStep, one_in};
use super::trainer::Trainer;
use crate::metrics::{Histogram, LayerQuantity, LayerStatistics};
use crate::network::Network;
use crate::par;

/// Parameters that one thread counts at a time.
const PART: usize = 4 * 1024;

impl Trainer {
    /// Gathers the statistics of every layer during the next step; [`Trainer::take_observed`] gives them after it.
    pub fn observe(&mut self, observes: bool) {
        self.observes = observes;
    }

    /// The statistics of all blocks at the last step, the input first, if they were asked for and the step was applied.
    pub fn take_observed(&mut self) -> Option<Vec<LayerStatistics>> {
        self.observed.take()
    }

    /// Puts together what the shards and the update have seen of this step.
    pub(super) fn gather(&mut self, network: &Network, used: usize, steps: Vec<(usize, ObservedStep)>) {
        let mut layers: Vec<LayerStatistics> = network
            .blocks()
            .iter()
            .map(|block| LayerStatistics { name: block.name.clone(), ..LayerStatistics::default() })
            .collect();
        let (first, others) = self.shards.split_first_mut().expect("a batch has a shard");
        let mut values = std::mem::take(&mut first.observed);
        for shard in &mut others[..used - 1] {
            let observed = std::mem::take(&mut shard.observed);
            values.iter_mut().zip(&observed).for_each(|(values, more)| values.merge(more));
        }
        for (layer, values) in layers.iter_mut().zip(values) {
            (layer.dead, layer.saturated) = (values.dead(), values.saturated());
            layer.histograms[LayerQuantity::Activations as usize] =
                (!values.values.is_empty()).then(|| values.values.into());
        }
        for (block, step) in steps {
            layers[block].update_ratio = step.ratio();
            layers[block].histograms[LayerQuantity::Gradients as usize] =
                (!step.gradients.is_empty()).then(|| step.gradients.into());
        }
        for (block, quantity, histogram) in parameters(network) {
            layers[block].histograms[quantity as usize].get_or_insert_default().merge(&histogram);
        }
        self.observed = Some(layers);
    }
}

/// The parameters of each block, in parts; of many parts, some.
fn parameters(network: &Network) -> Vec<(usize, LayerQuantity, Histogram)> {
    let mut parts: Vec<(usize, LayerQuantity, Range<usize>)> = Vec::new();
    for block in 0..network.blocks().len() {
        for (tensor, range) in network.tensors(block) {
            let quantity = if tensor.name == "bias" { LayerQuantity::Biases } else { LayerQuantity::Weights };
            let (end, one_in) = (range.end, one_in(range.len()));
            parts.extend(range.step_by(PART * one_in).map(|start| (block, quantity, start..end.min(start + PART))));
        }
    }
    par::map(&parts, |(block, quantity, range)| (*block, *quantity, Histogram::of(&network.theta[range.clone()])))
}
