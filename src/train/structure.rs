//! What happens to a network whose connections follow from its parameters, besides the step down the gradient: structural
//! losses before the update, changes of structure after it, and a report of both.

use std::f64::consts::PI;

use super::shard::Shard;
use super::structure_config::{StructureConfig, StructureReport, TermGradients};
use super::trainer::Trainer;
use crate::kernels::elementwise;
use crate::layer::{Pressure, Rewired, Rewiring};
use crate::network::Network;

/// Steps between measurements of the levels and of the gradients of the terms; those between have none.
const MEASURED_EVERY: u64 = 10;
/// Share of a run after which edges that are weights stay as they are.
const GROWTH_END: f64 = 0.75;
/// Share of a run in which the budget is reached, and curves that began wide are narrowed.
const SETTLED: f64 = 0.5;
/// Epochs that count as the run where no end is set.
const ENDLESS: u64 = 20;

impl Trainer {
    /// The cells just below the cutoff that have to be listed: those with a gradient.
    pub(super) fn band(&self) -> f32 {
        let StructureConfig { pressure, straight_through, .. } = self.config.structure;
        if pressure.counts() { straight_through.max(4.0 * pressure.softness) } else { straight_through }
    }

    /// How much of the run is done, 0..=1.
    fn progress(&self) -> f64 {
        let epochs = if self.config.epochs == 0 { ENDLESS } else { self.config.epochs };
        let total = (epochs * self.steps_per_epoch() as u64).max(1);
        (self.step as f64 / total as f64).min(1.0)
    }

    /// Whether the gradient of every cell is needed in the coming step.
    pub(super) fn grows(&self) -> bool {
        let StructureConfig { growth_interval, growth_share, .. } = self.config.structure;
        let is_due = growth_interval != 0 && (self.step + 1).is_multiple_of(growth_interval);
        is_due && 0.0 < growth_share && self.progress() < GROWTH_END
    }

    /// Adds the gradient of the structural losses to that of the first shard, and reports the structure.
    pub(super) fn press(&mut self, network: &Network, used: usize) -> Option<StructureReport> {
        let (index, manifold) = network.structure()?;
        let block = &network.blocks()[index];
        let theta = &network.theta[block.params.clone()];
        let edges = self.prepared.edges(index)?;
        let is_measured = self.step.is_multiple_of(MEASURED_EVERY);
        let gradients = is_measured.then(|| self.term_gradients(network, used)).flatten();
        let Shard { grad, squares, .. } = self.shards.first_mut()?;
        let place = self.layout.rest()[index].clone();
        let mut unused = Vec::new();
        let dtheta = if place.is_empty() {
            unused.resize(block.params.len(), 0.0);
            &mut unused
        } else {
            &mut grad[place]
        };
        let terms = manifold.press(theta, edges, &self.config.structure.pressure, dtheta);
        *squares = elementwise::squares(grad);
        let cells = manifold.cells();
        let count = edges.count();
        Some(StructureReport {
            edges: count,
            share: count as f64 / cells.count() as f64,
            cutoff: f64::from(manifold.cutoff(theta)),
            levels: if is_measured { edges.levels(&cells).into_iter().max() } else { None },
            kept: edges.kept,
            terms,
            gradients,
            ..StructureReport::default()
        })
    }

    /// The norms of the gradients of the terms with respect to what the structure follows from: the curves and the cutoff,
    /// or the weights that are edges. Each is weighted, as it pulls.
    fn term_gradients(&self, network: &Network, used: usize) -> Option<TermGradients> {
        let (index, manifold) = network.structure()?;
        let params = network.blocks()[index].params.clone();
        let place = self.layout.rest()[index].clone();
        let edges = self.prepared.edges(index)?;
        let formed = manifold.structure_parameters();
        let norm = |gradient: &[f32]| elementwise::squares(gradient).sqrt();
        let mut of_objective = vec![0.0; formed.len()];
        if !place.is_empty() {
            let formed = place.start + formed.start..place.start + formed.end;
            for shard in &self.shards[..used] {
                of_objective.iter_mut().zip(&shard.grad[formed.clone()]).for_each(|(sum, given)| *sum += given);
            }
        }
        let mut given = vec![0.0; params.len()];
        let all = self.config.structure.pressure;
        let none = Pressure { flow: 0.0, sparsity: 0.0, time: 0.0, memory: 0.0, ..all };
        let mut of_term = |alone: Pressure| {
            if alone == none {
                return 0.0;
            }
            given.fill(0.0);
            manifold.press(&network.theta[params.clone()], edges, &alone, &mut given);
            norm(&given[formed.clone()])
        };
        Some(TermGradients {
            objective: norm(&of_objective),
            flow: of_term(Pressure { flow: all.flow, ..none }),
            sparsity: of_term(Pressure { sparsity: all.sparsity, ..none }),
            time: of_term(Pressure { time: all.time, ..none }),
            memory: of_term(Pressure { memory: all.memory, ..none }),
        })
    }

    /// Changes the structure after an update.
    pub(super) fn rewire(&mut self, network: &mut Network, used: usize, report: &mut StructureReport) {
        let Some((index, manifold)) = network.structure() else { return };
        let block = &network.blocks()[index];
        if block.frozen {
            return;
        }
        let config = self.config.structure;
        let (params, manifold) = (block.params.clone(), manifold.clone());
        let done = self.progress();
        let is_due = config.growth_interval != 0 && (self.step + 1).is_multiple_of(config.growth_interval);
        let gradient = if self.grows() { self.cell_gradient(used) } else { Vec::new() };
        let changes_weights = manifold.edges.is_own();
        if changes_weights && !is_due {
            return;
        }
        let most = (0.0 < config.budget).then(|| {
            let left = (1.0 - done / SETTLED).max(0.0);
            (config.budget + (config.budget_from - config.budget) * left.powi(3)).min(1.0)
        });
        let steps = (self.step as f64 / done.max(1e-9) * SETTLED).max(1.0);
        let narrow = if done < SETTLED && 0.0 < done { config.narrowing.powf(-1.0 / steps) } else { 1.0 };
        let replace = config.growth_share * 0.5 * (1.0 + (PI * (done / GROWTH_END).min(1.0)).cos());
        let rewiring = Rewiring { most, replace, narrow: narrow as f32 };
        let Rewired { forgotten, dropped, grown, .. } =
            manifold.rewire(&mut network.theta[params.clone()], &rewiring, &gradient);
        let zeros = vec![0.0; forgotten.len()];
        self.optim.set_moments(forgotten.iter().map(|at| params.start + at), &zeros, &zeros);
        (report.dropped, report.grown) = (dropped, grown);
    }

    /// The gradient of the objective with respect to the strength of every cell, summed over the shards in order.
    fn cell_gradient(&mut self, used: usize) -> Vec<f32> {
        let mut shards = self.shards[..used].iter_mut().map(|shard| std::mem::take(&mut shard.cells));
        let mut sum = shards.next().unwrap_or_default();
        for cells in shards {
            sum.iter_mut().zip(&cells).for_each(|(sum, cell)| *sum += cell);
        }
        sum
    }
}
