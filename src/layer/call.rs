//! What one call of a layer is handed: the examples it works on, the memory it keeps, the gradients it adds to.

use crate::par;

/// What a layer must know of the call it is in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Call<'a> {
    /// Number of examples in x and z.
    pub examples: usize,
    /// Dropout drops only while training.
    pub training: bool,
    /// Seed of the step's random numbers, the same for every shard of a batch.
    pub seed: u64,
    /// Position in the whole batch of the first example of x, so that shards draw the numbers of their own examples.
    pub first_example: usize,
    /// Whether the layer has all threads to itself and cuts its work into tiles for them; else it is alone on its own.
    pub tiles: bool,
    /// For each block what [`SpeedHooks::prepare`](super::SpeedHooks::prepare) computed from its parameters, for all calls
    /// that share them; empty where there is nothing.
    pub prepared: &'a [Vec<f32>],
}

impl Call<'_> {
    /// The same call for one block: with random numbers of its own, and with what was prepared for it alone.
    pub fn of_block(&self, block: usize) -> Self {
        let seed = self.seed ^ (block as u64).wrapping_mul(0xd134_2543_de82_ef95);
        Self { seed, prepared: self.prepared.get(block..=block).unwrap_or_default(), ..*self }
    }

    /// What was prepared for the block that the call is of.
    pub fn prepared(&self) -> &[f32] {
        self.prepared.first().map_or(&[], Vec::as_slice)
    }

    /// The same call for some of its examples.
    pub fn of_examples(&self, first: usize, examples: usize) -> Self {
        Self { examples, first_example: self.first_example + first, ..*self }
    }

    /// Runs `work` on every item: on all threads if they share this call's work, else in turn.
    pub fn each<T: Send>(&self, items: &mut [T], work: impl Fn(&mut T) + Sync + Send) {
        par::each_of(items, self.tiles, |_, item| work(item));
    }
}

/// What one layer of one shard remembers from forward to backward, and its working memory; kept between steps.
#[derive(Clone, Debug, Default)]
pub struct Memo {
    /// For backward: a dropout mask, means and deviations of a norm.
    pub values: Vec<f32>,
    /// For backward: the winners of a max pool.
    pub indices: Vec<u32>,
    /// Working memory without meaning between calls.
    pub scratch: Vec<f32>,
}

/// Where backward adds its results.
pub struct Grads<'a, 'b> {
    /// One for each input; `None` where nobody wants it (the network's own input, frozen blocks below).
    pub dx: &'a mut [Option<&'b mut [f32]>],
    /// `None` where the block is frozen.
    pub dtheta: Option<&'a mut [f32]>,
}
