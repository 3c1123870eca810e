//! Inserts a layer that repeats the values it reads, and takes a layer out.

use super::rebuild::rebuild;
use crate::activation::Activation;
use crate::error::{Error, Result};
use crate::layer::{Conv, Dense, Layer, LayerRole, Sparse, SparseSizes, UnitFlow, Weight};
use crate::network::{BlockSpec, Network, NetworkSpec};
use crate::progress::Progress;
use crate::remap::Remap;
use crate::shape::Shape;

/// Inserts a layer behind a block: each neuron repeats one value with weight 1, and its other weights are 0. A layer behind
/// pictures is a convolution of this kernel, behind a sparse layer a sparse one. It gets an activation that leaves the
/// values as they are, and if it is `linear` none.
///
/// # Errors
/// No activation but none would leave the values as they are.
pub fn deepen(
    network: &Network,
    block: usize,
    kernel: usize,
    linear: bool,
    progress: &Progress,
) -> Result<(Network, Remap)> {
    let shape = network.shape(block);
    let old = &network.blocks()[block];
    let activation = if linear { Activation::Linear } else { repeating(network, block)? };
    let layer = match old.layer.sparse() {
        Some(sparse) => Layer::Sparse(sparse_identity(sparse.sizes())?),
        None if shape.is_flat() => Layer::Dense(Dense { input: shape, outputs: shape.channels }),
        None if kernel % 2 == 1 => Layer::Conv(Conv::same(shape, shape.channels, kernel)),
        None => return Err(Error::expected("deepen", "an odd number as the side of the kernel", kernel)),
    };
    let name = (1..).map(|n| format!("{}.{n}", old.name)).find(|name| network.block_named(name).is_none());
    let mut spec = network.spec();
    let moved = |input: usize| if input < block { input } else { input + 1 };
    for reader in &mut spec.blocks[block + 1..] {
        reader.inputs.iter_mut().for_each(|input| *input = moved(*input));
    }
    spec.embedding = spec.embedding.map(|code| if block < code { code + 1 } else { code });
    let new = BlockSpec { name: name.unwrap_or_default(), layer, activation, inputs: vec![block], frozen: false };
    spec.blocks.insert(block + 1, new);
    let all = 0..network.blocks().len();
    let origins: Vec<_> =
        all.clone().take(block + 1).map(Some).chain([None]).chain(all.skip(block + 1).map(Some)).collect();
    let (mut deeper, remap) = rebuild(network, &spec, &origins, 0, progress)?;
    let inserted = deeper.blocks()[block + 1].clone();
    deeper.theta[inserted.params.clone()].fill(0.0);
    for output in 0..shape.len() {
        inserted.layer.ops().incoming(output, &mut |connection| {
            if let (true, Weight::Parameter(at)) = (connection.source == output, connection.weight) {
                deeper.theta[inserted.params.start + at] = 1.0;
            }
        });
    }
    Ok((deeper, remap))
}

/// A layer as wide as the one before, in which every output reads its own place, and inputs near it.
fn sparse_identity(before: SparseSizes) -> Result<Sparse> {
    let shape = before.output;
    let sizes = SparseSizes { input: shape, output: shape, reads: before.reads.min(shape.len()), ..before };
    let mut sources = Sparse::from(sizes).sources().to_vec();
    for (output, row) in sources.chunks_exact_mut(sizes.reads).enumerate() {
        if !row.contains(&(output as u32)) {
            row[0] = output as u32;
            row.sort_unstable();
        }
    }
    Sparse::with_sources(sizes, sources)
}

/// An activation other than none that leaves the values of a block as they are.
fn repeating(network: &Network, block: usize) -> Result<Activation> {
    let mut from = block;
    // A pool, a dropout or an enlargement of values that are never negative is neither.
    while network.blocks()[from].activation == Activation::Linear
        && network.blocks()[from].layer.unit_flow() == UnitFlow::Passes
        && network.blocks()[from].layer.ops().role() != LayerRole::Stretches
    {
        from = network.blocks()[from].inputs[0];
    }
    match network.blocks()[from].activation {
        Activation::Relu | Activation::Sigmoid | Activation::HardSigmoid => Ok(Activation::Relu),
        Activation::Clip { low, .. } if 0.0 <= low => Ok(Activation::Relu),
        clip @ Activation::Clip { .. } => Ok(clip),
        Activation::Tanh => Ok(Activation::Clip { low: -1.0, high: 1.0 }),
        other => {
            let expected =
                "values that another activation leaves as they are (of relu, sigmoid, tanh or clip), or a linear layer";
            Err(Error::expected(&network.blocks()[block].name, expected, format!("those of {other}")))
        }
    }
}

/// Takes a block out: what read it reads what it read. Layers that then read another shape begin with new random weights.
pub fn remove(network: &Network, block: usize, seed: u64, progress: &Progress) -> Result<(Network, Remap)> {
    let (blocks, name) = (network.blocks(), &network.blocks()[block].name);
    let &[input] = blocks[block].inputs.as_slice() else {
        return Err(Error::expected(name, "a layer that reads one other", blocks[block].inputs.len()));
    };
    if block + 1 == blocks.len() {
        return Err(Error::expected(name, "a layer before the last, whose outputs are those of the task", "the last"));
    }
    let origins: Vec<_> = (0..blocks.len()).filter(|&at| at != block).map(Some).collect();
    let mut spec = NetworkSpec { blocks: Vec::new(), ..network.spec() };
    spec.embedding = spec.embedding.filter(|&code| code != block).map(|code| code - usize::from(block < code));
    let mut shapes: Vec<Shape> = Vec::new();
    for from in (0..blocks.len()).filter(|&at| at != block) {
        let old = &blocks[from];
        let moved = |at: usize| if at == block { input } else { at - usize::from(block < at) };
        let inputs: Vec<usize> = old.inputs.iter().map(|&at| moved(at)).collect();
        let read: Vec<Shape> = inputs.iter().map(|&at| shapes[at]).collect();
        let layer = old.layer.on(&read).map_err(|error| error.within(&old.name))?;
        shapes.push(layer.ops().output());
        let (name, activation, frozen) = (old.name.clone(), old.activation, old.frozen);
        spec.blocks.push(BlockSpec { name, layer, activation, inputs, frozen });
    }
    if shapes.last() != Some(&network.output()) {
        return Err(Error::expected(
            name,
            "a layer without which the outputs stay as many",
            "another number of outputs",
        ));
    }
    rebuild(network, &spec, &origins, seed, progress)
}
