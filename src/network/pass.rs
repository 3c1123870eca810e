//! The buffers that one shard of a batch needs, allocated once and reused, and the forward and backward pass over them.
//!
//! A pass either belongs to one thread, or (`Call::tiles`) all threads work on one block after the other. Dense layers
//! then divide their own work; other layers are given parts of the examples, which are independent in them.

use std::ops::Range;
use std::sync::Arc;

use super::holds;
use super::slots::Slots;
use super::wanted;
use super::whole::{Block, Network};
use crate::activation::Activation;
use crate::layer::{Call, Grads, Memo};
use crate::par;
use crate::progress::Progress;

/// Number of values that is worth a task of its own for another thread.
const PART: usize = 8 * 1024;

/// The buffers of one block for the examples of the pass.
#[derive(Clone, Debug, Default)]
struct BlockValues {
    /// y `[examples, shape]`.
    y: Vec<f32>,
    /// z, only where the activation's derivative cannot be computed from y.
    z: Vec<f32>,
    /// A memo for each part of the examples.
    memos: Vec<Memo>,
}

/// Buffers for up to `capacity` examples of one network. A network with other shapes needs a new pass.
#[derive(Clone, Debug)]
pub struct Pass {
    capacity: usize,
    examples: usize,
    blocks: Vec<BlockValues>,
    /// Number of values of one example in each block.
    lens: Vec<usize>,
    /// Whether dL/dy of each block is needed: for trainable parameters at or below it, or for its own sake.
    wanted: Vec<bool>,
    /// dL/dy of the blocks; dL/dz once backward has reached them.
    gradients: Slots,
    /// Working memory of the parts, used by one block after the other.
    scratches: Vec<Vec<f32>>,
    /// Counts the blocks of a pass that takes long; once its work is cancelled, what is left of the pass computes nothing.
    progress: Option<Arc<Progress>>,
}

impl Pass {
    /// A pass for forward only.
    pub fn forward_only(network: &Network, capacity: usize) -> Self {
        Self::up_to(network, network.blocks().len() - 1, capacity)
    }

    /// A pass for forward only, and not beyond `top`; later blocks have no memory.
    pub fn up_to(network: &Network, top: usize, capacity: usize) -> Self {
        let lens: Vec<usize> = (0..network.blocks().len()).map(|block| network.shape(block).len()).collect();
        let values = |(block, &len): (&Block, &usize)| BlockValues {
            y: vec![0.0; capacity * len],
            z: vec![0.0; if block.activation.needs_z() { capacity * len } else { 0 }],
            ..BlockValues::default()
        };
        let mut blocks: Vec<BlockValues> = network.blocks().iter().zip(&lens).take(top + 1).map(values).collect();
        blocks.resize_with(lens.len(), BlockValues::default);
        let gradients = Slots::none(lens.len());
        let wanted = vec![false; lens.len()];
        Self { capacity, examples: 0, blocks, wanted, lens, gradients, scratches: Vec::new(), progress: None }
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

    /// The same with as little memory as possible: after backward, only dL/dz of layers that are matrices is available.
    pub fn for_training(network: &Network, capacity: usize) -> Self {
        let stays = network.blocks().iter().map(|block| block.layer.speed().as_matrix().is_some()).collect();
        Self::wanting(network, capacity, wanted::for_training(network), stays)
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
        assert!(examples <= self.capacity, "a pass of {} cannot take {examples} examples", self.capacity);
        self.examples = examples;
        self.values_mut(0)
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
        4 * (self.blocks.iter().map(len).sum::<usize>() + self.gradients.len() + scratch)
    }
}

impl Network {
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
        holds::write(self.holds().of(first), self.shape(first), pass.values_mut(first), |hold| hold.value);
        let examples = pass.examples;
        for index in first + 1..=last {
            if is_cancelled(&pass.progress) {
                return;
            }
            let block = &self.blocks()[index];
            let part = self.part(index, examples, call);
            let (before, here) = pass.blocks.split_at_mut(index);
            let len = pass.lens[index];
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
        }
    }

    /// The block below a pool if its gradient can be computed from the values that the pool picked: only the pool reads
    /// it, and its own dL/dy is not kept.
    fn picked_below(&self, pool: usize, wanted: &[bool], gradients: &Slots, call: &Call) -> Option<usize> {
        let block = &self.blocks()[pool];
        let below = block.inputs[0];
        let layer = &self.blocks()[below];
        let fits = block.layer.speed().picks()
            && block.activation == Activation::Linear
            && layer.layer.speed().takes_picks(self.shape(pool).len())
            && !layer.activation.needs_z()
            && wanted[below]
            && !layer.frozen
            && !gradients.stays(below)
            && !call.tiles
            && self.holds().of(below).is_empty()
            && self.blocks().iter().filter(|block| block.inputs.contains(&below)).count() == 1;
        fits.then_some(below)
    }

    /// Number of examples in one part: all, unless the threads share the work and the layer does not divide it itself.
    fn part(&self, block: usize, examples: usize, call: &Call) -> usize {
        let layer = &self.blocks()[block].layer;
        if !call.tiles || layer.speed().shares_calls() {
            return examples.max(1);
        }
        let inputs = layer.ops().inputs().iter().map(|shape| shape.len()).max();
        (PART / self.shape(block).len().max(inputs.unwrap_or(1))).clamp(1, examples.max(1))
    }

    /// Adds dL/dtheta to `dtheta`, from dL/dy of the last block in the pass.
    pub fn backward(&self, pass: &mut Pass, dtheta: &mut [f32], call: &Call) {
        let places: Vec<Range<usize>> = self.blocks().iter().map(|block| block.params.clone()).collect();
        self.backward_to(0, self.blocks().len() - 1, pass, Some((dtheta, &places)), call);
    }

    /// The same, but the gradient of each block is added at its own place in `dtheta`. Blocks without a place are left
    /// out, such as layers that are matrices: their gradient is a product of dL/dz, which stays in the pass, with the
    /// values they read.
    pub fn backward_into(&self, pass: &mut Pass, dtheta: &mut [f32], places: &[Range<usize>], call: &Call) {
        self.backward_to(0, self.blocks().len() - 1, pass, Some((dtheta, places)), call);
    }

    /// Computes dL/dy of `block` from dL/dy of the last block, in a pass made by [`Pass::above`].
    pub fn backward_above(&self, block: usize, pass: &mut Pass, call: &Call) {
        self.backward_to(block, self.blocks().len() - 1, pass, None, call);
    }

    /// Computes dL/dy of `floor` from dL/dy of `top`, in a pass made by [`Pass::between`] for them.
    pub fn backward_between(&self, floor: usize, top: usize, pass: &mut Pass, call: &Call) {
        self.backward_to(floor, top, pass, None, call);
    }

    fn backward_to(
        &self,
        floor: usize,
        top: usize,
        pass: &mut Pass,
        mut dtheta: Option<(&mut [f32], &[Range<usize>])>,
        call: &Call,
    ) {
        let Pass { examples, blocks, lens, wanted, gradients, scratches, progress, .. } = pass;
        let examples = *examples;
        gradients.restart(top);
        let is_dx_wanted = |block: &Block| block.inputs.iter().any(|&input| wanted[input]);
        let mut moved = vec![false; blocks.len()]; // done together with the pool above, so that only dx is left
        for index in (floor + 1..=top).rev() {
            if is_cancelled(progress) {
                return;
            }
            let block = &self.blocks()[index];
            if !wanted[index] || (moved[index] && !is_dx_wanted(block)) {
                continue;
            }
            let (before, here) = blocks.split_at_mut(index);
            let BlockValues { y, z, memos } = &mut here[0];
            let len = lens[index];
            // Gradients are taken out of their slots, so that all that this block needs can be borrowed at once.
            let mut own = gradients.take(index, examples * len);
            let dz = &mut own[..examples * len];
            if block.activation != Activation::Linear && !moved[index] {
                let kept = if block.activation.needs_z() { &*z } else { &*y };
                let mut work: Vec<_> = dz.chunks_mut(PART).zip(kept[..examples * len].chunks(PART)).collect();
                call.each(&mut work, |(dz, kept)| block.activation.backward(kept, dz));
            }
            let held = self.holds().of(index);
            if !held.is_empty() {
                holds::write(held, self.shape(index), dz, |_| 0.0);
            }

            let below = self.picked_below(index, wanted, gradients, call);
            if let (Some(below), Some((dtheta, places))) = (below, &mut dtheta) {
                // dz is the gradient of the block below without its zeros; from here on it is dL/dz of that block.
                let layer = &self.blocks()[below];
                layer.activation.backward(&y[..examples * len], dz);
                let x = &before[layer.inputs[0]].y[..examples * lens[layer.inputs[0]]];
                let dtheta = &mut dtheta[places[below].clone()];
                layer.layer.speed().backward_picked(x, dz, &memos[0].indices, dtheta, &mut scratches[0]);
                moved[below] = true;
                if !is_dx_wanted(layer) {
                    gradients.put_back(index, own);
                    continue;
                }
            }

            let mut lent: Vec<Vec<f32>> =
                block.inputs.iter().map(|&input| gradients.take(input, examples * lens[input])).collect();
            let part = self.part(index, examples, call);
            let place = dtheta.as_ref().map_or(0..0, |(_, places)| places[index].clone());
            let moves = !block.frozen && !place.is_empty() && !moved[index];
            let mut dtheta = dtheta.as_mut().filter(|_| moves).map(|(dtheta, _)| &mut dtheta[place]);
            let mut dx: Vec<_> = lent
                .iter_mut()
                .zip(&block.inputs)
                .map(|(dx, &input)| {
                    let len = if wanted[input] { examples * lens[input] } else { 0 };
                    dx[..len].chunks_mut(part * lens[input])
                })
                .collect();
            let backward = |number: usize, (dz, dx, memo): &mut BackwardPart, dtheta: Option<&mut [f32]>| {
                let call = call.of_block(index).of_examples(number * part, dz.len() / len);
                let inputs = block.inputs.iter();
                let x: Vec<&[f32]> =
                    inputs.map(|&input| values_of(&before[input].y, lens[input], number * part, &call)).collect();
                let grads = Grads { dx, dtheta };
                block.layer.ops().backward(&self.theta[block.params.clone()], &x, dz, grads, memo, &call);
            };
            swap_scratches(memos, scratches);
            let mut work: Vec<BackwardPart> = dz
                .chunks(part * len)
                .zip(&mut *memos)
                .map(|(dz, memo)| (dz, dx.iter_mut().map(Iterator::next).collect(), memo))
                .collect();
            if dtheta.is_some() {
                // All parts add to the same gradient, so they run one after the other.
                work.iter_mut().enumerate().for_each(|(number, part)| backward(number, part, dtheta.as_deref_mut()));
            } else {
                par::each(&mut work, |number, part| backward(number, part, None));
            }
            drop((work, dx));
            swap_scratches(memos, scratches);
            for (dx, &input) in lent.into_iter().zip(&block.inputs) {
                gradients.put_back(input, dx);
            }
            gradients.put_back(index, own);
        }
        // Held neurons of this block have no gradient either.
        let (held, dy) = (self.holds().of(floor), gradients.values_mut(floor));
        let len = dy.len().min(examples * lens[floor]);
        holds::write(held, self.shape(floor), &mut dy[..len], |_| 0.0);
    }
}

/// Gives working memory to the parts of a block, or takes it back.
fn swap_scratches(memos: &mut [Memo], scratches: &mut Vec<Vec<f32>>) {
    scratches.resize_with(scratches.len().max(memos.len()), Vec::new);
    memos.iter_mut().zip(scratches).for_each(|(memo, scratch)| std::mem::swap(&mut memo.scratch, scratch));
}

/// dz, the dx of each input and the memo, for the examples of one task.
type BackwardPart<'a> = (&'a [f32], Vec<Option<&'a mut [f32]>>, &'a mut Memo);

/// The values of the call's examples, from number `first` on.
fn values_of<'a>(values: &'a [f32], len: usize, first: usize, call: &Call) -> &'a [f32] {
    &values[first * len..][..call.examples * len]
}

/// Counts a block that is about to be computed; whether it shall not be.
fn is_cancelled(progress: &Option<Arc<Progress>>) -> bool {
    progress.as_ref().is_some_and(|progress| progress.count(1).is_err())
}
