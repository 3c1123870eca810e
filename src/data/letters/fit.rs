//! Quadratic curves along a closed line of points: corners first, then the smoothest spline that is near enough.
//!
//! A corner is where a line turns sharply that does not turn nearly as much beside it. Its place is where the lines on both
//! sides meet, since the squares of a traced field cut corners off. From corner to corner goes a uniform quadratic B-spline, the form in which
//! TrueType writes curves: its n controls c are the controls of n quadratics, which meet smoothly in the middles between
//! them. A point at parameter u in 0..=n, by its share of the length, is a weighted sum of three controls, so the controls
//! are found by least squares, and u by steps to the nearest point. n grows until every point is within the tolerance.

use super::contour::{Contour, Quadratic, distance, middle};
use super::outline::OutlinePoint;

/// Points that are closer, in pixels, are one: the direction between them is noise.
const NEAR: f64 = 0.35;
/// Least turn of a corner in radians.
const TURN: f64 = 0.65;
/// Most turn before or behind a corner, as a share of its own; along a circle both would be a half.
const BESIDE: f64 = 0.2;
/// Most distance of a corner from the points beside it, in pixels.
const FAR: f64 = 1.1;
/// Rounds of moving the parameters of the points.
const ROUNDS: usize = 3;
/// Weight that keeps a control near the line where few points decide it.
const PULL: f64 = 1e-3;
/// Most controls between two corners.
const MOST: usize = 48;

/// The contour along a closed line of points, with pixels of this size.
pub fn fit(points: &[OutlinePoint], pixel: f64, tolerance: f64) -> Contour {
    let points = thinned(points, NEAR * pixel);
    let corners = corners(&points, pixel);
    let mut curves = Vec::new();
    match corners.first() {
        None => Spline::closed(&points, tolerance).add_to(&mut curves),
        Some(first) => {
            let again = Corner { chord: first.chord + points.len(), ..*first };
            for ends in corners.iter().chain([&again]).collect::<Vec<_>>().windows(2) {
                let between = (ends[0].chord + 1..=ends[1].chord).map(|index| points[index % points.len()]);
                let span: Vec<_> = [ends[0].place].into_iter().chain(between).chain([ends[1].place]).collect();
                Spline::open(&thinned_between(span, NEAR * pixel), tolerance).add_to(&mut curves);
            }
        }
    }
    Contour { curves }
}

/// Leaves out points that are near the one before.
fn thinned(points: &[OutlinePoint], near: f64) -> Vec<OutlinePoint> {
    let mut kept: Vec<OutlinePoint> = Vec::with_capacity(points.len());
    for &point in points {
        if kept.last().is_none_or(|&last| near <= distance(last, point)) {
            kept.push(point);
        }
    }
    while 3 < kept.len() && distance(kept[0], kept[kept.len() - 1]) < near {
        kept.pop();
    }
    kept
}

/// Leaves out points that are near one of the two ends, which stay.
fn thinned_between(mut span: Vec<OutlinePoint>, near: f64) -> Vec<OutlinePoint> {
    let (first, last) = (span[0], span[span.len() - 1]);
    let is_free = |&point: &OutlinePoint| near <= distance(point, first) && near <= distance(point, last);
    let end = span.len() - 1;
    let mut inner: Vec<_> = span.drain(1..end).filter(is_free).collect();
    inner.insert(0, first);
    inner.push(last);
    inner
}

/// A corner on the chord from a point to the next.
#[derive(Clone, Copy)]
struct Corner {
    chord: usize,
    place: OutlinePoint,
    turn: f64,
}

fn corners(points: &[OutlinePoint], pixel: f64) -> Vec<Corner> {
    let count = points.len();
    if count < 6 {
        return Vec::new();
    }
    let found: Vec<Option<Corner>> = (0..count).map(|chord| corner(points, chord, pixel)).collect();
    let turn = |chord: usize| found[chord % count].map_or(0.0, |corner| corner.turn);
    // Beside a corner the line turns as well: the sharpest of three is the corner.
    let is_sharpest = |corner: &Corner| {
        let Corner { chord, turn: own, .. } = *corner;
        turn(chord + count - 1) < own && turn(chord + 1) <= own
    };
    found.iter().flatten().copied().filter(is_sharpest).collect()
}

/// The corner on a chord, if the line turns sharply there.
fn corner(points: &[OutlinePoint], chord: usize, pixel: f64) -> Option<Corner> {
    let at = |step: usize| points[(chord + points.len() + step - 2) % points.len()];
    let [a, b, c, d, e, f] = [0, 1, 2, 3, 4, 5].map(at);
    let (before, after) = (towards(b, c), towards(d, e));
    let turn = turn(before, after);
    let beside = f64::min(self::turn(towards(a, b), before), self::turn(after, towards(e, f)));
    if turn < TURN || BESIDE * turn < beside {
        return None;
    }
    let cross = before.0 * after.1 - before.1 * after.0;
    // b + share (c - b) on the line through d and e.
    let share = ((d.0 - b.0) * after.1 - (d.1 - b.1) * after.0) / cross;
    let place = (b.0 + share * before.0, b.1 + share * before.1);
    let ahead = (place.0 - c.0) * before.0 + (place.1 - c.1) * before.1;
    let behind = (d.0 - place.0) * after.0 + (d.1 - place.1) * after.1;
    let is_between = -NEAR * pixel * distance(b, c) <= ahead && -NEAR * pixel * distance(d, e) <= behind;
    (is_between && distance(place, middle(c, d)) <= FAR * pixel).then_some(Corner { chord, place, turn })
}

fn towards(from: OutlinePoint, to: OutlinePoint) -> OutlinePoint {
    (to.0 - from.0, to.1 - from.1)
}

/// The angle between two directions.
fn turn(before: OutlinePoint, after: OutlinePoint) -> f64 {
    let cross = before.0 * after.1 - before.1 * after.0;
    cross.atan2(before.0 * after.0 + before.1 * after.1).abs()
}

/// The distance of a point from the line between two others.
fn from_line(a: OutlinePoint, b: OutlinePoint, point: OutlinePoint) -> f64 {
    let ((x, y), (px, py)) = (towards(a, b), towards(a, point));
    let share = ((px * x + py * y) / (x * x + y * y).max(1e-18)).clamp(0.0, 1.0);
    distance((px, py), (share * x, share * y))
}

/// A uniform quadratic B-spline, from end to end or closed.
struct Spline {
    ends: Option<[OutlinePoint; 2]>,
    controls: Vec<OutlinePoint>,
}

/// What a point of a spline is made of: weights of a control, those beside it, and of the ends.
struct PointWeights {
    control: usize,
    /// For the control before, this one, and the one after.
    of: [f64; 3],
    /// Weights of the first end, and of the last.
    ends: [f64; 2],
}

impl Spline {
    /// A spline from the first of these points to the last; without controls, a straight line.
    fn open(points: &[OutlinePoint], tolerance: f64) -> Self {
        let ends = Some([points[0], points[points.len() - 1]]);
        let [first, last] = [points[0], points[points.len() - 1]];
        if points.iter().all(|&point| from_line(first, last, point) <= tolerance) {
            return Self { ends, controls: Vec::new() };
        }
        Self::nearest(points, ends, 1, tolerance)
    }

    fn closed(points: &[OutlinePoint], tolerance: f64) -> Self {
        Self::nearest(points, None, 3, tolerance)
    }

    /// The spline with the fewest controls that is near enough, or the last that was tried.
    fn nearest(points: &[OutlinePoint], ends: Option<[OutlinePoint; 2]>, least: usize, tolerance: f64) -> Self {
        let most = points.len().clamp(least, MOST);
        let mut best = Self::solved(points, ends, least).0;
        for count in least..=most {
            let (spline, off) = Self::solved(points, ends, count);
            best = spline;
            if off <= tolerance {
                break;
            }
        }
        best
    }

    /// The spline with so many controls that is nearest to the points, and the largest distance of a point.
    fn solved(points: &[OutlinePoint], ends: Option<[OutlinePoint; 2]>, count: usize) -> (Self, f64) {
        let (mut u, line) = shares(points, ends.is_none());
        u.iter_mut().for_each(|u| *u *= count as f64);
        let mut spline = Self { ends, controls: vec![(0.0, 0.0); count] };
        for _ in 0..ROUNDS {
            spline.solve(points, &u, &line);
            points.iter().zip(&mut u).for_each(|(&point, u)| *u = spline.nearer(point, *u));
        }
        spline.solve(points, &u, &line);
        let off = points.iter().zip(&u).map(|(&point, &u)| distance(point, spline.at(spline.nearer(point, u))));
        let most = off.fold(0.0, f64::max);
        (spline, most)
    }

    fn weights(&self, u: f64) -> PointWeights {
        let count = self.controls.len();
        let control = (u.max(0.0) as usize).min(count - 1);
        let t = u - control as f64;
        let (first, last) = ((1.0 - t) * (1.0 - t), t * t);
        let mut weights = PointWeights { control, of: [0.0, 2.0 * t * (1.0 - t), 0.0], ends: [0.0; 2] };
        if self.ends.is_some() && control == 0 {
            weights.ends[0] = first;
        } else {
            weights.of[0] = 0.5 * first;
            weights.of[1] += 0.5 * first;
        }
        if self.ends.is_some() && control == count - 1 {
            weights.ends[1] = last;
        } else {
            weights.of[2] = 0.5 * last;
            weights.of[1] += 0.5 * last;
        }
        weights
    }

    /// The controls with weights above 0, each with its weight.
    fn shares_of(&self, weights: &PointWeights) -> impl Iterator<Item = (usize, f64)> + use<> {
        let (count, control, of) = (self.controls.len(), weights.control, weights.of);
        (0..3).filter(move |&side| of[side] != 0.0).map(move |side| ((control + count + side - 1) % count, of[side]))
    }

    fn at(&self, u: f64) -> OutlinePoint {
        let weights = self.weights(u);
        let [first, last] = self.ends.unwrap_or_default();
        let mut place = (
            weights.ends[0] * first.0 + weights.ends[1] * last.0,
            weights.ends[0] * first.1 + weights.ends[1] * last.1,
        );
        for (control, weight) in self.shares_of(&weights) {
            place.0 += weight * self.controls[control].0;
            place.1 += weight * self.controls[control].1;
        }
        place
    }

    /// A parameter whose point is nearer to `point`: one step along the curve.
    fn nearer(&self, point: OutlinePoint, u: f64) -> f64 {
        const STEP: f64 = 1e-3;
        let count = self.controls.len() as f64;
        let (here, before, after) = (self.at(u), self.at_any(u - STEP), self.at_any(u + STEP));
        let (dx, dy) = ((after.0 - before.0) / (2.0 * STEP), (after.1 - before.1) / (2.0 * STEP));
        let along = ((point.0 - here.0) * dx + (point.1 - here.1) * dy) / (dx * dx + dy * dy).max(1e-9);
        let moved = u + along.clamp(-0.25, 0.25);
        if self.ends.is_some() { moved.clamp(0.0, count) } else { moved.rem_euclid(count) }
    }

    /// The point at a parameter that may be a little outside.
    fn at_any(&self, u: f64) -> OutlinePoint {
        let count = self.controls.len() as f64;
        self.at(if self.ends.is_some() { u.clamp(0.0, count) } else { u.rem_euclid(count) })
    }

    /// Sets the controls by least squares: the points at their parameters, and a slight pull of each control to the line.
    fn solve(&mut self, points: &[OutlinePoint], u: &[f64], line: &[(f64, OutlinePoint)]) {
        let count = self.controls.len();
        let [first, last] = self.ends.unwrap_or_default();
        let mut matrix = vec![vec![0.0; count]; count];
        let mut sides = vec![(0.0, 0.0); count];
        for (&point, &u) in points.iter().zip(u) {
            let weights = self.weights(u);
            let rest = |point: f64, first: f64, last: f64| point - weights.ends[0] * first - weights.ends[1] * last;
            let (x, y) = (rest(point.0, first.0, last.0), rest(point.1, first.1, last.1));
            for (row, weight) in self.shares_of(&weights) {
                for (column, other) in self.shares_of(&weights) {
                    matrix[row][column] += weight * other;
                }
                sides[row].0 += weight * x;
                sides[row].1 += weight * y;
            }
        }
        for control in 0..count {
            let (x, y) = on_line(line, (control as f64 + 0.5) / count as f64);
            matrix[control][control] += PULL;
            sides[control].0 += PULL * x;
            sides[control].1 += PULL * y;
        }
        eliminate(&mut matrix, &mut sides);
        self.controls = sides;
    }

    fn add_to(self, curves: &mut Vec<Quadratic>) {
        let count = self.controls.len();
        let Some([first, last]) = self.ends else {
            let next = |control: usize| self.controls[(control + 1) % count];
            let curve = |control| Quadratic {
                control: self.controls[control],
                end: middle(self.controls[control], next(control)),
            };
            curves.extend((0..count).map(curve));
            return;
        };
        if count == 0 {
            curves.push(Quadratic::line(first, last));
        }
        for (index, &control) in self.controls.iter().enumerate() {
            let end = self.controls.get(index + 1).map_or(last, |&next| middle(control, next));
            curves.push(Quadratic { control, end });
        }
    }
}

/// The share of the length at which each point is, and the line as pairs of share and point.
fn shares(points: &[OutlinePoint], is_closed: bool) -> (Vec<f64>, Vec<(f64, OutlinePoint)>) {
    let mut length = 0.0;
    let mut lengths = vec![0.0];
    for ends in points.windows(2) {
        length += distance(ends[0], ends[1]);
        lengths.push(length);
    }
    if is_closed {
        length += distance(points[points.len() - 1], points[0]);
    }
    let shares: Vec<f64> = lengths.iter().map(|at| at / length.max(1e-9)).collect();
    let mut line: Vec<_> = shares.iter().copied().zip(points.iter().copied()).collect();
    if is_closed {
        line.push((1.0, points[0]));
    }
    (shares, line)
}

/// The point at a share of the length.
fn on_line(line: &[(f64, OutlinePoint)], share: f64) -> OutlinePoint {
    let next = line.partition_point(|&(at, _)| at < share).clamp(1, line.len() - 1);
    let ((from, a), (to, b)) = (line[next - 1], line[next]);
    let part = ((share - from) / (to - from).max(1e-9)).clamp(0.0, 1.0);
    (a.0 + part * (b.0 - a.0), a.1 + part * (b.1 - a.1))
}

/// Solves a positive definite system by elimination; `sides` become the answers.
fn eliminate(matrix: &mut [Vec<f64>], sides: &mut [OutlinePoint]) {
    for pivot in 0..sides.len() {
        for row in pivot + 1..sides.len() {
            let factor = matrix[row][pivot] / matrix[pivot][pivot];
            if factor != 0.0 {
                let (above, below) = matrix.split_at_mut(row);
                let pairs = below[0].iter_mut().zip(&above[pivot]).skip(pivot);
                pairs.for_each(|(value, above)| *value -= factor * above);
                sides[row].0 -= factor * sides[pivot].0;
                sides[row].1 -= factor * sides[pivot].1;
            }
        }
    }
    for row in (0..sides.len()).rev() {
        for column in row + 1..sides.len() {
            let (x, y) = sides[column];
            sides[row].0 -= matrix[row][column] * x;
            sides[row].1 -= matrix[row][column] * y;
        }
        sides[row].0 /= matrix[row][row];
        sides[row].1 /= matrix[row][row];
    }
}
