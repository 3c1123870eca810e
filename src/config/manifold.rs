//! The settings of a manifold, and of training one.

use super::Config;
use crate::layer::{EdgeWeights, FlowBy, ManifoldStart, NeuronKind, Pressure, SequenceOf};
use crate::network::preset::ManifoldRequest;
use crate::train::StructureConfig;

/// A budget is approached from this many times as many edges.
const BUDGET_FROM: f64 = 4.0;

impl Config {
    /// The manifold that the settings ask for.
    pub fn manifold(&self) -> ManifoldRequest {
        let start = match self.text("manifold-start") {
            "few" => Some(ManifoldStart::Few),
            "images" => Some(ManifoldStart::Images),
            _ => None,
        };
        let (growth, budget) = (self.text("manifold-growth"), self.number("edge-budget"));
        let edges = match (growth, self.text("manifold-weights")) {
            ("gradient" | "pruning" | "fixed", _) => EdgeWeights::Own,
            (_, "own") => EdgeWeights::Scaled,
            _ => EdgeWeights::Curve,
        };
        ManifoldRequest {
            hidden: self.whole("manifold-hidden"),
            period: self.number("manifold-period") as f32,
            start,
            width_factor: self.number("manifold-width") as f32,
            bumps: self.whole("manifold-bumps"),
            centre_rate: self.number("manifold-centre-rate") as f32,
            edges,
            squared: self.text("manifold-output") == "squared",
            sequence: if self.text("manifold-sequence") == "rows" { SequenceOf::Rows } else { SequenceOf::None },
            feedback: self.whole("manifold-feedback"),
            random_share: match growth {
                "fixed" if budget != 0.0 => budget as f32,
                "fixed" | "pruning" => 1.0,
                _ => 0.0,
            },
            neuron: if self.text("manifold-neuron") == "gated" { NeuronKind::Gated } else { NeuronKind::Plain },
        }
    }

    /// How the structure of a manifold trains.
    pub fn structure(&self) -> StructureConfig {
        let weight = |name: &str| self.number(name) as f32;
        let (growth, budget) = (self.text("manifold-growth"), self.number("edge-budget"));
        StructureConfig {
            pressure: Pressure {
                objective: weight("objective-weight"),
                flow: weight("flow-weight"),
                flow_by: if self.text("flow-by") == "neuron" { FlowBy::Neuron } else { FlowBy::Sum },
                sparsity: weight("sparsity-weight"),
                time: weight("time-weight"),
                memory: weight("memory-weight"),
                softness: weight("sparsity-softness"),
                ..Pressure::default()
            },
            budget,
            budget_from: if growth == "pruning" { 1.0 } else { BUDGET_FROM * budget },
            straight_through: weight("straight-through"),
            growth_interval: self.whole("growth-interval") as u64,
            growth_share: if growth == "gradient" { self.number("growth-share") } else { 0.0 },
            narrowing: self.number("manifold-narrowing"),
        }
    }
}
