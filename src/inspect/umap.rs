//! UMAP: places points y in the plane by the fuzzy graph of their neighbours (McInnes et al. 2018,
//! <https://arxiv.org/abs/1802.03426>).
//!
//! In the plane, points at distance d belong together by 1 / (1 + a d^2b); a and b are fitted to a curve that is 1 up to
//! `min-dist` and falls like exp(min-dist - d) beyond. Each epoch draws edges in proportion to their weight; the ends of a
//! drawn edge attract each other, and five random points repel each of them:
//!
//! y_i += α (-2 a b d^(2b-2) / (1 + a d^2b)) (y_i - y_j), y_i += α 2 b / ((0.001 + d²) (1 + a d^2b)) (y_i - y_k)
//!
//! The usual program moves one edge after the other, so its result depends on the threads. Here every point goes through its
//! own edges while all others stay where they were at the beginning of the epoch; which edges are drawn follows from their
//! weight and the epoch, and random points are numbers of a counter. The result has the same bits on any number of threads.

use std::ops::Range;

use super::neighbour_graph::NeighbourGraph;
use crate::kernels::elementwise::{self, Loop};
use crate::kernels::maths;
use crate::par;
use crate::rng::{Purpose, Rng};

/// Epochs for maps of at most so many points, for larger ones, and from an earlier map.
const FEW: usize = 10_000;
const EPOCHS: [usize; 2] = [300, 200];
const FROM_EARLIER: usize = 100;
/// Random points for each drawn edge.
const REPELLING: usize = 5;
/// Points that move one at the same time: the other end of an edge, the random ones, and two that fill the registers.
const LANES: usize = 8;
/// The longest step of a coordinate.
const LONGEST_STEP: f32 = 4.0;
/// Half the width of the map at the start.
const START: f32 = 10.0;
/// Points that are one item of work.
const POINTS: usize = 256;

/// The layout, epoch by epoch.
#[derive(Clone, Debug)]
pub struct Umap {
    graph: NeighbourGraph,
    pub points: Vec<[f32; 2]>,
    strongest: f32,
    epoch: usize,
    epochs: usize,
    /// The setting that the curve was fitted to, and its a and b.
    curve: Option<(f32, (f32, f32))>,
}

impl Umap {
    /// Begins at a plane of X, such as its principal components, or where an earlier map ended.
    pub fn new(graph: NeighbourGraph, mut points: Vec<[f32; 2]>, is_earlier: bool) -> Self {
        let epochs = if is_earlier { FROM_EARLIER } else { EPOCHS[usize::from(FEW < points.len())] };
        if !is_earlier {
            let widest = points.iter().flatten().fold(0.0f32, |most, y| most.max(y.abs()));
            let scale = if 0.0 < widest { START / widest } else { 0.0 };
            // Points of the same place would never part.
            let mut rng = Rng::new(0, Purpose::Sample, u64::MAX);
            points.iter_mut().flatten().for_each(|y| *y = scale * *y + 1e-3 * rng.normal());
        }
        let mut umap = Self { graph, points, strongest: 0.0, epoch: 0, epochs, curve: None };
        umap.find_strongest();
        umap
    }

    /// Goes on with another graph; the positions stay.
    pub fn set_graph(&mut self, graph: NeighbourGraph) {
        self.graph = graph;
        self.find_strongest();
        // A tenth of the way back to the first step length, at least.
        self.epochs = self.epochs.max(self.epoch + FROM_EARLIER);
    }

    fn find_strongest(&mut self) {
        self.strongest = self.graph.weights.iter().copied().fold(0.0, f32::max);
    }

    /// Epochs done, and all of them.
    pub fn progress(&self) -> (usize, usize) {
        (self.epoch, self.epochs)
    }

    /// Does one epoch; returns true after the last.
    pub fn advance(&mut self, min_dist: f32) -> bool {
        if self.epochs <= self.epoch {
            return true;
        }
        let (a, b) = match self.curve {
            Some((fitted_to, curve)) if fitted_to == min_dist => curve,
            _ => self.curve.insert((min_dist, closeness_curve(min_dist))).1,
        };
        let alpha = 1.0 - self.epoch as f32 / self.epochs as f32;
        let epoch = EpochOfUmap {
            graph: &self.graph,
            still: &self.points,
            strongest: self.strongest,
            number: self.epoch,
            alpha,
            a,
            b,
        };
        let parts: Vec<usize> = (0..self.points.len()).step_by(POINTS).collect();
        let moved = par::map(&parts, |&first| {
            let end = self.points.len().min(first + POINTS);
            elementwise::best(MovedPoints { epoch: &epoch, points: first..end })
        });
        self.points = moved.into_iter().flatten().collect();
        self.epoch += 1;
        self.epoch == self.epochs
    }
}

struct EpochOfUmap<'a> {
    graph: &'a NeighbourGraph,
    /// The points at its beginning.
    still: &'a [[f32; 2]],
    strongest: f32,
    number: usize,
    alpha: f32,
    a: f32,
    b: f32,
}

/// Some points at the end of the epoch.
struct MovedPoints<'a> {
    epoch: &'a EpochOfUmap<'a>,
    points: Range<usize>,
}

impl Loop for MovedPoints<'_> {
    type Out = Vec<[f32; 2]>;
    #[inline(always)]
    fn run(self) -> Vec<[f32; 2]> {
        self.points.map(|own| self.epoch.moved(own)).collect()
    }
}

impl EpochOfUmap<'_> {
    /// A point at the end of the epoch.
    #[inline(always)]
    fn moved(&self, own: usize) -> [f32; 2] {
        let epoch = self.number as f32;
        let mut y = self.still[own];
        let mut rng = Rng::new(self.number as u64, Purpose::Sample, own as u64);
        for (other, weight) in self.graph.of(own) {
            let share = weight / self.strongest;
            // The whole parts of numbers that are not negative.
            if ((epoch + 1.0) * share) as u32 <= (epoch * share) as u32 {
                continue;
            }
            // A lane without a point has no distance, and moves nothing.
            let mut apart = [[0.0; LANES]; 2];
            let mut set = |lane: usize, other: [f32; 2]| {
                (0..2).for_each(|axis| apart[axis][lane] = y[axis] - other[axis]);
            };
            set(0, self.still[other as usize]);
            for lane in 1..=REPELLING {
                let random = rng.below(self.still.len());
                if random != own {
                    set(lane, self.still[random]);
                }
            }
            let moves = self.moves(apart);
            y = [0, 1].map(|axis| y[axis] + self.alpha * moves[axis].iter().sum::<f32>());
        }
        y
    }

    /// The moves nearer to the point of the first lane, and away from the others.
    #[inline(always)]
    fn moves(&self, apart: [[f32; LANES]; 2]) -> [[f32; LANES]; 2] {
        const ATTRACTS: [f32; LANES] = [1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0];
        let (a, b) = (self.a, self.b);
        let mut moves = [[0.0; LANES]; 2];
        for lane in 0..LANES {
            let (attracts, repels) = (ATTRACTS[lane], 1.0 - ATTRACTS[lane]);
            let square = apart[0][lane] * apart[0][lane] + apart[1][lane] * apart[1][lane];
            let power = maths::exp(b * maths::ln(square));
            let above = repels * (2.0 * b) - attracts * (2.0 * a * b) * power;
            let strength = above / ((repels * 0.001 + square) * (1.0 + a * power));
            let strength = if 0.0 < square { strength } else { 0.0 };
            // An edge attracts once for each of its two directions.
            for axis in [0, 1] {
                let step = (strength * apart[axis][lane]).clamp(-LONGEST_STEP, LONGEST_STEP);
                moves[axis][lane] = (1.0 + attracts) * step;
            }
        }
        moves
    }
}

/// a and b of 1 / (1 + a d^2b), nearest by least squares to the curve of `min_dist`: Gauss and Newton's steps, damped.
fn closeness_curve(min_dist: f32) -> (f32, f32) {
    let wanted: Vec<(f64, f64)> =
        (1..300).map(|n| f64::from(n) * 3.0 / 299.0).map(|d| (d, (f64::from(min_dist) - d).min(0.0).exp())).collect();
    let error =
        |a: f64, b: f64| -> f64 { wanted.iter().map(|&(d, y)| (1.0 / (1.0 + a * d.powf(2.0 * b)) - y).powi(2)).sum() };
    let (mut a, mut b, mut damping) = (1.0f64, 1.0f64, 1e-3f64);
    for _ in 0..200 {
        let (mut aa, mut ab, mut bb, mut ra, mut rb) = (0.0, 0.0, 0.0, 0.0, 0.0);
        for &(d, y) in &wanted {
            let power = d.powf(2.0 * b);
            let closeness = 1.0 / (1.0 + a * power);
            let (da, db) = (-closeness * closeness * power, -closeness * closeness * a * power * 2.0 * d.ln());
            aa += da * da;
            ab += da * db;
            bb += db * db;
            ra += da * (y - closeness);
            rb += db * (y - closeness);
        }
        let (p, q) = (aa * (1.0 + damping), bb * (1.0 + damping));
        let determinant = p * q - ab * ab;
        let next = (a + (q * ra - ab * rb) / determinant, b + (p * rb - ab * ra) / determinant);
        if 0.0 < next.0 && 0.0 < next.1 && error(next.0, next.1) < error(a, b) {
            (a, b) = next;
            damping *= 0.3;
        } else {
            damping *= 4.0;
        }
    }
    (a as f32, b as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_curve_is_that_of_umap_learn() {
        // umap.umap_.find_ab_params(1.0, min_dist) of umap-learn 0.5.9.
        for (min_dist, a, b) in [(0.1, 1.5769, 0.8951), (0.5, 0.5830, 1.3342), (0.01, 1.8956, 0.8006)] {
            let (found_a, found_b) = closeness_curve(min_dist);
            assert!((found_a - a).abs() < 0.01 && (found_b - b).abs() < 0.005, "{min_dist}: {found_a} {found_b}");
        }
    }
}
