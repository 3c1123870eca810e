//! The signed distance to the edge of a glyph, exact for its edges.
//!
//! Contours may overlap, as those of variable fonts do, so an edge counts only where it separates inside from outside:
//! edges are cut where they meet, and a piece stays if the winding number is 0 on exactly one of its sides. The nearest
//! piece is searched tile by tile: a tile needs only pieces that can be nearest to any of its pixels.

use super::frame::{self, LetterFrame};
use super::outline::{OutlineEdge, OutlinePoint};

/// Edges that come so near to another one meet it.
const NEAR: f64 = 1e-5;
/// Distance from an edge at which the winding number of its sides is taken.
const ASIDE: f64 = 1e-4;
/// Most places where edges meet: hostile fonts may have any number.
const MOST_CUTS: usize = 100_000;
/// Pixels along a side of a tile.
const TILE: usize = 6;

/// A glyph, filled where its winding number is not 0.
pub struct Fill {
    edges: Vec<OutlineEdge>,
    bounds: [f64; 4],
    rows: Rows,
    /// The pieces of edges between inside and outside.
    border: Vec<OutlineEdge>,
}

impl Fill {
    /// `None` where the edges meet too often.
    pub fn new(edges: Vec<OutlineEdge>) -> Option<Self> {
        let cuts = cuts(&edges)?;
        let mut fill = Self { rows: Rows::new(&edges), bounds: bounds(&edges), border: Vec::new(), edges };
        fill.border = fill.pieces(cuts);
        Some(fill)
    }

    /// Whether nothing is filled.
    pub fn is_empty(&self) -> bool {
        self.border.is_empty()
    }

    /// A point of the box around the contours, by its shares of the width and the height.
    pub fn at(&self, across: f64, down: f64) -> OutlinePoint {
        let [left, top, right, bottom] = self.bounds;
        (left + across * (right - left), top + down * (bottom - top))
    }

    pub fn is_inside(&self, at: OutlinePoint) -> bool {
        self.winding(at) != 0
    }

    /// The number of times that the contours go around a point.
    fn winding(&self, (x, y): OutlinePoint) -> i32 {
        let crossed = |&index: &u32| {
            let OutlineEdge { a, b } = self.edges[index as usize];
            if (a.1 <= y) == (b.1 <= y) {
                return 0;
            }
            let right = (a.0 - x) * (b.1 - a.1) + (y - a.1) * (b.0 - a.0);
            let is_right = if a.1 < b.1 { 0.0 < right } else { right < 0.0 };
            if !is_right {
                0
            } else if a.1 < b.1 {
                1
            } else {
                -1
            }
        };
        self.rows.at(y).iter().map(crossed).sum()
    }

    /// The pieces of edges that separate inside from outside.
    fn pieces(&self, cuts: Vec<Vec<f64>>) -> Vec<OutlineEdge> {
        let mut border = Vec::with_capacity(self.edges.len());
        for (edge, mut cuts) in self.edges.iter().zip(cuts) {
            cuts.extend([0.0, 1.0]);
            cuts.sort_by(f64::total_cmp);
            for part in cuts.windows(2) {
                let piece = OutlineEdge { a: along(edge, part[0]), b: along(edge, part[1]) };
                let (dx, dy) = (piece.b.0 - piece.a.0, piece.b.1 - piece.a.1);
                let length = (dx * dx + dy * dy).sqrt();
                if length == 0.0 {
                    continue;
                }
                let (x, y) = along(&piece, 0.5);
                let (aside_x, aside_y) = (-dy * ASIDE / length, dx * ASIDE / length);
                if self.is_inside((x + aside_x, y + aside_y)) != self.is_inside((x - aside_x, y - aside_y)) {
                    border.push(piece);
                }
            }
        }
        border
    }

    /// Fills `pixels`, `[height, width]`, with the greys of the distances.
    pub fn paint(&self, frame: LetterFrame, pixels: &mut [u8]) {
        let mut near = Vec::new();
        for top in (0..frame.height).step_by(TILE) {
            for left in (0..frame.width).step_by(TILE) {
                let (right, bottom) = ((left + TILE).min(frame.width), (top + TILE).min(frame.height));
                let (first, last) = (frame.place(left, top), frame.place(right - 1, bottom - 1));
                let middle = (0.5 * (first.0 + last.0), 0.5 * (first.1 + last.1));
                let (across, down) = (last.0 - middle.0, last.1 - middle.1);
                let radius = (across * across + down * down).sqrt();
                self.keep_near(middle, radius, &mut near);
                for y in top..bottom {
                    for x in left..right {
                        let at = frame.place(x, y);
                        let squares = near.iter().map(|edge| distance_squared(at, edge));
                        let distance = squares.fold(f64::INFINITY, f64::min).sqrt();
                        let signed = if self.is_inside(at) { distance } else { -distance };
                        pixels[y * frame.width + x] = frame::grey(signed);
                    }
                }
            }
        }
    }

    /// The pieces that can be nearest to a point within `radius` of `middle`.
    fn keep_near(&self, middle: OutlinePoint, radius: f64, near: &mut Vec<OutlineEdge>) {
        near.clear();
        let squares: Vec<f64> = self.border.iter().map(|edge| distance_squared(middle, edge)).collect();
        let nearest = squares.iter().copied().fold(f64::INFINITY, f64::min).sqrt();
        let most = nearest + 2.0 * radius + NEAR;
        near.extend(
            self.border.iter().zip(squares).filter(|&(_, square)| square <= most * most).map(|(edge, _)| *edge),
        );
    }
}

/// The edges of each strip of rows, so that a ray meets few of them.
struct Rows {
    top: f64,
    strips: Vec<Vec<u32>>,
}

/// Strips in a unit of the frame, and most strips.
const STRIPS: f64 = 4.0;
const MOST_STRIPS: f64 = 1024.0;

impl Rows {
    fn new(edges: &[OutlineEdge]) -> Self {
        let ys = edges.iter().flat_map(|edge| [edge.a.1, edge.b.1]);
        let (top, bottom) = ys.fold((f64::INFINITY, f64::NEG_INFINITY), |(top, bottom), y| (top.min(y), bottom.max(y)));
        let count = if edges.is_empty() { 0.0 } else { ((bottom - top) * STRIPS).floor() + 1.0 };
        let mut rows = Self { top, strips: vec![Vec::new(); count.min(MOST_STRIPS) as usize] };
        for (index, edge) in edges.iter().enumerate() {
            let (first, last) = (rows.strip(edge.a.1.min(edge.b.1)), rows.strip(edge.a.1.max(edge.b.1)));
            rows.strips[first..=last].iter_mut().for_each(|strip| strip.push(index as u32));
        }
        rows
    }

    fn strip(&self, y: f64) -> usize {
        (((y - self.top) * STRIPS) as usize).min(self.strips.len().saturating_sub(1))
    }

    fn at(&self, y: f64) -> &[u32] {
        if y < self.top { &[] } else { self.strips.get(self.strip(y)).map_or(&[], Vec::as_slice) }
    }
}

/// Left, top, right and bottom of all edges.
pub fn bounds(edges: &[OutlineEdge]) -> [f64; 4] {
    let first = edges.first().map_or((0.0, 0.0), |edge| edge.a);
    edges.iter().fold(
        [first.0, first.1, first.0, first.1],
        |[left, top, right, bottom], OutlineEdge { b: (x, y), .. }| {
            [left.min(*x), top.min(*y), right.max(*x), bottom.max(*y)]
        },
    )
}

/// The point of an edge at a share of its length.
fn along(edge: &OutlineEdge, share: f64) -> OutlinePoint {
    (edge.a.0 + share * (edge.b.0 - edge.a.0), edge.a.1 + share * (edge.b.1 - edge.a.1))
}

/// The share of an edge that is nearest to a point, and the square of the distance there.
fn nearest((x, y): OutlinePoint, edge: &OutlineEdge) -> (f64, f64) {
    let (dx, dy) = (edge.b.0 - edge.a.0, edge.b.1 - edge.a.1);
    let (px, py) = (x - edge.a.0, y - edge.a.1);
    let share = ((px * dx + py * dy) / (dx * dx + dy * dy)).clamp(0.0, 1.0);
    let (ex, ey) = (px - share * dx, py - share * dy);
    (share, ex * ex + ey * ey)
}

fn distance_squared(at: OutlinePoint, edge: &OutlineEdge) -> f64 {
    nearest(at, edge).1
}

/// The shares of each edge at which it meets others: where they cross, and where one ends on the other. `None` if there
/// are too many.
fn cuts(edges: &[OutlineEdge]) -> Option<Vec<Vec<f64>>> {
    let (mut cuts, mut count) = (vec![Vec::new(); edges.len()], 0);
    let span = |a: f64, b: f64| (a.min(b) - NEAR, a.max(b) + NEAR);
    let mut order: Vec<(f64, f64, u32)> = (0u32..)
        .zip(edges)
        .map(|(index, edge)| {
            let (top, bottom) = span(edge.a.1, edge.b.1);
            (top, bottom, index)
        })
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.2.cmp(&b.2)));
    for (place, &(_, bottom, first)) in order.iter().enumerate() {
        let (one, first) = (edges[first as usize], first as usize);
        let (left, right) = span(one.a.0, one.b.0);
        for &(top, _, second) in &order[place + 1..] {
            if bottom < top {
                break;
            }
            let (other, second) = (edges[second as usize], second as usize);
            let (other_left, other_right) = span(other.a.0, other.b.0);
            if right < other_left || other_right < left {
                continue;
            }
            for (end, edge, index) in
                [(other.a, one, first), (other.b, one, first), (one.a, other, second), (one.b, other, second)]
            {
                let (share, square) = nearest(end, &edge);
                if square <= NEAR * NEAR && 0.0 < share && share < 1.0 {
                    cuts[index].push(share);
                    count += 1;
                }
            }
            if let Some((share, of_other)) = crossing(&one, &other) {
                cuts[first].push(share);
                cuts[second].push(of_other);
                count += 2;
            }
            if MOST_CUTS < count {
                return None;
            }
        }
    }
    Some(cuts)
}

/// The shares of two edges at which they cross.
fn crossing(one: &OutlineEdge, other: &OutlineEdge) -> Option<(f64, f64)> {
    let (ax, ay) = (one.b.0 - one.a.0, one.b.1 - one.a.1);
    let (bx, by) = (other.b.0 - other.a.0, other.b.1 - other.a.1);
    let (cx, cy) = (other.a.0 - one.a.0, other.a.1 - one.a.1);
    let area = ax * by - ay * bx;
    let (share, of_other) = ((cx * by - cy * bx) / area, (cx * ay - cy * ax) / area);
    let is_between = |share: f64| 0.0 < share && share < 1.0; // false for parallel edges, whose shares are no numbers
    (is_between(share) && is_between(of_other)).then_some((share, of_other))
}
