//! The memory of a pass that goes forward only: what a block computed lives until its last reader has read it, then its memory
//! goes on to a later block. A network of any depth thus takes the memory of the few blocks that are needed at a time.

use super::whole::Network;
use crate::layer::Memo;

/// The buffers of one block for the examples of the pass.
#[derive(Clone, Debug, Default)]
pub(super) struct BlockValues {
    /// y `[examples, shape]`.
    pub y: Vec<f32>,
    /// z, only where the activation's derivative cannot be computed from y.
    pub z: Vec<f32>,
    /// A memo for each part of the examples.
    pub memos: Vec<Memo>,
}

#[derive(Clone, Debug)]
pub(super) struct Relay {
    /// The last block that reads each block; `None` where its values stay.
    last_readers: Vec<Option<usize>>,
    spare: Vec<Vec<f32>>,
    /// Memory of a layer, used by one after the other.
    memos: Vec<Memo>,
}

impl Relay {
    /// For a pass that computes some blocks; the values of the input and of the blocks that are kept stay.
    pub fn new(network: &Network, computes: &[bool], is_kept: impl Fn(usize) -> bool) -> Self {
        let mut last_readers: Vec<Option<usize>> = (0..network.blocks().len()).map(Some).collect();
        for (index, block) in network.blocks().iter().enumerate().filter(|(index, _)| computes[*index]) {
            block.inputs.iter().for_each(|&input| last_readers[input] = Some(index));
        }
        for (block, last) in last_readers.iter_mut().enumerate() {
            last.take_if(|_| block == 0 || !computes[block] || is_kept(block));
        }
        Self { last_readers, spare: Vec::new(), memos: Vec::new() }
    }

    /// Whether the values of a block are only passed on.
    pub fn passes_on(&self, block: usize) -> bool {
        self.last_readers[block].is_some()
    }

    /// Gives a block the memory that it needs, of `len` values for y and so many for z.
    pub fn lend(&mut self, block: usize, values: &mut BlockValues, len: usize, z_len: usize) {
        std::mem::swap(&mut values.memos, &mut self.memos);
        if self.passes_on(block) {
            values.y = self.take(len);
            values.z = self.take(z_len);
        }
    }

    /// Takes back what is not needed after `block` was computed.
    pub fn collect(&mut self, block: usize, inputs: &[usize], blocks: &mut [BlockValues]) {
        std::mem::swap(&mut blocks[block].memos, &mut self.memos);
        for read in inputs.iter().copied().chain([block]).filter(|&read| self.last_readers[read] == Some(block)) {
            self.spare.push(std::mem::take(&mut blocks[read].y));
        }
        if self.passes_on(block) && !blocks[block].z.is_empty() {
            self.spare.push(std::mem::take(&mut blocks[block].z));
        }
    }

    /// Memory of at least `len` values: the smallest that is long enough, or else the longest, which grows.
    fn take(&mut self, len: usize) -> Vec<f32> {
        if len == 0 {
            return Vec::new();
        }
        let fit = |&at: &usize| (self.spare[at].len() < len, self.spare[at].len().abs_diff(len));
        let found = (0..self.spare.len()).min_by_key(fit);
        let mut values = found.map_or_else(Vec::new, |found| self.spare.swap_remove(found));
        if values.len() < len {
            values = Vec::new(); // what is there need not be copied
            values.resize(len, 0.0);
        }
        values
    }

    pub fn len(&self) -> usize {
        let memos = self.memos.iter().map(|memo| memo.values.len() + memo.indices.len());
        self.spare.iter().map(Vec::len).chain(memos).sum()
    }
}
