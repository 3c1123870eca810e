//! Structural losses: what a manifold's edges cost besides the objective, and the gradient of it.
//!
//! With D the strengths, M the number of cells and n = sum of sigmoid((|d| - c) / tau) the smooth count of edges:
//!
//! | term | loss |
//! |---|---|
//! | flow, one sum | (sum of abs(D) from inputs to hidden - sum of abs(D) from hidden to outputs)² |
//! | flow, per neuron | sum over hidden neurons of (sum of abs(D) into it - sum of abs(D) out of it)² |
//! | sparsity | (n / M)² |
//! | time | milliseconds of a step: the rate for each edge, times n |
//! | memory | KiB that the edges take: 12 bytes each, times n |

use super::Manifold;
use super::edges::{BLOCK, Edges};
use super::manifold::EdgeWeights;
use crate::kernels::maths::sigmoid;

/// Which cuts the flow is compared at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum FlowBy {
    /// One: all that enters the hidden neurons, and all that leaves them for outputs.
    #[default]
    Sum,
    /// One around each hidden neuron.
    Neuron,
}

/// Weights of the losses.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pressure {
    pub objective: f32,
    pub flow: f32,
    pub flow_by: FlowBy,
    pub sparsity: f32,
    pub time: f32,
    pub memory: f32,
    /// tau, the softness of the smooth count.
    pub softness: f32,
    /// Milliseconds of a step that an edge takes, as fitted to measured steps.
    pub milliseconds_per_edge: f32,
}

impl Default for Pressure {
    /// The objective alone.
    fn default() -> Self {
        Self {
            objective: 1.0,
            flow: 0.0,
            flow_by: FlowBy::Sum,
            sparsity: 0.0,
            time: 0.0,
            memory: 0.0,
            softness: 0.02,
            milliseconds_per_edge: 0.0,
        }
    }
}

/// Bytes of an edge: its strength, its source, its gradient.
const EDGE_BYTES: f32 = 12.0;

/// The terms at the present edges, without their weights.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PressureTerms {
    pub flow: f64,
    /// n / M; `None` where it has no weight, and for edges that are weights, which have no cutoff.
    pub smooth_share: Option<f64>,
    pub time: f64,
    pub memory: f64,
}

impl Pressure {
    /// Whether cells just below the cutoff matter.
    pub fn counts(&self) -> bool {
        0.0 < self.sparsity || 0.0 < self.time || 0.0 < self.memory
    }
}

impl Manifold {
    /// Computes the terms and adds the gradient of their weighted sum to `dtheta`.
    pub fn press(&self, theta: &[f32], edges: &Edges, pressure: &Pressure, dtheta: &mut [f32]) -> PressureTerms {
        let mut terms = PressureTerms::default();
        let mut dstrengths = vec![0.0; edges.listed()];
        terms.flow = match pressure.flow_by {
            FlowBy::Sum => self.flow_in_all(edges, pressure.flow, &mut dstrengths),
            FlowBy::Neuron => self.flow_by_neuron(edges, pressure.flow, &mut dstrengths),
        };
        if 0.0 < pressure.flow {
            self.backward_edges(theta, edges, &dstrengths, dtheta);
        }
        if self.edges != EdgeWeights::Own && pressure.counts() {
            self.press_count(theta, edges, pressure, dtheta, &mut terms);
        }
        terms
    }

    /// The flow loss of the one cut; sets the gradient of its weighted value with respect to the strengths.
    fn flow_in_all(&self, edges: &Edges, weight: f32, dstrengths: &mut [f32]) -> f64 {
        let cells = self.cells();
        // The listed cells of a row that count, and the sign of their flow. Sources ascend, so inputs come first.
        let counted = |row: usize| {
            let listed = edges.row(row);
            let inputs = listed.sources.partition_point(|&source| (source as usize) < cells.inputs);
            let range = if cells.is_output(row) { inputs..listed.sources.len() } else { 0..inputs };
            (listed, range, if cells.is_output(row) { -1.0 } else { 1.0 })
        };
        let of_row = |row: usize| {
            let (listed, range, sign) = counted(row);
            let sum: f32 = listed.strengths[range].iter().map(|strength| strength.abs()).sum();
            sign * f64::from(sum)
        };
        let surplus: f64 = (0..cells.rows()).map(of_row).sum();
        if 0.0 < weight {
            for row in 0..cells.rows() {
                let (listed, range, sign) = counted(row);
                let slope = weight * (2.0 * surplus * sign) as f32;
                let strengths = &listed.strengths[range.clone()];
                let down = &mut dstrengths[listed.first + range.start..listed.first + range.end];
                for (down, strength) in down.iter_mut().zip(strengths) {
                    *down = if *strength == 0.0 { 0.0 } else { slope * 1f32.copysign(*strength) };
                }
            }
        }
        surplus * surplus
    }

    /// The same, of a cut around each hidden neuron.
    fn flow_by_neuron(&self, edges: &Edges, weight: f32, dstrengths: &mut [f32]) -> f64 {
        let cells = self.cells();
        let mut surplus = vec![0.0f64; cells.hidden];
        for (row, source, strength) in edges.all(&cells) {
            let strength = f64::from(strength.abs());
            if !cells.is_output(row) {
                surplus[row] += strength;
            }
            if cells.inputs <= source {
                surplus[source - cells.inputs] -= strength;
            }
        }
        for row in 0..cells.rows() {
            let listed = edges.row(row);
            let entering = if cells.is_output(row) { 0.0 } else { surplus[row] };
            for (k, (&source, &strength)) in listed.sources.iter().zip(listed.strengths).enumerate() {
                let leaving = (source as usize).checked_sub(cells.inputs).map_or(0.0, |neuron| surplus[neuron]);
                if strength != 0.0 {
                    let slope = weight * (2.0 * (entering - leaving)) as f32;
                    dstrengths[listed.first + k] = slope * 1f32.copysign(strength);
                }
            }
        }
        surplus.iter().map(|surplus| surplus * surplus).sum()
    }

    /// The terms of the smooth count, and their gradient.
    fn press_count(
        &self,
        theta: &[f32],
        edges: &Edges,
        pressure: &Pressure,
        dtheta: &mut [f32],
        terms: &mut PressureTerms,
    ) {
        let (cells, cutoff) = (self.cells(), self.cutoff(theta));
        let gate = |d: f32| sigmoid((d.abs() - cutoff) / pressure.softness);
        let all = edges.blocks.iter().flat_map(|block| &block.closeness);
        let smooth: f64 = all.map(|&d| f64::from(gate(d))).sum();
        let share = smooth / cells.count() as f64;
        terms.smooth_share = Some(share);
        terms.time = f64::from(pressure.milliseconds_per_edge) * smooth;
        terms.memory = f64::from(EDGE_BYTES) * smooth / 1024.0;
        let of_count = pressure.sparsity * (2.0 * share / cells.count() as f64) as f32
            + pressure.time * pressure.milliseconds_per_edge
            + pressure.memory * EDGE_BYTES / 1024.0;
        let (mut dcutoff, mut dcloseness) = (0.0, Vec::new());
        for row in 0..cells.rows() {
            dcloseness.clear();
            dcloseness.extend(edges.row(row).closeness.iter().map(|&d| {
                let gate = gate(d);
                let slope = of_count * gate * (1.0 - gate) / pressure.softness;
                dcutoff -= slope;
                slope.copysign(d)
            }));
            self.backward_row(theta, row, &dcloseness, &edges.blocks[row / BLOCK], dtheta);
        }
        dtheta[self.ranges().cutoff] += dcutoff * cutoff * (1.0 - cutoff);
    }
}
