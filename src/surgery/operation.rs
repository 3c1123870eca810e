//! Surgery on one layer, as a person asks for it.
//!
//! As JSON: `{"widen": {"block": 3, "units": 16}}`. A unit is a neuron, or a channel of a picture.

use serde::{Deserialize, Serialize};

use super::fill::fill;
use super::insert::{deepen, remove};
use super::lines::{LinePair, add_lines};
use super::prune::{thin, vacuum};
use super::unit_change::{UnitChange, unit_count};
use super::units::{Added, change_units};
use crate::error::{Error, Result};
use crate::network::{Network, NetworkSpec};
use crate::progress::Progress;
use crate::remap::Remap;
use crate::shape::Shape;
use crate::words::counted;

/// A change of a layer. Seeds are those of the new random weights.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Operation {
    /// Adds units at the end, which what follows reads with weights of 0; of a sparse picture, whole rows of them. Or
    /// `copies` of units that are there, which share what reads these among them (Net2Net, Chen et al. 2015,
    /// <https://arxiv.org/abs/1511.05641>).
    Widen {
        block: usize,
        units: usize,
        #[serde(default)]
        copies: bool,
        #[serde(default)]
        seed: u64,
    },
    /// Adds neurons that compare two lines of the picture that the layer reads, which what follows reads with weights of 0.
    Lines { block: usize, pairs: Vec<LinePair> },
    /// Inserts a layer behind it that repeats its values; `kernel` is the side of a convolution.
    Deepen {
        block: usize,
        #[serde(default = "one")]
        kernel: usize,
        #[serde(default)]
        linear: bool,
    },
    /// Removes units.
    Cull { block: usize, units: Vec<usize> },
    /// Gives units new random weights, and reads them with weights of 0.
    Recycle {
        block: usize,
        units: Vec<usize>,
        #[serde(default)]
        seed: u64,
    },
    /// Takes away weights below `least`, without their signs.
    Vacuum { block: usize, least: f32 },
    /// Keeps the `keep` strongest of every `of` weights.
    Thin { block: usize, keep: usize, of: usize },
    /// Takes the layer out.
    Remove {
        block: usize,
        #[serde(default)]
        seed: u64,
    },
}

fn one() -> usize {
    1
}

impl Operation {
    /// The layer that it changes.
    pub fn block(&self) -> usize {
        match *self {
            Self::Widen { block, .. }
            | Self::Lines { block, .. }
            | Self::Deepen { block, .. }
            | Self::Cull { block, .. }
            | Self::Recycle { block, .. }
            | Self::Vacuum { block, .. }
            | Self::Thin { block, .. }
            | Self::Remove { block, .. } => block,
        }
    }

    /// Fails if what it refers to does not exist.
    pub fn check(&self, network: &Network) -> Result<()> {
        let (block, last) = (self.block(), network.blocks().len() - 1);
        if !(1..=last).contains(&block) {
            return Err(Error::expected("surgery", format!("a layer from 1 to {last}"), block));
        }
        let (name, count) = (&network.blocks()[block].name, unit_count(network, block));
        let changes_units =
            matches!(self, Self::Widen { .. } | Self::Lines { .. } | Self::Cull { .. } | Self::Remove { .. });
        if changes_units && network.embedding == Some(block) {
            let expected = "a layer other than the code, whose size is the setting embedding";
            return Err(Error::expected(name, expected, "the code"));
        }
        match self {
            Self::Widen { units, .. } if !(1..=1 << 20).contains(units) => {
                Err(Error::expected(name, "1 to 1048576 more neurons", units))
            }
            Self::Cull { units, .. } | Self::Recycle { units, .. } => {
                let mut sorted = units.clone();
                sorted.sort_unstable();
                sorted.dedup();
                let most = if matches!(self, Self::Cull { .. }) { count - 1 } else { count };
                if sorted.len() != units.len() || sorted.is_empty() || most < sorted.len() {
                    let expected = format!("1 to {most} of its neurons, each once");
                    return Err(Error::expected(name, expected, units.len()));
                }
                match sorted.last().filter(|&&unit| count <= unit) {
                    Some(unit) => Err(Error::expected(name, format!("neurons below {count}"), unit)),
                    None => Ok(()),
                }
            }
            Self::Vacuum { least, .. } if !(least.is_finite() && 0.0 < *least) => {
                Err(Error::expected(name, "a threshold above 0", least))
            }
            _ => Ok(()),
        }
    }

    /// The units that are new in the changed network, of the block that it changes.
    pub fn new_units(&self, changed: &Network) -> Vec<usize> {
        match self {
            Self::Widen { block, units, .. } if *block < changed.blocks().len() => {
                let (shape, count) = (changed.shape(*block), unit_count(changed, *block));
                let row = if count == shape.len() { shape.width * shape.channels } else { 1 };
                let added = if shape.is_flat() { *units } else { units.div_ceil(row).saturating_mul(row) };
                (count.saturating_sub(added)..count).collect()
            }
            Self::Lines { block, pairs } if *block < changed.blocks().len() => {
                let count = unit_count(changed, *block);
                (count.saturating_sub(pairs.len())..count).collect()
            }
            Self::Recycle { units, .. } => units.clone(),
            _ => Vec::new(),
        }
    }

    /// Describes it in one clause.
    pub fn describe(&self, network: &Network) -> String {
        let Some(block) = network.blocks().get(self.block()) else { return "surgery".into() };
        let is_map = !network.shape(self.block()).is_flat() && block.layer.sparse().is_none();
        let units = |count: usize| counted(count, if is_map { "channel" } else { "neuron" });
        let what = match self {
            Self::Widen { units: count, copies: false, .. } => format!("{} more", units(*count)),
            Self::Widen { units: count, copies: true, .. } => format!("{} copied", units(*count)),
            Self::Lines { pairs, .. } => format!("{} more that compare lines", units(pairs.len())),
            Self::Deepen { .. } => "a layer behind it".into(),
            Self::Cull { units: culled, .. } => format!("{} removed", units(culled.len())),
            Self::Recycle { units: recycled, .. } => format!("{} begun again", units(recycled.len())),
            Self::Vacuum { least, .. } => format!("weights below {least} taken away"),
            Self::Thin { keep, of, .. } => format!("{keep} of {of} weights kept"),
            Self::Remove { .. } => "taken out".into(),
        };
        format!("{}: {what}", block.name)
    }
}

/// Carries an operation out on a copy.
pub fn operate(network: &Network, operation: &Operation, progress: &Progress) -> Result<(Network, Remap)> {
    operation.check(network)?;
    let units = |block: usize, new: Shape, origins: Vec<Option<usize>>, seed: u64| {
        let change = UnitChange { old: network.shape(block), new, origins };
        change_units(network, block, change, Added::Silent, seed, progress)
    };
    let is_sparse = |block: usize| network.blocks()[block].layer.sparse().is_some();
    match operation {
        Operation::Widen { block, units: more, copies: false, seed } => {
            change_units(network, *block, UnitChange::grown(network, *block, *more), Added::Silent, *seed, progress)
        }
        Operation::Widen { block, units: more, copies: true, seed } => {
            if is_sparse(*block) {
                let name = &network.blocks()[*block].name;
                return Err(Error::expected(name, "neurons of dense layers or convolutions, to copy them", "sparse"));
            }
            let (mut change, count) = (UnitChange::grown(network, *block, *more), unit_count(network, *block));
            change.origins.iter_mut().enumerate().for_each(|(unit, origin)| *origin = Some(unit % count));
            change_units(network, *block, change, Added::Copies, *seed, progress)
        }
        Operation::Lines { block, pairs } => add_lines(network, *block, pairs, progress),
        Operation::Cull { block, units: culled, .. } => {
            let (old, count) = (network.shape(*block), unit_count(network, *block));
            let kept: Vec<_> = (0..count).filter(|unit| !culled.contains(unit)).map(Some).collect();
            let new = match is_sparse(*block) {
                true => Shape::flat(kept.len()),
                false => Shape::from_whc(old.width, old.height, kept.len()),
            };
            units(*block, new, kept, 0)
        }
        Operation::Recycle { block, units: recycled, seed } => {
            let count = unit_count(network, *block);
            let origins = (0..count).map(|unit| Some(unit).filter(|unit| !recycled.contains(unit))).collect();
            units(*block, network.shape(*block), origins, *seed)
        }
        Operation::Deepen { block, kernel, linear } => deepen(network, *block, *kernel, *linear, progress),
        Operation::Vacuum { block, least } => vacuum(network, *block, *least, progress),
        Operation::Thin { block, keep, of } => thin(network, *block, (*keep, *of)),
        Operation::Remove { block, seed } => remove(network, *block, *seed, progress),
    }
}

/// The network of a description, with the parameters that come from another one; the rest is 0.
pub fn restored(spec: &NetworkSpec, from: &Network, remap: &Remap, progress: &Progress) -> Result<Network> {
    let mut network = Network::from_spec(spec)?;
    fill(&mut network, from, remap, 0, progress)?;
    Ok(network)
}
