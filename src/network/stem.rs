//! The stem of a network: the part below everything that learns.
//!
//! A block is settled if no parameter at or below it learns and nothing at or below it is drawn at random. The values of
//! settled blocks that others read are the features of an example. They are the same in every step, so they can be computed
//! once; a pass above the stem begins with them and has no memory for what is below.

use super::whole::{Block, Network};
use crate::checksum::Checksum;
use crate::layer::LayerRole;

/// Values of the widest layer with those it reads, for the examples that go through a stem together.
const VALUES_TOGETHER: usize = 4 << 20;
/// Most examples that go through a stem together.
const MOST_TOGETHER: usize = 16;

/// Equal stems give the same features.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stem {
    settled: Vec<bool>,
    /// The settled blocks that others read, in order.
    top: Vec<usize>,
    /// Number of features of an example.
    features: usize,
    /// Checksum of everything that the features follow from.
    mark: u32,
}

impl Stem {
    /// The stem of a network; `None` where no layer with parameters is settled. Blocks from `limit` on do not count, for they
    /// are to learn later.
    pub fn of(network: &Network, limit: Option<usize>) -> Option<Self> {
        let blocks = network.blocks();
        let last = blocks.len() - 1;
        let end = limit.map_or(last, |limit| limit.min(last));
        let mut settled: Vec<bool> = Vec::new();
        for (index, block) in blocks.iter().enumerate() {
            let learns = !block.frozen && !block.params.is_empty();
            let is_fixed = !learns && block.layer.ops().role() != LayerRole::Drops && block.layer.structure().is_none();
            settled.push(index < end && is_fixed && block.inputs.iter().all(|&input| settled[input]));
        }
        let is_stem = |(block, settled): (&Block, &bool)| *settled && !block.params.is_empty();
        if !blocks.iter().zip(&settled).any(is_stem) {
            return None;
        }
        let above = || blocks.iter().zip(&settled).filter(|(_, settled)| !**settled);
        let is_read = |index: &usize| above().any(|(block, _)| block.inputs.contains(index));
        let top: Vec<usize> = (0..blocks.len()).filter(|&index| settled[index]).filter(is_read).collect();
        let features = top.iter().map(|&block| network.shape(block).len()).sum();
        let mark = mark(network, &settled);
        Some(Self { settled, top, features, mark })
    }

    pub fn is_settled(&self, block: usize) -> bool {
        self.settled[block]
    }

    /// Number of features of an example.
    pub fn features(&self) -> usize {
        self.features
    }

    /// Blocks that a pass through the stem computes.
    pub fn blocks(&self) -> usize {
        self.settled.iter().filter(|&&settled| settled).count() - 1
    }

    /// Examples that are best computed together.
    pub fn together(&self, network: &Network) -> usize {
        let len = |block: usize| network.shape(block).len();
        let around = |(index, block): (usize, &Block)| len(index) + block.inputs.iter().map(|&i| len(i)).sum::<usize>();
        let settled = network.blocks().iter().enumerate().filter(|(index, _)| self.settled[*index]);
        let widest = settled.map(around).max().unwrap_or(1);
        (VALUES_TOGETHER / widest).clamp(1, MOST_TOGETHER)
    }

    /// The settled blocks that others read, in order: their values are the features.
    pub(super) fn top(&self) -> &[usize] {
        &self.top
    }
}

/// The checksum of the settled blocks with their parameters, of held neurons and of the scaling.
fn mark(network: &Network, settled: &[bool]) -> u32 {
    let mut sum = Checksum::default();
    for (block, _) in network.blocks().iter().zip(settled).filter(|(_, settled)| **settled) {
        sum.add(format!("{:?} {:?} {:?}", block.layer, block.activation, block.inputs).as_bytes());
        for values in network.theta[block.params.clone()].chunks(256) {
            let mut bytes = [0; 1024];
            bytes.as_chunks_mut().0.iter_mut().zip(values).for_each(|(bytes, value)| *bytes = value.to_le_bytes());
            sum.add(&bytes[..4 * values.len()]);
        }
    }
    sum.add(format!("{:?} {:?}", network.holds(), network.scaling()).as_bytes());
    sum.value()
}
