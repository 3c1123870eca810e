//! The cells of a manifold's adjacency: which neuron may read which, and where a source is seen from.
//!
//! Neurons are numbered inputs, hidden, outputs. Row r belongs to neuron i = inputs + r, and its cells are the sources
//! j it may read: all inputs, and all hidden neurons before it; outputs feed nothing. Row r sees source j at the
//! position p = j - i + D, where D goes evenly from the number of inputs in row 0 to the number of outputs in the last.
//!
//! With feedback, the last inputs are what the first outputs were in the step before.

use std::ops::Range;

/// The numbers of neurons of each sort.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cells {
    pub inputs: usize,
    pub hidden: usize,
    pub outputs: usize,
    /// Outputs that are fed back, and as many inputs.
    pub feedback: usize,
}

impl Cells {
    /// Neurons that read others.
    pub fn rows(&self) -> usize {
        self.hidden + self.outputs
    }

    /// Neurons that others may read.
    pub fn all_sources(&self) -> usize {
        self.inputs + self.hidden
    }

    /// Number of cells: `C I + C (C - 1) / 2 + O (I + C)`.
    pub fn count(&self) -> usize {
        self.first(self.rows())
    }

    /// Number of sources that row `row` may read: they are the first ones.
    pub fn sources(&self, row: usize) -> usize {
        self.inputs + row.min(self.hidden)
    }

    /// Number of the first cell of a row.
    pub fn first(&self, row: usize) -> usize {
        let hidden = row.min(self.hidden);
        hidden * self.inputs + hidden * hidden.saturating_sub(1) / 2 + (row - hidden) * self.all_sources()
    }

    /// The cells of a row, in the order of their sources.
    pub fn of_row(&self, row: usize) -> Range<usize> {
        self.first(row)..self.first(row + 1)
    }

    /// The row and the source of a cell.
    pub fn place(&self, cell: usize) -> (usize, usize) {
        let (mut low, mut high) = (0, self.rows());
        while 1 < high - low {
            let middle = (low + high) / 2;
            if self.first(middle) <= cell { low = middle } else { high = middle }
        }
        (low, cell - self.first(low))
    }

    /// The position at which a row sees source 0; source j is j further on.
    pub fn first_position(&self, row: usize) -> f32 {
        let last = (self.rows() - 1).max(1) as f64;
        let from_end = self.outputs as f64 - self.inputs as f64;
        (from_end * row as f64 / last - row as f64) as f32
    }

    /// The output row whose value of the step before is this source; `None` for others.
    pub fn fed_from(&self, source: usize) -> Option<usize> {
        let first = self.inputs - self.feedback;
        (first..self.inputs).contains(&source).then(|| self.hidden + source - first)
    }

    /// Whether an input of the network reaches a source, if it reaches these rows.
    pub fn is_reached(&self, source: usize, reached: &[bool]) -> bool {
        match self.fed_from(source) {
            Some(row) => reached[row],
            None => source < self.inputs || reached[source - self.inputs],
        }
    }

    /// Whether a row belongs to an output.
    pub fn is_output(&self, row: usize) -> bool {
        self.hidden <= row
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_positions_are_those_of_the_formulas() {
        let toy = Cells { inputs: 5, hidden: 16, outputs: 4, feedback: 0 };
        let digits = Cells { inputs: 784, hidden: 206, outputs: 10, feedback: 0 };
        assert_eq!([toy.count(), digits.count()], [284, 192_519]);
        for cells in [toy, digits] {
            assert_eq!(cells.first_position(0), 0.0);
            // The last output sees the last source at 0.
            let last = cells.first_position(cells.rows() - 1) + (cells.all_sources() - 1) as f32;
            assert!((last).abs() < 1e-3, "{last}");
            for row in 0..cells.rows() {
                assert_eq!(cells.place(cells.first(row)), (row, 0));
                assert_eq!(cells.place(cells.first(row + 1) - 1), (row, cells.sources(row) - 1));
            }
            let rows: usize = (0..cells.rows()).map(|row| cells.of_row(row).len()).sum();
            assert!((0..cells.rows()).all(|row| cells.of_row(row).len() == cells.sources(row)));
            assert_eq!(rows, cells.count());
        }
    }
}
