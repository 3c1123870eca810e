//! The backward pass: from dL/dy of a block down to the gradients of the parameters, or of the values of another block.

use std::ops::Range;

use super::holds;
use super::pass::{PART, Pass, is_cancelled, swap_scratches, values_of};
use super::relay::BlockValues;
use super::slots::Slots;
use super::whole::{Block, Network};
use crate::activation::Activation;
use crate::layer::{Call, Grads, Memo};
use crate::par;

impl Network {
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
}

/// dz, the dx of each input and the memo, for the examples of one task.
type BackwardPart<'a> = (&'a [f32], Vec<Option<&'a mut [f32]>>, &'a mut Memo);
