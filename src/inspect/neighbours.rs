//! Exact nearest neighbours of points X `[n, len]`, by Euclidean distance.
//!
//! |a - b|² = |a|² + |b|² - 2 a·b, so the distances of a block of points to a part of all others are one product of
//! matrices. Each point keeps a few more candidates than asked for, because that formula rounds; the candidates are
//! measured again, by differences in f64, and sorted by distance and then by number. Blocks are independent of each
//! other, so the result has the same bits on any number of threads.

use crate::kernels::elementwise::{self, Loop};
use crate::kernels::gemm;
use crate::par;
use crate::select::select;

/// Points whose neighbours are searched together, and points that they are compared with at a time.
const ROWS: usize = 128;
const PART: usize = 512;
/// Candidates beyond the wanted ones.
const SPARE: usize = 8;

/// The nearest neighbours of some points, nearest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Neighbours {
    /// Neighbours of each point.
    pub k: usize,
    /// Their numbers `[points, k]`.
    pub ids: Vec<u32>,
    /// Their distances `[points, k]`.
    pub distances: Vec<f32>,
}

impl Neighbours {
    /// The neighbours of a point, and their distances.
    pub fn of(&self, point: usize) -> (&[u32], &[f32]) {
        let place = point * self.k..(point + 1) * self.k;
        (&self.ids[place.clone()], &self.distances[place])
    }
}

/// The search, some blocks at a time.
#[derive(Clone, Debug)]
pub struct NeighbourSearch {
    len: usize,
    /// The points minus their mean.
    x: Vec<f32>,
    /// |x|² of each.
    squares: Vec<f32>,
    done: usize,
    found: Neighbours,
}

impl NeighbourSearch {
    /// Searches `k` neighbours of each of the points `[n, len]`, or all others if there are fewer.
    pub fn new(points: &[f32], len: usize, k: usize) -> Self {
        let n = points.len() / len.max(1);
        let x = centred(points, len);
        let squares = squared_lengths(&x, len);
        let k = k.min(n.saturating_sub(1));
        Self { len, x, squares, done: 0, found: Neighbours { k, ids: Vec::new(), distances: Vec::new() } }
    }

    /// Points done, and all of them.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.squares.len())
    }

    /// Searches for some more points; returns true when all are done.
    pub fn advance(&mut self) -> bool {
        let n = self.squares.len();
        let end = n.min(self.done + ROWS * par::threads());
        let mut work: Vec<_> =
            (self.done..end).step_by(ROWS).map(|first| (first..end.min(first + ROWS), Vec::new())).collect();
        par::each(&mut work, |_, (rows, found)| *found = self.block(rows.start, rows.len()));
        for (id, distance) in work.into_iter().flat_map(|(_, found)| found) {
            self.found.ids.push(id);
            self.found.distances.push(distance);
        }
        self.done = end;
        end == n
    }

    /// The result, when it is done.
    pub fn finish(self) -> Neighbours {
        self.found
    }

    /// The neighbours of `rows` points from number `first` on.
    fn block(&self, first: usize, rows: usize) -> Vec<(u32, f32)> {
        let (n, len, k) = (self.squares.len(), self.len, self.found.k);
        if k == 0 {
            return Vec::new();
        }
        let left: Vec<f32> = self.x[first * len..][..rows * len].iter().map(|x| -2.0 * x).collect();
        let mut nearest: Vec<Nearest> = (0..rows).map(|_| Nearest::new(k + SPARE)).collect();
        let (mut products, mut room) = (vec![0.0; rows * PART], Vec::new());
        for part in (0..n).step_by(PART) {
            let columns = PART.min(n - part);
            let products = &mut products[..rows * columns];
            let (right, squares) = (&self.x[part * len..][..columns * len], &self.squares[part..][..columns]);
            gemm::nt((rows, len, columns), &left, right, squares, products, &mut room, false);
            for (row, (nearest, values)) in nearest.iter_mut().zip(products.chunks_exact_mut(columns)).enumerate() {
                let own = first + row;
                if (part..part + columns).contains(&own) {
                    values[own - part] = f32::INFINITY;
                }
                nearest.take(values, part);
            }
        }
        let exact = |(row, nearest): (usize, Nearest)| {
            let own = &self.x[(first + row) * len..][..len];
            let distance = |id: u32| {
                let other = &self.x[id as usize * len..][..len];
                own.iter().zip(other).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>()
            };
            let mut measured: Vec<(f64, u32)> = nearest.ids().map(|id| (distance(id), id)).collect();
            measured.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            measured.into_iter().take(k).map(|(square, id)| (id, square.sqrt() as f32))
        };
        nearest.into_iter().enumerate().flat_map(exact).collect()
    }
}

/// The points minus their mean.
pub(super) fn centred(points: &[f32], len: usize) -> Vec<f32> {
    let n = points.len() / len.max(1);
    let mut mean = vec![0.0f64; len];
    for point in points.chunks_exact(len.max(1)) {
        mean.iter_mut().zip(point).for_each(|(sum, &x)| *sum += f64::from(x));
    }
    let mean: Vec<f32> = mean.iter().map(|sum| (sum / n.max(1) as f64) as f32).collect();
    points.chunks_exact(len.max(1)).flat_map(|point| point.iter().zip(&mean).map(|(x, mean)| x - mean)).collect()
}

/// |x|² of each point.
pub(super) fn squared_lengths(x: &[f32], len: usize) -> Vec<f32> {
    x.chunks_exact(len.max(1)).map(|x| elementwise::squares(x) as f32).collect()
}

/// The smallest of the values that it is given.
pub(super) struct Nearest {
    count: usize,
    /// At most twice as many as wanted; none of those that were left out is smaller than `limit`.
    held: Vec<(f32, u32)>,
    limit: f32,
}

impl Nearest {
    pub fn new(count: usize) -> Self {
        Self { count, held: Vec::with_capacity(2 * count), limit: f32::INFINITY }
    }

    /// Takes the values of points `first ..`.
    pub fn take(&mut self, values: &[f32], first: usize) {
        elementwise::best(TakeSmaller { nearest: self, values, first });
    }

    #[inline(always)]
    fn push(&mut self, value: f32, id: u32) {
        self.held.push((value, id));
        if self.held.len() == 2 * self.count {
            self.cut();
        }
    }

    /// Keeps the wanted number; of equal ones the first.
    fn cut(&mut self) {
        if self.count < self.held.len() {
            let order = |a: &(f32, u32), b: &(f32, u32)| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1));
            select(&mut self.held, self.count - 1, order);
            self.held.truncate(self.count);
            self.limit = self.held[self.count - 1].0;
        }
    }

    /// The numbers of the nearest, in no order.
    pub fn ids(mut self) -> impl Iterator<Item = u32> {
        self.cut();
        self.held.into_iter().map(|(_, id)| id)
    }
}

/// Values of a group; it is looked at closely only if its smallest is below the limit.
const GROUP: usize = 32;

struct TakeSmaller<'a> {
    nearest: &'a mut Nearest,
    values: &'a [f32],
    first: usize,
}

impl Loop for TakeSmaller<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Self { nearest, values, first } = self;
        for (group, values) in values.chunks(GROUP).enumerate() {
            let mut least = [f32::INFINITY; 8];
            let (eights, rest) = values.as_chunks::<8>();
            for eight in eights {
                least.iter_mut().zip(eight).for_each(|(least, &x)| *least = if x < *least { x } else { *least });
            }
            let least = least.iter().chain(rest).fold(f32::INFINITY, |least, &x| if x < least { x } else { least });
            if least < nearest.limit {
                for (at, &value) in values.iter().enumerate() {
                    if value < nearest.limit {
                        nearest.push(value, (first + group * GROUP + at) as u32);
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Rng};

    pub fn search(points: &[f32], len: usize, k: usize) -> Neighbours {
        let mut search = NeighbourSearch::new(points, len, k);
        while !search.advance() {}
        search.finish()
    }

    fn plain(points: &[f32], len: usize, k: usize) -> Vec<u32> {
        let rows: Vec<&[f32]> = points.chunks_exact(len).collect();
        let mut ids = Vec::new();
        for (own, a) in rows.iter().enumerate() {
            let square = |b: &[f32]| a.iter().zip(b).map(|(a, b)| (f64::from(*a) - f64::from(*b)).powi(2)).sum::<f64>();
            let mut all: Vec<(f64, u32)> = (0..rows.len())
                .filter(|&other| other != own)
                .map(|other| (square(rows[other]), other as u32))
                .collect();
            all.sort_unstable_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
            ids.extend(all.iter().take(k).map(|(_, id)| id));
        }
        ids
    }

    #[test]
    fn neighbours_are_those_of_the_plain_search_also_far_from_the_origin() {
        for (n, len, k, offset) in [(700, 5, 12, 0.0), (1100, 50, 7, 300.0), (40, 3, 60, 0.0), (129, 2, 90, -4.0)] {
            let mut rng = Rng::new(4, Purpose::Test, n as u64);
            let points: Vec<f32> = (0..n * len).map(|_| offset + rng.normal()).collect();
            let found = search(&points, len, k);
            assert_eq!(found.k, k.min(n - 1));
            let expected = plain(&centred(&points, len), len, k);
            assert!(found.ids == expected, "{n} points of {len}");
            assert!((0..n).all(|point| found.of(point).1.is_sorted()));
        }
    }

    #[test]
    fn equal_points_are_neighbours_in_the_order_of_their_numbers_and_few_points_have_few() {
        let found = search(&[1.0, 1.0, 1.0, 5.0], 1, 2);
        assert_eq!(found.ids, [1, 2, 0, 2, 0, 1, 0, 1]);
        assert_eq!(search(&[3.0], 1, 4), Neighbours { k: 0, ids: vec![], distances: vec![] });
        assert_eq!(search(&[], 2, 4).ids, [0u32; 0]);
    }

    #[test]
    fn the_number_of_threads_changes_no_bit() {
        let mut rng = Rng::new(4, Purpose::Test, 0);
        let points: Vec<f32> = (0..900 * 20).map(|_| rng.normal()).collect();
        let one = par::with_threads(1, || search(&points, 20, 30));
        for threads in [2, 3] {
            assert!(par::with_threads(threads, || search(&points, 20, 30)) == one);
        }
    }
}
