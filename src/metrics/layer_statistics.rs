//! What a layer computed at one step and how its parameters moved, as distributions and shares.

use serde::{Deserialize, Serialize};

use super::histogram::Histogram;

/// The numbers of a layer that are counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LayerQuantity {
    /// All parameters but biases, after the step.
    Weights,
    Biases,
    /// The outputs for all examples of the mini-batch.
    Activations,
    /// dL/dtheta over the mini-batch, of the parameters that train.
    Gradients,
}

impl LayerQuantity {
    pub const ALL: [Self; 4] = [Self::Weights, Self::Biases, Self::Activations, Self::Gradients];

    pub fn name(self) -> &'static str {
        ["weights", "biases", "activations", "gradients"][self as usize]
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct LayerStatistics {
    /// The layer's.
    pub name: String,
    /// In the order of [`LayerQuantity::ALL`]; `None` where the layer has no such numbers.
    pub histograms: [Option<Box<Histogram>>; 4],
    /// RMS of the step that its parameters took by their RMS before; `None` if none of them trains or all were 0.
    pub update_ratio: Option<f32>,
    /// Share of the units that pass no gradient at any example of the mini-batch: those that are off, and those at their
    /// upper or lower end. `None` without an activation.
    pub dead: Option<f32>,
    pub saturated: Option<f32>,
}

impl LayerStatistics {
    pub fn of(&self, quantity: LayerQuantity) -> Option<&Histogram> {
        self.histograms[quantity as usize].as_deref()
    }

    /// Bytes in memory.
    pub fn bytes(&self) -> usize {
        size_of::<Self>() + self.name.len() + self.histograms.iter().flatten().count() * size_of::<Histogram>()
    }
}
