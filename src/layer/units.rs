//! What becomes of single units, neurons or the channels of a picture, where surgery adds some or takes some away.

use super::Layer;

/// What a layer does to the units that it reads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnitFlow {
    /// Reads each with a column of its weights W `[outputs, places, units]`, and makes each of its own from a row of W
    /// and a bias.
    Mixes,
    /// Reads those that its lists name.
    Listed,
    /// Makes each unit from the one of the same number; its tensors, if it has any, have one number for each.
    Passes,
    /// Makes the units of all its inputs, in order.
    Joins,
    /// Needs exactly those that it reads, or makes exactly those that it makes.
    Fixed,
}

impl Layer {
    /// What it does to single units.
    pub fn unit_flow(&self) -> UnitFlow {
        match self {
            Self::Dense(_) | Self::Conv(_) | Self::UpsampleConv(_) => UnitFlow::Mixes,
            Self::Sparse(_) => UnitFlow::Listed,
            Self::Pool(_)
            | Self::GlobalPool(_)
            | Self::Upsample(_)
            | Self::Affine(_)
            | Self::Dropout(_)
            | Self::Pad(_)
            | Self::Resize(_) => UnitFlow::Passes,
            Self::Concat(_) => UnitFlow::Joins,
            Self::Input(_)
            | Self::ConvTranspose(_)
            | Self::GroupedConv(_)
            | Self::GroupNorm(_)
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
            _ => return false,
        }
        true
    }
}
