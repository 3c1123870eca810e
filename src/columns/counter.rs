//! Scores of many images at once, on all threads.
//!
//! Shapes: images `[examples, receptors]`, scores `[examples, classes]`.

use super::columns::{ColumnSizes, Columns};
use crate::error::{Error, Result};
use crate::kernels::spikes::{GROUP, LitGroup, LiveNeurons};
use crate::par;

/// Counts the spikes of columns as they were when it was last [loaded](SpikeCounter::load).
#[derive(Clone, Debug, Default)]
pub struct SpikeCounter {
    sizes: ColumnSizes,
    filters: Vec<u8>,
    threshold: i32,
    parts: Vec<CounterPart>,
    groups: Vec<LitGroup>,
    scores: Vec<u32>,
}

/// What is counted of one column.
#[derive(Clone, Debug, Default)]
struct CounterPart {
    live: LiveNeurons,
    /// Spikes for each image of each group.
    spikes: Vec<[u32; GROUP]>,
}

impl SpikeCounter {
    pub fn new(columns: &Columns) -> Self {
        let mut counter = Self::default();
        counter.load(columns);
        counter
    }

    /// Takes over all connections.
    pub fn load(&mut self, columns: &Columns) {
        self.sizes = columns.sizes;
        self.filters.clone_from(&columns.rule.filters);
        self.threshold = columns.rule.threshold;
        self.parts.resize_with(columns.columns.len(), Default::default);
        let (filters, threshold) = (self.filters.len(), self.threshold);
        par::each(&mut self.parts, |k, part| {
            let column = &columns.columns[k];
            part.live.select(&column.receptors, &column.weights, &column.silenced, filters, threshold);
        });
    }

    /// Scores of all columns for each image. Fails if there is not a whole number of images.
    pub fn scores(&mut self, images: &[u8]) -> Result<&[u32]> {
        let receptors = self.sizes.receptors;
        let examples = images.len() / receptors.max(1);
        if images.len() != examples * receptors {
            return Err(Error::expected("images of columns", format!("a multiple of {receptors} bytes"), images.len()));
        }
        let Self { filters, threshold, groups, parts, .. } = self;
        groups.resize_with(examples.div_ceil(GROUP), Default::default);
        par::each(groups, |number, group| {
            let first = number * GROUP;
            group.read(&images[first * receptors..(first + GROUP).min(examples) * receptors], receptors, filters);
        });
        par::each(parts, |_, CounterPart { live, spikes }| {
            spikes.clear();
            spikes.extend(groups.iter().map(|group| live.count(group, *threshold)));
        });
        self.scores.clear();
        for example in 0..examples {
            self.scores.extend(parts.iter().map(|part| part.spikes[example / GROUP][example % GROUP]));
        }
        Ok(&self.scores)
    }
}
