//! Collects the outline of a glyph as a font draws it.
//!
//! Curves are divided until no edge is farther than 0.005 from its curve, a fourteenth of a grey level.

use skrifa::outline::OutlinePen;

use crate::data::letters::frame::LetterPlacement;
use crate::data::letters::outline::{OutlineEdge, OutlinePoint};

/// Most distance of an edge to its curve.
const TOLERANCE: f64 = 0.005;
/// Most edges of a curve and of a glyph: hostile fonts may have any number.
const MOST_PARTS: f64 = 64.0;
const MOST_EDGES: usize = 10_000;

/// Collects edges as a font's glyph is drawn.
pub struct EdgePen {
    placement: LetterPlacement,
    edges: Vec<OutlineEdge>,
    start: OutlinePoint,
    now: OutlinePoint,
    /// More edges came than are allowed, or numbers that are none.
    is_refused: bool,
}

impl EdgePen {
    pub fn new(placement: LetterPlacement) -> Self {
        Self { placement, edges: Vec::new(), start: (0.0, 0.0), now: (0.0, 0.0), is_refused: false }
    }

    /// The edges of all contours, each closed; `None` if there were too many or some had no place.
    pub fn finish(mut self) -> Option<Vec<OutlineEdge>> {
        self.close();
        (!self.is_refused).then_some(self.edges)
    }

    fn place(&self, x: f32, y: f32) -> OutlinePoint {
        self.placement.place(f64::from(x), f64::from(y))
    }

    fn edge_to(&mut self, to: OutlinePoint) {
        if MOST_EDGES <= self.edges.len() || !to.0.is_finite() || !to.1.is_finite() {
            self.is_refused = true;
        } else if to != self.now {
            self.edges.push(OutlineEdge { a: self.now, b: to });
            self.now = to;
        }
    }

    /// Divides a curve into equal steps of its parameter.
    fn curve_to(&mut self, parts: f64, to: OutlinePoint, at: impl Fn(f64) -> OutlinePoint) {
        let parts = if parts.is_finite() { parts.ceil().clamp(1.0, MOST_PARTS) } else { 1.0 };
        for part in 1..parts as usize {
            self.edge_to(at(part as f64 / parts));
        }
        self.edge_to(to);
    }
}

/// The length of a - 2 b + c, which bounds how far a curve bends from its chord.
fn bend(a: OutlinePoint, b: OutlinePoint, c: OutlinePoint) -> f64 {
    let (x, y) = (a.0 - 2.0 * b.0 + c.0, a.1 - 2.0 * b.1 + c.1);
    (x * x + y * y).sqrt() // every machine rounds it alike
}

impl OutlinePen for EdgePen {
    fn move_to(&mut self, x: f32, y: f32) {
        self.close();
        self.start = self.place(x, y);
        self.now = self.start;
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.edge_to(self.place(x, y));
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let (a, b, c) = (self.now, self.place(cx, cy), self.place(x, y));
        let at = |t: f64| {
            let u = 1.0 - t;
            let of = |a: f64, b: f64, c: f64| u * u * a + 2.0 * u * t * b + t * t * c;
            (of(a.0, b.0, c.0), of(a.1, b.1, c.1))
        };
        // A part of 1 / n of the parameter bends by a quarter of bend / n^2.
        self.curve_to((bend(a, b, c) / (4.0 * TOLERANCE)).sqrt(), c, at);
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        let (a, b, c, d) = (self.now, self.place(ax, ay), self.place(bx, by), self.place(x, y));
        let at = |t: f64| {
            let u = 1.0 - t;
            let of = |a: f64, b: f64, c: f64, d: f64| {
                u * u * u * a + 3.0 * u * u * t * b + 3.0 * u * t * t * c + t * t * t * d
            };
            (of(a.0, b.0, c.0, d.0), of(a.1, b.1, c.1, d.1))
        };
        let most = bend(a, b, c).max(bend(b, c, d));
        EdgePen::curve_to(self, (0.75 * most / TOLERANCE).sqrt(), d, at);
    }

    fn close(&mut self) {
        self.edge_to(self.start);
    }
}
