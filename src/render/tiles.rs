//! Which parts of a picture were drawn on: square tiles, told as rectangles.

use serde::Serialize;

/// Side of a tile in pixels, as a power of two. Smaller ones follow the panels more closely, and are more to tell of.
const POWER: u32 = 5;

/// The tiles of a picture, each marked or not. Guarantee: one for every pixel of `width` x `height`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tiles {
    width: u32,
    height: u32,
    columns: usize,
    marked: Vec<bool>,
}

/// A part of a picture in whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Part {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

impl Tiles {
    pub fn new(width: u32, height: u32, marked: bool) -> Self {
        let (columns, rows) = (width.div_ceil(1 << POWER) as usize, height.div_ceil(1 << POWER) as usize);
        Self { width, height, columns, marked: vec![marked; columns * rows] }
    }

    /// Marks the tile of a pixel, which must be one of the picture's.
    #[inline]
    pub fn mark(&mut self, x: usize, y: usize) {
        self.marked[(y >> POWER) * self.columns + (x >> POWER)] = true;
    }

    /// Marks the tiles of pixels `left..right` of a row.
    #[inline]
    pub fn mark_span(&mut self, y: usize, left: usize, right: usize) {
        if left < right {
            let row = (y >> POWER) * self.columns;
            self.marked[row + (left >> POWER)..=row + ((right - 1) >> POWER)].fill(true);
        }
    }

    pub fn mark_all(&mut self) {
        self.marked.fill(true);
    }

    pub fn clear(&mut self) {
        self.marked.fill(false);
    }

    /// Marks what is marked in another of the same size.
    pub fn add(&mut self, other: &Tiles) {
        self.marked.iter_mut().zip(&other.marked).for_each(|(mark, more)| *mark |= more);
    }

    /// The marked tiles as few rectangles that do not overlap: runs in a row, joined with the same run below.
    pub fn parts(&self) -> Vec<Part> {
        let mut parts: Vec<Part> = Vec::new();
        let rows = if self.columns == 0 { &[] } else { &self.marked[..] };
        for (row, tiles) in rows.chunks_exact(self.columns.max(1)).enumerate() {
            let top = (row << POWER) as u32;
            let height = (1 << POWER).min(self.height - top);
            for (first, last) in runs(tiles) {
                let left = (first << POWER) as u32;
                let width = ((last << POWER) as u32).min(self.width) - left;
                let above =
                    |part: &&mut Part| part.left == left && part.width == width && part.top + part.height == top;
                match parts.iter_mut().rev().find(above) {
                    Some(part) => part.height += height,
                    None => parts.push(Part { left, top, width, height }),
                }
            }
        }
        parts
    }
}

/// First and last, the last not included, of each run of marks.
fn runs(tiles: &[bool]) -> impl Iterator<Item = (usize, usize)> + '_ {
    let mut at = 0;
    std::iter::from_fn(move || {
        let first = at + tiles[at..].iter().position(|&mark| mark)?;
        at = tiles[first..].iter().position(|&mark| !mark).map_or(tiles.len(), |len| first + len);
        Some((first, at))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_cover_the_marked_tiles_once_and_end_with_the_picture() {
        let mut tiles = Tiles::new(100, 70, false);
        assert_eq!(tiles.parts(), []);
        tiles.mark(99, 69);
        tiles.mark_span(0, 31, 33);
        tiles.mark_span(40, 0, 64);
        tiles.mark_span(40, 70, 70);
        let part = |left, top, width, height| Part { left, top, width, height };
        assert_eq!(tiles.parts(), [part(0, 0, 64, 64), part(96, 64, 4, 6)]);
        tiles.clear();
        assert_eq!(tiles.parts(), []);
        tiles.mark_all();
        assert_eq!(tiles.parts(), [part(0, 0, 100, 70)]);
        assert_eq!(Tiles::new(0, 5, true).parts(), []);
    }
}
