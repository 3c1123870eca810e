//! The contours of a distance field: marching squares at the edge, then curves.
//!
//! Between four neighbouring pixels the field is bilinear. Where it crosses the edge between two of them is a point of
//! the contour; inside each square the points are joined so that the letter is on the right. Outside of the field there
//! is paper. Where both diagonals differ, the mean of the four decides.

use super::contour::{Contour, area};
use super::fit::fit;
use super::frame::{LetterFrame, depth};
use super::outline::OutlinePoint;

/// Depth outside of the field, in units of the frame.
const PAPER: f64 = -1.0;
/// Least area of a contour in units of the frame; anything below is dust that no pixel shows.
pub const LEAST_AREA: f64 = 0.25;

/// The contours of a field `[height, width]` with values of 0..=1, fitted within `tolerance` pixels.
pub fn trace(field: &[f32], frame: LetterFrame, tolerance: f64) -> Vec<Contour> {
    let pixel = frame.pixel();
    closed_lines(field, frame).iter().map(|line| fit(line, pixel, tolerance * pixel)).collect()
}

/// The points of each contour in units of the frame.
pub fn closed_lines(field: &[f32], frame: LetterFrame) -> Vec<Vec<OutlinePoint>> {
    let placed = |line: Vec<OutlinePoint>| line.iter().map(|&(x, y)| frame.place_at(x, y)).collect();
    let mut lines: Vec<Vec<OutlinePoint>> =
        FieldSquares { field, frame }.closed_lines().into_iter().map(placed).collect();
    lines.retain(|line| LEAST_AREA <= area(line).abs());
    lines
}

/// No edge of a square.
const NONE: usize = usize::MAX;

/// The squares between the middles of four pixels, with one row and column of paper around the field. Square (x, y) has
/// the pixels (x - 1, y - 1) to (x, y).
struct FieldSquares<'a> {
    field: &'a [f32],
    frame: LetterFrame,
}

impl FieldSquares<'_> {
    fn depth(&self, x: usize, y: usize) -> f64 {
        let LetterFrame { width, height } = self.frame;
        let is_paper = x == 0 || y == 0 || width < x || height < y;
        if is_paper { PAPER } else { f64::from(depth(self.field[(y - 1) * width + x - 1])) }
    }

    /// The edges of a square: above, right, below, left. An edge is known by its first pixel and whether it stands.
    fn edges(&self, x: usize, y: usize) -> [usize; 4] {
        let edge = |x: usize, y: usize, stands: usize| 2 * (y * (self.frame.width + 2) + x) + stands;
        [edge(x, y, 0), edge(x + 1, y, 1), edge(x, y + 1, 0), edge(x, y, 1)]
    }

    /// Where the field crosses the edge of the letter on an edge of a square.
    fn crossing(&self, edge: usize) -> OutlinePoint {
        let (pixel, stands) = (edge / 2, edge % 2);
        let (x, y) = (pixel % (self.frame.width + 2), pixel / (self.frame.width + 2));
        let (one, other) = (self.depth(x, y), self.depth(x + 1 - stands, y + stands));
        let share = one / (one - other);
        let (across, down) = if stands == 1 { (0.0, share) } else { (share, 0.0) };
        (x as f64 - 1.0 + across, y as f64 - 1.0 + down)
    }

    /// For each edge that is crossed the next one along the contour.
    fn successors(&self) -> Vec<usize> {
        let LetterFrame { width, height } = self.frame;
        let mut next = vec![NONE; 2 * (width + 2) * (height + 2)];
        for y in 0..=height {
            for x in 0..=width {
                let corners = [(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1)].map(|(x, y)| self.depth(x, y));
                let inside = corners.map(|depth| 0.0 <= depth);
                let edges = self.edges(x, y);
                let begins = |side: usize| inside[side] && !inside[(side + 1) % 4];
                let ends = |side: usize| !inside[side] && inside[(side + 1) % 4];
                let is_joined = 0.0 <= corners.iter().sum::<f64>();
                for side in (0..4).filter(|&side| begins(side)) {
                    // The neighbour that cuts off the paper or, in parted squares, the letter.
                    let order = if is_joined { [1, 2, 3] } else { [3, 2, 1] };
                    if let Some(end) = order.into_iter().map(|step| (side + step) % 4).find(|&side| ends(side)) {
                        next[edges[side]] = edges[end];
                    }
                }
            }
        }
        next
    }

    fn closed_lines(&self) -> Vec<Vec<OutlinePoint>> {
        let mut next = self.successors();
        let mut lines = Vec::new();
        for first in 0..next.len() {
            let (mut line, mut edge) = (Vec::new(), first);
            while next[edge] != NONE {
                line.push(self.crossing(edge));
                edge = std::mem::replace(&mut next[edge], NONE);
            }
            if !line.is_empty() {
                lines.push(line);
            }
        }
        lines
    }
}
