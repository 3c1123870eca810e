//! Changes the number of outputs of a dense block; the outputs that stay keep their numbers.

use super::fill::fill;
use crate::error::{Error, Result};
use crate::network::Network;
use crate::progress::Progress;
use crate::remap::Remap;
use crate::shape::Shape;

/// Gives a dense block more or fewer outputs; the dense blocks that read it are widened or cut accordingly.
///
/// Outputs that stay keep their numbers, so cutting after widening gives the same network again. New weights are
/// initialised with `seed`.
pub fn resize(
    network: &Network,
    block: usize,
    outputs: usize,
    seed: u64,
    progress: &Progress,
) -> Result<(Network, Remap)> {
    let mut spec = network.spec();
    let name = spec.blocks[block].name.clone();
    let Some(sizes) = spec.blocks[block].layer.ops_mut().resizable() else {
        return Err(Error::expected(&name, "a dense block to resize", network.blocks()[block].layer.ops().title()));
    };
    *sizes.outputs = outputs;
    for reader in spec.blocks.iter_mut().filter(|reader| reader.inputs.contains(&block)) {
        let title = reader.layer.ops().title();
        let Some(sizes) = reader.layer.ops_mut().resizable() else {
            return Err(Error::expected(&name, "only dense blocks to read it", title));
        };
        *sizes.input = Shape::flat(outputs);
    }
    // Pins and holds belong to the old shapes; they are carried over below.
    (spec.pins, spec.holds) = Default::default();
    let mut resized = Network::from_spec(&spec)?;
    let mut remap = Remap::default();
    for index in 0..network.blocks().len() {
        for ((old, old_range), (new, _)) in network.tensors(index).into_iter().zip(resized.tensors(index)) {
            trace(&mut remap, &old.dims, old_range.start, &new.dims);
        }
    }
    fill(&mut resized, network, &remap, seed, progress)?;
    resized.set_pins(network.pins().carry(&remap))?;
    // A neuron that was removed is no longer held.
    let mut holds = network.holds().clone();
    holds.retain(|hold| hold.checked(resized.shape(hold.block)).is_ok());
    resized.set_holds(holds)?;
    Ok((resized, remap))
}

/// Records the origin of each number of a tensor with the dimensions `new`: the number at the same place in the old
/// tensor, which began at `start`, if there is one.
fn trace(remap: &mut Remap, old: &[usize], start: usize, new: &[usize]) {
    match (old, new) {
        ([old_len, old @ ..], [new_len, new @ ..]) if old != new => {
            let step: usize = old.iter().product();
            for place in 0..*new_len.min(old_len) {
                trace(remap, old, start + place * step, new);
            }
            remap.push(None, new_len.saturating_sub(*old_len) * new.iter().product::<usize>());
        }
        // The dimensions after the first one are equal.
        ([old_len, rest @ ..], [new_len, ..]) => {
            let step: usize = rest.iter().product();
            remap.push(Some(start), old_len.min(new_len) * step);
            remap.push(None, new_len.saturating_sub(*old_len) * step);
        }
        _ => remap.push(Some(start), 1),
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use super::*;
    use crate::network::preset::{self, Request};

    fn network() -> Network {
        let request = Request { classes: 0, embedding: 5, dropout: 0.0, ..Request::default() };
        let preset = preset::find("autoencoder-dense").unwrap();
        let mut network = preset.build(Shape::from_whc(4, 3, 1), request).unwrap();
        network.initialise(1);
        network
    }

    #[test]
    fn cutting_after_widening_gives_the_same_network_again() {
        let network = network();
        let embedding = network.embedding.unwrap();
        let (wide, widening) = resize(&network, embedding, 9, 2, &Progress::default()).unwrap();
        assert_eq!(wide.shape(embedding), Shape::flat(9));
        let (back, cutting) = resize(&wide, embedding, 5, 3, &Progress::default()).unwrap();
        assert_eq!(back, network);
        assert_eq!(widening.then(&cutting), Remap::identity(network.param_len()));
    }

    #[test]
    fn a_remap_says_where_each_parameter_came_from() {
        let network = network();
        let embedding = network.embedding.unwrap();
        let (wide, remap) = resize(&network, embedding, 6, 2, &Progress::default()).unwrap();
        assert_eq!(remap.len(), wide.param_len());
        let fresh = 512 + 1 + 512; // one more row of weights and its bias, one more column in the block that reads it
        assert_eq!(remap.fresh().iter().map(Range::len).sum::<usize>(), fresh);
        let carried = remap.carry(&network.theta, f32::NAN, &Progress::default()).unwrap();
        let differing = carried.iter().zip(&wide.theta).filter(|(carried, theta)| carried != theta).count();
        assert_eq!(differing, fresh);
    }

    #[test]
    fn a_block_that_is_not_dense_is_refused_by_name() {
        let error = resize(&network(), 0, 5, 2, &Progress::default()).unwrap_err();
        assert_eq!(error.to_string(), "input: expected a dense block to resize, got input");
    }
}
