//! The connections of a sparse layer as lists of rows: what each output reads, or, turned around, what reads each input.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::OnceLock;

use super::tiles::RowTiles;
use crate::kernels::source_lists::{AllGroups, ROWS, WeightedLists, gather, gather_shared};
use crate::kernels::sparse::Group;
use crate::layer::Call;

/// Connections that are worth handing to another thread.
const PART: usize = 16 * 1024;

/// For each row its sources, with the places of their weights.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowLists {
    /// The start of each row, and the end.
    starts: Vec<u32>,
    sources: Vec<u32>,
    /// The place of the weight of each source; empty if weights are in the order of sources.
    places: Vec<u32>,
    /// Made for the first pass: a layer that is only read from a file or written needs none.
    tiles: OnceLock<RowTiles>,
}

impl RowLists {
    /// The lists of outputs. `sources` are `[outputs, reads]`.
    pub fn of_outputs(reads: usize, sources: Vec<u32>) -> Self {
        let starts = (0..=sources.len() as u32).step_by(reads.max(1)).collect();
        Self { starts, sources, ..Self::default() }
    }

    /// The lists of inputs: the outputs that read each. Every source is below `inputs`.
    pub fn of_inputs(inputs: usize, reads: usize, sources: &[u32]) -> Self {
        let mut starts = vec![0; inputs + 1];
        sources.iter().for_each(|&source| starts[source as usize + 1] += 1);
        for input in 0..inputs {
            starts[input + 1] += starts[input];
        }
        let mut next = starts.clone();
        let (mut outputs, mut places) = (vec![0; sources.len()], vec![0; sources.len()]);
        for (connection, &source) in sources.iter().enumerate() {
            let at = &mut next[source as usize];
            places[*at as usize] = connection as u32;
            outputs[*at as usize] = (connection / reads) as u32;
            *at += 1;
        }
        Self { starts, sources: outputs, places, ..Self::default() }
    }

    fn rows(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    /// The sources of all rows, one row after the other.
    pub fn sources(&self) -> &[u32] {
        &self.sources
    }

    /// The tiles of these rows.
    pub fn tiles(&self) -> &RowTiles {
        self.tiles.get_or_init(|| RowTiles::new(self.rows(), |row| self.of(row)))
    }

    /// Rows, in whole tiles, that are worth handing to another thread.
    pub fn part(&self) -> usize {
        (PART * self.rows() / self.sources.len().max(1)).max(1).next_multiple_of(ROWS)
    }

    /// The sources of a row, each with the place of its weight.
    pub fn of(&self, row: usize) -> impl Iterator<Item = (u32, u32)> {
        self.range(row..row + 1).map(|at| (self.sources[at], self.places.get(at).copied().unwrap_or(at as u32)))
    }

    fn range(&self, rows: Range<usize>) -> Range<usize> {
        self.starts[rows.start] as usize..self.starts[rows.end] as usize
    }

    /// Computes y `[rows, groups]`, the sum of w h over the list of each row, from h `[groups, inputs]`.
    pub fn gather_all(&self, w: &[f32], (h, inputs): AllGroups, y: &mut [Group], call: &Call) {
        let groups = h.len() / inputs;
        let part = self.part();
        let mut work: Vec<_> = y.chunks_mut(part * groups).enumerate().collect();
        call.each(&mut work, |(number, y)| {
            let rows = *number * part..*number * part + y.len() / groups;
            let weights = self.weights(rows.clone(), w);
            // Neighbours read much of the same, so a group goes through all of them.
            for (group, h) in h.chunks_exact(inputs).enumerate() {
                let mut shared = &weights.shared[..];
                for (first, y) in rows.clone().step_by(ROWS).zip(y.chunks_mut(ROWS * groups)) {
                    let (sources, _) = self.tiles().of(first);
                    let (here, later) = shared.split_at(sources.len());
                    shared = later;
                    let sums = match sources {
                        [] => gather(&self.lists(first, &rows, &weights.own), h),
                        _ => gather_shared(sources, here, h),
                    };
                    y.iter_mut().skip(group).step_by(groups).zip(sums).for_each(|(y, sum)| *y = sum);
                }
            }
        });
    }

    /// The lists of a tile among `rows`, whose weights are `w`; empty beyond the last row.
    fn lists<'a>(&'a self, first: usize, rows: &Range<usize>, w: &'a [f32]) -> WeightedLists<'a> {
        let before = self.starts[rows.start] as usize;
        std::array::from_fn(|row| {
            let range = if first + row < rows.end { self.range(first + row..first + row + 1) } else { before..before };
            (&self.sources[range.clone()], &w[range.start - before..range.end - before])
        })
    }

    /// The weights of some rows side by side: in w they can be far apart, and each group of examples would collect them
    /// again.
    fn weights<'a>(&self, rows: Range<usize>, w: &'a [f32]) -> RowWeights<'a> {
        let mut shared = Vec::new();
        let mut all_shared = true;
        for first in rows.clone().step_by(ROWS) {
            let (_, places) = self.tiles().of(first);
            all_shared &= !places.is_empty();
            // No place is beyond the end.
            let weight = |place: u32| w.get(place as usize).copied().unwrap_or(0.0);
            shared.extend(places.iter().map(|&[a, b, c, d]| [weight(a), weight(b), weight(c), weight(d)]));
        }
        let range = self.range(rows.clone());
        let own = match self.places.get(range.clone()) {
            _ if all_shared => Cow::default(),
            Some(places) if !self.places.is_empty() => places.iter().map(|&place| w[place as usize]).collect(),
            _ => Cow::Borrowed(&w[range]),
        };
        RowWeights { own, shared }
    }
}

/// The weights of some rows.
struct RowWeights<'a> {
    /// One after the other, unless every tile has a shared list.
    own: Cow<'a, [f32]>,
    /// By tile, where it has a shared list.
    shared: Vec<[f32; ROWS]>,
}
