//! The places of a panel's values: a grid of cells, or nodes at free positions.

use super::geometry::{Grid, Rect};

#[derive(Clone, Debug, PartialEq)]
pub enum CellPlace {
    /// The cells of a layer.
    Grid(Grid),
    /// The nodes of a graph.
    Nodes(Nodes),
}

/// Discs; node i is value i.
#[derive(Clone, Debug, PartialEq)]
pub struct Nodes {
    centres: Vec<(f32, f32)>,
    /// Radius of each.
    radii: Vec<f32>,
    bounds: Rect,
}

impl Nodes {
    pub fn new(centres: Vec<(f32, f32)>, radii: Vec<f32>) -> Self {
        let radius = radii.iter().copied().fold(0.0, f32::max);
        let fold = |pick: fn(&(f32, f32)) -> f32, f: fn(f32, f32) -> f32| centres.iter().map(pick).reduce(f);
        let (left, top) = (fold(|p| p.0, f32::min).unwrap_or(0.0), fold(|p| p.1, f32::min).unwrap_or(0.0));
        let (right, bottom) = (fold(|p| p.0, f32::max).unwrap_or(0.0), fold(|p| p.1, f32::max).unwrap_or(0.0));
        let bounds = Rect::from_ltwh(left, top, right - left, bottom - top).grown(radius);
        Self { centres, radii, bounds }
    }

    pub fn centres(&self) -> &[(f32, f32)] {
        &self.centres
    }

    pub fn radii(&self) -> &[f32] {
        &self.radii
    }
}

impl CellPlace {
    /// The rectangle around all of it.
    pub fn bounds(&self) -> Rect {
        match self {
            CellPlace::Grid(grid) => grid.bounds(),
            CellPlace::Nodes(nodes) => nodes.bounds,
        }
    }

    /// Number of values.
    pub fn len(&self) -> usize {
        match self {
            CellPlace::Grid(grid) => grid.len,
            CellPlace::Nodes(nodes) => nodes.centres.len(),
        }
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The cell of a value; `None` beyond the last.
    pub fn cell(&self, index: usize) -> Option<Rect> {
        match self {
            CellPlace::Grid(grid) => grid.cell(index),
            CellPlace::Nodes(nodes) => {
                let &(x, y) = nodes.centres.get(index)?;
                Some(Rect::from_ltwh(x, y, 0.0, 0.0).grown(nodes.radii[index]))
            }
        }
    }

    /// All cells of one channel; `None` where channels have no place of their own.
    pub fn map(&self, channel: usize) -> Option<Rect> {
        let CellPlace::Grid(grid) = self else { return self.cell(channel) };
        if grid.maps == 1 {
            return grid.cell(channel).filter(|_| grid.len == grid.width * grid.height);
        }
        let (first, last) = (grid.cell(channel)?, grid.cell(grid.len - grid.maps + channel)?);
        Some(Rect::from_ltwh(first.left, first.top, last.right() - first.left, last.bottom() - first.top))
    }

    /// The value whose cell contains the point, the nearest one where discs overlap. The inverse of
    /// [`CellPlace::cell`].
    pub fn index_at(&self, scene_x: f32, scene_y: f32) -> Option<usize> {
        match self {
            CellPlace::Grid(grid) => grid.index_at(scene_x, scene_y),
            CellPlace::Nodes(nodes) => {
                let distance = |&(x, y): &(f32, f32)| (x - scene_x).hypot(y - scene_y);
                let nearest = nodes.centres.iter().map(distance).enumerate().min_by(|a, b| a.1.total_cmp(&b.1))?;
                (nearest.1 <= nodes.radii[nearest.0]).then_some(nearest.0)
            }
        }
    }
}
