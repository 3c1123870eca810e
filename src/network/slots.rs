//! The memory for dL/dy of each block during backward.
//!
//! Backward works from the last block down; dL/dy of a block is needed from the first block that adds to it until the
//! block itself is done. Gradients that are never needed at the same time share a slot, so a chain of any length takes
//! the memory of its two largest blocks. Gradients that are looked at afterwards have a slot each.

use super::whole::Network;

#[derive(Clone, Debug)]
pub(super) struct Slots {
    /// The slot of each block; `None` where its gradient is not needed.
    slots: Vec<Option<usize>>,
    /// Whether the gradient of each block is available after backward.
    stays: Vec<bool>,
    /// The memory of each slot.
    values: Vec<Vec<f32>>,
    /// Whether anything was added to the gradient of each block in this pass.
    begun: Vec<bool>,
}

impl Slots {
    pub fn none(blocks: usize) -> Self {
        Self { slots: vec![None; blocks], stays: vec![false; blocks], values: Vec::new(), begun: vec![false; blocks] }
    }

    /// Slots for `capacity` examples of the wanted blocks and of `top`, at which backward begins; a block that stays
    /// shares its slot with none.
    pub fn new(network: &Network, wanted: &[bool], stays: Vec<bool>, top: usize, capacity: usize) -> Self {
        let mut slots = vec![None; wanted.len()];
        let (mut sizes, mut free): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
        for index in (0..=top).rev().filter(|&index| wanted[index] || index == top) {
            let inputs = network.blocks()[index].inputs.iter().copied().filter(|&input| wanted[input]);
            for block in std::iter::once(index).chain(inputs) {
                if slots[block].is_none() {
                    let slot = find_slot(network.shape(block).len(), !stays[block], &mut sizes, &mut free);
                    slots[block] = Some(slot);
                }
            }
            if !stays[index] {
                free.extend(slots[index]);
            }
        }
        let values = sizes.iter().map(|len| vec![0.0; capacity * len]).collect();
        Self { slots, stays, values, begun: vec![false; wanted.len()] }
    }

    /// Begins a new pass, from the gradient that is in block `top`.
    pub fn restart(&mut self, top: usize) {
        self.begun.fill(false);
        self.begun[top] = true;
    }

    /// Takes a block's gradient out of its slot; its first `len` values are zeros if nothing was added yet. Empty where
    /// the gradient is not needed.
    pub fn take(&mut self, block: usize, len: usize) -> Vec<f32> {
        let Some(slot) = self.slots[block] else { return Vec::new() };
        let mut values = std::mem::take(&mut self.values[slot]);
        if !std::mem::replace(&mut self.begun[block], true) {
            values[..len].fill(0.0);
        }
        values
    }

    pub fn put_back(&mut self, block: usize, values: Vec<f32>) {
        if let Some(slot) = self.slots[block] {
            self.values[slot] = values;
        }
    }

    /// The values in a block's slot.
    pub fn values_mut(&mut self, block: usize) -> &mut [f32] {
        self.slots[block].map_or(&mut [], |slot| &mut self.values[slot])
    }

    /// The gradient of a block that stays; empty for others.
    pub fn kept(&self, block: usize) -> &[f32] {
        self.slots[block].filter(|_| self.stays[block]).map_or(&[], |slot| &self.values[slot])
    }

    /// Whether a block's gradient is available after backward.
    pub fn stays(&self, block: usize) -> bool {
        self.stays[block]
    }

    pub fn len(&self) -> usize {
        self.values.iter().map(Vec::len).sum()
    }
}

/// A slot for `len` values: a free one if it may be shared (the smallest that is large enough, otherwise the largest,
/// which grows), else a new one.
fn find_slot(len: usize, shared: bool, sizes: &mut Vec<usize>, free: &mut Vec<usize>) -> usize {
    let fit = |&at: &usize| (sizes[free[at]] < len, sizes[free[at]].abs_diff(len));
    let Some(found) = (0..free.len()).filter(|_| shared).min_by_key(fit) else {
        sizes.push(len);
        return sizes.len() - 1;
    };
    let slot = free.swap_remove(found);
    sizes[slot] = sizes[slot].max(len);
    slot
}
