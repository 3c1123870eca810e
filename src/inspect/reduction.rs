//! Many points of many numbers, reduced to their first principal components, without holding them in memory.
//!
//! The points X `[n, len]`, minus their mean, come by in tiles, a few times over. With the directions V `[k, len]` each of the
//! first passes replaces V by an orthonormal basis of X^T X V (subspace iteration, Halko et al. 2011,
//! <https://arxiv.org/abs/0909.4061>); the last keeps T = X V^T `[n, k]` and turns it to the eigenvectors of T^T T. Points of no
//! more than k numbers need the last pass alone, with V the identity.
//!
//! The products are in f32 on the kernels of the layers, in a fixed order. [`super::Pca`] is for directions that people see
//! and move along: in f64 and until they have converged.

use std::ops::Range;

use super::neighbours::centred;
use super::pca::{orthonormalise, symmetric_eigen};
use crate::error::{Error, Result};
use crate::kernels::gemm::{self, Into};
use crate::rng::{Purpose, Rng};

/// Directions beyond the wanted ones, which speed up the convergence of the last.
const ADDITIONAL: usize = 14;
/// Passes that improve the directions.
const PASSES: usize = 3;
/// Numbers in a tile, about, and most points.
const TILE: usize = 1 << 20;
const MOST_ROWS: usize = 1024;

/// The reduction, tile by tile.
#[derive(Clone, Debug)]
pub struct Reduction {
    n: usize,
    len: usize,
    wanted: usize,
    /// Directions `[k, len]`; `None` for the identity.
    v: Option<Vec<f32>>,
    /// X^T X V of the tiles so far.
    next: Vec<f32>,
    /// A first guess of the mean, from the first tile, and the sum of what is left of it.
    middle: Vec<f32>,
    sum: Vec<f64>,
    t: Vec<f32>,
    pass: usize,
    row: usize,
    /// Whether the points are turned to their principal components.
    turns: bool,
}

/// Points by their principal components.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ReducedPoints {
    /// Numbers of each.
    pub len: usize,
    /// `[n, len]`, the widest spread first; their mean is 0.
    pub values: Vec<f32>,
}

impl ReducedPoints {
    /// The points in the plane of their first two components.
    pub fn plane(&self) -> Vec<[f32; 2]> {
        self.values.chunks_exact(self.len.max(1)).map(|x| [x[0], x.get(1).copied().unwrap_or(0.0)]).collect()
    }
}

impl Reduction {
    /// Reduces `n` points of `len` numbers to at most `wanted`.
    pub fn new(n: usize, len: usize, wanted: usize) -> Self {
        let k = wanted + ADDITIONAL;
        let v = (k < len).then(|| {
            let mut rng = Rng::new(1, Purpose::Sample, 0);
            (0..k * len).map(|_| rng.normal()).collect()
        });
        let pass = if v.is_some() { 0 } else { PASSES };
        let next = if v.is_some() { vec![0.0; k * len] } else { Vec::new() };
        Self {
            n,
            len,
            wanted,
            v,
            next,
            middle: Vec::new(),
            sum: vec![0.0; len],
            t: Vec::new(),
            pass,
            row: 0,
            turns: true,
        }
    }

    /// Takes the mean out of `n` points of `len` numbers, and leaves their axes as they are.
    pub fn of_means(n: usize, len: usize) -> Self {
        Self { v: None, pass: PASSES, turns: false, ..Self::new(n, len, len) }
    }

    /// Points that have come by, and all that will.
    pub fn progress(&self) -> (usize, usize) {
        let all = if self.v.is_some() { PASSES + 1 } else { 1 };
        (self.n * (self.pass + all - PASSES - 1) + self.row, self.n * all)
    }

    /// The numbers of the next points that it needs; `None` when it is done.
    pub fn wants(&self) -> Option<Range<usize>> {
        let rows = (TILE / self.len.max(1)).clamp(1, MOST_ROWS);
        (self.pass <= PASSES && self.row < self.n).then(|| self.row..self.n.min(self.row + rows))
    }

    /// Takes these points `[rows, len]`.
    pub fn take(&mut self, mut x: Vec<f32>) -> Result<()> {
        let (len, rows) = (self.len, x.len() / self.len.max(1));
        if !x.iter().all(|x| x.is_finite()) {
            return Err(Error::expected("map", "finite values", "infinite values or NaN"));
        }
        if self.middle.is_empty() {
            self.middle = vec![0.0; len];
            x.chunks_exact(len).for_each(|x| self.middle.iter_mut().zip(x).for_each(|(sum, x)| *sum += x));
            self.middle.iter_mut().for_each(|sum| *sum /= rows as f32);
        }
        let is_first = self.sum_is_open();
        for x in x.chunks_exact_mut(len) {
            x.iter_mut().zip(&self.middle).for_each(|(x, middle)| *x -= middle);
            if is_first {
                self.sum.iter_mut().zip(&*x).for_each(|(sum, x)| *sum += f64::from(*x));
            }
        }
        let mut room = Vec::new();
        if let Some(v) = &self.v {
            let k = v.len() / len;
            let mut t = vec![0.0; rows * k];
            gemm::nt((rows, len, k), &x, v, &vec![0.0; k], &mut t, &mut room, true);
            if self.pass < PASSES {
                gemm::tn((k, rows, len), &t, &x, &mut self.next, Into::Add, &mut room, true);
            } else {
                self.t.extend(t);
            }
        } else {
            self.t.extend(x);
        }
        self.row += rows;
        if self.row == self.n {
            self.end_pass();
        }
        Ok(())
    }

    /// Whether this is the pass that finds the mean: the first of all.
    fn sum_is_open(&self) -> bool {
        self.pass == if self.v.is_some() { 0 } else { PASSES }
    }

    fn end_pass(&mut self) {
        let (len, n) = (self.len, self.n.max(1) as f64);
        let is_first = self.sum_is_open();
        let rest: Vec<f64> = self.sum.iter().map(|sum| sum / n).collect();
        if self.pass < PASSES {
            let v = self.v.take().unwrap_or_default();
            let mut next: Vec<f64> = self.next.iter().map(|&x| f64::from(x)).collect();
            if is_first {
                // What the first guess of the mean left is taken out: X^T X V - n r (r^T V).
                for (next, v) in next.chunks_exact_mut(len).zip(v.chunks_exact(len)) {
                    let along: f64 = v.iter().zip(&rest).map(|(v, rest)| f64::from(*v) * rest).sum();
                    next.iter_mut().zip(&rest).for_each(|(next, rest)| *next -= n * along * rest);
                }
            }
            orthonormalise(&mut next, len);
            self.v = Some(next.into_iter().map(|x| x as f32).collect());
            self.next.fill(0.0);
        } else {
            self.turn();
        }
        if is_first {
            self.middle.iter_mut().zip(&rest).for_each(|(middle, rest)| *middle += *rest as f32);
        }
        self.pass += 1;
        self.row = 0;
    }

    /// Turns T to its principal components.
    fn turn(&mut self) {
        let k = self.t.len() / self.n.max(1);
        self.t = centred(&self.t, k);
        if !self.turns {
            return;
        }
        let mut room = Vec::new();
        let mut h = vec![0.0f64; k * k];
        for part in self.t.chunks(MOST_ROWS * k.max(1)) {
            let mut product = vec![0.0; k * k];
            gemm::tn((k, part.len() / k, k), part, part, &mut product, Into::Set, &mut room, true);
            h.iter_mut().zip(&product).for_each(|(h, &product)| *h += f64::from(product));
        }
        let (_, vectors) = symmetric_eigen(&h, k);
        let kept = self.wanted.min(k);
        // Rows are directions; the largest number of each is positive.
        let mut directions = vec![0.0f32; kept * k];
        for (j, direction) in directions.chunks_exact_mut(k.max(1)).enumerate() {
            direction.iter_mut().enumerate().for_each(|(i, x)| *x = vectors[i * k + j] as f32);
            let peak = direction.iter().fold(0.0f32, |peak, &x| if peak.abs() < x.abs() { x } else { peak });
            direction.iter_mut().for_each(|x| *x *= peak.signum());
        }
        let mut turned = Vec::with_capacity(self.n * kept);
        for part in self.t.chunks(MOST_ROWS * k.max(1)) {
            let mut product = vec![0.0; part.len() / k * kept];
            gemm::nt((part.len() / k, k, kept), part, &directions, &vec![0.0; kept], &mut product, &mut room, true);
            turned.extend(product);
        }
        self.t = turned;
    }

    /// The reduced points, when it is done.
    pub fn finish(self) -> ReducedPoints {
        let len = self.t.len().checked_div(self.n).unwrap_or(0);
        ReducedPoints { len, values: self.t }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::inspect::{Pca, Solver};
    use crate::par;

    fn reduce(points: &[f32], len: usize, wanted: usize) -> ReducedPoints {
        let mut reduction = Reduction::new(points.len() / len, len, wanted);
        while let Some(rows) = reduction.wants() {
            reduction.take(points[rows.start * len..rows.end * len].to_vec()).unwrap();
        }
        reduction.finish()
    }

    /// Points whose deviations fall along the numbers, far from the origin.
    fn cloud(rows: usize, len: usize) -> Vec<f32> {
        let mut rng = Rng::new(6, Purpose::Test, 0);
        let at = |n: usize, rng: &mut Rng| 5.0 + 4.0 * 0.8f32.powi((n % len) as i32) * rng.normal();
        (0..rows * len).map(|n| at(n, &mut rng)).collect()
    }

    fn exact(points: &[f32], len: usize) -> Pca {
        let mut solver = Solver::new(points, len);
        while !solver.advance(points, 100) {}
        solver.finish().unwrap()
    }

    #[test]
    fn components_are_those_of_the_exact_analysis() {
        for (rows, len, wanted) in [(3000, 40, 8), (500, 6, 50), (300, 12, 3)] {
            let points = cloud(rows, len);
            let (reduced, pca) = (reduce(&points, len, wanted), exact(&points, len));
            assert_eq!((reduced.len, reduced.values.len()), (wanted.min(len), rows * wanted.min(len)));
            for component in 0..reduced.len.min(5) {
                let deviation = pca.deviations[component];
                let pairs = points.chunks_exact(len).zip(reduced.values.chunks_exact(reduced.len));
                let (mut along, mut apart) = (0.0, 0.0f32);
                let pairs: Vec<(f32, f32)> =
                    pairs.map(|(x, reduced)| (pca.position(component, x), reduced[component])).collect();
                pairs.iter().for_each(|(a, b)| along += a * b);
                pairs.iter().for_each(|(a, b)| apart = apart.max((a - b * along.signum()).abs()));
                assert!(apart < 0.02 * deviation, "component {component} of {len}: {apart} of {deviation}");
            }
        }
    }

    #[test]
    fn threads_change_no_bit_and_values_that_are_not_finite_are_refused() {
        let points = cloud(2500, 90);
        let one = par::with_threads(1, || reduce(&points, 90, 10));
        assert!(par::with_threads(3, || reduce(&points, 90, 10)) == one);
        let error = Reduction::new(2, 2, 2).take(vec![1.0, f32::NAN, 0.0, 0.0]).unwrap_err().to_string();
        assert_eq!(error, "map: expected finite values, got infinite values or NaN");
        assert_eq!(reduce(&[1.0; 12], 3, 2).values, [0.0; 8], "equal points");
    }
}
