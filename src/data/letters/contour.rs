//! A closed contour of quadratic curves, in units of the frame; y points down, and what is filled is on the right.
//!
//! A curve from a by its control b to its end c is (1 - t)² a + 2 t (1 - t) b + t² c. A straight line has its control in
//! the middle.

use super::outline::OutlinePoint;

/// Distance from the middle of a line, in units of the frame, within which a control leaves it straight.
const STRAIGHT: f64 = 1e-6;

/// A curve from where the one before ends.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Quadratic {
    pub control: OutlinePoint,
    pub end: OutlinePoint,
}

/// Curves of which each begins where the one before ends, and the first where the last ends.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Contour {
    pub curves: Vec<Quadratic>,
}

impl Quadratic {
    /// A straight line.
    pub fn line(from: OutlinePoint, end: OutlinePoint) -> Self {
        Self { control: middle(from, end), end }
    }

    pub fn is_line(&self, from: OutlinePoint) -> bool {
        distance(self.control, middle(from, self.end)) < STRAIGHT
    }

    pub fn at(&self, from: OutlinePoint, t: f64) -> OutlinePoint {
        let u = 1.0 - t;
        let of = |a: f64, b: f64, c: f64| u * u * a + 2.0 * u * t * b + t * t * c;
        (of(from.0, self.control.0, self.end.0), of(from.1, self.control.1, self.end.1))
    }
}

impl Contour {
    /// The curves, each with the point where it begins.
    pub fn pieces(&self) -> impl Iterator<Item = (OutlinePoint, &Quadratic)> {
        let start = self.curves.last().map_or((0.0, 0.0), |curve| curve.end);
        let starts = std::iter::once(start).chain(self.curves.iter().map(|curve| curve.end));
        starts.zip(&self.curves)
    }

    /// Points along the contour, `parts` to a curve and one to a line.
    pub fn points(&self, parts: usize) -> Vec<OutlinePoint> {
        let along = |(from, curve): (OutlinePoint, &Quadratic)| {
            let parts = if curve.is_line(from) { 1 } else { parts.max(1) };
            (1..=parts).map(|part| curve.at(from, part as f64 / parts as f64)).collect::<Vec<_>>()
        };
        self.pieces().flat_map(along).collect()
    }

    /// Left, top, right and bottom of the points and the controls, which the contour does not leave.
    pub fn bounds(&self) -> [f64; 4] {
        let points = self.curves.iter().flat_map(|curve| [curve.control, curve.end]);
        points.fold([f64::INFINITY, f64::INFINITY, f64::NEG_INFINITY, f64::NEG_INFINITY], |bounds, (x, y)| {
            let [left, top, right, bottom] = bounds;
            [left.min(x), top.min(y), right.max(x), bottom.max(y)]
        })
    }
}

pub fn middle(a: OutlinePoint, b: OutlinePoint) -> OutlinePoint {
    (0.5 * (a.0 + b.0), 0.5 * (a.1 + b.1))
}

pub fn distance(a: OutlinePoint, b: OutlinePoint) -> f64 {
    let (x, y) = (b.0 - a.0, b.1 - a.1);
    (x * x + y * y).sqrt() // every machine rounds it alike
}

/// The area within a closed line, above 0 where it is on the right.
pub fn area(points: &[OutlinePoint]) -> f64 {
    let next = points.iter().cycle().skip(1);
    0.5 * points.iter().zip(next).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>()
}
