//! Named series over common positions: what a learner records at each step, or at each evaluation.
//!
//! A table has the columns `step`, `epoch`, `examples` and `seconds`, and one more for each name that was ever recorded.
//! A value that was not recorded is NaN. `[columns, rows]` is also the form in a checkpoint.

use crate::error::{Error, Result};

/// A position in a run.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunPosition {
    /// Steps taken.
    pub step: u64,
    /// Epochs done, including the fraction of the current one.
    pub epoch: f64,
    /// Examples seen, over all epochs.
    pub examples: u64,
    /// Seconds of training, with evaluations and without pauses.
    pub seconds: f64,
}

/// Names of the columns of the position.
pub const POSITION: [&str; 4] = ["step", "epoch", "examples", "seconds"];

/// The values that were recorded at some positions of a run, by name.
///
/// ```
/// use neurarium::recorder::{RunPosition, SeriesTable};
///
/// let at = |step| RunPosition { step, epoch: 0.0, examples: 32 * step, seconds: 0.0 };
/// let mut table = SeriesTable::default();
/// table.push(at(1), &[("loss", 2.5)]);
/// table.push(at(2), &[("loss", 2.0), ("edges", 40.0)]); // a name may begin at any row
/// assert_eq!(table.series("loss"), [2.5, 2.0]);
/// assert_eq!((table.value("edges", 0), table.value("edges", 1)), (None, Some(40.0)));
/// ```
#[derive(Clone, Debug)]
pub struct SeriesTable {
    names: Vec<String>,
    /// One for each name, all of the same length.
    columns: Vec<Vec<f64>>,
}

impl Default for SeriesTable {
    fn default() -> Self {
        Self { names: POSITION.map(String::from).to_vec(), columns: vec![Vec::new(); POSITION.len()] }
    }
}

/// NaN equals NaN here, because it stands for a value that was not recorded.
impl PartialEq for SeriesTable {
    fn eq(&self, other: &Self) -> bool {
        let bits = |table: &Self| -> Vec<Vec<u64>> {
            table.columns.iter().map(|column| column.iter().map(|value| value.to_bits()).collect()).collect()
        };
        self.names == other.names && bits(self) == bits(other)
    }
}

impl SeriesTable {
    /// Adds a row of values by name. A new name begins a column.
    pub fn push(&mut self, at: RunPosition, values: &[(&str, f64)]) {
        let rows = self.len();
        let position = [at.step as f64, at.epoch, at.examples as f64, at.seconds];
        for (name, value) in POSITION.into_iter().zip(position).chain(values.iter().copied()) {
            let column = match self.names.iter().position(|known| known == name) {
                Some(column) => column,
                None => {
                    self.names.push(name.into());
                    self.columns.push(vec![f64::NAN; rows]);
                    self.columns.len() - 1
                }
            };
            self.columns[column].push(value);
        }
        self.columns.iter_mut().for_each(|column| column.resize(rows + 1, f64::NAN));
    }

    /// Reads a table from a file: columns one after the other.
    ///
    /// # Errors
    /// The columns differ in length, or the steps are not in ascending order.
    pub fn from_cells(names: &[String], cells: &[f64]) -> Result<Self> {
        let rows = cells.len() / names.len().max(1);
        if cells.len() != names.len() * rows {
            return Err(Error::expected("table", format!("{} equal columns", names.len()), cells.len()));
        }
        let mut table = Self::default();
        table.columns.iter_mut().for_each(|column| column.resize(rows, f64::NAN));
        for (index, name) in names.iter().enumerate() {
            let column = cells[index * rows..(index + 1) * rows].to_vec();
            match table.names.iter().position(|known| known == name) {
                Some(known) => table.columns[known] = column,
                None => {
                    table.names.push(name.clone());
                    table.columns.push(column);
                }
            }
        }
        if !table.columns[0].is_sorted_by(|a, b| a < b) {
            return Err(Error::expected("table", "steps in ascending order", "another order"));
        }
        Ok(table)
    }

    /// All numbers, column by column, as [`SeriesTable::from_cells`] reads them.
    pub fn cells(&self) -> Vec<f64> {
        self.columns.concat()
    }

    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// Number of rows.
    pub fn len(&self) -> usize {
        self.columns[0].len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The values of a series; empty if nothing of that name was recorded.
    pub fn series(&self, name: &str) -> &[f64] {
        let column = self.names.iter().position(|known| known == name);
        column.map_or(&[], |column| &self.columns[column])
    }

    /// A value of a row, if it was recorded.
    pub fn value(&self, name: &str, row: usize) -> Option<f64> {
        self.series(name).get(row).copied().filter(|value| !value.is_nan())
    }

    pub fn position(&self, row: usize) -> RunPosition {
        let [step, epoch, examples, seconds] = POSITION.map(|name| self.value(name, row).unwrap_or(0.0));
        RunPosition { step: step as u64, epoch, examples: examples as u64, seconds }
    }

    /// Number of rows up to a step.
    pub fn rows_to(&self, step: u64) -> usize {
        self.columns[0].partition_point(|&at| at <= step as f64)
    }

    pub fn truncate(&mut self, rows: usize) {
        self.columns.iter_mut().for_each(|column| column.truncate(rows));
    }

    pub fn bytes(&self) -> usize {
        8 * self.columns.len() * self.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(step: u64) -> RunPosition {
        RunPosition { step, epoch: step as f64 / 10.0, examples: 32 * step, seconds: 0.5 }
    }

    #[test]
    fn a_name_may_begin_late_and_pause_and_comes_back_from_cells() {
        let mut table = SeriesTable::default();
        table.push(at(1), &[("loss", 2.0)]);
        table.push(at(2), &[("edges", 7.0), ("loss", 1.0)]);
        table.push(at(4), &[("edges", 9.0)]);
        assert_eq!(table.names()[4..], ["loss", "edges"]);
        assert_eq!(table.series("step"), [1.0, 2.0, 4.0]);
        assert_eq!((table.value("edges", 0), table.value("edges", 1), table.value("loss", 2)), (None, Some(7.0), None));
        assert!(table.series("nothing").is_empty() && table.value("nothing", 0).is_none());
        assert_eq!((table.position(2), table.rows_to(3)), (at(4), 2));
        assert_eq!(SeriesTable::from_cells(table.names(), &table.cells()).unwrap(), table);
        table.truncate(2);
        assert_eq!((table.len(), table.series("edges").len()), (2, 2));
    }

    #[test]
    fn cells_that_are_no_table_are_refused() {
        let names = |names: &[&str]| names.iter().map(|name| name.to_string()).collect::<Vec<_>>();
        assert!(SeriesTable::from_cells(&names(&["step", "loss"]), &[1.0, 2.0, 3.0]).is_err());
        assert!(SeriesTable::from_cells(&names(&["step"]), &[2.0, 1.0]).is_err());
        assert!(SeriesTable::from_cells(&[], &[1.0]).is_err());
        // Columns of a later version are kept; missing ones were not recorded.
        let table = SeriesTable::from_cells(&names(&["step", "later"]), &[1.0, 2.0, 5.0, 6.0]).unwrap();
        assert_eq!((table.len(), table.value("seconds", 0), table.series("later")), (2, None, &[5.0, 6.0][..]));
    }
}
