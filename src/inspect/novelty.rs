//! The novelty of an image: how unlike the images trained on it is, by deep nearest neighbours.
//!
//! The features z `[len]` of an image, scaled to length 1, are compared with those of images trained on: the distance to
//! the [`NEIGHBOUR`]th nearest is its novelty. The bound is the novelty that 99 of 100 images kept out of training stay
//! below. (Sun, Ming, Zhu, Li: Out-of-Distribution Detection with Deep Nearest Neighbors, 2022.) Unlike a probability, this
//! is large for images of no class that drive a network as strongly as its own do.

use crate::par;
use crate::select::select;

/// The neighbour whose distance counts: with the first, a single odd image would make its like familiar.
const NEIGHBOUR: usize = 3;
/// Images kept out of training, below which the bound comes from the images trained on, each beside the others.
const FEWEST_HELD_OUT: usize = 20;
/// Share of the images kept out that are below the bound.
const SHARE: f64 = 0.99;

/// Features of images trained on, and the bound of what is like them.
#[derive(Clone, Debug)]
pub struct Novelty {
    len: usize,
    /// Vectors of length 1, `[images, len]`.
    known: Vec<f32>,
    bound: f32,
}

impl Novelty {
    /// Takes the features of images trained on and of images kept out of training, `[images, len]` each. `None` where there
    /// are too few of the first, or values that are not finite.
    pub fn new(len: usize, mut known: Vec<f32>, mut held_out: Vec<f32>) -> Option<Self> {
        let count = known.len() / len.max(1);
        if count <= NEIGHBOUR || !known.iter().chain(&held_out).all(|z| z.is_finite()) {
            return None;
        }
        known.chunks_exact_mut(len).chain(held_out.chunks_exact_mut(len)).for_each(scale_to_one);
        let mut made = Self { len, known, bound: 0.0 };
        let mut others: Vec<f32> = if held_out.len() < FEWEST_HELD_OUT * len {
            // Each is its own nearest neighbour.
            par::map(&made.known.chunks_exact(len).collect::<Vec<_>>(), |z| made.distance(z, NEIGHBOUR + 1))
        } else {
            par::map(&held_out.chunks_exact(len).collect::<Vec<_>>(), |z| made.distance(z, NEIGHBOUR))
        };
        others.sort_by(f32::total_cmp);
        made.bound = others[((others.len() - 1) as f64 * SHARE).round() as usize];
        Some(made)
    }

    /// The novelty of an image with these features, 0..=2.
    pub fn of(&self, features: &[f32]) -> f32 {
        let mut z = features.to_vec();
        scale_to_one(&mut z);
        self.distance(&z, NEIGHBOUR)
    }

    /// The novelty above which an image is unlike those trained on.
    pub fn bound(&self) -> f32 {
        self.bound
    }

    /// The distance of z to its `number`th nearest neighbour, from 1 on.
    fn distance(&self, z: &[f32], number: usize) -> f32 {
        let squared = |other: &[f32]| z.iter().zip(other).map(|(z, other)| (z - other) * (z - other)).sum::<f32>();
        let mut all: Vec<f32> = self.known.chunks_exact(self.len).map(squared).collect();
        let nth = number.min(all.len()) - 1;
        select(&mut all, nth, |a, b| a.total_cmp(b));
        all[nth].sqrt()
    }
}

/// Scales a vector to length 1; one of zeros stays.
fn scale_to_one(z: &mut [f32]) {
    let length = z.iter().map(|&z| f64::from(z) * f64::from(z)).sum::<f64>().sqrt();
    if 0.0 < length {
        z.iter_mut().for_each(|z| *z = (f64::from(*z) / length) as f32);
    }
}
