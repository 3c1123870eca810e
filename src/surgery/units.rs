//! Adds and removes single units of a block, neurons or the channels of a picture; what reads them follows.

use super::fill::fill;
use super::lists::{self, Lists};
use super::unit_change::{UnitChange, unit_count};
use crate::error::{Error, Result};
use crate::layer::{Layer, UnitFlow};
use crate::network::{BlockSpec, Held, Holds, Network, NetworkSpec};
use crate::progress::Progress;
use crate::remap::Remap;
use crate::rng::{Purpose, Rng};
use crate::shape::Shape;

/// Most units that are added to a proposal for the sake of equal sums.
const MOST_MORE: usize = 64;

/// A network description whose layers follow a change of units.
pub struct Followed {
    pub spec: NetworkSpec,
    /// How the units of each block change.
    pub changes: Vec<Option<UnitChange>>,
    /// Where the weights of a sparse block come from, if its lists change.
    lists: Vec<Option<Vec<Option<usize>>>>,
}

/// Makes every layer follow a change of the units of one block. New inputs of sparse layers are drawn with `seed`.
///
/// # Errors
/// The block, or one that reads it, needs exactly the units that it has.
pub fn follow(network: &Network, block: usize, change: UnitChange, seed: u64) -> Result<Followed> {
    let mut spec = network.spec();
    // Pins and holds belong to the old shapes.
    (spec.pins, spec.holds) = Default::default();
    let (count, name) = (spec.blocks.len(), network.blocks()[block].name.as_str());
    let mut followed = Followed { spec, changes: vec![None; count], lists: vec![None; count] };
    let layer = &mut followed.spec.blocks[block].layer;
    if let Some(sparse) = layer.sparse() {
        let lists = lists::made(sparse, &change, seed)?;
        followed.put(block, lists);
    } else if !layer.set_outputs(change.new.channels) {
        let title = layer.ops().title();
        return Err(Error::expected(name, "a layer whose neurons can change in number (dense, conv, sparse)", title));
    }
    followed.changes[block] = Some(change);
    for index in block + 1..count {
        followed.step(network, index, seed)?;
    }
    if followed.changes[count - 1].is_some() {
        return Err(Error::expected(name, "a layer before the last, whose outputs are those of the task", "the last"));
    }
    Ok(followed)
}

impl Followed {
    fn put(&mut self, block: usize, Lists { layer, origins }: Lists) {
        self.spec.blocks[block].layer = Layer::Sparse(layer);
        self.lists[block] = Some(origins);
    }

    /// Makes a block follow those that it reads.
    fn step(&mut self, network: &Network, index: usize, seed: u64) -> Result<()> {
        let inputs = self.spec.blocks[index].inputs.clone();
        let Some(change) = inputs.iter().find_map(|&input| self.changes[input].clone()) else { return Ok(()) };
        let shape = |input: &usize| self.spec.blocks[*input].layer.ops().output();
        let shapes: Vec<Shape> = inputs.iter().map(shape).collect();
        let BlockSpec { layer, name, .. } = &mut self.spec.blocks[index];
        let flow = layer.unit_flow();
        let reads_values = flow == UnitFlow::Listed || flow == UnitFlow::Mixes && layer.ops().output().is_flat();
        let origins = match flow {
            _ if !change.is_by_channel() && !reads_values => {
                let expected = "a layer that reads single neurons (dense, sparse)";
                return Err(Error::expected(&*name, expected, layer.ops().title()));
            }
            UnitFlow::Mixes | UnitFlow::MixesBack => return layer.ops_mut().set_inputs(&shapes),
            UnitFlow::Listed => {
                if let Some(lists) = layer.sparse().map(|sparse| lists::read(sparse, &change, seed)) {
                    self.put(index, lists?);
                }
                return Ok(());
            }
            UnitFlow::Passes => change.origins,
            UnitFlow::PassesGroups => {
                layer.regroup(&change.origins).map_err(|error| error.within(&*name))?;
                change.origins
            }
            UnitFlow::Joins => {
                let (mut origins, mut first) = (Vec::new(), 0);
                for &input in &inputs {
                    let units = network.shape(input).channels;
                    match &self.changes[input] {
                        Some(change) => origins.extend(change.origins.iter().map(|at| at.map(|unit| first + unit))),
                        None => origins.extend((first..first + units).map(Some)),
                    }
                    first += units;
                }
                origins
            }
            UnitFlow::Fixed => {
                let expected = "a layer that can do with more or fewer neurons before it";
                return Err(Error::expected(&*name, expected, layer.ops().title()));
            }
        };
        layer.ops_mut().set_inputs(&shapes)?;
        let new = layer.ops().output();
        self.changes[index] = Some(UnitChange { old: network.shape(index), new, origins });
        Ok(())
    }

    /// Where the parameters of the new network come from.
    fn remap(&self, old: &Network, new: &Network) -> Remap {
        let mut remap = Remap::default();
        for (index, block) in new.blocks().iter().enumerate() {
            // Rows follow the units that a block makes, columns those that it reads, or the other way round.
            let made = self.changes[index].as_ref();
            let read = block.inputs.iter().find_map(|&input| self.changes[input].as_ref());
            let flow = block.layer.unit_flow();
            let read = read.filter(|_| matches!(flow, UnitFlow::Mixes | UnitFlow::MixesBack));
            for ((tensor, _), (old, range)) in new.tensors(index).into_iter().zip(old.tensors(index)) {
                if let (Some(lists), 2) = (&self.lists[index], tensor.dims.len()) {
                    lists.iter().for_each(|at| remap.push(at.map(|at| range.start + at), 1));
                    continue;
                }
                let rows = tensor.dims[0];
                let (row, old_row) = (tensor.len() / rows, old.len() / old.dims[0]);
                let is_matrix = 1 < tensor.dims.len();
                let (by_row, by_column) =
                    if is_matrix && flow == UnitFlow::MixesBack { (read, made) } else { (made, read) };
                let columns = by_column.filter(|_| is_matrix);
                for number in 0..rows {
                    let origin = by_row.map_or(Some(number), |change| change.origins[number]);
                    match (origin.map(|origin| range.start + origin * old_row), columns) {
                        (Some(start), Some(change)) => {
                            (0..row).for_each(|column| remap.push(change.value(column).1.map(|value| start + value), 1))
                        }
                        (start, _) => remap.push(start, row),
                    }
                }
            }
        }
        remap
    }

    /// Divides the weights that read a unit among its copies.
    fn share(&self, changed: &mut Network, seed: u64) -> Result<()> {
        for index in 1..changed.blocks().len() {
            let (reader, tensors) = (&changed.blocks()[index], changed.tensors(index));
            let flow = reader.layer.unit_flow();
            let change = reader.inputs.iter().find_map(|&input| self.changes[input].as_ref());
            let Some(change) = change.filter(|_| flow.weighs()) else { continue };
            let Some((tensor, range)) = tensors.into_iter().next().filter(|_| flow != UnitFlow::Listed) else {
                let expected = "neurons that dense layers or convolutions read, to copy them";
                return Err(Error::expected(&reader.name, expected, reader.layer.ops().title()));
            };
            let mut rng = Rng::new(seed, Purpose::Surgery, index as u64);
            let portions: Vec<f32> = change.origins.iter().map(|_| 0.25 + rng.uniform()).collect();
            let mut sums = vec![0.0; change.origins.len()];
            let pairs = || change.origins.iter().zip(&portions).filter_map(|(origin, &part)| Some(((*origin)?, part)));
            pairs().for_each(|(origin, part)| sums[origin] += part);
            let shares: Vec<f32> = pairs().map(|(origin, part)| part / sums[origin]).collect();
            let row = tensor.len() / tensor.dims[0];
            for (at, weight) in changed.theta[range].iter_mut().enumerate() {
                *weight *= shares[if flow == UnitFlow::MixesBack { at / row } else { change.value(at % row).0 }];
            }
        }
        Ok(())
    }

    /// The holds that still hold something.
    fn holds(&self, old: &Network) -> Holds {
        let mut holds = Holds::default();
        for hold in old.holds().iter() {
            let held = match (&self.changes[hold.block], hold.held) {
                (None, held) => Some(held),
                (Some(change), Held::Channel(channel)) if change.is_by_channel() => {
                    change.origins.iter().position(|&origin| origin == Some(channel)).map(Held::Channel)
                }
                (Some(_), Held::Channel(_)) => None,
                (Some(change), Held::Neuron(index)) => {
                    (0..change.new.len()).find(|&new| change.value(new).1 == Some(index)).map(Held::Neuron)
                }
            };
            if let Some(held) = held {
                holds.set(hold.block, &[held], Some(hold.value));
            }
        }
        holds
    }
}

/// How units that a block gets begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// Initialised, and so is what reads them.
    Initialised,
    /// Initialised, and read with weights of 0, so that the network computes what it did.
    Silent,
    /// As copies of others. A unit and its copies share the weights that read it at random, so that the network computes
    /// what it did but for rounding, and training takes them apart.
    Copies,
}

/// Changes the units of a block. Units that stay keep their numbers; new weights are drawn with `seed`.
pub fn change_units(
    network: &Network,
    block: usize,
    change: UnitChange,
    added: Added,
    seed: u64,
    progress: &Progress,
) -> Result<(Network, Remap)> {
    let followed = follow(network, block, change.clone(), seed)?;
    let mut changed = Network::from_spec(&followed.spec)?;
    let mut remap = followed.remap(network, &changed);
    fill(&mut changed, network, &remap, seed, progress)?;
    if added == Added::Copies {
        followed.share(&mut changed, seed)?;
        // A parameter becomes one of the new network; what has a copy's values is new.
        remap = follow(network, block, change.without_copies(), seed)?.remap(network, &changed);
    }
    if added == Added::Silent {
        for fresh in remap.fresh() {
            for index in (0..changed.blocks().len()).filter(|&index| index != block) {
                let reader = &changed.blocks()[index];
                let within = fresh.start.max(reader.params.start)..fresh.end.min(reader.params.end);
                let weighs = reader.layer.unit_flow().weighs();
                if weighs && !within.is_empty() {
                    changed.theta[within].fill(0.0);
                }
            }
        }
    }
    changed.set_pins(network.pins().carry(&remap))?;
    changed.set_holds(followed.holds(network))?;
    Ok((changed, remap))
}

/// For each unit of a block the largest weight, without its sign, by which it is read.
pub fn largest_readings(network: &Network, block: usize) -> Result<Vec<f32>> {
    let (shape, count) = (network.shape(block), unit_count(network, block));
    let same = UnitChange { old: shape, new: shape, origins: (0..count).map(Some).collect() };
    let followed = follow(network, block, same, 0)?;
    let mut largest = vec![0.0f32; count];
    for (index, reader) in network.blocks().iter().enumerate() {
        let Some(change) = reader.inputs.iter().find_map(|&input| followed.changes[input].as_ref()) else { continue };
        let Some((tensor, range)) = network.tensors(index).into_iter().next() else { continue };
        let row = tensor.len() / tensor.dims[0];
        for (at, weight) in network.theta[range].iter().enumerate() {
            let unit = match (reader.layer.unit_flow(), reader.layer.sparse()) {
                (UnitFlow::Mixes, _) => change.origins[change.value(at % row).0],
                (UnitFlow::MixesBack, _) => change.origins[at / row],
                (_, Some(sparse)) => change.origins[change.value(sparse.sources()[at] as usize).0],
                _ => None,
            };
            if let Some(unit) = unit.filter(|&unit| unit < count) {
                largest[unit] = largest[unit].max(weight.abs());
            }
        }
    }
    Ok(largest)
}

/// The number of units by which a block is proposed to grow: a tenth, or somewhat more where its kernels then sum as
/// before, so that the outputs stay the same to the last bit.
pub fn proposed_units(network: &Network, block: usize) -> usize {
    let least = unit_count(network, block).div_ceil(10);
    let sums_alike = |more: &usize| {
        let followed = follow(network, block, UnitChange::grown(network, block, *more), 0);
        let transforms = |layer: &Layer| layer.speed().transforms();
        followed.is_ok_and(|followed| {
            let mut pairs = followed.spec.blocks.iter().zip(network.blocks());
            pairs.all(|(new, old)| transforms(&new.layer) == transforms(&old.layer))
        })
    };
    if network.blocks()[block].layer.unit_flow() == UnitFlow::Listed {
        return least;
    }
    (least..least + MOST_MORE).find(sums_alike).unwrap_or(least)
}
