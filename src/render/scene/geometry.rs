//! Rectangles, grids of cells, and the curves between panels.
//!
//! All in scene units, y down. One scene unit is about one CSS pixel when the whole scene is fitted to the canvas.

pub use crate::network::Neuron;

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    pub left: f32,
    pub top: f32,
    pub width: f32,
    pub height: f32,
}

impl Rect {
    pub const fn from_ltwh(left: f32, top: f32, width: f32, height: f32) -> Self {
        Self { left, top, width, height }
    }

    pub fn right(&self) -> f32 {
        self.left + self.width
    }

    pub fn bottom(&self) -> f32 {
        self.top + self.height
    }

    pub fn centre(&self) -> (f32, f32) {
        (self.left + self.width / 2.0, self.top + self.height / 2.0)
    }

    pub fn contains(&self, x: f32, y: f32) -> bool {
        self.left <= x && x < self.right() && self.top <= y && y < self.bottom()
    }

    /// The rectangle extended by `by` on every side.
    pub fn grown(&self, by: f32) -> Self {
        Self::from_ltwh(self.left - by, self.top - by, self.width + 2.0 * by, self.height + 2.0 * by)
    }

    pub fn overlaps(&self, other: &Rect) -> bool {
        self.left < other.right() && other.left < self.right() && self.top < other.bottom() && other.top < self.bottom()
    }
}

/// The cells of one block's values: `maps` grids of `width` x `height` cells, in rows of `columns` maps.
///
/// Value `(y * width + x) * maps + map` is cell (x, y) of that map, which is the order of a block's values. A vector is
/// one map whose last row may be short; a colour picture is one map with three cells for each pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct Grid {
    pub left: f32,
    pub top: f32,
    /// Size of a cell.
    pub cell_width: f32,
    pub cell_height: f32,
    /// Number of cells of one map.
    pub width: usize,
    pub height: usize,
    pub maps: usize,
    /// Number of maps in a row of maps.
    pub columns: usize,
    /// Space between maps.
    pub gap: f32,
    /// Number of values.
    pub len: usize,
}

impl Grid {
    pub fn rows(&self) -> usize {
        self.maps.div_ceil(self.columns)
    }

    /// Distance from a map to its right neighbour.
    pub fn pitch_x(&self) -> f32 {
        self.width as f32 * self.cell_width + self.gap
    }

    /// Distance from a map to the one below.
    pub fn pitch_y(&self) -> f32 {
        self.height as f32 * self.cell_height + self.gap
    }

    pub fn bounds(&self) -> Rect {
        let width = self.columns as f32 * self.pitch_x() - self.gap;
        let height = self.rows() as f32 * self.pitch_y() - self.gap;
        Rect::from_ltwh(self.left, self.top, width, height)
    }

    /// The cell of a value; `None` beyond the last.
    pub fn cell(&self, index: usize) -> Option<Rect> {
        if self.len <= index {
            return None;
        }
        let (map, place) = (index % self.maps, index / self.maps);
        let (x, y) = (place % self.width, place / self.width);
        let left = self.left + (map % self.columns) as f32 * self.pitch_x() + x as f32 * self.cell_width;
        let top = self.top + (map / self.columns) as f32 * self.pitch_y() + y as f32 * self.cell_height;
        Some(Rect::from_ltwh(left, top, self.cell_width, self.cell_height))
    }

    /// The value whose cell holds the point: the inverse of [`Grid::cell`].
    pub fn index_at(&self, scene_x: f32, scene_y: f32) -> Option<usize> {
        let (column, x) = split(scene_x - self.left, self.pitch_x(), self.cell_width, self.columns, self.width)?;
        let (row, y) = split(scene_y - self.top, self.pitch_y(), self.cell_height, self.rows(), self.height)?;
        let map = row * self.columns + column;
        let index = (y * self.width + x) * self.maps + map;
        (map < self.maps && index < self.len).then_some(index)
    }
}

/// The map, and the cell within it, at `distance` along one axis; `None` before, after and in the gaps.
fn split(distance: f32, pitch: f32, cell: f32, maps: usize, cells: usize) -> Option<(usize, usize)> {
    if distance < 0.0 {
        return None;
    }
    let map = (distance / pitch) as usize;
    let at = ((distance - map as f32 * pitch) / cell) as usize;
    (map < maps && at < cells).then_some((map, at))
}

/// A cubic Bézier curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bezier(pub [(f32, f32); 4]);

impl Bezier {
    pub fn at(&self, t: f32) -> (f32, f32) {
        let [a, b, c, d] = self.0;
        let u = 1.0 - t;
        let (wa, wb, wc, wd) = (u * u * u, 3.0 * u * u * t, 3.0 * u * t * t, t * t * t);
        (wa * a.0 + wb * b.0 + wc * c.0 + wd * d.0, wa * a.1 + wb * b.1 + wc * c.1 + wd * d.1)
    }

    /// A rectangle that contains the curve: the bounds of its control points.
    pub fn bounds(&self) -> Rect {
        let fold =
            |pick: fn(&(f32, f32)) -> f32, start: f32, f: fn(f32, f32) -> f32| self.0.iter().map(pick).fold(start, f);
        let (left, top) = (fold(|p| p.0, f32::MAX, f32::min), fold(|p| p.1, f32::MAX, f32::min));
        let (right, bottom) = (fold(|p| p.0, f32::MIN, f32::max), fold(|p| p.1, f32::MIN, f32::max));
        Rect::from_ltwh(left, top, right - left, bottom - top)
    }

    /// Distance from a point, approximated by `pieces` straight pieces.
    pub fn distance(&self, x: f32, y: f32, pieces: usize) -> f32 {
        let mut best = f32::MAX;
        let mut from = self.0[0];
        for piece in 1..=pieces {
            let to = self.at(piece as f32 / pieces as f32);
            let (dx, dy) = (to.0 - from.0, to.1 - from.1);
            let length2 = (dx * dx + dy * dy).max(1e-12);
            let t = (((x - from.0) * dx + (y - from.1) * dy) / length2).clamp(0.0, 1.0);
            best = best.min((x - from.0 - t * dx).hypot(y - from.1 - t * dy));
            from = to;
        }
        best
    }

    /// A curve from the rim of one disc to that of another, bent to one side so that the curves in both directions are
    /// apart; a loop above the disc if both are the same. The discs are given by the squares around them.
    pub fn between_discs(source: &Rect, target: &Rect) -> Self {
        let (a, b, radius) = (source.centre(), target.centre(), source.width / 2.0);
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let length = dx.hypot(dy);
        if length < 1e-6 {
            let (x, top) = (a.0, a.1 - radius * 0.8);
            let (side, up) = (radius * 0.55, radius * 3.0);
            return Self([(x - side, top), (x - 2.0 * side, top - up), (x + 2.0 * side, top - up), (x + side, top)]);
        }
        let (ux, uy) = (dx / length, dy / length);
        let out = radius.min(length / 2.0);
        let (start, end) = ((a.0 + ux * out, a.1 + uy * out), (b.0 - ux * out, b.1 - uy * out));
        let (third, bend) = (length / 3.0, length * 0.09);
        let way = |from: (f32, f32), along: f32| (from.0 + ux * along - uy * bend, from.1 + uy * along + ux * bend);
        Self([start, way(start, third), way(end, -third), end])
    }
}
