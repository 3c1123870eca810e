//! The wiring of a free graph: for each row, which neurons it reads, as compressed rows.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::rng::{Purpose, Rng};

/// Sources of each row, ascending and without repetition.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Wiring {
    /// Where each row begins, and the end.
    starts: Vec<u32>,
    sources: Vec<u32>,
}

impl Wiring {
    /// The wiring of these lists. Sources of a row are put in order.
    pub fn new(rows: impl IntoIterator<Item = Vec<u32>>) -> Self {
        let mut wiring = Self { starts: vec![0], sources: Vec::new() };
        for mut row in rows {
            row.sort_unstable();
            row.dedup();
            wiring.sources.extend(row);
            wiring.starts.push(wiring.sources.len() as u32);
        }
        wiring
    }

    /// `rows` rows of `count` sources each, or of all if there are fewer, drawn from a pool of this size.
    pub fn random(rows: usize, pool: usize, count: usize, seed: u64) -> Self {
        Self::new((0..rows).map(|row| Self::random_row(row, pool, count, seed)))
    }

    /// One such row.
    pub fn random_row(row: usize, pool: usize, count: usize, seed: u64) -> Vec<u32> {
        Rng::new(seed, Purpose::Wiring, row as u64).sample(pool, count)
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// Number of connections.
    pub fn len(&self) -> usize {
        self.sources.len()
    }

    pub fn is_empty(&self) -> bool {
        self.sources.is_empty()
    }

    /// The connections of a row, by number.
    pub fn range(&self, row: usize) -> Range<usize> {
        self.starts[row] as usize..self.starts[row + 1] as usize
    }

    /// The sources of a row.
    pub fn row(&self, row: usize) -> &[u32] {
        &self.sources[self.range(row)]
    }

    /// The number of the connection from a source to a row.
    pub fn find(&self, row: usize, source: usize) -> Option<usize> {
        let at = self.row(row).binary_search(&(source as u32)).ok()?;
        Some(self.range(row).start + at)
    }

    /// Whether there are this many rows, none with more than `most` sources, and all sources are in a pool of this size.
    pub fn fits(&self, rows: usize, pool: usize, most: usize) -> bool {
        let is_cut = self.starts.first() == Some(&0) && self.starts.last() == Some(&(self.sources.len() as u32));
        if self.rows() != rows || !is_cut || self.starts.windows(2).any(|ends| ends[1] < ends[0]) {
            return false;
        }
        (0..rows).all(|row| {
            let row = self.row(row);
            let ascends = row.windows(2).all(|pair| pair[0] < pair[1]);
            ascends && row.len() <= most && row.last().is_none_or(|&last| (last as usize) < pool)
        })
    }
}
