//! Changes of a manifold's structure between two steps that are not steps down a gradient: the first edges of a layer
//! whose edges are weights, a budget of edges, the narrowing of curves that began wide, and growth by gradient.
//!
//! Growth by gradient (RigL, <https://arxiv.org/abs/1911.11134>): the weakest edges are dropped, and as many cells become
//! edges where the gradient of the objective with respect to their strength is largest. Before the budget is reached,
//! more are dropped than grown.

use super::Manifold;
use super::edges::Edges;
use super::manifold::EdgeWeights;
use super::parameters::inverse_softplus;
use crate::select::select;

/// What to change.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rewiring {
    /// Most edges, as a share of the cells; `None` for any number.
    pub most: Option<f64>,
    /// Share of the edges to be replaced where the gradient is largest; 0 for none.
    pub replace: f64,
    /// Factor on the widths of all curves.
    pub narrow: f32,
}

/// What was changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rewired {
    /// Parameters whose moments belong to an edge that is gone or new.
    pub forgotten: Vec<usize>,
    pub dropped: usize,
    pub grown: usize,
    /// Edges that were to be dropped, but stayed because an output would have been cut off.
    pub kept: usize,
}

/// Size of a new weight: enough to make it an edge, and too little to change an output.
const NEW: f32 = 1e-6;

/// Factor on the first strengths of what outputs read that are fed back.
const WEAK: f32 = 0.1;

impl Manifold {
    /// Gives a layer whose edges are weights its first edges, unless they were drawn at random: those of the curves, at the
    /// strength that the curves give.
    /// Outputs that are fed back read themselves with strength 1 and others weakly, so that they remember from the start
    /// (as in <https://arxiv.org/abs/1504.00941>).
    pub fn seed(&self, theta: &mut [f32]) {
        if self.edges != EdgeWeights::Own || 0.0 < self.random_share {
            return;
        }
        let cells = self.cells();
        let as_curves = Self { edges: EdgeWeights::Curve, ..self.clone() };
        let mut edges = Edges::default();
        as_curves.connect(theta, 0.0, &mut edges);
        let ranges = self.ranges();
        let first = ranges.own.start;
        for row in 0..cells.rows() {
            let is_fed_back = (cells.hidden..cells.hidden + cells.feedback).contains(&row);
            let factor = if is_fed_back { WEAK } else { 1.0 };
            for (source, strength) in edges.row(row).edges() {
                theta[first + cells.first(row) + source] = factor * strength;
            }
        }
        for source in cells.inputs - cells.feedback..cells.inputs {
            if let Some(row) = cells.fed_from(source) {
                theta[first + cells.first(row) + source] = 1.0;
                (theta[ranges.weight.start + source], theta[ranges.bias.start + source]) = (1.0, 0.0);
            }
        }
    }

    /// Changes the structure. `gradient` is that of the objective with respect to the strength of every cell; it may be
    /// empty where nothing is replaced.
    pub fn rewire(&self, theta: &mut [f32], rewiring: &Rewiring, gradient: &[f32]) -> Rewired {
        if rewiring.narrow != 1.0 && rewiring.narrow != 0.0 {
            self.narrow(theta, rewiring.narrow);
        }
        match self.edges {
            EdgeWeights::Own => self.replace(theta, rewiring, gradient),
            EdgeWeights::Curve | EdgeWeights::Scaled => {
                rewiring.most.map_or_else(Rewired::default, |most| self.raise_cutoff(theta, most))
            }
        }
    }

    /// Multiplies the width of every curve.
    fn narrow(&self, theta: &mut [f32], factor: f32) {
        for row in 0..self.cells().rows() {
            for bump in 0..self.bumps {
                let at = self.raw(5, row, bump);
                theta[at] = inverse_softplus(self.curve(theta, row, bump).width * factor);
            }
        }
    }

    /// Raises the cutoff until there are at most `most` edges, as a share of the cells.
    fn raise_cutoff(&self, theta: &mut [f32], most: f64) -> Rewired {
        let mut edges = Edges::default();
        self.connect(theta, 0.0, &mut edges);
        let (before, most) = (edges.count(), (most * self.cells().count() as f64) as usize);
        if before <= most {
            return Rewired::default();
        }
        let mut closeness: Vec<f32> = edges.blocks.iter().flat_map(|block| &block.closeness).map(|d| d.abs()).collect();
        let at = most.min(closeness.len() - 1);
        let least = select(&mut closeness, at, |a, b| b.total_cmp(a));
        let cutoff = f64::from(least).clamp(1e-6, 1.0 - 1e-6);
        theta[self.ranges().cutoff] = (cutoff / (1.0 - cutoff)).ln() as f32;
        Rewired { dropped: before - most, ..Rewired::default() }
    }

    /// Drops the weakest edges and grows others.
    fn replace(&self, theta: &mut [f32], rewiring: &Rewiring, gradient: &[f32]) -> Rewired {
        let cells = self.cells();
        let first = self.ranges().own.start;
        let mut list: Vec<u32> =
            (0..cells.count() as u32).filter(|&cell| theta[first + cell as usize] != 0.0).collect();
        let count = list.len();
        let most = rewiring.most.map_or(count, |most| ((most * cells.count() as f64) as usize).min(count));
        let replaced = if gradient.is_empty() { 0 } else { (rewiring.replace * most as f64) as usize };
        let stays = most - replaced.min(most);
        let mut rewired = Rewired::default();
        if stays < count {
            let size = |cell: &u32| theta[first + *cell as usize].abs();
            select(&mut list, stays, |a, b| size(b).total_cmp(&size(a)).then(a.cmp(b)));
            let dropped: Vec<(u32, f32)> =
                list[stays..].iter().map(|&cell| (cell, theta[first + cell as usize])).collect();
            dropped.iter().for_each(|&(cell, _)| theta[first + cell as usize] = 0.0);
            rewired.kept = self.keep_reached(theta, &dropped);
            let gone = dropped.iter().filter(|&&(cell, _)| theta[first + cell as usize] == 0.0);
            rewired.forgotten.extend(gone.map(|&(cell, _)| first + cell as usize));
            rewired.dropped = rewired.forgotten.len();
        }
        if 0 < replaced {
            let wanted = replaced.min(rewired.dropped);
            let dropped: std::collections::HashSet<usize> = rewired.forgotten.iter().copied().collect();
            let free = |cell: &u32| {
                let at = first + *cell as usize;
                theta[at] == 0.0 && !dropped.contains(&at) && gradient[*cell as usize] != 0.0
            };
            let mut cells: Vec<u32> = (0..cells.count() as u32).filter(free).collect();
            let wanted = wanted.min(cells.len());
            if 0 < wanted && wanted < cells.len() {
                let size = |cell: &u32| gradient[*cell as usize].abs();
                select(&mut cells, wanted - 1, |a, b| size(b).total_cmp(&size(a)).then(a.cmp(b)));
                cells.truncate(wanted);
            }
            for &cell in &cells {
                theta[first + cell as usize] = NEW.copysign(-gradient[cell as usize]);
                rewired.forgotten.push(first + cell as usize);
            }
            rewired.grown = cells.len();
        }
        rewired
    }

    /// Restores, for each output that is cut off, the strongest of its dropped edges from a neuron that is reached; where
    /// it has none, all of its dropped edges and those of the neurons before it. Returns how many were restored.
    fn keep_reached(&self, theta: &mut [f32], dropped: &[(u32, f32)]) -> usize {
        let cells = self.cells();
        let first = self.ranges().own.start;
        let mut edges = Edges::default();
        let mut kept = 0;
        for row in cells.hidden..cells.rows() {
            self.connect(theta, 0.0, &mut edges);
            if edges.kept == 0 {
                break;
            }
            // A kept cell that is no weight marks an output that is cut off.
            let own = cells.of_row(row);
            let is_cut_off = theta[first + own.start..first + own.end].iter().all(|&weight| weight == 0.0);
            if !is_cut_off {
                continue;
            }
            let reached = edges.reached(&cells);
            let of_row = dropped.iter().filter(|(cell, _)| own.contains(&(*cell as usize)));
            let usable = of_row.filter(|(cell, _)| cells.is_reached(*cell as usize - own.start, &reached));
            if let Some(&(cell, weight)) = usable.max_by(|a, b| a.1.abs().total_cmp(&b.1.abs())) {
                theta[first + cell as usize] = weight;
                kept += 1;
            }
        }
        kept
    }
}
