//! From parameters to edges: the support of a curve follows from its formula, so only cells that can pass the cutoff
//! are evaluated.
//!
//! With d the sum of the bumps of a row: strength = sign d (|d| - c) / (1 - c) where c < |d|, times the edge's own weight
//! if it has one; see [`EdgeWeights`].

use super::Manifold;
use super::edges::{BLOCK, Edges, RowBlock};
use super::manifold::EdgeWeights;
use crate::kernels::curve::{self, DERIVATIVES};
use crate::kernels::sparse::dot;
use crate::par;

/// Strength of an edge that is kept although it is below the cutoff, so that its output stays connected.
const KEPT: f32 = 0.01;

impl Manifold {
    /// Computes the edges. Cells at most `band` below the cutoff are listed too, with strength 0.
    ///
    /// An output that no input reaches keeps its strongest cell among the inputs and the neurons that are reached.
    pub fn connect(&self, theta: &[f32], band: f32, edges: &mut Edges) {
        let cells = self.cells();
        edges.blocks.resize_with(cells.rows().div_ceil(BLOCK), RowBlock::default);
        par::each(&mut edges.blocks, |number, block| self.connect_block(theta, band, number, block, &[]));
        edges.index(&cells);
        let reached = edges.reached(&cells);
        let cut_off: Vec<usize> = (cells.hidden..cells.rows()).filter(|&row| !reached[row]).collect();
        edges.kept = cut_off.len();
        if cut_off.is_empty() {
            return;
        }
        let kept: Vec<(usize, usize)> =
            cut_off.iter().map(|&row| (row, self.strongest(theta, row, &reached))).collect();
        for (number, block) in edges.blocks.iter_mut().enumerate() {
            if kept.iter().any(|&(row, _)| row / BLOCK == number) {
                self.connect_block(theta, band, number, block, &kept);
            }
        }
        edges.index(&cells);
    }

    /// Computes one block of rows, with the `kept` cells (row and source) as edges.
    fn connect_block(&self, theta: &[f32], band: f32, number: usize, block: &mut RowBlock, kept: &[(usize, usize)]) {
        let cells = self.cells();
        block.clear();
        for row in number * BLOCK..((number + 1) * BLOCK).min(cells.rows()) {
            let kept = kept.iter().find(|&&(of, _)| of == row).map(|&(_, source)| source);
            match self.edges {
                EdgeWeights::Own => self.list_weights(theta, row, block, kept),
                EdgeWeights::Curve | EdgeWeights::Scaled => self.list_curve(theta, band, row, block, kept),
            }
            block.starts.push(block.sources.len() as u32);
        }
    }

    /// Lists the cells of a row that have a weight.
    fn list_weights(&self, theta: &[f32], row: usize, block: &mut RowBlock, kept: Option<usize>) {
        let weights = &theta[self.ranges().own][self.cells().of_row(row)];
        let kept = kept.filter(|&source| weights[source] == 0.0);
        // Without a branch, which would be guessed wrong for most edges: what is written past the last is cut off again.
        let mut end = block.sources.len();
        block.sources.resize(end + weights.len() + 1, 0);
        block.strengths.resize(end + weights.len() + 1, 0.0);
        for (source, &weight) in weights.iter().enumerate() {
            let strength = if kept == Some(source) { KEPT } else { weight };
            (block.sources[end], block.strengths[end]) = (source as u32, strength);
            end += usize::from(strength != 0.0);
        }
        block.sources.truncate(end);
        block.strengths.truncate(end);
        block.closeness.extend_from_slice(&block.strengths[block.closeness.len()..]);
        block.pulls.resize(end, 1.0);
    }

    /// Lists the cells of a row whose closeness passes the cutoff, or nearly does.
    fn list_curve(&self, theta: &[f32], band: f32, row: usize, block: &mut RowBlock, kept: Option<usize>) {
        let (cells, ranges) = (self.cells(), self.ranges());
        let cutoff = self.cutoff(theta);
        let (sources, first) = (cells.sources(row), cells.first_position(row));
        let least = (cutoff - band).max(1e-4);
        let from = block.sources.len();
        let RowBlock { line, positions, .. } = block;
        // The range of sources within reach of any bump; each bump may give its share of the cutoff.
        let (mut low, mut high) = (sources, 0);
        for bump in 0..self.bumps {
            let curve = self.curve(theta, row, bump);
            let reach = curve.reach(least / self.bumps as f32);
            if 0.0 <= reach {
                let middle = curve.centre - first;
                low = low.min((middle - reach).ceil().max(0.0) as usize);
                high = high.max(((middle + reach).floor() + 1.0).clamp(0.0, sources as f32) as usize);
            }
        }
        if let Some(source) = kept {
            (low, high) = (low.min(source), high.max(source + 1));
        }
        if high <= low {
            return;
        }
        line.clear();
        line.resize(high - low, 0.0);
        for bump in 0..self.bumps {
            curve::add_values(&self.curve(theta, row, bump), first + low as f32, line);
        }
        let own = &theta[ranges.own];
        let own = if own.is_empty() { own } else { &own[cells.of_row(row)] };
        let scale = 1.0 / (1.0 - cutoff);
        positions.clear();
        for (source, &d) in (low..high).zip(&*line) {
            let is_edge = cutoff < d.abs();
            if d.abs() <= least && kept != Some(source) {
                continue;
            }
            let above = if is_edge { (d.abs() - cutoff) * scale } else { 0.0 };
            let strength = if kept == Some(source) { above.max(KEPT) } else { above };
            let own = own.get(source).copied().unwrap_or(1.0);
            positions.push(first + source as f32);
            block.sources.push(source as u32);
            block.closeness.push(d);
            block.strengths.push(strength.copysign(d) * own);
            block.pulls.push(scale * own);
        }
        let count = positions.len();
        let begin = block.derivatives.len();
        block.derivatives.resize(begin + self.bumps * DERIVATIVES * count, 0.0);
        debug_assert_eq!(block.sources.len(), from + count);
        if count != 0 {
            for (bump, out) in block.derivatives[begin..].chunks_exact_mut(DERIVATIVES * count).enumerate() {
                let mut out = out.chunks_exact_mut(count);
                let out = std::array::from_fn(|_| out.next().unwrap_or_default());
                curve::derivatives(&self.curve(theta, row, bump), positions, out);
            }
        }
    }

    /// The source that an output keeps: the one of the largest closeness among those that the inputs reach, or else the
    /// nearest to the centre of its curve.
    fn strongest(&self, theta: &[f32], row: usize, reached: &[bool]) -> usize {
        let cells = self.cells();
        let (first, curve) = (cells.first_position(row), self.curve(theta, row, 0));
        let mut line = vec![0.0; cells.sources(row)];
        for bump in 0..self.bumps {
            curve::add_values(&self.curve(theta, row, bump), first, &mut line);
        }
        let near = |source: usize| -(first + source as f32 - curve.centre).abs();
        let usable = (0..line.len()).filter(|&source| cells.is_reached(source, reached));
        let order = |&a: &usize, &b: &usize| line[a].abs().total_cmp(&line[b].abs()).then(near(a).total_cmp(&near(b)));
        usable.max_by(order).unwrap_or(0)
    }

    /// Adds the gradient of the parameters, from that of the strengths of all listed cells.
    pub(super) fn backward_edges(&self, theta: &[f32], edges: &Edges, dstrengths: &[f32], dtheta: &mut [f32]) {
        let (cells, ranges, cutoff) = (self.cells(), self.ranges(), self.cutoff(theta));
        let of_cutoff = cutoff * (1.0 - cutoff) / (1.0 - cutoff).powi(2);
        let mut dcutoff = 0.0;
        let mut of_closeness = Vec::new();
        for row in 0..cells.rows() {
            let block = &edges.blocks[row / BLOCK];
            let range = block.row(row % BLOCK);
            let given = &dstrengths[block.offset + range.start..block.offset + range.end];
            let listed = edges.row(row);
            if self.edges == EdgeWeights::Own {
                let own = &mut dtheta[ranges.own.clone()][cells.of_row(row)];
                listed.sources.iter().zip(given).for_each(|(&source, given)| own[source as usize] += given);
                continue;
            }
            of_closeness.clear();
            of_closeness.extend(given.iter().zip(&block.pulls[range.clone()]).map(|(given, pull)| given * pull));
            let own = if ranges.own.is_empty() { &[][..] } else { &theta[ranges.own.clone()][cells.of_row(row)] };
            for ((&source, &d), given) in listed.sources.iter().zip(listed.closeness).zip(given) {
                if cutoff < d.abs() {
                    let own = own.get(source as usize).copied().unwrap_or(1.0);
                    dcutoff += given * own * (d.abs() - 1.0) * 1f32.copysign(d);
                }
            }
            if !own.is_empty() {
                let down = &mut dtheta[ranges.own.clone()][cells.of_row(row)];
                for ((&source, &d), given) in listed.sources.iter().zip(listed.closeness).zip(given) {
                    let above = (d.abs() - cutoff).max(0.0) / (1.0 - cutoff);
                    down[source as usize] += given * above.copysign(d);
                }
            }
            self.backward_row(theta, row, &of_closeness, block, dtheta);
        }
        dtheta[ranges.cutoff] += dcutoff * of_cutoff;
    }

    /// Adds the gradient of a row's curves, from that of the closeness of its listed cells.
    pub(super) fn backward_row(
        &self,
        theta: &[f32],
        row: usize,
        dcloseness: &[f32],
        block: &RowBlock,
        dtheta: &mut [f32],
    ) {
        let count = dcloseness.len();
        if count == 0 {
            return;
        }
        let begin = block.row(row % BLOCK).start * DERIVATIVES * self.bumps;
        let rows = block.derivatives[begin..].chunks_exact(count);
        for (number, derivative) in rows.take(DERIVATIVES * self.bumps).enumerate() {
            let (bump, scalar) = (number / DERIVATIVES, number % DERIVATIVES);
            let slope = self.slopes(theta, row, bump)[scalar];
            dtheta[self.raw(scalar, row, bump)] += slope * dot(dcloseness, derivative);
        }
    }
}
