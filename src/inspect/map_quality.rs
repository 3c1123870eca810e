//! Measures of how far a map keeps the neighbours of points, by scikit-learn's definitions, with k neighbours of each of n points:
//!
//! | figure | meaning |
//! |---|---|
//! | trustworthiness | 1 - 2 / (n k (2n - 3k - 1)) sum of (rank - k) over neighbours in the map that are none in X; rank: in X |
//! | continuity | the same with map and X exchanged |
//! | neighbours kept | share of the k neighbours in X that are among the k in the map |
//! | label accuracy | share of points whose label is the most frequent among their k neighbours in the map, the first of equals |
//!
//! If there are many points, an even choice of them is looked at, each against all others: ranks are exact, and the means
//! are estimates.

use serde::Serialize;

use super::neighbours::{Nearest, centred, squared_lengths};
use super::reduction::ReducedPoints;
use crate::evenly::evenly;
use crate::kernels::elementwise;
use crate::kernels::gemm;
use crate::par;

/// Neighbours that the figures are about.
pub const NEIGHBOURS: usize = 10;
/// Most points that are looked at.
const MOST_LOOKED_AT: usize = 10_000;
/// Points looked at together.
const ROWS: usize = 16;

/// The figures, each in 0..=1.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct MapQuality {
    pub trustworthiness: f64,
    pub continuity: f64,
    pub neighbours_kept: f64,
    /// `None` for points without labels.
    pub label_accuracy: Option<f64>,
    /// Points that were looked at, each against all.
    pub looked_at: usize,
}

/// Measures a map, some points at a time.
#[derive(Clone, Debug)]
pub struct QualityMeter {
    len: usize,
    x: Vec<f32>,
    squares: Vec<f32>,
    across: Vec<f32>,
    up: Vec<f32>,
    /// Empty for points without labels.
    labels: Vec<u32>,
    k: usize,
    chosen: Vec<u32>,
    done: usize,
    sums: PointQuality,
}

/// Sums over points: of ranks beyond k, of kept neighbours, of right labels.
#[derive(Clone, Copy, Debug, Default)]
struct PointQuality {
    strangers: u64,
    lost: u64,
    kept: u64,
    right: u64,
}

impl QualityMeter {
    /// For points in space and in the map, and their labels if they have any.
    pub fn new(points: &ReducedPoints, map: &[[f32; 2]], labels: Vec<u32>) -> Self {
        let (n, len) = (map.len(), points.len);
        let x = centred(&points.values, len);
        let looked_at = n.min(MOST_LOOKED_AT);
        Self {
            len,
            squares: squared_lengths(&x, len),
            x,
            across: map.iter().map(|place| place[0]).collect(),
            up: map.iter().map(|place| place[1]).collect(),
            labels,
            // The formula holds for less than half of the points.
            k: NEIGHBOURS.min(n.saturating_sub(1) / 2),
            chosen: evenly(n, looked_at).map(|at| at as u32).collect(),
            done: 0,
            sums: PointQuality::default(),
        }
    }

    /// Points done, and all that are looked at.
    pub fn progress(&self) -> (usize, usize) {
        (self.done, self.chosen.len())
    }

    /// Looks at some more points; returns true when done.
    pub fn advance(&mut self) -> bool {
        if self.k == 0 {
            self.done = self.chosen.len();
        }
        let end = self.chosen.len().min(self.done + ROWS * par::threads());
        let parts: Vec<&[u32]> = self.chosen[self.done..end].chunks(ROWS).collect();
        for found in par::map(&parts, |points| self.look(points)) {
            self.sums.strangers += found.strangers;
            self.sums.lost += found.lost;
            self.sums.kept += found.kept;
            self.sums.right += found.right;
        }
        self.done = end;
        end == self.chosen.len()
    }

    /// The figures of the points that are done.
    pub fn quality(&self) -> MapQuality {
        let (n, k, looked_at) = (self.across.len() as f64, self.k as f64, self.done);
        if self.k == 0 || looked_at == 0 {
            return MapQuality::default();
        }
        let all = looked_at as f64 * k;
        let of_ranks = |beyond: u64| 1.0 - 2.0 / (all * (2.0 * n - 3.0 * k - 1.0)) * beyond as f64;
        MapQuality {
            trustworthiness: of_ranks(self.sums.strangers),
            continuity: of_ranks(self.sums.lost),
            neighbours_kept: self.sums.kept as f64 / all,
            label_accuracy: (!self.labels.is_empty()).then(|| self.sums.right as f64 / looked_at as f64),
            looked_at,
        }
    }

    fn look(&self, points: &[u32]) -> PointQuality {
        let (n, len) = (self.across.len(), self.len);
        let own = |point: &u32| self.x[*point as usize * len..][..len].iter().map(|x| -2.0 * x);
        let left: Vec<f32> = points.iter().flat_map(own).collect();
        let (mut in_space, mut in_map, mut room) = (vec![0.0; points.len() * n], vec![0.0; n], Vec::new());
        gemm::nt((points.len(), len, n), &left, &self.x, &self.squares, &mut in_space, &mut room, false);
        let mut sums = PointQuality::default();
        for (&point, in_space) in points.iter().zip(in_space.chunks_exact_mut(n)) {
            let point = point as usize;
            let (x, y) = (self.across[point], self.up[point]);
            elementwise::of_two(&mut in_map, &self.across, &self.up, |other, above| {
                (other - x) * (other - x) + (above - y) * (above - y)
            });
            (in_space[point], in_map[point]) = (f32::INFINITY, f32::INFINITY);
            let (near, near_in_map) = (nearest(in_space, self.k), nearest(&in_map, self.k));
            let beyond = |ids: &[u32], others: &[u32], distances: &[f32]| -> u64 {
                let ranks = ids.iter().filter(|id| !others.contains(id)).map(|&id| rank(distances, id as usize));
                ranks.map(|rank| rank.saturating_sub(self.k) as u64).sum()
            };
            sums.strangers += beyond(&near_in_map, &near, in_space);
            sums.lost += beyond(&near, &near_in_map, &in_map);
            sums.kept += near.iter().filter(|id| near_in_map.contains(id)).count() as u64;
            if !self.labels.is_empty() {
                sums.right += u64::from(self.most_frequent(&near_in_map) == self.labels[point]);
            }
        }
        sums
    }

    /// The most frequent label, the smallest of equals.
    fn most_frequent(&self, ids: &[u32]) -> u32 {
        let mut labels: Vec<u32> = ids.iter().map(|&id| self.labels[id as usize]).collect();
        labels.sort_unstable();
        let runs = labels.chunk_by(|a, b| a == b);
        runs.fold((0, 0), |best, run| if best.1 < run.len() { (run[0], run.len()) } else { best }).0
    }
}

fn nearest(distances: &[f32], k: usize) -> Vec<u32> {
    let mut nearest = Nearest::new(k);
    nearest.take(distances, 0);
    nearest.ids().collect()
}

/// The place of a point among all by distance, from 1 on.
fn rank(distances: &[f32], id: usize) -> usize {
    let own = distances[id];
    1 + distances.iter().map(|&distance| u32::from(distance < own)).sum::<u32>() as usize
}
