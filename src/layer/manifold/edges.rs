//! The edges of a manifold at the present parameters, as compressed rows.
//!
//! Rows are kept in blocks that are computed separately. A listed cell is an edge if its strength is not 0; cells a
//! little below the cutoff are listed too where they are to get a gradient.

use std::ops::Range;

use super::cells::Cells;

/// Rows in a block.
pub const BLOCK: usize = 8;

/// The listed cells of all rows.
#[derive(Clone, Debug, Default)]
pub struct Edges {
    pub(super) blocks: Vec<RowBlock>,
    /// Whether a source is read by any row.
    pub(super) is_read: Vec<bool>,
    /// Number of outputs that were reached by no input, so that their strongest cell was kept as an edge.
    pub kept: usize,
}

/// The listed cells of some rows.
#[derive(Clone, Debug, Default)]
pub(super) struct RowBlock {
    /// Where each row begins in the lists below, and the end.
    pub starts: Vec<u32>,
    pub sources: Vec<u32>,
    /// d.
    pub closeness: Vec<f32>,
    pub strengths: Vec<f32>,
    /// d strength / d closeness.
    pub pulls: Vec<f32>,
    /// The derivatives of d with respect to the numbers of each bump, row by row `[bumps * 7, cells of the row]`.
    pub derivatives: Vec<f32>,
    /// Number of cells in the blocks before.
    pub offset: usize,
    /// Working memory: d of a whole row, and positions.
    pub line: Vec<f32>,
    pub positions: Vec<f32>,
}

impl RowBlock {
    pub fn clear(&mut self) {
        self.starts.clear();
        self.starts.push(0);
        for list in [&mut self.closeness, &mut self.strengths, &mut self.pulls, &mut self.derivatives] {
            list.clear();
        }
        self.sources.clear();
    }

    /// The lists' range of a row, by its number in the block.
    pub fn row(&self, number: usize) -> Range<usize> {
        self.starts[number] as usize..self.starts[number + 1] as usize
    }
}

/// The listed cells of one row.
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    pub sources: &'a [u32],
    pub strengths: &'a [f32],
    /// The closeness of each; the own weight where edges have nothing else.
    pub closeness: &'a [f32],
    /// Number of the first of these cells among all listed cells.
    pub first: usize,
}

impl<'a> Row<'a> {
    /// The edges of the row: source and strength.
    pub fn edges(self) -> impl Iterator<Item = (usize, f32)> + use<'a> {
        let listed = self.sources.iter().zip(self.strengths);
        listed.filter(|&(_, &strength)| strength != 0.0).map(|(&source, &strength)| (source as usize, strength))
    }
}

impl Edges {
    /// Whether nothing was computed yet.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty()
    }

    pub fn row(&self, row: usize) -> Row<'_> {
        let block = &self.blocks[row / BLOCK];
        let range = block.row(row % BLOCK);
        Row {
            sources: &block.sources[range.clone()],
            strengths: &block.strengths[range.clone()],
            closeness: &block.closeness[range.clone()],
            first: block.offset + range.start,
        }
    }

    /// All edges, row by row: row, source and strength.
    pub fn all(&self, cells: &Cells) -> impl Iterator<Item = (usize, usize, f32)> {
        let of_row = |row: usize| self.row(row).edges().map(move |(source, strength)| (row, source, strength));
        (0..cells.rows()).flat_map(of_row)
    }

    /// Number of listed cells.
    pub fn listed(&self) -> usize {
        self.blocks.last().map_or(0, |block| block.offset + block.sources.len())
    }

    /// Number of edges.
    pub fn count(&self) -> usize {
        self.blocks.iter().map(|block| block.strengths.iter().filter(|&&strength| strength != 0.0).count()).sum()
    }

    /// For each row, whether any input reaches it, in whatever number of steps.
    pub fn reached(&self, cells: &Cells) -> Vec<bool> {
        let mut reached = vec![false; cells.rows()];
        let fed_back = cells.hidden..cells.hidden + cells.feedback;
        loop {
            let before = reached[fed_back.clone()].to_vec();
            for row in 0..cells.rows() {
                reached[row] = self.row(row).edges().any(|(source, _)| cells.is_reached(source, &reached));
            }
            if reached[fed_back.clone()] == before {
                return reached;
            }
        }
    }

    /// For each row, the number of edges on the longest path to it; 0 for a neuron that reads nothing. Neurons of one
    /// level do not read each other.
    pub fn levels(&self, cells: &Cells) -> Vec<usize> {
        let mut levels = vec![0; cells.rows()];
        for row in 0..cells.rows() {
            let below = |source: usize| if source < cells.inputs { 0 } else { levels[source - cells.inputs] };
            levels[row] = self.row(row).edges().map(|(source, _)| below(source) + 1).max().unwrap_or(0);
        }
        levels
    }

    /// What each listed input gives to a row over all paths, if every neuron passed on what it gets: the sum over the paths
    /// of the products of strengths and of the sources' weights. `[inputs]`.
    pub fn influence_of_inputs(&self, cells: &Cells, weight: &[f32], row: usize) -> Vec<f32> {
        // From the row back: a neuron is done when all that read it are.
        let mut given = vec![0.0; cells.all_sources()];
        let take = |row: usize, by: f32, given: &mut Vec<f32>| {
            for (source, strength) in self.row(row).edges() {
                given[source] += by * strength * weight[source];
            }
        };
        take(row, 1.0, &mut given);
        for reader in (0..row.min(cells.hidden)).rev() {
            let by = given[cells.inputs + reader];
            if by != 0.0 {
                take(reader, by, &mut given);
            }
        }
        given.truncate(cells.inputs);
        given
    }

    /// The edges as numbers of cells, ascending.
    pub fn cells(&self, cells: &Cells) -> Vec<u32> {
        let mut found = Vec::with_capacity(self.listed());
        found.extend(self.all(cells).map(|(row, source, _)| (cells.first(row) + source) as u32));
        found
    }

    /// Numbers the blocks and marks what is read, after the blocks were computed.
    pub(super) fn index(&mut self, cells: &Cells) {
        self.is_read.clear();
        self.is_read.resize(cells.all_sources(), false);
        let mut offset = 0;
        for block in &mut self.blocks {
            block.offset = offset;
            offset += block.sources.len();
            block.sources.iter().for_each(|&source| self.is_read[source as usize] = true);
        }
    }
}
