//! Schedules of the learning rate over a run: a warm-up, then a curve.
//!
//! rate(step) = base * curve(p), where p in 0..=1 is the elapsed share of the run after the warm-up. During the warm-up
//! it rises in equal steps to base * curve(0).
//!
//! | curve | factor at p |
//! |---|---|
//! | constant | 1 |
//! | linear | 1 - p |
//! | cosine | (1 + cos pi p) / 2 (<https://arxiv.org/abs/1608.03983>) |
//! | exponential | end^p |
//! | step | factor^k, k = 0 to `drops` in equal parts of the run |
//! | one-cycle | up from 1/25 by half a cosine until p = 0.3, then down to 1/250,000 (<https://arxiv.org/abs/1708.07120>) |

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::kernels::maths;

/// A warm-up followed by a curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schedule {
    pub curve: Curve,
    /// Number of steps before the curve begins; 0 for none.
    pub warmup_steps: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Curve {
    Constant,
    Linear,
    Cosine,
    /// The factor at the end of the run, greater than 0.
    Exponential {
        end: f32,
    },
    /// Number of drops and the factor of each.
    Step {
        drops: u32,
        factor: f32,
    },
    OneCycle,
}

impl Schedule {
    pub const CONSTANT: Schedule = Schedule { curve: Curve::Constant, warmup_steps: 0 };

    /// The rate of step number `step`, from 0 on, in a run of `steps`. A run of 0 steps has no end and stays at p = 0.
    pub fn rate(&self, base: f32, step: u64, steps: u64) -> f32 {
        if step < self.warmup_steps {
            let risen = (step + 1) as f64 / self.warmup_steps as f64;
            return (base as f64 * self.curve.factor(0.0) * risen) as f32;
        }
        let (done, whole) = (step - self.warmup_steps, steps.saturating_sub(self.warmup_steps));
        let p = if steps == 0 { 0.0 } else { (done as f64 / whole.max(1) as f64).min(1.0) };
        (base as f64 * self.curve.factor(p)) as f32
    }
}

impl Curve {
    pub const ALL: &[Curve] = &[
        Curve::Constant,
        Curve::Linear,
        Curve::Cosine,
        Curve::Exponential { end: 0.01 },
        Curve::Step { drops: 2, factor: 0.1 },
        Curve::OneCycle,
    ];

    /// The factor of the base rate after the share `p` of the run, 0..=1.
    pub fn factor(self, p: f64) -> f64 {
        match self {
            Curve::Constant => 1.0,
            Curve::Linear => 1.0 - p,
            Curve::Cosine => fall(p),
            Curve::Exponential { end } => maths::exp(p as f32 * maths::ln(end)) as f64,
            Curve::Step { drops, factor } => {
                let passed = (p * (drops as f64 + 1.0)).min(drops as f64) as i32;
                (factor as f64).powi(passed)
            }
            Curve::OneCycle => {
                let (start, top, end, turn) = (1.0 / 25.0, 1.0, 1.0 / 250_000.0, 0.3);
                let (from, to, part) =
                    if p < turn { (start, top, p / turn) } else { (top, end, (p - turn) / (1.0 - turn)) };
                to + (from - to) * fall(part)
            }
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Curve::Constant => "constant",
            Curve::Linear => "linear",
            Curve::Cosine => "cosine",
            Curve::Exponential { .. } => "exponential",
            Curve::Step { .. } => "step",
            Curve::OneCycle => "one-cycle",
        }
    }

    /// The curve of this name, with its default numbers.
    pub fn parse(text: &str) -> Result<Self> {
        Self::ALL.iter().copied().find(|curve| curve.name() == text).ok_or_else(|| {
            let names: Vec<&str> = Self::ALL.iter().map(|curve| curve.name()).collect();
            Error::expected("schedule", format!("one of {}", names.join(", ")), format!("{text:?}"))
        })
    }
}

/// Half a cosine from 1 at p = 0 to 0 at p = 1: (1 + cos pi p) / 2.
fn fall(p: f64) -> f64 {
    // cos pi p = sin a with |a| <= pi / 2, where this many terms of the series are exact to 1e-11, without a call to
    // the platform's library.
    let a = std::f64::consts::PI * (0.5 - p);
    let terms = (1..8).rev().fold(1.0, |tail, k| 1.0 - a * a / ((2 * k) * (2 * k + 1)) as f64 * tail);
    0.5 + 0.5 * a * terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_a_cosine_is_that_of_the_library() {
        for n in 0..=100 {
            let p = n as f64 / 100.0;
            assert!((fall(p) - 0.5 * (1.0 + (std::f64::consts::PI * p).cos())).abs() < 1e-11, "{p}");
        }
    }

    #[test]
    fn curves_begin_turn_and_end_where_the_table_says() {
        let table = [
            (Curve::Constant, [1.0, 1.0, 1.0]),
            (Curve::Linear, [1.0, 0.7, 0.0]),
            (Curve::Cosine, [1.0, 0.7938926, 0.0]),
            (Curve::Exponential { end: 0.01 }, [1.0, 0.2511886, 0.01]),
            (Curve::Step { drops: 3, factor: 0.5 }, [1.0, 0.5, 0.125]),
            (Curve::OneCycle, [0.04, 1.0, 4e-6]),
        ];
        for (curve, factors) in table {
            for (p, factor) in [0.0, 0.3, 1.0].into_iter().zip(factors) {
                assert!((curve.factor(p) - factor).abs() < 1e-6, "{curve:?} at {p}: {}", curve.factor(p));
            }
        }
    }

    #[test]
    fn warm_up_rises_in_equal_steps_to_where_every_curve_begins() {
        for &curve in Curve::ALL {
            let schedule = Schedule { curve, warmup_steps: 4 };
            let top = 0.1 * curve.factor(0.0) as f32;
            for step in 0..4 {
                assert!((schedule.rate(0.1, step, 100) - top * (step + 1) as f32 / 4.0).abs() < 1e-8);
            }
            assert!((schedule.rate(0.1, 4, 100) - top).abs() < 1e-8, "{curve:?}");
        }
    }

    #[test]
    fn odd_lengths_of_a_run_give_finite_rates() {
        for &curve in Curve::ALL {
            assert_eq!(Curve::parse(curve.name()), Ok(curve));
            for (warmup_steps, step, steps) in [(0, 0, 0), (0, 9, 0), (5, 9, 5), (5, 9, 3), (0, 9, 9), (0, u64::MAX, 1)]
            {
                let rate = Schedule { curve, warmup_steps }.rate(0.1, step, steps);
                assert!((0.0..=0.1).contains(&rate), "{curve:?}: {rate}");
            }
        }
    }
}
