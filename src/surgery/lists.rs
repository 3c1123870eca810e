//! The lists of a sparse layer after a change: every output reads equally many inputs, so a list is as long as the
//! longest has to be.
//!
//! A list is added up in its order. Whatever stays keeps its order, so that a change of connections of weight 0 changes no
//! bit of the result.

use super::unit_change::UnitChange;
use crate::error::{Error, Result};
use crate::layer::{Sparse, SparseSizes};
use crate::rng::{Purpose, Rng};
use crate::shape::MOST_VALUES;

/// A connection of a list: the input, and the place in the old weights that its weight comes from.
type Listed = (u32, Option<usize>);

/// A sparse layer with other lists.
pub struct Lists {
    pub layer: Sparse,
    /// Where each weight comes from.
    pub origins: Vec<Option<usize>>,
}

/// Fails before memory is taken for more connections than a layer may have.
fn check(sizes: SparseSizes) -> Result<()> {
    let count = sizes.output.len() as u64 * sizes.reads as u64;
    if count <= MOST_VALUES as u64 {
        return Ok(());
    }
    Err(Error::expected("sparse layer", format!("at most {MOST_VALUES} connections"), count))
}

/// A layer whose own units change: new outputs draw their lists with `seed`.
pub fn made(layer: &Sparse, change: &UnitChange, seed: u64) -> Result<Lists> {
    let sizes = SparseSizes { output: change.new, ..layer.sizes() };
    check(sizes)?;
    let drawn = Sparse::from(SparseSizes { seed, ..sizes });
    let reads = sizes.reads;
    let (mut sources, mut origins) = (Vec::new(), Vec::new());
    for (output, origin) in change.origins.iter().enumerate() {
        let (from, row) = origin.map_or((drawn.sources(), output), |origin| (layer.sources(), origin));
        sources.extend_from_slice(&from[row * reads..][..reads]);
        origins.extend((row * reads..(row + 1) * reads).map(|at| origin.map(|_| at)));
    }
    Ok(Lists { layer: Sparse::with_sources(sizes, sources)?, origins })
}

/// A layer that reads changed units. Every output reads some of the new ones, drawn with `seed`, as densely as it reads
/// the others.
pub fn read(layer: &Sparse, change: &UnitChange, seed: u64) -> Result<Lists> {
    let sizes = layer.sizes();
    let mut places = vec![None; change.old.len()];
    let mut new = Vec::new();
    for index in 0..change.new.len() {
        match change.value(index).1 {
            Some(old) => places[old] = Some(index as u32),
            None => new.push(index as u32),
        }
    }
    let extra =
        (new.len() as u64 * sizes.reads as u64).div_ceil(sizes.input.len() as u64).min(new.len() as u64) as usize;
    check(SparseSizes { input: change.new, reads: sizes.reads + extra, ..sizes })?;
    let rows = layer.sources().chunks_exact(sizes.reads).enumerate().map(|(output, row)| {
        let old = row.iter().enumerate();
        let kept = old.filter_map(|(k, &source)| Some((places[source as usize]?, Some(output * sizes.reads + k))));
        let mut drawn = Rng::new(seed, Purpose::Surgery, output as u64).sample(new.len(), extra);
        drawn.sort_unstable();
        kept.chain(drawn.into_iter().map(|number| (new[number as usize], None))).collect()
    });
    packed(SparseSizes { input: change.new, ..sizes }, rows.collect(), seed)
}

/// A layer without the connections whose weights are below `least`, as far as all lists can do without as many. Lists
/// that have fewer weak ones keep the strongest of them.
pub fn thinned(layer: &Sparse, weights: &[f32], least: f32) -> Result<Lists> {
    let sizes = layer.sizes();
    let old = sizes.reads;
    let connection = |at: usize| -> Listed { (layer.sources()[at], Some(at)) };
    let is_strong = |at: &usize| least <= weights[*at].abs();
    let row_of = |output: usize| output * old..(output + 1) * old;
    let strong = |output: usize| row_of(output).map(|at| Some(at).filter(is_strong).map(connection)).collect();
    let mut rows: Vec<Vec<Option<Listed>>> = (0..sizes.output.len()).map(strong).collect();
    let reads = rows.iter().map(|row| row.iter().flatten().count()).max().unwrap_or(1).max(1);
    for (output, row) in rows.iter_mut().enumerate() {
        let free = reads - row.iter().flatten().count();
        let mut weak: Vec<usize> = (0..old).filter(|&k| row[k].is_none()).map(|k| output * old + k).collect();
        weak.sort_by(|&a, &b| weights[b].abs().total_cmp(&weights[a].abs()));
        weak.into_iter().take(free).for_each(|at| row[at - output * old] = Some(connection(at)));
    }
    packed(sizes, rows.into_iter().map(|row| row.into_iter().flatten().collect()).collect(), 0)
}

/// Fills up the lists to the longest with inputs that are not read yet, drawn with `seed`. A list in ascending order stays
/// so.
fn packed(sizes: SparseSizes, mut rows: Vec<Vec<Listed>>, seed: u64) -> Result<Lists> {
    let inputs = sizes.input.len();
    let reads = rows.iter().map(Vec::len).max().unwrap_or(1).max(1);
    for (output, row) in rows.iter_mut().enumerate() {
        let mut rng = Rng::new(seed, Purpose::Surgery, (sizes.output.len() + output) as u64);
        for _ in row.len()..reads {
            let mut source = rng.below(inputs) as u32;
            while row.iter().any(|&(taken, _)| taken == source) {
                source = (source + 1) % inputs as u32;
            }
            row.push((source, None));
        }
        let kept = row.iter().filter(|(_, origin)| origin.is_some());
        if kept.is_sorted_by_key(|&(source, _)| source) {
            row.sort_unstable_by_key(|&(source, _)| source);
        }
    }
    let (sources, origins) = rows.into_iter().flatten().unzip();
    Ok(Lists { layer: Sparse::with_sources(SparseSizes { reads, ..sizes }, sources)?, origins })
}
