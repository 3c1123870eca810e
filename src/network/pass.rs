//! The buffers that one shard of a batch needs, allocated once and reused, and the forward pass over them.
//!
//! A pass either belongs to one thread, or (`Call::tiles`) all threads work on one block after the other. Dense layers
//! then divide their own work; other layers are given parts of the examples, which are independent in them.

use std::sync::Arc;

use super::holds;
use super::relay::{BlockValues, Relay};
use super::slots::Slots;
use super::stem::Stem;
use super::wanted;
use super::whole::{Block, Network};
use crate::activation::Activation;
use crate::layer::{Call, Memo};
use crate::par;
use crate::progress::Progress;

/// Number of values that is worth a task of its own for another thread.
pub(super) const PART: usize = 8 * 1024;

/// Buffers for up to `capacity` examples of one network. A network with other shapes needs a new pass.
#[derive(Clone, Debug)]
pub struct Pass {
    capacity: usize,
    pub(super) examples: usize,
    pub(super) blocks: Vec<BlockValues>,
    /// Number of values of one example in each block.
    pub(super) lens: Vec<usize>,
    /// Whether it computes each block, rather than finding its values there or doing without.
    computes: Vec<bool>,
    /// Passes memory on from block to block, where values are not to stay.
    relay: Option<Relay>,
    /// Whether dL/dy of each block is needed: for trainable parameters at or below it, or for its own sake.
    pub(super) wanted: Vec<bool>,
    /// dL/dy of the blocks; dL/dz once backward has reached them.
    pub(super) gradients: Slots,
    /// Working memory of the parts, used by one block after the other.
    pub(super) scratches: Vec<Vec<f32>>,
    /// Counts the blocks of a pass that takes long; once its work is cancelled, what is left of the pass computes nothing.
    pub(super) progress: Option<Arc<Progress>>,
}

impl Pass {
    /// A pass for forward only.
    pub fn forward_only(network: &Network, capacity: usize) -> Self {
        Self::up_to(network, network.blocks().len() - 1, capacity)
    }

    /// A pass for forward only, and not beyond `top`; later blocks have no memory.
    pub fn up_to(network: &Network, top: usize, capacity: usize) -> Self {
        let computes = (0..network.blocks().len()).map(|block| block <= top).collect();
        Self::computing(network, capacity, computes, None)
    }

    /// A pass for forward only, above the stem if there is one, whose values are gone once nothing reads them any more, but for
    /// those of the last block.
    pub fn fleeting(network: &Network, stem: Option<&Stem>, capacity: usize) -> Self {
        let last = network.blocks().len() - 1;
        let computes = (0..=last).map(|block| !stem.is_some_and(|stem| stem.is_settled(block))).collect();
        Self::passing_on(network, capacity, computes, |block| block == last)
    }

    /// A pass through a stem for forward only, which keeps the features alone.
    pub fn through_stem(network: &Network, stem: &Stem, capacity: usize) -> Self {
        let blocks = network.blocks();
        let mut computes: Vec<bool> = (0..blocks.len()).map(|block| stem.top().contains(&block)).collect();
        for block in (0..blocks.len()).rev() {
            if computes[block] {
                blocks[block].inputs.iter().for_each(|&input| computes[input] = true);
            }
        }
        Self::passing_on(network, capacity, computes, |block| stem.top().contains(&block))
    }

    /// The features of one example, after a pass through the stem.
    pub fn features(&self, stem: &Stem, example: usize) -> Box<[f32]> {
        let mut features = Vec::with_capacity(stem.features());
        for &block in stem.top() {
            let len = self.lens[block];
            features.extend_from_slice(&self.values(block)[example * len..][..len]);
        }
        features.into()
    }

    /// Begins a pass above the stem with the features of its examples.
    pub fn begin_with(&mut self, stem: &Stem, features: &[&[f32]]) {
        self.begin(features.len());
        let mut from = 0;
        for &block in stem.top() {
            let len = self.lens[block];
            for (values, features) in self.values_mut(block).chunks_exact_mut(len).zip(features) {
                values.copy_from_slice(&features[from..from + len]);
            }
            from += len;
        }
    }

    /// A pass that computes some blocks; the values that are not kept are gone once nothing reads them any more.
    fn passing_on(network: &Network, capacity: usize, computes: Vec<bool>, is_kept: impl Fn(usize) -> bool) -> Self {
        let relay = Relay::new(network, &computes, is_kept);
        Self::computing(network, capacity, computes, Some(relay))
    }

    /// A pass for forward only that begins with the features of a stem.
    pub fn above_stem(network: &Network, stem: &Stem, capacity: usize) -> Self {
        let computes = (0..network.blocks().len()).map(|block| !stem.is_settled(block)).collect();
        Self::computing(network, capacity, computes, None)
    }

    /// With memory for the blocks that it computes and for what they read, unless the relay provides it.
    fn computing(network: &Network, capacity: usize, computes: Vec<bool>, relay: Option<Relay>) -> Self {
        let lens: Vec<usize> = (0..network.blocks().len()).map(|block| network.shape(block).len()).collect();
        let mut has_values = computes.clone();
        for (block, _) in network.blocks().iter().zip(&computes).filter(|(_, computes)| **computes) {
            block.inputs.iter().for_each(|&input| has_values[input] = true);
        }
        let len = |block: usize| {
            let stays = has_values[block] && !relay.as_ref().is_some_and(|relay| relay.passes_on(block));
            if stays { capacity * lens[block] } else { 0 }
        };
        let values = |(index, block): (usize, &Block)| BlockValues {
            y: vec![0.0; len(index)],
            z: vec![0.0; if block.activation.needs_z() { len(index) } else { 0 }],
            ..BlockValues::default()
        };
        let blocks = network.blocks().iter().enumerate().map(values).collect();
        let (gradients, wanted) = (Slots::none(lens.len()), vec![false; lens.len()]);
        let scratches = Vec::new();
        Self { capacity, examples: 0, blocks, lens, computes, relay, wanted, gradients, scratches, progress: None }
    }

    /// Takes the memory that is passed on from block to block, which otherwise comes with the first forward pass.
    pub fn allocate(&mut self, network: &Network) {
        let Self { relay: Some(relay), blocks, computes, lens, capacity, .. } = self else { return };
        for (index, block) in network.blocks().iter().enumerate().skip(1).filter(|(index, _)| computes[*index]) {
            let len = *capacity * lens[index];
            relay.lend(index, &mut blocks[index], len, if block.activation.needs_z() { len } else { 0 });
            relay.collect(index, &block.inputs, blocks);
        }
    }

    /// Counts each block that is computed, in either direction, from now on. The caller announces how many there are, and
    /// checks whether the work was cancelled before it uses what was computed.
    pub fn watch(&mut self, progress: Option<Arc<Progress>>) {
        self.progress = progress;
    }

    /// A pass for forward and for backward to every trainable parameter.
    pub fn new(network: &Network, capacity: usize) -> Self {
        let stays = vec![true; network.blocks().len()];
        Self::wanting(network, capacity, wanted::for_training(network), stays)
    }

    /// The same with as little memory as possible, above the stem if there is one: after backward, only dL/dz of layers that
    /// are matrices is available.
    pub fn for_training(network: &Network, stem: Option<&Stem>, capacity: usize) -> Self {
        let stays: Vec<bool> = network.blocks().iter().map(|block| block.layer.speed().as_matrix().is_some()).collect();
        let wanted = wanted::for_training(network);
        let gradients = Slots::new(network, &wanted, stays, wanted.len() - 1, capacity);
        let pass = match stem {
            Some(stem) => Self::above_stem(network, stem, capacity),
            None => Self::forward_only(network, capacity),
        };
        Self { wanted, gradients, ..pass }
    }

    /// A pass for forward from `block` and for backward to its values.
    pub fn above(network: &Network, block: usize, capacity: usize) -> Self {
        let last = network.blocks().len() - 1;
        Self::wanting(network, capacity, wanted::between(network, block, last), vec![true; last + 1])
    }

    /// A pass for forward up to `top`, and for backward from there to the values of `floor`, whose gradient is the only
    /// one that is available afterwards.
    pub fn between(network: &Network, floor: usize, top: usize, capacity: usize) -> Self {
        let wanted = wanted::between(network, floor, top);
        let mut stays = vec![false; wanted.len()];
        stays[floor] = true;
        let gradients = Slots::new(network, &wanted, stays, top, capacity);
        Self { wanted, gradients, ..Self::up_to(network, top, capacity) }
    }

    fn wanting(network: &Network, capacity: usize, wanted: Vec<bool>, stays: Vec<bool>) -> Self {
        let gradients = Slots::new(network, &wanted, stays, wanted.len() - 1, capacity);
        Self { wanted, gradients, ..Self::forward_only(network, capacity) }
    }

    /// Whether backward reaches every trainable parameter, which is so until a block is unfrozen.
    pub fn serves(&self, network: &Network) -> bool {
        wanted::for_training(network).iter().zip(&self.wanted).all(|(wanted, has)| *has || !wanted)
    }

    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// Sets the number of examples, at most the capacity, and returns the buffer for the input.
    pub fn input(&mut self, examples: usize) -> &mut [f32] {
        self.begin(examples);
        self.values_mut(0)
    }

    /// Sets the number of examples, at most the capacity.
    fn begin(&mut self, examples: usize) {
        assert!(examples <= self.capacity, "a pass of {} cannot take {examples} examples", self.capacity);
        self.examples = examples;
    }

    /// Whether the values of a block are there after a forward pass.
    pub fn keeps(&self, block: usize) -> bool {
        !self.blocks[block].y.is_empty()
    }

    /// y of a block `[examples, shape]`.
    pub fn values(&self, block: usize) -> &[f32] {
        &self.blocks[block].y[..self.examples * self.lens[block]]
    }

    /// y of a block, to be filled in before a forward pass from it.
    pub fn values_mut(&mut self, block: usize) -> &mut [f32] {
        &mut self.blocks[block].y[..self.examples * self.lens[block]]
    }

    /// The values of a block that [`Activation::backward`](crate::activation::Activation::backward) reads: z where it
    /// is kept, y otherwise.
    pub fn kept(&self, block: usize) -> &[f32] {
        let BlockValues { y, z, .. } = &self.blocks[block];
        let kept = if z.is_empty() { y } else { z };
        &kept[..self.examples * self.lens[block]]
    }

    /// y of the last block.
    pub fn output(&self) -> &[f32] {
        self.values(self.lens.len() - 1)
    }

    /// y and dL/dy of the last block, for the loss.
    pub fn output_and_gradient(&mut self) -> (&[f32], &mut [f32]) {
        let last = self.lens.len() - 1;
        let len = self.examples * self.lens[last];
        (&self.blocks[last].y[..len], &mut self.gradients.values_mut(last)[..len])
    }

    /// dL/dy of the block that [`Network::backward_between`] begins at, to be filled in before.
    pub fn seed(&mut self, top: usize) -> &mut [f32] {
        let len = self.examples * self.lens[top];
        &mut self.gradients.values_mut(top)[..len]
    }

    /// dL/dz of a block after backward; empty where it was not needed or its memory was reused.
    pub fn gradient(&self, block: usize) -> &[f32] {
        let dy = self.gradients.kept(block);
        &dy[..dy.len().min(self.examples * self.lens[block])]
    }

    /// Computes, after backward, the gradient with respect to the strength of every cell of a block whose connections
    /// follow from its parameters.
    pub fn cell_gradient(&mut self, network: &Network, block: usize, gradient: &mut Vec<f32>) {
        let Block { layer, params, inputs, .. } = &network.blocks()[block];
        let Some(manifold) = layer.structure() else { return };
        let mut memory = std::mem::take(&mut self.blocks[block].memos[0].values);
        manifold.cell_gradient(&network.theta[params.clone()], self.values(inputs[0]), &mut memory, gradient);
        self.blocks[block].memos[0].values = memory;
    }

    /// Size of the pass in bytes.
    pub fn bytes(&self) -> usize {
        let memo = |memo: &Memo| memo.values.len() + memo.indices.len();
        let scratch: usize = self.scratches.iter().map(Vec::len).sum();
        let len = |values: &BlockValues| values.y.len() + values.z.len() + values.memos.iter().map(memo).sum::<usize>();
        let relay = self.relay.as_ref().map_or(0, Relay::len);
        4 * (self.blocks.iter().map(len).sum::<usize>() + self.gradients.len() + scratch + relay)
    }
}

impl Network {
    /// The blocks that the gradient of a loss reaches: those with a parameter that learns at or below them.
    pub fn reached(&self) -> Vec<usize> {
        let wanted = wanted::for_training(self);
        (0..self.blocks().len()).filter(|&block| wanted[block]).collect()
    }

    /// Scales the values 0..=1 of `call.examples` pictures and writes them into a pass.
    pub fn read(&self, pass: &mut Pass, x: &[f32], call: &Call) {
        let channels = self.input().channels;
        let part = PART / channels * channels;
        let mut work: Vec<_> = pass.input(call.examples).chunks_mut(part).zip(x.chunks(part)).collect();
        call.each(&mut work, |(input, x)| {
            input.copy_from_slice(x);
            self.scaling().each_pixel(input, |x, mean, deviation| (x - mean) / deviation);
        });
    }

    /// Computes all blocks from the input in the pass.
    pub fn forward(&self, pass: &mut Pass, call: &Call) {
        self.forward_from(0, pass, call);
    }

    /// Computes the blocks after `block` from the values in it; earlier blocks stay as they are.
    pub fn forward_from(&self, block: usize, pass: &mut Pass, call: &Call) {
        self.forward_between(block, self.blocks().len() - 1, pass, call);
    }

    /// Computes the blocks after `first` up to `last` from the values in `first`.
    pub fn forward_between(&self, first: usize, last: usize, pass: &mut Pass, call: &Call) {
        if pass.keeps(first) {
            holds::write(self.holds().of(first), self.shape(first), pass.values_mut(first), |hold| hold.value);
        }
        let examples = pass.examples;
        for index in first + 1..=last {
            if !pass.computes[index] {
                continue;
            }
            if is_cancelled(&pass.progress) {
                return;
            }
            let block = &self.blocks()[index];
            let part = self.part(index, examples, call);
            let len = pass.lens[index];
            if let Some(relay) = &mut pass.relay {
                let (y, z) = (pass.capacity * len, if block.activation.needs_z() { pass.capacity * len } else { 0 });
                relay.lend(index, &mut pass.blocks[index], y, z);
            }
            let (before, here) = pass.blocks.split_at_mut(index);
            let BlockValues { y, z, memos, .. } = &mut here[0];
            let y = &mut y[..examples * len];
            let out = if block.activation.needs_z() { &mut z[..examples * len] } else { &mut *y };
            memos.resize_with(memos.len().max(examples.div_ceil(part)), Memo::default);
            swap_scratches(memos, &mut pass.scratches);
            let mut work: Vec<_> = out.chunks_mut(part * len).zip(&mut *memos).collect();
            par::each(&mut work, |number, (out, memo)| {
                let call = call.of_block(index).of_examples(number * part, out.len() / len);
                let inputs = block.inputs.iter();
                let x: Vec<&[f32]> =
                    inputs.map(|&input| values_of(&before[input].y, pass.lens[input], number * part, &call)).collect();
                block.layer.ops().forward(&self.theta[block.params.clone()], &x, out, memo, &call);
            });
            swap_scratches(memos, &mut pass.scratches);
            match block.activation {
                Activation::Linear => {}
                activation if activation.needs_z() => {
                    let mut work: Vec<_> = y.chunks_mut(PART).zip(z[..examples * len].chunks(PART)).collect();
                    call.each(&mut work, |(y, z)| activation.forward(z, y));
                }
                activation => {
                    let mut work: Vec<_> = y.chunks_mut(PART).collect();
                    call.each(&mut work, |y| activation.forward_in_place(y));
                }
            }
            let held = self.holds().of(index);
            if !held.is_empty() {
                holds::write(held, self.shape(index), y, |hold| hold.value);
            }
            if let Some(relay) = &mut pass.relay {
                relay.collect(index, &block.inputs, &mut pass.blocks);
            }
        }
    }

    /// Number of examples in one part: all, unless the threads share the work and the layer does not divide it itself.
    pub(super) fn part(&self, block: usize, examples: usize, call: &Call) -> usize {
        let layer = &self.blocks()[block].layer;
        if !call.tiles || layer.speed().shares_calls() {
            return examples.max(1);
        }
        let inputs = layer.ops().inputs().iter().map(|shape| shape.len()).max();
        (PART / self.shape(block).len().max(inputs.unwrap_or(1))).clamp(1, examples.max(1))
    }
}

/// Gives working memory to the parts of a block, or takes it back.
pub(super) fn swap_scratches(memos: &mut [Memo], scratches: &mut Vec<Vec<f32>>) {
    scratches.resize_with(scratches.len().max(memos.len()), Vec::new);
    memos.iter_mut().zip(scratches).for_each(|(memo, scratch)| std::mem::swap(&mut memo.scratch, scratch));
}

/// The values of the call's examples, from number `first` on.
pub(super) fn values_of<'a>(values: &'a [f32], len: usize, first: usize, call: &Call) -> &'a [f32] {
    &values[first * len..][..call.examples * len]
}

/// Counts a block that is about to be computed; whether it shall not be.
pub(super) fn is_cancelled(progress: &Option<Arc<Progress>>) -> bool {
    progress.as_ref().is_some_and(|progress| progress.count(1).is_err())
}
