//! The arguments of one call of a layer: the examples it works on, the memory it keeps, the gradients it adds to.

use super::Edges;
use crate::par;

/// What a layer has to know about the call.
#[derive(Clone, Copy, Debug)]
pub struct Call<'a> {
    /// Number of examples in x and z.
    pub examples: usize,
    /// Dropout drops only while training.
    pub training: bool,
    /// Seed of the step's random numbers, the same for every shard of a batch.
    pub seed: u64,
    /// Position of x's first example in the whole batch, so that each shard takes the random numbers of its own
    /// examples.
    pub first_example: usize,
    /// Whether the layer has all threads to itself and cuts its work into tiles for them; otherwise it runs on one
    /// thread.
    pub tiles: bool,
    /// For each block, what [`SpeedHooks::prepare`](super::SpeedHooks::prepare) computed from its parameters; shared by
    /// all calls with these parameters, and empty where nothing is prepared.
    pub prepared: &'a [Preparation],
}

/// The call of one example that is looked at: nothing is dropped, nothing was prepared.
pub const LOOK: Call<'_> =
    Call { examples: 1, training: false, seed: 0, first_example: 0, tiles: false, prepared: &[] };

impl Call<'_> {
    /// The same call for one block, with that block's random numbers and prepared parameters.
    pub fn of_block(&self, block: usize) -> Self {
        let seed = self.seed ^ (block as u64).wrapping_mul(0xd134_2543_de82_ef95);
        Self { seed, prepared: self.prepared.get(block..=block).unwrap_or_default(), ..*self }
    }

    /// The prepared parameters of the call's block.
    pub fn prepared(&self) -> &[f32] {
        self.prepared.first().map_or(&[], |prepared| prepared.values.as_slice())
    }

    /// The prepared edges of the call's block, if its connections follow from its parameters.
    pub fn edges(&self) -> Option<&Edges> {
        self.prepared.first().map(|prepared| &prepared.edges).filter(|edges| !edges.is_empty())
    }

    /// The same call for some of its examples.
    pub fn of_examples(&self, first: usize, examples: usize) -> Self {
        Self { examples, first_example: self.first_example + first, ..*self }
    }

    /// Runs `work` on every item: on all threads if they share this call's work, otherwise one after the other.
    pub fn each<T: Send>(&self, items: &mut [T], work: impl Fn(&mut T) + Sync + Send) {
        par::each_of(items, self.tiles, |_, item| work(item));
    }
}

/// What was computed from the parameters of one block, once for all calls.
#[derive(Clone, Debug, Default)]
pub struct Preparation {
    /// See [`SpeedHooks::prepare`](super::SpeedHooks::prepare).
    pub values: Vec<f32>,
    /// The edges of a layer whose connections follow from its parameters.
    pub edges: Edges,
}

/// The memory of one layer in one shard: results that backward needs from forward, and working memory. It is kept
/// between steps.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    /// For backward: a dropout mask, means and deviations of a norm.
    pub values: Vec<f32>,
    /// For backward: the positions that a max pool picked.
    pub indices: Vec<u32>,
    /// Working memory; its contents mean nothing between calls.
    pub scratch: Vec<f32>,
    /// The edges of a layer whose connections follow from its parameters, where they were not prepared.
    pub edges: Edges,
}

/// Where backward adds its results.
pub struct Grads<'a, 'b> {
    /// One for each input; `None` where it is not needed (the network's input, frozen blocks below).
    pub dx: &'a mut [Option<&'b mut [f32]>],
    /// `None` where the block is frozen.
    pub dtheta: Option<&'a mut [f32]>,
}
