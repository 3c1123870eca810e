//! The factors of a matrix's gradient, gathered from the shards: dL/dz and x of the whole batch. The gradient itself
//! may be a thousand times larger; it is computed piece by piece while it is applied, and never stored.

use crate::kernels::outer::Outer;
use crate::network::{Network, Pass};

pub(super) struct Factors {
    pub block: usize,
    /// The block that it reads.
    input: usize,
    outputs: usize,
    inputs: usize,
    /// `[batch, outputs]`.
    dz: Vec<f32>,
    /// `[batch, inputs]`.
    x: Vec<f32>,
}

/// The rows of one shard.
pub(super) struct FactorRows<'a> {
    block: usize,
    input: usize,
    outputs: usize,
    inputs: usize,
    dz: &'a mut [f32],
    x: &'a mut [f32],
}

impl Factors {
    /// The factors of every matrix that trains.
    pub fn of(network: &Network, batch_len: usize) -> Vec<Self> {
        let blocks = network.blocks().iter().enumerate().filter(|(_, block)| !block.frozen);
        let factors = blocks.filter_map(|(index, block)| {
            let (outputs, inputs) = block.layer.speed().as_matrix()?;
            let (dz, x) = (vec![0.0; batch_len * outputs], vec![0.0; batch_len * inputs]);
            Some(Self { block: index, input: block.inputs[0], outputs, inputs, dz, x })
        });
        factors.collect()
    }

    /// The rows of each shard, in order.
    pub fn rows(&mut self, shard_len: usize) -> impl Iterator<Item = FactorRows<'_>> {
        let Self { block, input, outputs, inputs, .. } = *self;
        let both = self.dz.chunks_mut(shard_len * outputs).zip(self.x.chunks_mut(shard_len * inputs));
        both.map(move |(dz, x)| FactorRows { block, input, outputs, inputs, dz, x })
    }

    pub fn outer(&self, examples: usize) -> Outer<'_> {
        Outer { examples, dz: &self.dz[..examples * self.outputs], x: &self.x[..examples * self.inputs] }
    }

    pub fn len(&self) -> usize {
        self.dz.len() + self.x.len()
    }
}

impl FactorRows<'_> {
    /// Copies the factors from a pass over the shard's examples from number `first` on.
    pub fn take(&mut self, pass: &Pass, first: usize) {
        let (dz, x) = (pass.gradient(self.block), pass.values(self.input));
        self.dz[first * self.outputs..][..dz.len()].copy_from_slice(dz);
        self.x[first * self.inputs..][..x.len()].copy_from_slice(x);
    }
}
