//! The settings of structural training, and the report of a step.

use crate::layer::{Pressure, PressureTerms};

/// Settings of structural training, which can change while it runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StructureConfig {
    pub pressure: Pressure,
    /// Most edges at the end, as a share of the cells; 0: any number.
    pub budget: f64,
    /// The share of the cells that the budget begins at.
    pub budget_from: f64,
    /// Cells so little below the cutoff get a gradient as if they were edges; 0: none.
    pub straight_through: f32,
    /// Steps from one change of edges that are weights to the next; 0: never.
    pub growth_interval: u64,
    /// Share of the edges that a change replaces at first; it falls to 0 along a cosine.
    pub growth_share: f64,
    /// Factor by which curves are narrowed over the first half of the run; 1: not.
    pub narrowing: f64,
}

impl Default for StructureConfig {
    fn default() -> Self {
        let pressure = Pressure::default();
        Self {
            pressure,
            budget: 0.0,
            budget_from: 0.0,
            straight_through: 0.0,
            growth_interval: 0,
            growth_share: 0.0,
            narrowing: 1.0,
        }
    }
}

/// Norms of the gradients of the terms with respect to what the structure follows from, each times its weight.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct TermGradients {
    pub objective: f64,
    pub flow: f64,
    pub sparsity: f64,
    pub time: f64,
    pub memory: f64,
}

/// The structure before a step, and what the step changed.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct StructureReport {
    pub edges: usize,
    /// Edges by cells.
    pub share: f64,
    /// Cutoff of the curves.
    pub cutoff: f64,
    /// Edges on the longest path; measured every few steps.
    pub levels: Option<usize>,
    /// Outputs that were cut off and kept their strongest edge.
    pub kept: usize,
    pub terms: PressureTerms,
    /// Measured every few steps.
    pub gradients: Option<TermGradients>,
    pub dropped: usize,
    pub grown: usize,
}

impl StructureReport {
    /// Its values by name.
    pub fn values(&self) -> [(&'static str, f64); 16] {
        let pull = |of: fn(&TermGradients) -> f64| self.gradients.as_ref().map_or(f64::NAN, of);
        [
            ("edges", self.edges as f64),
            ("edge_share", self.share),
            ("cutoff", self.cutoff),
            ("levels", self.levels.map_or(f64::NAN, |levels| levels as f64)),
            ("flow", self.terms.flow),
            ("sparsity", self.terms.smooth_share.unwrap_or(f64::NAN)),
            ("time", self.terms.time),
            ("memory", self.terms.memory),
            ("kept", self.kept as f64),
            ("dropped", self.dropped as f64),
            ("grown", self.grown as f64),
            ("objective_gradient", pull(|gradients| gradients.objective)),
            ("flow_gradient", pull(|gradients| gradients.flow)),
            ("sparsity_gradient", pull(|gradients| gradients.sparsity)),
            ("time_gradient", pull(|gradients| gradients.time)),
            ("memory_gradient", pull(|gradients| gradients.memory)),
        ]
    }
}
