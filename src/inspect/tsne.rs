//! t-SNE: places points y in the plane so that those near each other in X stay near (van der Maaten and Hinton 2008).
//!
//! With p_ij from [`NeighbourGraph`] and q_ij = 1 / (1 + |y_i - y_j|²), Z = sum of all q, the Kullback-Leibler divergence
//! of p and q / Z falls along
//!
//! g_i = sum over j of e p_ij q_ij (y_i - y_j) - 1 / Z sum over j of q_ij² (y_i - y_j)
//!
//! The first sum goes over the graph, the second is [`Repulsion`]. The exaggeration e is above 1 in the first iterations.
//! Steps have momentum and a gain for each coordinate, which grows while the gradient goes on in one direction. The
//! learning rate of n / 12 is from Belkina et al. 2019, <https://doi.org/10.1038/s41467-019-13055-y>.

use super::neighbour_graph::NeighbourGraph;
use super::repulsion::Repulsion;
use crate::par;

/// Iterations with exaggeration, all iterations, and those from an earlier map.
const EARLY: usize = 250;
const ITERATIONS: usize = 750;
const FROM_EARLIER: usize = 250;
/// Momentum in the early iterations and afterwards.
const MOMENTUM: [f32; 2] = [0.5, 0.8];
const LEAST_GAIN: f32 = 0.01;
/// The least learning rate that n / 12 is raised to, and the longest step.
const LEAST_RATE: f32 = 200.0;
const LONGEST_STEP: f32 = 5.0;
/// Standard deviation of the first coordinate at the start.
const START: f32 = 1e-4;
/// Points that are one item of work.
const POINTS: usize = 256;

/// Settings that act at the next iteration.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TsneSettings {
    /// Factor of the attraction in the early iterations.
    pub exaggeration: f32,
    /// `None`: n / 12, but not less than 200.
    pub learning_rate: Option<f32>,
}

/// The descent, iteration by iteration.
#[derive(Clone, Debug)]
pub struct Tsne {
    graph: NeighbourGraph,
    pub points: Vec<[f32; 2]>,
    moves: Vec<PointMove>,
    forces: Vec<[f32; 2]>,
    repulsion: Repulsion,
    iteration: usize,
    /// Iterations with exaggeration, and in all.
    early: usize,
    end: usize,
}

/// The last step of a point, and the gain of each coordinate.
#[derive(Clone, Copy, Debug)]
struct PointMove {
    step: [f32; 2],
    gain: [f32; 2],
}

impl Tsne {
    /// Begins at a plane of X, such as its principal components, or where an earlier map ended.
    pub fn new(graph: NeighbourGraph, mut points: Vec<[f32; 2]>, is_earlier: bool) -> Self {
        if !is_earlier {
            let square = points.iter().map(|point| f64::from(point[0]).powi(2)).sum::<f64>();
            let deviation = (square / points.len().max(1) as f64).sqrt();
            let scale = if 0.0 < deviation { (f64::from(START) / deviation) as f32 } else { 0.0 };
            points.iter_mut().flatten().for_each(|y| *y *= scale);
        }
        let (early, end) = if is_earlier { (0, FROM_EARLIER) } else { (EARLY, ITERATIONS) };
        let moves = vec![PointMove { step: [0.0; 2], gain: [1.0; 2] }; points.len()];
        let forces = vec![[0.0; 2]; points.len()];
        Self { graph, points, moves, forces, repulsion: Repulsion::default(), iteration: 0, early, end }
    }

    /// Goes on with other affinities; the positions stay.
    pub fn set_graph(&mut self, graph: NeighbourGraph) {
        self.graph = graph;
        self.end = self.end.max(self.iteration + FROM_EARLIER);
    }

    /// Iterations done, and all of them.
    pub fn progress(&self) -> (usize, usize) {
        (self.iteration, self.end)
    }

    /// Does one iteration; returns true after the last.
    pub fn advance(&mut self, settings: TsneSettings) -> bool {
        if self.end <= self.iteration {
            return true;
        }
        let Self { graph, points, moves, forces, repulsion, .. } = self;
        let z = repulsion.compute(points, forces).max(f64::MIN_POSITIVE);
        let is_early = self.iteration < self.early;
        let exaggeration = if is_early { settings.exaggeration } else { 1.0 };
        let momentum = MOMENTUM[usize::from(!is_early)];
        // Few points attract each other more strongly, and would be thrown apart by longer steps.
        let count = points.len() as f32;
        let rate = settings.learning_rate.unwrap_or((count / 12.0).max(LEAST_RATE.min(count * count / 16.0)));
        let (still, away) = (&*points, (1.0 / z) as f32);
        let parts = moves.chunks_mut(POINTS).zip(forces.chunks(POINTS));
        let mut work: Vec<_> = parts.map(|part| (part, Vec::with_capacity(POINTS))).collect();
        par::each(&mut work, |part, ((moves, forces), moved)| {
            for (at, (change, force)) in moves.iter_mut().zip(*forces).enumerate() {
                let own = part * POINTS + at;
                let toward = attraction(graph, still, own);
                let gradient = [0, 1].map(|axis| exaggeration * toward[axis] - away * force[axis]);
                change.follow(gradient, momentum, rate);
                moved.push([0, 1].map(|axis| still[own][axis] + change.step[axis]));
            }
        });
        let moved = work.into_iter().flat_map(|(_, moved)| moved).collect();
        *points = moved;
        centre(points);
        self.iteration += 1;
        self.iteration == self.end
    }
}

/// The sum over the neighbours of p q (y_i - y_j).
fn attraction(graph: &NeighbourGraph, points: &[[f32; 2]], own: usize) -> [f32; 2] {
    let [x, y] = points[own];
    let (mut along, mut up) = (0.0, 0.0);
    for (other, p) in graph.of(own) {
        let [ox, oy] = points[other as usize];
        let (dx, dy) = (x - ox, y - oy);
        let strength = p / (1.0 + dx * dx + dy * dy);
        along += strength * dx;
        up += strength * dy;
    }
    [along, up]
}

impl PointMove {
    /// Takes the next step down the gradient.
    fn follow(&mut self, gradient: [f32; 2], momentum: f32, rate: f32) {
        for axis in [0, 1] {
            let (step, gain) = (&mut self.step[axis], &mut self.gain[axis]);
            *gain = if 0.0 < gradient[axis] * *step { (*gain * 0.8).max(LEAST_GAIN) } else { *gain + 0.2 };
            *step = momentum * *step - rate * *gain * gradient[axis];
        }
        let length = (self.step[0] * self.step[0] + self.step[1] * self.step[1]).sqrt();
        if LONGEST_STEP < length {
            self.step = self.step.map(|step| step * LONGEST_STEP / length);
        }
    }
}

/// Moves the mean of the points to the origin.
fn centre(points: &mut [[f32; 2]]) {
    let count = points.len().max(1) as f64;
    let mean = [0, 1].map(|axis| (points.iter().map(|point| f64::from(point[axis])).sum::<f64>() / count) as f32);
    points.iter_mut().for_each(|point| *point = [point[0] - mean[0], point[1] - mean[1]]);
}
