//! Tiles of neighbouring rows that read much of the same: their lists as one, so that a source is loaded once for all of
//! them.

use crate::kernels::source_lists::ROWS;

/// Places of the weights of a source, one for each row of a tile; beyond all of them where the row does not read it.
pub type Places = [u32; ROWS];

const NONE: u32 = u32::MAX;

/// The tiles of `ROWS` rows each, in order. One whose rows read too little of the same is empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RowTiles {
    /// The start of each tile, and the end.
    starts: Vec<u32>,
    sources: Vec<u32>,
    places: Vec<Places>,
}

impl RowTiles {
    /// `list` gives the sources of a row and the places of their weights.
    pub fn new<L: Iterator<Item = (u32, u32)>>(rows: usize, list: impl Fn(usize) -> L) -> Self {
        let mut tiles = Self { starts: vec![0], ..Self::default() };
        for first in (0..rows).step_by(ROWS) {
            if first + ROWS <= rows {
                tiles.add(std::array::from_fn(|row| list(first + row).collect()));
            }
            tiles.starts.push(tiles.sources.len() as u32);
        }
        tiles
    }

    /// Adds the shared list of some rows, unless one is not in ascending order or they share too little.
    fn add(&mut self, lists: [Vec<(u32, u32)>; ROWS]) {
        if lists.iter().any(|list| !list.is_sorted_by(|a, b| a.0 < b.0)) {
            return;
        }
        let begin = self.sources.len();
        // A weight of 0 costs as much as another, and loading a source as much as two or three of them.
        let most = lists.iter().map(Vec::len).sum::<usize>() / 2;
        let mut done = [0; ROWS];
        let next = |done: &[usize; ROWS]| (0..ROWS).filter_map(|row| Some(lists[row].get(done[row])?.0)).min();
        while let Some(source) = next(&done) {
            if most <= self.sources.len() - begin {
                self.sources.truncate(begin);
                self.places.truncate(begin);
                return;
            }
            self.sources.push(source);
            self.places.push(std::array::from_fn(|row| match lists[row].get(done[row]) {
                Some(&(here, place)) if here == source => {
                    done[row] += 1;
                    place
                }
                _ => NONE,
            }));
        }
    }

    /// The shared list of the tile that begins with a row; empty where its rows are computed from their own lists.
    pub fn of(&self, first: usize) -> (&[u32], &[Places]) {
        let tile = first / ROWS;
        let range = self.starts[tile] as usize..self.starts[tile + 1] as usize;
        (&self.sources[range.clone()], &self.places[range])
    }
}
