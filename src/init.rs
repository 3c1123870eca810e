//! Initialisation of tensors with random numbers, scaled by the number of connections of a neuron.
//!
//! | rule | deviation |
//! |---|---|
//! | he | sqrt(2 / fan_in): keeps the variance through ReLU (<https://arxiv.org/abs/1502.01852>) |
//! | lecun | sqrt(1 / fan_in): keeps it through a linear layer, tanh, SELU |
//! | glorot | sqrt(2 / (fan_in + fan_out)): between forward and backward (Glorot and Bengio 2010) |
//!
//! The uniform distribution on -a..a has deviation a / sqrt 3, so a is sqrt 3 times the deviation in the table.

use crate::rng::Rng;

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    Zeros,
    Ones,
    Normal {
        mean: f32,
        deviation: f32,
    },
    HeNormal {
        fan_in: usize,
    },
    HeUniform {
        fan_in: usize,
    },
    LecunNormal {
        fan_in: usize,
    },
    LecunUniform {
        fan_in: usize,
    },
    GlorotNormal {
        fan_in: usize,
        fan_out: usize,
    },
    GlorotUniform {
        fan_in: usize,
        fan_out: usize,
    },
    /// He's rule for the `share` of the values that are there; others are 0.
    Sparse {
        share: f32,
        fan_in: usize,
    },
}

impl Init {
    /// Number of random numbers that one value takes.
    pub fn numbers_per_value(&self) -> u64 {
        match self {
            Init::Zeros | Init::Ones => 0,
            Init::Normal { .. } => Rng::NUMBERS_PER_NORMAL,
            Init::HeUniform { .. } | Init::LecunUniform { .. } | Init::GlorotUniform { .. } => 1,
            Init::HeNormal { .. } | Init::LecunNormal { .. } | Init::GlorotNormal { .. } => Rng::NUMBERS_PER_NORMAL,
            Init::Sparse { .. } => 1 + Rng::NUMBERS_PER_NORMAL,
        }
    }

    /// Sets `values` from the next numbers of `rng`.
    pub fn fill(&self, values: &mut [f32], rng: &mut Rng) {
        match *self {
            Init::Zeros => values.fill(0.0),
            Init::Ones => values.fill(1.0),
            Init::Normal { mean, deviation } => {
                values.iter_mut().for_each(|value| *value = mean + deviation * rng.normal());
            }
            Init::HeNormal { fan_in } => normal(values, rng, 2.0 / at_least_one(fan_in)),
            Init::HeUniform { fan_in } => uniform(values, rng, 2.0 / at_least_one(fan_in)),
            Init::LecunNormal { fan_in } => normal(values, rng, 1.0 / at_least_one(fan_in)),
            Init::LecunUniform { fan_in } => uniform(values, rng, 1.0 / at_least_one(fan_in)),
            Init::GlorotNormal { fan_in, fan_out } => normal(values, rng, 2.0 / at_least_one(fan_in + fan_out)),
            Init::GlorotUniform { fan_in, fan_out } => uniform(values, rng, 2.0 / at_least_one(fan_in + fan_out)),
            Init::Sparse { share, fan_in } => {
                let deviation = (2.0 / (share * at_least_one(fan_in)).max(1.0)).sqrt();
                values.iter_mut().for_each(|value| {
                    let is_there = rng.uniform() < share;
                    let drawn = deviation * rng.normal();
                    *value = if is_there { drawn } else { 0.0 };
                });
            }
        }
    }
}

fn normal(values: &mut [f32], rng: &mut Rng, variance: f32) {
    let deviation = variance.sqrt();
    values.iter_mut().for_each(|value| *value = deviation * rng.normal());
}

fn uniform(values: &mut [f32], rng: &mut Rng, variance: f32) {
    let a = (3.0 * variance).sqrt();
    values.iter_mut().for_each(|value| *value = rng.range(-a, a));
}

/// A neuron without connections must not get infinite numbers.
fn at_least_one(fan: usize) -> f32 {
    fan.max(1) as f32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    #[test]
    fn deviations_are_those_of_the_table_and_means_are_zero() {
        let table = [
            (Init::HeNormal { fan_in: 50 }, 0.2),
            (Init::HeUniform { fan_in: 50 }, 0.2),
            (Init::LecunNormal { fan_in: 25 }, 0.2),
            (Init::LecunUniform { fan_in: 25 }, 0.2),
            (Init::GlorotNormal { fan_in: 20, fan_out: 30 }, 0.2),
            (Init::GlorotUniform { fan_in: 20, fan_out: 30 }, 0.2),
        ];
        for (init, deviation) in table {
            let mut values = vec![0.0; 40_000];
            init.fill(&mut values, &mut Rng::new(1, Purpose::Test, 0));
            let mean = values.iter().map(|&v| v as f64).sum::<f64>() / 40_000.0;
            let variance = values.iter().map(|&v| (v as f64 - mean).powi(2)).sum::<f64>() / 40_000.0;
            assert!(mean.abs() < 0.005, "{init:?}: mean {mean}");
            assert!((variance.sqrt() - deviation).abs() < 0.003, "{init:?}: deviation {}", variance.sqrt());
        }
    }

    #[test]
    fn a_seed_gives_the_same_numbers_again() {
        let fill = || {
            let mut values = [0.0; 9];
            Init::HeNormal { fan_in: 3 }.fill(&mut values, &mut Rng::new(7, Purpose::Initialise, 2));
            values
        };
        assert_eq!(fill(), fill());
    }
}
