//! What several test files share.

#![allow(dead_code)] // each test file uses a part of it

pub mod gradient;
pub mod layers;

use neurarium::rng::{Purpose, Rng};

/// `len` numbers in -1..1, the same for the same `seed`.
pub fn numbers(len: usize, seed: u64) -> Vec<f32> {
    let mut rng = Rng::new(seed, Purpose::Test, 0);
    (0..len).map(|_| rng.range(-1.0, 1.0)).collect()
}
