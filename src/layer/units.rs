//! What becomes of single units, neurons or the channels of a picture, where surgery adds some or takes some away.

use super::Layer;
use crate::error::Result;

/// What a layer does to the units that it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitFlow {
    /// Reads each with a column of its weights W `[outputs, places, units]`, and makes each of its own from a row of W
    /// and a bias.
    Mixes,
    /// The same, but a row of W `[units, places, outputs]` belongs to a unit that it reads.
    MixesBack,
    /// Reads those that its lists name.
    Listed,
    /// Makes each unit from the one of the same number; its tensors, if it has any, have one number for each.
    Passes,
    /// Passes units on in groups, which have to stay whole.
    PassesGroups,
    /// Makes the units of all its inputs, in order.
    Joins,
    /// Needs exactly those that it reads, or makes exactly those that it makes.
    Fixed,
}

impl UnitFlow {
    /// Whether it reads units with weights.
    pub fn weighs(self) -> bool {
        matches!(self, Self::Mixes | Self::MixesBack | Self::Listed)
    }
}

impl Layer {
    /// What it does to single units.
    pub fn unit_flow(&self) -> UnitFlow {
        match self {
            Self::Dense(_) | Self::Conv(_) | Self::UpsampleConv(_) => UnitFlow::Mixes,
            Self::ConvTranspose(_) => UnitFlow::MixesBack,
            Self::Sparse(_) => UnitFlow::Listed,
            Self::Pool(_)
            | Self::GlobalPool(_)
            | Self::Upsample(_)
            | Self::Affine(_)
            | Self::Dropout(_)
            | Self::Pad(_)
            | Self::Resize(_) => UnitFlow::Passes,
            Self::GroupNorm(_) => UnitFlow::PassesGroups,
            Self::Concat(_) => UnitFlow::Joins,
            Self::Input(_)
            | Self::GroupedConv(_)
            | Self::Reshape(_)
            | Self::Add(_)
            | Self::Product(_)
            | Self::LocallyConnected(_)
            | Self::TileDense(_)
            | Self::Planes(_)
            | Self::Manifold(_)
            | Self::FreeGraph(_) => UnitFlow::Fixed,
        }
    }

    /// Gives a layer that mixes units this many of its own. Whether it is one.
    pub fn set_outputs(&mut self, outputs: usize) -> bool {
        match self {
            Self::Dense(layer) => layer.outputs = outputs,
            Self::Conv(layer) => layer.window.outputs = outputs,
            Self::UpsampleConv(layer) => layer.outputs = outputs,
            Self::ConvTranspose(layer) => layer.output.channels = outputs,
            _ => return false,
        }
        true
    }

    /// Lets a layer that passes units on in groups follow a change of them; see [`super::GroupNorm::regroup`].
    pub fn regroup(&mut self, origins: &[Option<usize>]) -> Result<()> {
        match self {
            Self::GroupNorm(norm) => norm.regroup(origins),
            _ => Ok(()),
        }
    }
}
