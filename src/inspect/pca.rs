//! Principal components: the directions along which points spread most, and how far.
//!
//! With C = Xᵀ X / n of the centred points X `[n, len]` the directions are the eigenvectors of C with the largest
//! eigenvalues. C itself may be too large to write down, so a block V of directions is multiplied by it again and again
//! (subspace iteration with Rayleigh-Ritz, Halko et al. 2011, <https://arxiv.org/abs/0909.4061>):
//!
//! T = X V, H = Tᵀ T / n = R Λ Rᵀ, V <- orthonormal basis of Xᵀ T R
//!
//! until the eigenvalues Λ converge. All in f64 and in a fixed order, so the result is the same everywhere; in slices of a
//! few rows of X, so progress can be shown and the work cancelled.
//!
//! Not a crate: in WebAssembly, compressed, all of it has 9 KB; only the orthonormal basis and the eigenvectors of H have
//! 10 KB by nalgebra and 66 KB by faer, whose decompositions of X itself can be neither sliced nor cancelled.

use crate::par;
use crate::rng::{Purpose, Rng};

/// Most directions returned, and additional ones, which speed up the convergence of the last.
const MOST_DIRECTIONS: usize = 32;
const ADDITIONAL: usize = 8;
/// Change of the eigenvalues, relative to the largest, below which they have converged.
const CONVERGED: f64 = 1e-10;
const MOST_ROUNDS: usize = 80;
/// A deviation below this share of the largest is rounding noise.
const FLAT: f64 = 1e-6;

#[derive(Clone, Debug, PartialEq)]
pub struct Pca {
    pub mean: Vec<f32>,
    /// Orthonormal, the widest spread first; the largest component of each is positive.
    pub directions: Vec<Vec<f32>>,
    /// Standard deviation of the points along each.
    pub deviations: Vec<f32>,
    /// Variance of the points in all directions.
    pub variance: f64,
}

impl Pca {
    /// Coordinate number `direction` of a point.
    pub fn position(&self, direction: usize, point: &[f32]) -> f32 {
        let centred = point.iter().zip(&self.mean).map(|(x, mean)| f64::from(x - mean));
        centred.zip(&self.directions[direction]).map(|(x, &d)| x * f64::from(d)).sum::<f64>() as f32
    }

    /// Moves a point by `amount` along a direction.
    pub fn shift(&self, direction: usize, amount: f32, point: &mut [f32]) {
        point.iter_mut().zip(&self.directions[direction]).for_each(|(x, d)| *x += amount * d);
    }
}

/// The computation, slice by slice.
#[derive(Clone, Debug)]
pub struct Solver {
    len: usize,
    rows: usize,
    mean: Vec<f64>,
    variance: f64,
    /// V, one direction after the other `[k, len]`.
    v: Vec<f64>,
    /// Xᵀ T of the rows so far `[k, len]`.
    y: Vec<f64>,
    /// Tᵀ T of the rows so far `[k, k]`.
    h: Vec<f64>,
    row: usize,
    round: usize,
    eigenvalues: Vec<f64>,
    result: Option<Pca>,
}

impl Solver {
    /// For `points` of `len` numbers each.
    pub fn new(points: &[f32], len: usize) -> Self {
        let rows = points.len() / len;
        let mut mean = vec![0.0f64; len];
        for point in points.chunks_exact(len) {
            mean.iter_mut().zip(point).for_each(|(sum, &x)| *sum += f64::from(x));
        }
        mean.iter_mut().for_each(|sum| *sum /= rows.max(1) as f64);
        let mut variance = 0.0;
        for point in points.chunks_exact(len) {
            variance += point.iter().zip(&mean).map(|(&x, mean)| (f64::from(x) - mean).powi(2)).sum::<f64>();
        }
        variance /= rows.max(1) as f64;
        let k = (MOST_DIRECTIONS + ADDITIONAL).min(len).min(rows.saturating_sub(1));
        let mut rng = Rng::new(1, Purpose::Sample, 0);
        let mut v: Vec<f64> = (0..k * len).map(|_| f64::from(rng.normal())).collect();
        orthonormalise(&mut v, len);
        let (y, h) = (vec![0.0; k * len], vec![0.0; k * k]);
        Self { len, rows, mean, variance, v, y, h, row: 0, round: 0, eigenvalues: vec![0.0; k], result: None }
    }

    /// Share of the work done, an estimate: most need fewer rounds than allowed.
    pub fn progress(&self) -> f64 {
        let round = (self.round as f64 + self.row as f64 / self.rows.max(1) as f64) / 30.0;
        if self.result.is_some() { 1.0 } else { round.min(0.99) }
    }

    /// Works on some more rows of the same points; returns true when done.
    pub fn advance(&mut self, points: &[f32], rows: usize) -> bool {
        if self.result.is_some() {
            return true;
        }
        let k = self.eigenvalues.len();
        let (len, mean) = (self.len, &self.mean);
        let end = (self.row + rows).min(self.rows);
        let part = points[self.row * len..end * len].chunks_exact(len);
        let centred: Vec<f64> = part.flat_map(|x| x.iter().zip(mean).map(|(&x, m)| f64::from(x) - m)).collect();
        // Each direction separately, so the result does not depend on the threads.
        let v = &self.v;
        let mut work: Vec<_> = self.y.chunks_exact_mut(len).map(|y| (y, Vec::new())).collect();
        par::each(&mut work, |j, (y, t)| {
            let v = &v[j * len..][..len];
            for x in centred.chunks_exact(len) {
                let dot = dot(v, x);
                t.push(dot);
                y.iter_mut().zip(x).for_each(|(y, x)| *y += dot * x);
            }
        });
        let t: Vec<Vec<f64>> = work.into_iter().map(|(_, t)| t).collect();
        for a in 0..k {
            for b in 0..k {
                self.h[a * k + b] += dot(&t[a], &t[b]);
            }
        }
        self.row = end;
        if self.row == self.rows {
            self.end_round();
        }
        self.result.is_some()
    }

    /// The result, when it is done.
    pub fn finish(self) -> Option<Pca> {
        self.result
    }

    fn end_round(&mut self) {
        let (k, len) = (self.eigenvalues.len(), self.len);
        self.h.iter_mut().for_each(|h| *h /= self.rows.max(1) as f64);
        let (eigenvalues, rotation) = symmetric_eigen(&self.h, k);
        let largest = eigenvalues.first().copied().unwrap_or(0.0);
        let count = k.min(MOST_DIRECTIONS);
        let moved = eigenvalues[..count].iter().zip(&self.eigenvalues).map(|(new, old)| (new - old).abs());
        let converged = moved.fold(0.0, f64::max) <= CONVERGED * largest;
        self.eigenvalues = eigenvalues;
        self.round += 1;
        if 1 < self.round && converged || self.round == MOST_ROUNDS {
            self.result = Some(self.components(&rotate(&self.v, &rotation, len), count));
            return;
        }
        self.v = rotate(&self.y, &rotation, len);
        orthonormalise(&mut self.v, len);
        self.y.fill(0.0);
        self.h.fill(0.0);
        self.row = 0;
    }

    fn components(&self, v: &[f64], most: usize) -> Pca {
        let largest = self.eigenvalues.first().copied().unwrap_or(0.0);
        let wide = |&&value: &&f64| FLAT * FLAT * largest < value;
        let deviations: Vec<f32> =
            self.eigenvalues[..most].iter().take_while(wide).map(|value| value.sqrt() as f32).collect();
        let directions = v.chunks_exact(self.len.max(1)).take(deviations.len()).map(|v| {
            let peak = v.iter().fold(0.0f64, |peak, x| if peak.abs() < x.abs() { *x } else { peak });
            v.iter().map(|x| (x * peak.signum()) as f32).collect()
        });
        Pca {
            directions: directions.collect(),
            deviations,
            mean: self.mean.iter().map(|&x| x as f32).collect(),
            variance: self.variance,
        }
    }
}

/// The dot product in four partial sums, which the compiler turns into SIMD.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let ((a_fours, a_rest), (b_fours, b_rest)) = (a.as_chunks::<4>(), b.as_chunks::<4>());
    let mut sums = [0.0; 4];
    for (a, b) in a_fours.iter().zip(b_fours) {
        for lane in 0..4 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    sums.iter().sum::<f64>() + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f64>()
}

/// Combines the rows of `v` `[k, len]`: new row j = sum over i of rotation[i, j] row i.
fn rotate(v: &[f64], rotation: &[f64], len: usize) -> Vec<f64> {
    let k = v.len() / len.max(1);
    let mut rotated = vec![0.0; v.len()];
    for (j, row) in rotated.chunks_exact_mut(len.max(1)).enumerate() {
        for (i, v) in v.chunks_exact(len).enumerate() {
            let r = rotation[i * k + j];
            row.iter_mut().zip(v).for_each(|(row, v)| *row += r * v);
        }
    }
    rotated
}

/// Gram-Schmidt, twice for each row against rounding. A row that depends linearly on those before it becomes zero.
pub(super) fn orthonormalise(v: &mut [f64], len: usize) {
    for at in 0..v.len() / len.max(1) {
        let (before, rest) = v.split_at_mut(at * len);
        let row = &mut rest[..len];
        let length = dot(row, row).sqrt();
        for _ in 0..2 {
            for other in before.chunks_exact(len) {
                let along = dot(other, row);
                row.iter_mut().zip(other).for_each(|(x, other)| *x -= along * other);
            }
        }
        let left = dot(row, row).sqrt();
        let scale = if left <= 1e-12 * length { 0.0 } else { 1.0 / left };
        row.iter_mut().for_each(|x| *x *= scale);
    }
}

/// Eigenvalues of a symmetric matrix `[k, k]`, the largest first, and the eigenvectors as columns: Jacobi's rotations.
pub(super) fn symmetric_eigen(h: &[f64], k: usize) -> (Vec<f64>, Vec<f64>) {
    let (mut a, mut r) = (h.to_vec(), vec![0.0; k * k]);
    (0..k).for_each(|i| r[i * k + i] = 1.0);
    for _sweep in 0..60 {
        let off_diagonal: f64 = (0..k * k).filter(|at| at / k != at % k).map(|at| a[at] * a[at]).sum();
        let all: f64 = a.iter().map(|x| x * x).sum();
        if off_diagonal <= 1e-30 * all {
            break;
        }
        for p in 0..k {
            for q in p + 1..k {
                if a[p * k + q] == 0.0 {
                    continue;
                }
                let theta = (a[q * k + q] - a[p * k + p]) / (2.0 * a[p * k + q]);
                let t = theta.signum() / (theta.abs() + (theta * theta + 1.0).sqrt());
                let t = if theta == 0.0 { 1.0 } else { t };
                let c = 1.0 / (t * t + 1.0).sqrt();
                let s = t * c;
                for i in 0..k {
                    let (x, y) = (a[i * k + p], a[i * k + q]);
                    (a[i * k + p], a[i * k + q]) = (c * x - s * y, s * x + c * y);
                }
                for i in 0..k {
                    let (x, y) = (a[p * k + i], a[q * k + i]);
                    (a[p * k + i], a[q * k + i]) = (c * x - s * y, s * x + c * y);
                    let (x, y) = (r[i * k + p], r[i * k + q]);
                    (r[i * k + p], r[i * k + q]) = (c * x - s * y, s * x + c * y);
                }
            }
        }
    }
    let mut order: Vec<usize> = (0..k).collect();
    order.sort_by(|&x, &y| a[y * k + y].total_cmp(&a[x * k + x]));
    let values = order.iter().map(|&i| a[i * k + i].max(0.0)).collect();
    let vectors = (0..k * k).map(|at| r[at / k * k + order[at % k]]).collect();
    (values, vectors)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn solve(points: &[f32], len: usize, rows: usize) -> Pca {
        let mut solver = Solver::new(points, len);
        while !solver.advance(points, rows) {}
        solver.finish().unwrap()
    }

    /// Points with known spreads along known directions: a rotation in each pair of axes.
    fn cloud(rows: usize, deviations: &[f32]) -> Vec<f32> {
        let mut rng = Rng::new(5, Purpose::Test, 0);
        let len = deviations.len();
        let mut points = Vec::new();
        for _ in 0..rows {
            let mut x: Vec<f32> = deviations.iter().map(|deviation| deviation * rng.normal()).collect();
            for at in 0..len / 2 {
                let (a, b) = (x[at], x[len - 1 - at]);
                (x[at], x[len - 1 - at]) = (0.8 * a - 0.6 * b + 3.0, 0.6 * a + 0.8 * b);
            }
            points.extend(x);
        }
        points
    }

    #[test]
    fn directions_are_eigenvectors_of_the_covariance_with_their_variances() {
        let deviations: Vec<f32> = (0..60).map(|n| 4.0 * 0.93f32.powi(n)).collect();
        let (rows, len) = (400, deviations.len());
        let points = cloud(rows, &deviations);
        let pca = solve(&points, len, 64);
        assert_eq!(pca.directions.len(), MOST_DIRECTIONS);
        let mut covariance = vec![0.0f64; len * len];
        for point in points.chunks_exact(len) {
            let x: Vec<f64> = point.iter().zip(&pca.mean).map(|(x, m)| f64::from(x - m)).collect();
            (0..len * len).for_each(|at| covariance[at] += x[at / len] * x[at % len] / rows as f64);
        }
        let trace: f64 = (0..len).map(|i| covariance[i * len + i]).sum();
        assert!((pca.variance - trace).abs() < 1e-4 * trace);
        for (number, (d, &deviation)) in pca.directions.iter().zip(&pca.deviations).enumerate() {
            let value = f64::from(deviation).powi(2);
            for i in 0..len {
                let cd: f64 = (0..len).map(|j| covariance[i * len + j] * f64::from(d[j])).sum();
                let apart = (cd - value * f64::from(d[i])).abs();
                assert!(apart < 2e-4 * f64::from(pca.deviations[0]).powi(2), "direction {number}: {apart}");
            }
            for (other, e) in pca.directions.iter().enumerate() {
                let product: f32 = d.iter().zip(e).map(|(a, b)| a * b).sum();
                assert!((product - if other == number { 1.0 } else { 0.0 }).abs() < 1e-5);
            }
        }
        assert!(pca.deviations.is_sorted_by(|a, b| b <= a));
    }

    #[test]
    fn slices_and_threads_change_nothing_but_rounding_between_slices() {
        let points = cloud(100, &[3.0, 2.0, 1.0, 0.5, 0.1, 0.1]);
        let one = solve(&points, 6, 10);
        assert!(par::with_threads(3, || solve(&points, 6, 10)) == one);
        let other = solve(&points, 6, 1000);
        for (a, b) in one.directions.iter().flatten().zip(other.directions.iter().flatten()) {
            assert!((a - b).abs() < 1e-4, "{a} {b}");
        }
    }

    #[test]
    fn points_in_a_plane_have_two_directions_and_equal_points_none() {
        let flat: Vec<f32> = (0..50).flat_map(|n| [n as f32, 2.0, -(n * n % 17) as f32, n as f32]).collect();
        assert_eq!(solve(&flat, 4, 7).directions.len(), 2);
        assert_eq!(solve(&[1.0; 40], 4, 3).directions.len(), 0);
        assert_eq!(solve(&[1.0, 2.0], 2, 3).directions.len(), 0);
        assert_eq!(solve(&[], 2, 3).directions.len(), 0);
    }

    #[test]
    fn a_shift_moves_a_point_along_its_direction_alone() {
        let points = cloud(80, &[3.0, 2.0, 1.0, 0.5]);
        let pca = solve(&points, 4, 100);
        let mut point = points[..4].to_vec();
        let before: Vec<f32> = (0..4).map(|number| pca.position(number, &point)).collect();
        pca.shift(1, 2.5, &mut point);
        for (number, before) in before.into_iter().enumerate() {
            let expected = before + if number == 1 { 2.5 } else { 0.0 };
            assert!((pca.position(number, &point) - expected).abs() < 1e-4);
        }
    }
}
