//! Where the parameters of a network are, and which of them train; built again when either changes.

use std::ops::Range;

use crate::network::{Block, Network, Trainable};

#[derive(Default)]
pub(super) struct Layout {
    /// The blocks that are not frozen.
    pub blocks: Vec<BlockSlice>,
    trainable: Vec<Trainable>,
    /// Range of each block's gradient in the gradient of a shard; empty for frozen blocks and for matrices.
    rest: Vec<Range<usize>>,
}

/// A block whose parameters train.
pub(super) struct BlockSlice {
    pub block: usize,
    /// The first block that it reads.
    pub input: usize,
    pub params: Range<usize>,
    /// Rows and columns.
    pub matrix: Option<(usize, usize)>,
}

impl Layout {
    pub fn new(network: &Network) -> Self {
        let blocks = network.blocks().iter().enumerate();
        let moving = blocks.filter(|(_, block)| !block.frozen && !block.params.is_empty());
        let place = |(index, block): (usize, &Block)| BlockSlice {
            block: index,
            input: block.inputs[0],
            params: block.params.clone(),
            matrix: block.layer.speed().as_matrix(),
        };
        let mut end = 0;
        let rest = |block: &Block| {
            let start = end;
            end += if block.frozen || block.layer.speed().as_matrix().is_some() { 0 } else { block.params.len() };
            start..end
        };
        let rest = network.blocks().iter().map(rest).collect();
        Self { blocks: moving.map(place).collect(), trainable: network.trainable(), rest }
    }

    /// Range of each block's gradient in the gradient of a shard; empty for frozen blocks and for matrices.
    pub fn rest(&self) -> &[Range<usize>] {
        &self.rest
    }

    /// Length of a shard's gradient.
    pub fn rest_len(&self) -> usize {
        self.rest.last().map_or(0, |last| last.end)
    }

    /// The parts of this range of parameters that train, and whether they decay.
    pub fn moving(&self, range: Range<usize>) -> impl Iterator<Item = (Range<usize>, bool)> {
        let first = self.trainable.partition_point(|run| run.range.end <= range.start);
        self.trainable[first..].iter().take_while(move |run| run.range.start < range.end).map({
            let range = range.clone();
            move |run| (run.range.start.max(range.start)..run.range.end.min(range.end), run.decays)
        })
    }

    pub fn moves_all(&self, range: Range<usize>) -> bool {
        self.moving(range.clone()).map(|(run, _)| run.len()).sum::<usize>() == range.len()
    }
}
