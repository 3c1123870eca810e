//! The repulsion of t-SNE between all pairs of points in the plane, by fast Fourier transforms:
//!
//! force_i = sum over j of (y_i - y_j) / (1 + |y_i - y_j|²)², Z = sum over i and j != i of 1 / (1 + |y_i - y_j|²)
//!
//! Both are convolutions of the points' density with a smooth kernel. Each point is spread over 4 x 4 nodes of a grid by
//! cubic B-splines; the density's transform is multiplied by the kernels' and by the inverse of the splines'; and the forces
//! are read off the grid with the same splines (as in particle-mesh methods, Essmann et al. 1995; for t-SNE with another
//! interpolation Linderman et al. 2019, <https://arxiv.org/abs/1712.09005>). Z needs no transform back: by Parseval it is a
//! sum over the transform of the density. Work grows with the number of points and the area of the map, not with pairs.
//!
//! Each row of the grid and each block of columns is computed by itself and in a fixed order, so the number of threads
//! changes no bit.

use super::fft::{ComplexColumns, Fft};
use crate::par;

/// Distance of the nodes where the map is not too wide for it. The kernels' transforms fall like exp(-|k|), so that at the
/// highest frequency of the grid, π / 0.6, less than a hundredth of them is left; the force of a pair is off by 0.012 at
/// most places, of a largest force of 0.32, and errors of many pairs cancel.
const SPACING: f32 = 0.6;
/// Nodes of the widest grid in each direction; a wider map has a coarser one.
const MOST_NODES: usize = 1024;
/// Nodes on each side beyond the points.
const EDGE: usize = 3;
/// Columns that are transformed together.
const COLUMNS: usize = 16;
/// Points that are one item of work.
const POINTS: usize = 1024;

/// Buffers of the computation, kept from one to the next.
#[derive(Clone, Debug)]
pub struct Repulsion {
    fft: Fft,
    spacing: f32,
    /// Transform of the forces' kernel, x as the real part and y as the imaginary one, and of the kernel of Z
    /// `[kx, ky]`; splines and scale are in them.
    force: Plane,
    pair: Vec<f32>,
    cells: Vec<Cell>,
    /// Cells by the row of their first node.
    rows: Vec<u32>,
    starts: Vec<usize>,
    density: Vec<f32>,
    half: Plane,
    spectrum: Plane,
}

/// Complex numbers of a plane.
#[derive(Clone, Debug, Default)]
struct Plane {
    re: Vec<f32>,
    im: Vec<f32>,
}

impl Plane {
    fn resize(&mut self, numbers: usize) {
        self.re.resize(numbers, 0.0);
        self.im.resize(numbers, 0.0);
    }
}

/// The place of a point on the grid: its first node in each direction, and the weights of four.
#[derive(Clone, Copy, Debug, Default)]
struct Cell {
    first: [u32; 2],
    weights: [[f32; 4]; 2],
}

/// Weights of the cubic B-spline at the nodes around a place, `t` in 0..1 after the second of them.
fn spline(t: f32) -> [f32; 4] {
    let s = 1.0 - t;
    let (t2, s2) = (t * t, s * s);
    [s2 * s / 6.0, (3.0 * t2 * t - 6.0 * t2 + 4.0) / 6.0, (3.0 * s2 * s - 6.0 * s2 + 4.0) / 6.0, t2 * t / 6.0]
}

impl Default for Repulsion {
    fn default() -> Self {
        Self {
            fft: Fft::new(1),
            spacing: 0.0,
            force: Plane::default(),
            pair: Vec::new(),
            cells: Vec::new(),
            rows: Vec::new(),
            starts: Vec::new(),
            density: Vec::new(),
            half: Plane::default(),
            spectrum: Plane::default(),
        }
    }
}

impl Repulsion {
    /// Computes the forces on points, and Z.
    pub fn compute(&mut self, points: &[[f32; 2]], forces: &mut [[f32; 2]]) -> f64 {
        let [low, high] = [f32::min, f32::max].map(|of: fn(f32, f32) -> f32| {
            points.iter().fold(points.first().copied().unwrap_or_default(), |all, point| {
                [of(all[0], point[0]), of(all[1], point[1])]
            })
        });
        self.lay_grid((high[0] - low[0]).max(high[1] - low[1]));
        let nodes = self.fft.numbers() / 2;
        self.place(points, [0, 1].map(|axis| (low[axis] + high[axis]) / 2.0), nodes);
        self.spread(nodes);
        let z = self.convolve(nodes);
        let (field, side) = (&self.half, nodes);
        let mut work: Vec<_> = forces.chunks_mut(POINTS).zip(self.cells.chunks(POINTS)).collect();
        par::each(&mut work, |_, (forces, cells)| {
            for (force, cell) in forces.iter_mut().zip(*cells) {
                *force = [0.0; 2];
                for (i, wx) in cell.weights[0].iter().enumerate() {
                    let place = (cell.first[0] as usize + i) * side + cell.first[1] as usize;
                    let (re, im) = (&field.re[place..place + 4], &field.im[place..place + 4]);
                    for (j, wy) in cell.weights[1].iter().enumerate() {
                        force[0] += wx * wy * re[j];
                        force[1] += wx * wy * im[j];
                    }
                }
            }
        });
        z - points.len() as f64
    }

    /// Makes the kernels of a grid for points over this range, if it is another one than before.
    fn lay_grid(&mut self, range: f32) {
        let mut spacing = SPACING;
        let nodes = |spacing: f32| (range / spacing).ceil() as usize + 1 + 2 * EDGE;
        while MOST_NODES < 2 * nodes(spacing) && spacing < f32::MAX / 2.0 {
            spacing *= 2.0;
        }
        let len = Fft::fitting(2 * nodes(spacing));
        // A map that shrinks a little keeps its grid.
        if spacing == self.spacing && len <= self.fft.numbers() && self.fft.numbers() <= 2 * len {
            return;
        }
        (self.fft, self.spacing) = (Fft::new(len), spacing);
        let offset = |at: usize| if at < len / 2 { at as f32 } else { at as f32 - len as f32 } * spacing;
        // 1 / len² for the transforms back; the splines' own transform is divided out in both directions.
        let through = |at: usize| {
            let angle = std::f64::consts::PI * at.min(len - at) as f64 / len as f64;
            let sinc = if at == 0 { 1.0 } else { angle.sin() / angle };
            (1.0 / (sinc.powi(8) * len as f64)) as f32
        };
        let through: Vec<f32> = (0..len).map(through).collect();
        let kernel = |of: &dyn Fn(f32, f32) -> (f32, f32)| {
            let mut plane = Plane::default();
            plane.resize(len * len);
            for (x, y) in (0..len).flat_map(|x| (0..len).map(move |y| (x, y))) {
                // The places half way round belong to both sides; no pair of points is so far apart.
                if x != len / 2 && y != len / 2 {
                    (plane.re[x * len + y], plane.im[x * len + y]) = of(offset(x), offset(y));
                }
            }
            let (mut once, mut twice) = (Plane::default(), Plane::default());
            self.columns(&plane, (len, len), len, &mut once, |_, columns, width, fft| {
                fft.transform(columns, width);
                0.0
            });
            self.columns(&once, (len, len), len, &mut twice, |_, columns, width, fft| {
                fft.transform(columns, width);
                0.0
            });
            for (x, y) in (0..len).flat_map(|x| (0..len).map(move |y| (x, y))) {
                twice.re[x * len + y] *= through[x] * through[y];
                twice.im[x * len + y] *= through[x] * through[y];
            }
            twice
        };
        let square = |x: f32, y: f32| 1.0 + x * x + y * y;
        let force = kernel(&|x, y| (x / square(x, y).powi(2), y / square(x, y).powi(2)));
        let pair = kernel(&|x, y| (1.0 / square(x, y), 0.0)).re;
        (self.force, self.pair) = (force, pair);
    }

    /// Finds the cells of the points, and sorts them by the row of the first node in y.
    fn place(&mut self, points: &[[f32; 2]], middle: [f32; 2], nodes: usize) {
        let spacing = self.spacing;
        self.cells.resize(points.len(), Cell::default());
        let mut work: Vec<_> = self.cells.chunks_mut(POINTS).zip(points.chunks(POINTS)).collect();
        par::each(&mut work, |_, (cells, points)| {
            for (cell, point) in cells.iter_mut().zip(*points) {
                for axis in [0, 1] {
                    let place = (point[axis] - middle[axis]) / spacing + (nodes - 1) as f32 / 2.0;
                    // A map whose steps are too long may lose its points.
                    let node = if place.is_nan() { 1.0 } else { place.floor().clamp(1.0, (nodes - 3) as f32) };
                    cell.first[axis] = node as u32 - 1;
                    cell.weights[axis] = spline(place - node);
                }
            }
        });
        self.starts.clear();
        self.starts.resize(nodes + 1, 0);
        self.cells.iter().for_each(|cell| self.starts[cell.first[1] as usize + 1] += 1);
        (0..nodes).for_each(|row| self.starts[row + 1] += self.starts[row]);
        self.rows.resize(points.len(), 0);
        let mut next = self.starts.clone();
        for (number, cell) in (0u32..).zip(&self.cells) {
            let next = &mut next[cell.first[1] as usize];
            self.rows[*next] = number;
            *next += 1;
        }
    }

    /// The density of the points on the nodes `[y, x]`.
    fn spread(&mut self, nodes: usize) {
        let Self { density, cells, rows, starts, .. } = self;
        density.resize(nodes * nodes, 0.0);
        let mut work: Vec<&mut [f32]> = density.chunks_exact_mut(nodes).collect();
        par::each(&mut work, |y, row| {
            row.fill(0.0);
            for (up, first) in (0..4).filter_map(|up| Some((up, y.checked_sub(up)?))) {
                for &number in &rows[starts[first]..starts[first + 1]] {
                    let cell = &cells[number as usize];
                    let (weight, left) = (cell.weights[1][up], cell.first[0] as usize);
                    row[left..left + 4].iter_mut().zip(&cell.weights[0]).for_each(|(x, w)| *x += weight * w);
                }
            }
        });
    }

    /// Turns the density into the field of forces `[x, y]` in `half`, and returns Z with the points' own part.
    fn convolve(&mut self, nodes: usize) -> f64 {
        let len = self.fft.numbers();
        let density = Plane { re: std::mem::take(&mut self.density), im: Vec::new() };
        let (mut half, mut spectrum) = (std::mem::take(&mut self.half), std::mem::take(&mut self.spectrum));
        // [y, x] -> [x, ky] -> [ky, x] -> [x, y]
        self.columns(&density, (nodes, nodes), len, &mut half, |_, columns, width, fft| {
            fft.transform(columns, width);
            0.0
        });
        let z = self.columns(&half, (nodes, len), nodes, &mut spectrum, |first, columns, width, fft| {
            fft.transform(columns, width);
            let mut z = 0.0;
            for (row, kx) in (0..len).map(|kx| (kx * width..(kx + 1) * width, kx * len + first)) {
                let (re, im) = (&mut columns.re[row.clone()], &mut columns.im[row]);
                let (force_re, force_im) = (&self.force.re[kx..kx + width], &self.force.im[kx..kx + width]);
                let pair = &self.pair[kx..kx + width];
                let mut sum = 0.0;
                for (i, pair) in pair.iter().enumerate() {
                    let (x, y) = (re[i], im[i]);
                    sum += pair * (x * x + y * y);
                    (re[i], im[i]) = (x * force_re[i] - y * force_im[i], x * force_im[i] + y * force_re[i]);
                }
                z += f64::from(sum);
            }
            fft.transform_back(columns, width);
            z
        });
        self.columns(&spectrum, (len, nodes), nodes, &mut half, |_, columns, width, fft| {
            fft.transform_back(columns, width);
            0.0
        });
        (self.density, self.half, self.spectrum) = (density.re, half, spectrum);
        z
    }

    /// Works on all columns of a plane `[rows, columns]`, filled up with zeros below, some columns at a time, and writes
    /// the first `kept` rows of what they became as the columns of another plane `[columns, kept]`. Returns the sum of
    /// what the work returns; it gets the first column, the columns and their number.
    fn columns(
        &self,
        from: &Plane,
        (rows, columns): (usize, usize),
        kept: usize,
        to: &mut Plane,
        work: impl Fn(usize, &mut ComplexColumns, usize, &Fft) -> f64 + Sync + Send,
    ) -> f64 {
        let (fft, len) = (&self.fft, self.fft.numbers());
        to.re.resize(columns * kept, 0.0);
        to.im.resize(columns * kept, 0.0);
        let parts = to.re.chunks_mut(COLUMNS * kept).zip(to.im.chunks_mut(COLUMNS * kept));
        let mut items: Vec<_> = parts.map(|part| (part, 0.0)).collect();
        par::each(&mut items, |number, ((re, im), sum)| {
            let (first, width) = (number * COLUMNS, re.len() / kept);
            let mut block = ComplexColumns::zeros(len * width);
            for row in 0..rows {
                let place = row * columns + first;
                block.re[row * width..][..width].copy_from_slice(&from.re[place..][..width]);
                if !from.im.is_empty() {
                    block.im[row * width..][..width].copy_from_slice(&from.im[place..][..width]);
                }
            }
            *sum = work(first, &mut block, width, fft);
            for column in 0..width {
                for row in 0..kept {
                    re[column * kept + row] = block.re[row * width + column];
                    im[column * kept + row] = block.im[row * width + column];
                }
            }
        });
        items.iter().map(|(_, sum)| sum).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Rng};

    fn plain(points: &[[f32; 2]]) -> (Vec<[f64; 2]>, f64) {
        let mut z = 0.0;
        let mut forces = vec![[0.0; 2]; points.len()];
        for (i, a) in points.iter().enumerate() {
            for (_, b) in points.iter().enumerate().filter(|&(j, _)| j != i) {
                let apart = [0, 1].map(|axis| f64::from(a[axis]) - f64::from(b[axis]));
                let q = 1.0 / (1.0 + apart[0] * apart[0] + apart[1] * apart[1]);
                z += q;
                forces[i][0] += q * q * apart[0];
                forces[i][1] += q * q * apart[1];
            }
        }
        (forces, z)
    }

    fn cloud(n: usize, spread: f32) -> Vec<[f32; 2]> {
        let mut rng = Rng::new(8, Purpose::Test, n as u64);
        // Groups of different sizes, and a few points far out.
        let point = |n: usize| {
            let group = [(n % 7) as f32 - 3.0, (n % 5) as f32 - 2.0];
            let wide = if n.is_multiple_of(50) { 4.0 } else { 0.4 };
            group.map(|at| spread * (at + wide * rng.normal()) + 5.0)
        };
        (0..n).map(point).collect()
    }

    #[test]
    fn forces_and_z_are_those_of_all_pairs() {
        let mut repulsion = Repulsion::default();
        for (n, spread) in [(400, 1e-4), (600, 0.5), (900, 6.0), (500, 20.0), (300, 1.0), (1, 1.0), (2, 3.0)] {
            let points = cloud(n, spread);
            let mut forces = vec![[0.0f32; 2]; n];
            let z = repulsion.compute(&points, &mut forces);
            let (expected, all) = plain(&points);
            // Points in one place all have the same error, which otherwise differs from pair to pair.
            let (of_z, of_force) = if spread < 0.1 { (0.04, 0.25) } else { (0.01, 0.015) };
            assert!((z - all).abs() <= of_z * all + 0.05 * n as f64, "{n} over {spread}: {z} for {all}");
            let largest = expected.iter().flatten().fold(0.0f64, |most, force| most.max(force.abs()));
            for (force, expected) in forces.iter().zip(&expected) {
                for axis in [0, 1] {
                    let apart = (f64::from(force[axis]) - expected[axis]).abs();
                    assert!(apart < of_force * largest + 0.2, "{n} over {spread}: {force:?} for {expected:?}");
                }
            }
        }
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let points = cloud(3000, 8.0);
        let run = |threads| {
            par::with_threads(threads, || {
                let mut forces = vec![[0.0f32; 2]; points.len()];
                let z = Repulsion::default().compute(&points, &mut forces);
                (z, forces)
            })
        };
        assert!(run(1) == run(2) && run(1) == run(3));
    }
}
