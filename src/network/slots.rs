//! Where dL/dy of each block lies while a pass goes backward.
//!
//! Backward works from the last block down; dL/dy of a block is needed from the first block that adds to it until its
//! own turn is over. Gradients that are never needed at the same time share room: a chain of any length takes the two
//! largest of its blocks. Who wants to look at them afterwards has each in a room of its own.

use super::whole::Network;

#[derive(Clone, Debug)]
pub(super) struct Slots {
    /// The room of each block; `None` where its gradient is not wanted.
    rooms: Vec<Option<usize>>,
    /// Whether it is still there when backward is over.
    stays: Vec<bool>,
    values: Vec<Vec<f32>>,
    /// Whether the blocks' gradients have begun in this turn.
    begun: Vec<bool>,
}

impl Slots {
    pub fn none(blocks: usize) -> Self {
        Self { rooms: vec![None; blocks], stays: vec![false; blocks], values: Vec::new(), begun: vec![false; blocks] }
    }

    /// Room for `capacity` examples of the wanted blocks and the last; those that stay share theirs with nobody.
    pub fn new(network: &Network, wanted: &[bool], stays: Vec<bool>, capacity: usize) -> Self {
        let last = wanted.len() - 1;
        let mut rooms = vec![None; wanted.len()];
        let (mut sizes, mut free): (Vec<usize>, Vec<usize>) = (Vec::new(), Vec::new());
        for index in (0..=last).rev().filter(|&index| wanted[index] || index == last) {
            let inputs = network.blocks()[index].inputs.iter().copied().filter(|&input| wanted[input]);
            for block in std::iter::once(index).chain(inputs) {
                if rooms[block].is_none() {
                    let room = find_room(network.shape(block).len(), !stays[block], &mut sizes, &mut free);
                    rooms[block] = Some(room);
                }
            }
            if !stays[index] {
                free.extend(rooms[index]);
            }
        }
        let values = sizes.iter().map(|len| vec![0.0; capacity * len]).collect();
        Self { rooms, stays, values, begun: vec![false; wanted.len()] }
    }

    /// A new turn, which begins with what lies in the last block.
    pub fn restart(&mut self) {
        self.begun.fill(false);
        if let Some(last) = self.begun.last_mut() {
            *last = true;
        }
    }

    /// The first `len` values of a block's gradient, taken out of its room; zeros if nothing was added yet. What is
    /// not wanted is empty.
    pub fn take(&mut self, block: usize, len: usize) -> Vec<f32> {
        let Some(room) = self.rooms[block] else { return Vec::new() };
        let mut values = std::mem::take(&mut self.values[room]);
        if !std::mem::replace(&mut self.begun[block], true) {
            values[..len].fill(0.0);
        }
        values
    }

    pub fn put_back(&mut self, block: usize, values: Vec<f32>) {
        if let Some(room) = self.rooms[block] {
            self.values[room] = values;
        }
    }

    /// What lies in a block's room.
    pub fn values_mut(&mut self, block: usize) -> &mut [f32] {
        self.rooms[block].map_or(&mut [], |room| &mut self.values[room])
    }

    /// A gradient that stays; empty for others.
    pub fn kept(&self, block: usize) -> &[f32] {
        self.rooms[block].filter(|_| self.stays[block]).map_or(&[], |room| &self.values[room])
    }

    /// Whether a block's gradient is still there when backward is over.
    pub fn stays(&self, block: usize) -> bool {
        self.stays[block]
    }

    pub fn len(&self) -> usize {
        self.values.iter().map(Vec::len).sum()
    }
}

/// A free room, if it may be one that others had: the smallest that is large enough, or else the largest, which grows.
fn find_room(len: usize, shared: bool, sizes: &mut Vec<usize>, free: &mut Vec<usize>) -> usize {
    let fit = |&at: &usize| (sizes[free[at]] < len, sizes[free[at]].abs_diff(len));
    let Some(found) = (0..free.len()).filter(|_| shared).min_by_key(fit) else {
        sizes.push(len);
        return sizes.len() - 1;
    };
    let room = free.swap_remove(found);
    sizes[room] = sizes[room].max(len);
    room
}
