//! The weighted graph of neighbours that t-SNE and UMAP lay out: an edge between two points if one is among the nearest of
//! the other, as a sparse symmetric matrix.
//!
//! | affinity | weight of j for i, from the distance d | weight of the edge |
//! |---|---|---|
//! | perplexity | p = exp(-β d²) / sum, β so that the entropy of p is ln(perplexity) | (p_ij + p_ji) / 2n |
//! | fuzzy | w = exp(-(d - ρ) / σ), ρ the smallest d above 0, σ so that the sum of w is log2(k) | w_ij + w_ji - w_ij w_ji |
//!
//! t-SNE: van der Maaten and Hinton 2008; UMAP: McInnes et al. 2018, <https://arxiv.org/abs/1802.03426>.

use super::neighbours::Neighbours;
use crate::kernels::maths;
use crate::par;

/// Numbers for how near neighbours are to a point.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Affinity {
    /// A third of the neighbours are used at least, so there should be three times as many.
    Perplexity(f32),
    /// With this number of neighbours, the point itself included.
    Fuzzy(usize),
}

impl Affinity {
    /// Number of neighbours that it needs.
    pub fn neighbours(self) -> usize {
        match self {
            Self::Perplexity(perplexity) => (3.0 * perplexity) as usize,
            Self::Fuzzy(count) => count.saturating_sub(1),
        }
    }
}

/// Rows of a symmetric matrix without its zeros.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct NeighbourGraph {
    /// The start of the row of each point `[n + 1]`.
    pub starts: Vec<usize>,
    /// Columns, ascending within a row, and their weights.
    pub targets: Vec<u32>,
    pub weights: Vec<f32>,
}

impl NeighbourGraph {
    /// The neighbours of a point and the weights of its edges.
    pub fn of(&self, point: usize) -> impl Iterator<Item = (u32, f32)> + '_ {
        let row = self.starts[point]..self.starts[point + 1];
        self.targets[row.clone()].iter().copied().zip(self.weights[row].iter().copied())
    }

    /// Number of points.
    pub fn len(&self) -> usize {
        self.starts.len().saturating_sub(1)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Points worked on at a time by each thread.
const ROWS: usize = 64;
/// Halvings in the search for β and σ.
const HALVINGS: usize = 64;

/// Makes the graph, some points at a time: first the weights of each point's neighbours, then the rows.
#[derive(Clone, Debug)]
pub struct GraphBuilder {
    affinity: Affinity,
    neighbours: Neighbours,
    points: usize,
    /// Neighbours used of each point.
    k: usize,
    /// One side's weights `[n, k]`.
    sided: Vec<f32>,
    /// For each point, where it is among the neighbours of others: places in `sided`.
    incoming: Option<(Vec<usize>, Vec<u32>)>,
    graph: NeighbourGraph,
}

impl GraphBuilder {
    pub fn new(neighbours: Neighbours, affinity: Affinity) -> Self {
        let points = neighbours.ids.len().checked_div(neighbours.k).unwrap_or(0);
        let k = neighbours.k.min(affinity.neighbours());
        let graph = NeighbourGraph { starts: vec![0], targets: Vec::new(), weights: Vec::new() };
        Self { affinity, neighbours, points, k, sided: Vec::with_capacity(points * k), incoming: None, graph }
    }

    /// Points done, and all of them, each counted twice.
    pub fn progress(&self) -> (usize, usize) {
        (self.sided.len().checked_div(self.k).unwrap_or(0) + self.graph.len(), 2 * self.points)
    }

    /// Works on some more points; returns true when the graph is done.
    pub fn advance(&mut self) -> bool {
        let weighed = self.sided.len().checked_div(self.k).unwrap_or(self.points);
        if weighed < self.points {
            let sided: Vec<Vec<f32>> = par::map(&self.parts(weighed), |&(first, end)| {
                let weights = |point| sided_weights(self.affinity, &self.neighbours.of(point).1[..self.k]);
                (first..end).flat_map(weights).collect()
            });
            self.sided.extend(sided.into_iter().flatten());
            return false;
        }
        let Some((starts, places)) = &self.incoming else {
            self.incoming = Some(self.incoming());
            return false;
        };
        let rows = par::map(&self.parts(self.graph.len()), |&(first, end)| {
            (first..end).map(|point| self.row(point, &places[starts[point]..starts[point + 1]])).collect::<Vec<_>>()
        });
        for row in rows.into_iter().flatten() {
            self.graph.targets.extend(row.iter().map(|(target, _)| target));
            self.graph.weights.extend(row.iter().map(|(_, weight)| weight));
            self.graph.starts.push(self.graph.targets.len());
        }
        self.graph.len() == self.points
    }

    /// The neighbours, to be used again, and the graph.
    pub fn finish(self) -> (Neighbours, NeighbourGraph) {
        (self.neighbours, self.graph)
    }

    /// The next points from number `first` on, in parts for the threads.
    fn parts(&self, first: usize) -> Vec<(usize, usize)> {
        let end = self.points.min(first + 4 * ROWS * par::threads());
        (first..end).step_by(ROWS).map(|first| (first, end.min(first + ROWS))).collect()
    }

    fn target(&self, place: usize) -> u32 {
        self.neighbours.ids[place / self.k * self.neighbours.k + place % self.k]
    }

    fn incoming(&self) -> (Vec<usize>, Vec<u32>) {
        let mut starts = vec![0usize; self.points + 1];
        (0..self.sided.len()).for_each(|place| starts[self.target(place) as usize + 1] += 1);
        (0..self.points).for_each(|point| starts[point + 1] += starts[point]);
        let (mut next, mut places) = (starts.clone(), vec![0u32; self.sided.len()]);
        for place in 0..self.sided.len() {
            let next = &mut next[self.target(place) as usize];
            places[*next] = place as u32;
            *next += 1;
        }
        (starts, places)
    }

    /// The edges of a point, ascending: its own neighbours, and the points whose neighbour it is.
    fn row(&self, point: usize, incoming: &[u32]) -> Vec<(u32, f32)> {
        let own = (point * self.k..(point + 1) * self.k).map(|place| (self.target(place), self.sided[place], 0.0));
        let others = incoming.iter().map(|&place| (place / self.k as u32, 0.0, self.sided[place as usize]));
        let mut all: Vec<(u32, f32, f32)> = own.chain(others).collect();
        all.sort_unstable_by_key(|&(other, ..)| other);
        let mut row: Vec<(u32, f32)> = Vec::with_capacity(all.len());
        for pair in all.chunk_by(|a, b| a.0 == b.0) {
            let (there, back) = pair.iter().fold((0.0, 0.0), |(there, back), one| (there + one.1, back + one.2));
            let weight = match self.affinity {
                Affinity::Perplexity(_) => (there + back) / (2 * self.points) as f32,
                Affinity::Fuzzy(_) => there + back - there * back,
            };
            if 0.0 < weight {
                row.push((pair[0].0, weight));
            }
        }
        row
    }
}

/// The weights of one point's neighbours, by their distances in ascending order.
fn sided_weights(affinity: Affinity, distances: &[f32]) -> Vec<f32> {
    match affinity {
        Affinity::Perplexity(perplexity) => conditional(distances, f64::from(perplexity)),
        Affinity::Fuzzy(count) => memberships(distances, (count as f64).log2()),
    }
}

/// p_j|i with this perplexity, or as near to it as so few neighbours allow.
fn conditional(distances: &[f32], perplexity: f64) -> Vec<f32> {
    let least = distances.first().map_or(0.0, |d| d * d);
    let squares: Vec<f32> = distances.iter().map(|d| d * d - least).collect();
    let (mut low, mut high, mut beta) = (0.0f64, f64::INFINITY, 1.0f64);
    let mut p = vec![0.0; squares.len()];
    for _ in 0..HALVINGS {
        let (mut sum, mut along) = (0.0f64, 0.0f64);
        for (p, &square) in p.iter_mut().zip(&squares) {
            *p = maths::exp(-(beta as f32) * square);
            sum += f64::from(*p);
            along += f64::from(*p) * f64::from(square);
        }
        let entropy = sum.ln() + beta * along / sum;
        p.iter_mut().for_each(|p| *p = (f64::from(*p) / sum) as f32);
        let apart = entropy - perplexity.ln();
        if apart.abs() < 1e-5 {
            break;
        }
        (low, high) = if 0.0 < apart { (beta, high) } else { (low, beta) };
        beta = if high.is_finite() { (low + high) / 2.0 } else { 2.0 * beta };
        if !beta.is_finite() || f64::from(f32::MAX) < beta {
            break;
        }
    }
    p
}

/// Fuzzy memberships with this sum.
fn memberships(distances: &[f32], target: f64) -> Vec<f32> {
    let nearest = distances.iter().copied().find(|&d| 0.0 < d).unwrap_or(0.0);
    let weight = |d: f32, sigma: f64| {
        let beyond = d - nearest;
        if beyond <= 0.0 { 1.0 } else { maths::exp((-f64::from(beyond) / sigma) as f32) }
    };
    let (mut low, mut high, mut sigma) = (0.0f64, f64::INFINITY, 1.0f64);
    for _ in 0..HALVINGS {
        let sum: f64 = distances.iter().map(|&d| f64::from(weight(d, sigma))).sum();
        if (sum - target).abs() < 1e-5 {
            break;
        }
        (low, high) = if target < sum { (low, sigma) } else { (sigma, high) };
        sigma = if high.is_finite() { (low + high) / 2.0 } else { 2.0 * sigma };
    }
    let mean = distances.iter().map(|&d| f64::from(d)).sum::<f64>() / distances.len().max(1) as f64;
    let sigma = sigma.max(1e-3 * mean).max(f64::MIN_POSITIVE);
    distances.iter().map(|&d| weight(d, sigma)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn built(neighbours: &Neighbours, affinity: Affinity) -> NeighbourGraph {
        let mut builder = GraphBuilder::new(neighbours.clone(), affinity);
        while !builder.advance() {}
        builder.finish().1
    }

    #[test]
    fn probabilities_have_the_perplexity_and_memberships_the_sum() {
        let distances: Vec<f32> = (0..90).map(|n| 1.0 + (n as f32 * 0.37).sqrt()).collect();
        let p = conditional(&distances, 30.0);
        let entropy: f64 = p.iter().map(|&p| f64::from(p)).filter(|&p| 0.0 < p).map(|p| -p * p.ln()).sum();
        assert!((entropy.exp() - 30.0).abs() < 0.01, "{}", entropy.exp());
        assert!((p.iter().sum::<f32>() - 1.0).abs() < 1e-5 && p.is_sorted_by(|a, b| b <= a));
        let w = memberships(&distances[..14], 15f64.log2());
        assert!((w.iter().map(|&w| f64::from(w)).sum::<f64>() - 15f64.log2()).abs() < 1e-3);
        assert_eq!(w[0], 1.0);
        assert!(conditional(&[0.0; 5], 30.0).iter().all(|&p| (p - 0.2).abs() < 1e-6), "equal points");
        assert!(memberships(&[0.0; 5], 3.0).iter().all(|&w| w == 1.0));
    }

    #[test]
    fn the_graph_is_symmetric_and_that_of_t_sne_sums_to_one() {
        // Points on a line, each with the nearest three.
        let at = |n: usize| (n * n) as f32 * 0.1;
        let mut neighbours = Neighbours { k: 3, ..Neighbours::default() };
        for point in 0..300 {
            let mut others: Vec<(f32, u32)> =
                (0..300).filter(|&n| n != point).map(|n| ((at(n) - at(point)).abs(), n as u32)).collect();
            others.sort_by(|a, b| a.0.total_cmp(&b.0));
            neighbours.ids.extend(others[..3].iter().map(|(_, id)| id));
            neighbours.distances.extend(others[..3].iter().map(|(distance, _)| distance));
        }
        for affinity in [Affinity::Perplexity(2.0), Affinity::Fuzzy(4)] {
            let graph = built(&neighbours, affinity);
            assert_eq!(graph.len(), 300);
            for point in 0..300 {
                for (other, weight) in graph.of(point) {
                    let back = graph.of(other as usize).find(|&(back, _)| back == point as u32);
                    assert_eq!(back.map(|(_, weight)| weight), Some(weight), "{point} {other}");
                }
            }
            let sum: f64 = graph.weights.iter().map(|&weight| f64::from(weight)).sum();
            match affinity {
                Affinity::Perplexity(_) => assert!((sum - 1.0).abs() < 1e-4, "{sum}"),
                Affinity::Fuzzy(_) => assert!(graph.weights.iter().all(|&weight| 0.0 < weight && weight <= 1.0)),
            }
        }
        assert!(built(&Neighbours::default(), Affinity::Fuzzy(15)).is_empty());
    }
}
