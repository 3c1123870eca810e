//! The parts of a picture that were drawn on, recorded as square tiles and reported as rectangles.

use std::ops::Range;

use serde::Serialize;

/// Exponent of the side of a tile: 32 pixels. Smaller tiles fit the panels more closely, but there are more of them.
const POWER: u32 = 5;

/// The tiles of a picture, each marked or not. Guarantee: they cover every pixel of `width` x `height`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tiles {
    width: u32,
    height: u32,
    columns: usize,
    marked: Vec<bool>,
}

/// A part of a picture in whole pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct FramePart {
    pub left: u32,
    pub top: u32,
    pub width: u32,
    pub height: u32,
}

/// The tiles of some rows of a picture, to be marked; the first row of tiles is number `top`.
pub struct Marks<'a> {
    top: usize,
    columns: usize,
    marked: &'a mut [bool],
}

impl FramePart {
    /// The byte ranges of its rows, within rows of `width` pixels that begin with row `top` of the picture.
    pub fn rows_in(self, width: u32, top: u32) -> impl Iterator<Item = Range<usize>> {
        (self.top - top..self.top - top + self.height).map(move |y| {
            let start = (y as usize * width as usize + self.left as usize) * 4;
            start..start + self.width as usize * 4
        })
    }
}

impl Tiles {
    /// Tiles of which none is marked.
    pub fn new(width: u32, height: u32) -> Self {
        let (columns, rows) = (width.div_ceil(1 << POWER) as usize, height.div_ceil(1 << POWER) as usize);
        Self { width, height, columns, marked: vec![false; columns * rows] }
    }

    /// All tiles, to be marked.
    pub fn marks(&mut self) -> Marks<'_> {
        Marks { top: 0, columns: self.columns, marked: &mut self.marked }
    }

    /// The number of pixel rows in each of about `count` equal bands, and their tiles.
    pub fn bands(&mut self, count: usize) -> (usize, impl Iterator<Item = Marks<'_>>) {
        let columns = self.columns;
        let rows = self.marked.len().checked_div(columns).unwrap_or(0).div_ceil(count.max(1)).max(1);
        let marks = self.marked.chunks_mut((rows * columns).max(1)).enumerate();
        (rows << POWER, marks.map(move |(number, marked)| Marks { top: number * rows, columns, marked }))
    }

    pub fn mark_all(&mut self) {
        self.marked.fill(true);
    }

    pub fn clear(&mut self) {
        self.marked.fill(false);
    }

    /// Marks the tiles that are marked in another picture of the same size.
    pub fn add(&mut self, other: &Tiles) {
        self.marked.iter_mut().zip(&other.marked).for_each(|(mark, more)| *mark |= more);
    }

    /// The share of tiles that are marked, 0..=1.
    pub fn share(&self) -> f32 {
        self.marked.iter().filter(|&&mark| mark).count() as f32 / self.marked.len().max(1) as f32
    }

    pub fn parts(&self) -> Vec<FramePart> {
        parts(&self.marked, self.columns, 0, (self.width, self.height))
    }
}

impl Marks<'_> {
    /// Marks the tile of a pixel, which must be in one of its rows.
    #[inline]
    pub fn mark(&mut self, x: usize, y: usize) {
        self.marked[((y >> POWER) - self.top) * self.columns + (x >> POWER)] = true;
    }

    /// Marks the tiles of pixels `left..right` of a row.
    #[inline]
    pub fn mark_span(&mut self, y: usize, left: usize, right: usize) {
        self.mark_pixels(left..right, y..y + 1);
    }

    /// Marks the tiles of a rectangle of pixels.
    #[inline]
    pub fn mark_pixels(&mut self, x: Range<usize>, y: Range<usize>) {
        if x.is_empty() || y.is_empty() {
            return;
        }
        let (first, last) = (x.start >> POWER, (x.end - 1) >> POWER);
        for row in (y.start >> POWER) - self.top..=((y.end - 1) >> POWER) - self.top {
            // Most rectangles are within one or two tiles, for which a call to fill memory is not worth it.
            for column in first..=last {
                self.marked[row * self.columns + column] = true;
            }
        }
    }

    pub fn mark_all(&mut self) {
        self.marked.fill(true);
    }

    pub fn clear(&mut self) {
        self.marked.fill(false);
    }

    /// The marked parts of a picture of this size.
    pub fn parts(&self, width: u32, height: u32) -> Vec<FramePart> {
        parts(self.marked, self.columns, self.top, (width, height))
    }
}

/// The marked tiles as few rectangles that do not overlap: runs in a row, merged with equal runs below. The first row
/// of tiles is number `first` of the picture.
fn parts(marked: &[bool], columns: usize, first: usize, (width, height): (u32, u32)) -> Vec<FramePart> {
    let mut parts: Vec<FramePart> = Vec::new();
    for (row, tiles) in marked.chunks_exact(columns.max(1)).enumerate() {
        let top = ((first + row) << POWER) as u32;
        let height = (1 << POWER).min(height - top);
        for (start, end) in runs(tiles) {
            let left = (start << POWER) as u32;
            let width = ((end << POWER) as u32).min(width) - left;
            let above =
                |part: &&mut FramePart| part.left == left && part.width == width && part.top + part.height == top;
            match parts.iter_mut().rev().find(above) {
                Some(part) => part.height += height,
                None => parts.push(FramePart { left, top, width, height }),
            }
        }
    }
    parts
}

/// Start and end (exclusive) of each run of marks.
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
        let mut tiles = Tiles::new(100, 70);
        assert_eq!(tiles.parts(), []);
        let mut marks = tiles.marks();
        marks.mark(99, 69);
        marks.mark_span(0, 31, 33);
        marks.mark_span(40, 0, 64);
        marks.mark_span(40, 70, 70);
        let part = |left, top, width, height| FramePart { left, top, width, height };
        assert_eq!(tiles.parts(), [part(0, 0, 64, 64), part(96, 64, 4, 6)]);
        let (rows, bands) = tiles.bands(2);
        let of_bands: Vec<_> = bands.map(|marks| marks.parts(100, 70)).collect();
        assert_eq!((rows, of_bands), (64, vec![vec![part(0, 0, 64, 64)], vec![part(96, 64, 4, 6)]]));
        tiles.clear();
        assert_eq!(tiles.parts(), []);
        tiles.mark_all();
        assert_eq!(tiles.parts(), [part(0, 0, 100, 70)]);
        assert_eq!(Tiles::new(0, 5).parts(), []);
    }
}
