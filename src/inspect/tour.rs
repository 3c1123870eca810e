//! The grand tour: points X `[n, p]` seen in a plane that moves through all of their space (Asimov 1985).
//!
//! The plane is an orthonormal pair of columns F `[p, 2]`, the picture X F. It goes from one random plane to the next along
//! a geodesic (Buja et al. 2005): with the singular values F_a^T F_z = V_a cos(τ) V_z^T and the planes turned to G = F V,
//!
//! F(t) = (G_a cos(τ t) + G_* sin(τ t)) V_a^T
//!
//! where G_* is G_z without its part along G_a, made orthonormal. A row of F is where the axis of one of the p numbers points in
//! the picture; a row that is set by hand makes F orthonormal again by Gram and Schmidt, and the tour goes on from there.

use crate::kernels::elementwise::{self, Loop};
use crate::par;
use crate::rng::{Purpose, Rng};

/// Most numbers of a point.
pub const MOST_AXES: usize = 64;
/// Points that are one item of work.
const POINTS: usize = 4096;

/// Two columns `[p]`.
type PlaneBasis = [Vec<f64>; 2];

/// A plane on its way.
#[derive(Clone, Debug, PartialEq)]
pub struct Tour {
    seed: u64,
    /// Planes that have been set out for.
    planes: u64,
    basis: PlaneBasis,
    path: Option<Geodesic>,
}

#[derive(Clone, Debug, PartialEq)]
struct Geodesic {
    from: PlaneBasis,
    across: PlaneBasis,
    angles: [f64; 2],
    turn: [[f64; 2]; 2],
    /// Angle that has been covered.
    covered: f64,
}

impl Tour {
    /// Begins at the plane of the first two numbers of `p`.
    pub fn new(p: usize, seed: u64) -> Self {
        let axis = |number: usize| (0..p).map(|at| f64::from(u8::from(at == number))).collect();
        Self { seed, planes: 0, basis: [axis(0), axis(1)], path: None }
    }

    /// The direction of each of the numbers' axes `[p]`; their lengths are at most 1.
    pub fn axes(&self) -> Vec<[f32; 2]> {
        self.basis[0].iter().zip(&self.basis[1]).map(|(&x, &y)| [x as f32, y as f32]).collect()
    }

    /// Goes on by this angle, in radians, through as many planes as it takes.
    pub fn advance(&mut self, angle: f64) {
        let mut left = angle.clamp(0.0, 10.0);
        if self.basis[0].len() < 3 {
            return; // there is one plane alone
        }
        for _ in 0..100 {
            let path = match &mut self.path {
                Some(path) => path,
                None => {
                    self.planes += 1;
                    let to = random_plane(self.basis[0].len(), self.seed, self.planes);
                    self.path.insert(Geodesic::new(&self.basis, &to))
                }
            };
            let whole = path.angles[0].max(path.angles[1]);
            let step = left.min((whole - path.covered).max(0.0));
            path.covered += step;
            left -= step;
            self.basis = path.at(if 0.0 < whole { path.covered / whole } else { 1.0 });
            if whole <= path.covered {
                self.path = None;
            }
            if left <= 0.0 {
                break;
            }
        }
        orthonormalise_pair(&mut self.basis, None);
    }

    /// Lets an axis point somewhere, at most 1 away from the middle.
    pub fn set_axis(&mut self, number: usize, [x, y]: [f32; 2]) {
        if self.basis[0].len() <= number || self.basis[0].len() < 3 || !x.is_finite() || !y.is_finite() {
            return;
        }
        let length = f64::from(x).hypot(f64::from(y)).max(1.0);
        let wanted = [f64::from(x) / length, f64::from(y) / length];
        (self.basis[0][number], self.basis[1][number]) = (wanted[0], wanted[1]);
        orthonormalise_pair(&mut self.basis, Some((number, wanted)));
        self.path = None;
    }

    /// The picture of points `[n, p]`.
    pub fn project(&self, points: &[f32], picture: &mut [[f32; 2]]) {
        let axes = self.axes();
        let p = axes.len();
        let mut work: Vec<_> = picture.chunks_mut(POINTS).zip(points.chunks(POINTS * p)).collect();
        par::each(&mut work, |_, (picture, points)| elementwise::best(ProjectAll { points, axes: &axes, picture }));
    }
}

struct ProjectAll<'a> {
    points: &'a [f32],
    axes: &'a [[f32; 2]],
    picture: &'a mut [[f32; 2]],
}

impl Loop for ProjectAll<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        for (place, point) in self.picture.iter_mut().zip(self.points.chunks_exact(self.axes.len())) {
            let mut sums = [0.0f32; 2];
            for (x, axis) in point.iter().zip(self.axes) {
                sums = [sums[0] + x * axis[0], sums[1] + x * axis[1]];
            }
            *place = sums;
        }
    }
}

fn random_plane(p: usize, seed: u64, number: u64) -> PlaneBasis {
    let mut rng = Rng::new(seed, Purpose::Sample, number);
    let mut basis = [0, 1].map(|_| (0..p).map(|_| f64::from(rng.normal())).collect());
    orthonormalise_pair(&mut basis, None);
    basis
}

fn inner(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

fn add(to: &mut [f64], factor: f64, from: &[f64]) {
    to.iter_mut().zip(from).for_each(|(to, from)| *to += factor * from);
}

/// Gram and Schmidt. With a fixed row the other rows alone are changed, so that the axis stays under the hand.
fn orthonormalise_pair([first, second]: &mut PlaneBasis, fixed: Option<(usize, [f64; 2])>) {
    let p = first.len();
    match fixed {
        None => {
            unit(first, 0);
            for _ in 0..2 {
                let along = inner(first, second);
                add(second, -along, first);
            }
            unit(second, 1 % p.max(1));
        }
        Some((row, wanted)) => {
            // The rest R of F has to satisfy R^T R = I - w w^T for the fixed row w.
            (first[row], second[row]) = (0.0, 0.0);
            let [x, y] = wanted;
            unit(first, (row + 1) % p);
            for _ in 0..2 {
                let along = inner(first, second);
                add(second, -along, first);
            }
            unit(second, (row + 2) % p);
            // A square root of I - w w^T: I - (1 - sqrt(1 - |w|²)) w w^T / |w|².
            let square = x * x + y * y;
            let shrink = if square < 1e-12 { 0.5 } else { (1.0 - (1.0 - square).max(0.0).sqrt()) / square };
            let (xx, xy, yy) = (1.0 - shrink * x * x, -shrink * x * y, 1.0 - shrink * y * y);
            for (a, b) in first.iter_mut().zip(second.iter_mut()) {
                (*a, *b) = (*a * xx + *b * xy, *a * xy + *b * yy);
            }
            (first[row], second[row]) = (x, y);
        }
    }
}

/// Scales to length 1; a vector of no length becomes an axis.
fn unit(vector: &mut [f64], axis: usize) {
    let length = inner(vector, vector).sqrt();
    if length < 1e-9 {
        vector.fill(0.0);
        vector[axis] = 1.0;
    } else {
        vector.iter_mut().for_each(|x| *x /= length);
    }
}

impl Geodesic {
    fn new(from: &PlaneBasis, to: &PlaneBasis) -> Self {
        let m = [0, 1].map(|i| [0, 1].map(|j| inner(&from[i], &to[j])));
        let (u, cosines, v) = singular_values(m);
        let turned = |basis: &PlaneBasis, turn: [[f64; 2]; 2]| {
            [0, 1].map(|j| {
                let mut column = vec![0.0; basis[0].len()];
                (0..2).for_each(|i| add(&mut column, turn[i][j], &basis[i]));
                column
            })
        };
        let start = turned(from, u);
        let mut across = turned(to, v);
        for column in &mut across {
            for _ in 0..2 {
                for other in &start {
                    let along = inner(other, column);
                    add(column, -along, other);
                }
            }
        }
        let angles = cosines.map(|cosine| cosine.clamp(-1.0, 1.0).acos());
        for (column, angle) in across.iter_mut().zip(angles) {
            let length = inner(column, column).sqrt();
            let scale = if length < 1e-9 || angle < 1e-9 { 0.0 } else { 1.0 / length };
            column.iter_mut().for_each(|x| *x *= scale);
        }
        Self { from: start, across, angles, turn: u, covered: 0.0 }
    }

    /// The plane after this share of the way.
    fn at(&self, share: f64) -> PlaneBasis {
        let moved = [0, 1].map(|j| {
            let (sine, cosine) = (self.angles[j] * share).sin_cos();
            let pairs = self.from[j].iter().zip(&self.across[j]);
            pairs.map(|(from, across)| cosine * from + sine * across).collect::<Vec<f64>>()
        });
        [0, 1].map(|i| {
            let mut column = vec![0.0; moved[0].len()];
            (0..2).for_each(|j| add(&mut column, self.turn[i][j], &moved[j]));
            column
        })
    }
}

/// M = U diag(s) V^T with s at least 0, for 2 x 2 matrices as rows: Jacobi's rotation of M^T M.
fn singular_values(m: [[f64; 2]; 2]) -> ([[f64; 2]; 2], [f64; 2], [[f64; 2]; 2]) {
    let product = |a: usize, b: usize| m[0][a] * m[0][b] + m[1][a] * m[1][b];
    let angle = 0.5 * (2.0 * product(0, 1)).atan2(product(0, 0) - product(1, 1));
    let (sine, cosine) = angle.sin_cos();
    let v = [[cosine, -sine], [sine, cosine]];
    let columns = [0, 1].map(|j| [0, 1].map(|i| m[i][0] * v[0][j] + m[i][1] * v[1][j]));
    let lengths = columns.map(|column: [f64; 2]| column[0].hypot(column[1]));
    let mut u = [[0.0; 2]; 2];
    let first = if lengths[0] < 1e-12 { [1.0, 0.0] } else { columns[0].map(|x| x / lengths[0]) };
    let second = if lengths[1] < 1e-12 { [-first[1], first[0]] } else { columns[1].map(|x| x / lengths[1]) };
    for i in [0, 1] {
        u[i] = [first[i], second[i]];
    }
    (u, lengths, v)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_orthonormal(basis: &PlaneBasis) {
        for (i, j, expected) in [(0, 0, 1.0), (1, 1, 1.0), (0, 1, 0.0)] {
            let product = inner(&basis[i], &basis[j]);
            assert!((product - expected).abs() < 1e-9, "{i} {j}: {product}");
        }
    }

    #[test]
    fn the_plane_stays_orthonormal_moves_by_the_angle_and_reaches_random_planes() {
        for p in [3, 4, 10, 64] {
            let mut tour = Tour::new(p, 5);
            let mut reached = false;
            for _ in 0..400 {
                let before = tour.clone();
                tour.advance(0.02);
                check_orthonormal(&tour.basis);
                // No column of the new plane leaves the old one by more than the angle.
                for column in &tour.basis {
                    let along = (0..2).map(|i| inner(&before.basis[i], column).powi(2)).sum::<f64>().min(1.0);
                    assert!(along.sqrt().acos() < 0.0201, "{p}");
                }
                reached |= tour.planes == 3;
            }
            assert!(reached, "{p} axes: {} planes", tour.planes);
            let mut again = Tour::new(p, 5);
            (0..400).for_each(|_| again.advance(0.02));
            assert!(again == tour && Tour::new(p, 6) != again);
        }
    }

    #[test]
    fn an_axis_stays_where_it_is_put_and_the_plane_is_orthonormal_again() {
        let mut tour = Tour::new(7, 1);
        tour.advance(0.7);
        for (number, [x, y], expected) in
            [(3, [0.4, -0.5], [0.4, -0.5]), (0, [0.0, 0.0], [0.0, 0.0]), (6, [3.0, 4.0], [0.6, 0.8])]
        {
            tour.set_axis(number, [x, y]);
            check_orthonormal(&tour.basis);
            let axis = tour.axes()[number];
            assert!((axis[0] - expected[0]).abs() < 1e-6 && (axis[1] - expected[1]).abs() < 1e-6, "{axis:?}");
        }
        let before = tour.clone();
        tour.set_axis(99, [0.1, 0.1]);
        tour.set_axis(1, [f32::NAN, 0.1]);
        assert!(tour == before);
        let mut flat = Tour::new(2, 1);
        flat.advance(1.0);
        assert_eq!(flat.axes(), [[1.0, 0.0], [0.0, 1.0]], "in two dimensions there is one plane");
    }

    #[test]
    fn the_picture_is_the_product() {
        let mut tour = Tour::new(3, 2);
        tour.advance(0.5);
        let points: Vec<f32> = (0..9000 * 3).map(|n| (n % 17) as f32 - 8.0).collect();
        let mut picture = vec![[0.0; 2]; 9000];
        tour.project(&points, &mut picture);
        let axes = tour.axes();
        for (point, place) in points.chunks_exact(3).zip(&picture) {
            for side in [0, 1] {
                let expected: f32 = point.iter().zip(&axes).map(|(x, axis)| x * axis[side]).sum();
                assert!((place[side] - expected).abs() < 1e-4);
            }
        }
    }
}
