//! Changes of a free graph: its neurons and connections come, go and move; those that stay are traced to where they were.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{FreeGraph, Wiring};
use crate::error::{Error, Result};
use crate::words::counted;

/// A change. Neurons are numbers in the pool: inputs, then outputs, then free ones.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum GraphChange {
    /// Adds a connection, with weight 0.
    Connect {
        from: usize,
        to: usize,
    },
    Disconnect {
        from: usize,
        to: usize,
    },
    /// Moves the connection between two neurons to another source; it keeps its weight.
    Redirect {
        from: usize,
        to: usize,
        source: usize,
    },
    /// Removes free neurons with all their connections.
    Remove {
        neurons: Vec<usize>,
    },
    /// Moves a free neuron to another number; those between make way.
    Place {
        neuron: usize,
        at: usize,
    },
    /// Adds free neurons, which read random others and are read by none, or removes the last ones.
    Resize {
        free: usize,
        seed: u64,
    },
    /// Removes connections whose weight is smaller than `least`, then free neurons that nothing reads.
    Prune {
        least: f32,
    },
}

impl fmt::Display for GraphChange {
    /// One clause, for the log and the chart.
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match self {
            Self::Connect { from, to } => write!(f, "{from} connected to {to}"),
            Self::Disconnect { from, to } => write!(f, "{from} disconnected from {to}"),
            Self::Redirect { from, to, source } => write!(f, "{to} reads {source} instead of {from}"),
            Self::Remove { neurons } => write!(f, "{} removed", counted(neurons.len(), "neuron")),
            Self::Place { neuron, at } => write!(f, "{neuron} moved to {at}"),
            Self::Resize { free, .. } => write!(f, "now {}", counted(*free, "free neuron")),
            Self::Prune { least } => write!(f, "connections below {least} removed"),
        }
    }
}

/// A changed graph, and where its parts come from.
#[derive(Clone, Debug, PartialEq)]
pub struct ChangedGraph {
    pub graph: FreeGraph,
    /// The old row of each row; `None` for a new one.
    pub rows: Vec<Option<usize>>,
    /// The old number of each connection.
    pub connections: Vec<Option<usize>>,
}

impl ChangedGraph {
    /// The way back from this change of `old`.
    pub fn inverse(&self, old: &FreeGraph) -> Self {
        let inverse = |origins: &[Option<usize>], len: usize| {
            let mut inverse = vec![None; len];
            for (new, origin) in origins.iter().enumerate() {
                origin.iter().for_each(|&origin| inverse[origin] = Some(new));
            }
            inverse
        };
        let (rows, connections) = (old.rows(), old.wiring.len());
        Self {
            graph: old.clone(),
            rows: inverse(&self.rows, rows),
            connections: inverse(&self.connections, connections),
        }
    }
}

/// A row while it is changed: where it was, and its sources with the numbers that their connections had.
#[derive(Clone)]
struct DraftRow {
    origin: Option<usize>,
    sources: Vec<(usize, Option<usize>)>,
}

impl FreeGraph {
    /// The changed graph. `weights` are those of its connections.
    pub fn changed(&self, change: &GraphChange, weights: &[f32]) -> Result<ChangedGraph> {
        let mut rows: Vec<DraftRow> = (0..self.rows()).map(|row| self.draft_row(row)).collect();
        match *change {
            GraphChange::Connect { from, to } => {
                let sources = self.sources_mut(&mut rows, from, to)?;
                if sources.iter().any(|&(source, _)| source == from) {
                    return Err(Error::expected("graph", "neurons without a connection", format!("{from} to {to}")));
                }
                if self.most_sources <= sources.len() {
                    let expected = format!("a neuron with less than {} sources", self.most_sources);
                    return Err(Error::expected("graph", expected, to));
                }
                sources.push((from, None));
            }
            GraphChange::Disconnect { from, to } => {
                let at = self.connection(&rows, from, to)?;
                self.sources_mut(&mut rows, from, to)?.remove(at);
            }
            GraphChange::Redirect { from, to, source } => {
                let at = self.connection(&rows, from, to)?;
                let sources = self.sources_mut(&mut rows, source, to)?;
                if sources.iter().any(|&(known, _)| known == source) {
                    return Err(Error::expected("graph", "neurons without a connection", format!("{source} to {to}")));
                }
                sources[at].0 = source;
            }
            GraphChange::Remove { ref neurons } => {
                for &neuron in neurons {
                    self.check_free(neuron)?;
                }
                self.remove(&mut rows, |row| neurons.contains(&(self.input.len() + row)));
            }
            GraphChange::Place { neuron, at } => {
                self.check_free(neuron)?;
                self.check_free(at)?;
                self.place(&mut rows, neuron, at);
            }
            GraphChange::Resize { free, seed } => self.resize(&mut rows, free, seed)?,
            GraphChange::Prune { least } => self.prune(&mut rows, weights, least),
        }
        self.with_rows(rows)
    }

    fn draft_row(&self, row: usize) -> DraftRow {
        let connections = self.wiring.range(row).map(Some);
        let sources = self.wiring.row(row).iter().map(|&source| source as usize).zip(connections).collect();
        DraftRow { origin: Some(row), sources }
    }

    /// The graph of these rows.
    fn with_rows(&self, mut rows: Vec<DraftRow>) -> Result<ChangedGraph> {
        rows.iter_mut().for_each(|row| row.sources.sort_unstable());
        let lists = rows.iter().map(|row| row.sources.iter().map(|&(source, _)| source as u32).collect());
        let graph = Self { free: rows.len() - self.outputs, wiring: Wiring::new(lists), ..self.clone() };
        crate::layer::LayerOps::check(&graph)?;
        let connections = rows.iter().flat_map(|row| row.sources.iter().map(|&(_, origin)| origin)).collect();
        Ok(ChangedGraph { graph, rows: rows.iter().map(|row| row.origin).collect(), connections })
    }

    fn check_free(&self, neuron: usize) -> Result<()> {
        let (first, end) = (self.input.len() + self.outputs, self.pool());
        if (first..end).contains(&neuron) {
            return Ok(());
        }
        Err(Error::expected("graph", format!("a free neuron, {first} to {}", end.saturating_sub(1)), neuron))
    }

    /// The sources of a neuron, which must be able to read `from`.
    fn sources_mut<'a>(
        &self,
        rows: &'a mut [DraftRow],
        from: usize,
        to: usize,
    ) -> Result<&'a mut Vec<(usize, Option<usize>)>> {
        if self.pool() <= from {
            return Err(Error::expected("graph", format!("a neuron below {}", self.pool()), from));
        }
        let row = to.checked_sub(self.input.len()).and_then(|row| rows.get_mut(row));
        let row = row.ok_or_else(|| Error::expected("graph", "an output or free neuron that reads", to))?;
        Ok(&mut row.sources)
    }

    /// The place of a connection among the sources of its neuron.
    fn connection(&self, rows: &[DraftRow], from: usize, to: usize) -> Result<usize> {
        let row = to.checked_sub(self.input.len()).and_then(|row| rows.get(row));
        let at = row.and_then(|row| row.sources.iter().position(|&(source, _)| source == from));
        at.ok_or_else(|| Error::expected("graph", "a connection", format!("none from {from} to {to}")))
    }

    /// Removes rows with all connections that read them.
    fn remove(&self, rows: &mut Vec<DraftRow>, is_removed: impl Fn(usize) -> bool) {
        let inputs = self.input.len();
        let mut next = inputs;
        // The new number of each row's neuron.
        let numbers: Vec<Option<usize>> = (0..rows.len())
            .map(|row| {
                let number = (!is_removed(row)).then_some(next);
                next += usize::from(number.is_some());
                number
            })
            .collect();
        let mut row = 0;
        rows.retain(|_| {
            row += 1;
            numbers[row - 1].is_some()
        });
        for row in rows {
            row.sources.retain_mut(|(source, _)| match source.checked_sub(inputs) {
                None => true,
                Some(of) => {
                    *source = numbers[of].unwrap_or(*source);
                    numbers[of].is_some()
                }
            });
        }
    }

    fn place(&self, rows: &mut Vec<DraftRow>, neuron: usize, at: usize) {
        let moved = |number: usize| match number {
            _ if number == neuron => at,
            _ if neuron < number && number <= at => number - 1,
            _ if at <= number && number < neuron => number + 1,
            _ => number,
        };
        let row = rows.remove(neuron - self.input.len());
        rows.insert(at - self.input.len(), row);
        rows.iter_mut().flat_map(|row| &mut row.sources).for_each(|(source, _)| *source = moved(*source));
    }

    fn resize(&self, rows: &mut Vec<DraftRow>, free: usize, seed: u64) -> Result<()> {
        Self { free, ..self.clone() }.check_sizes()?;
        let wanted = self.outputs + free;
        if wanted < rows.len() {
            self.remove(rows, |row| wanted <= row);
        }
        let pool = self.input.len() + wanted;
        for row in rows.len()..wanted {
            let sources = Wiring::random_row(row, pool, self.most_sources, seed);
            rows.push(DraftRow {
                origin: None,
                sources: sources.into_iter().map(|source| (source as usize, None)).collect(),
            });
        }
        Ok(())
    }

    fn prune(&self, rows: &mut Vec<DraftRow>, weights: &[f32], least: f32) {
        let is_strong = |origin: Option<usize>| origin.is_none_or(|at| least <= weights[at].abs());
        rows.iter_mut().for_each(|row| row.sources.retain(|&(_, origin)| is_strong(origin)));
        let first = self.input.len();
        loop {
            // A neuron that reads itself alone is not read either. Each round may leave others unread.
            let mut is_read = vec![false; rows.len()];
            is_read[..self.outputs].fill(true);
            for (number, row) in rows.iter().enumerate() {
                let within = row.sources.iter().filter_map(|&(source, _)| source.checked_sub(first));
                within.filter(|&source| source != number).for_each(|source| is_read[source] = true);
            }
            if is_read.iter().all(|&is_read| is_read) {
                return;
            }
            self.remove(rows, |row| !is_read[row]);
        }
    }
}
