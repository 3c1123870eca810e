//! Activations: y = f(z), element by element, each with its derivative beside it.
//!
//! | name | f(z) | f'(z) |
//! |---|---|---|
//! | linear | z | 1 |
//! | relu | max(0, z) | 1 if 0 < y else 0 |
//! | leaky-relu:s | z if 0 < z else s z | 1 if 0 < y else s |
//! | sigmoid | 1 / (1 + e^-z) | y (1 - y) |
//! | tanh | tanh z | 1 - y² |
//! | gelu | z Φ(z), the exact form with erf, not the tanh one | Φ(z) + z φ(z) |
//! | silu | z sigmoid(z) | s (1 + z (1 - s)), s = sigmoid(z) |
//! | clip:a:b | z cut to a..=b | 1 if a < y < b else 0 |
//! | hard-sigmoid | z / 6 + 1/2 cut to 0..=1 | 1/6 if 0 < y < 1 else 0 |
//! | hard-swish | z hard-sigmoid(z) | 0 below -3, 1 above 3, else z / 3 + 1/2 |
//!
//! Derivatives at 0 are PyTorch's: 0 for relu, s for leaky-relu. Comparisons are written so that NaN stays NaN.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::kernels::{elementwise, maths};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Activation {
    Linear,
    Relu,
    /// The slope below 0, in 0..=1, so that the sign of y is the sign of z.
    LeakyRelu {
        slope: f32,
    },
    Sigmoid,
    Tanh,
    Gelu,
    Silu,
    /// Both ends are finite, the lower one first.
    Clip {
        low: f32,
        high: f32,
    },
    HardSigmoid,
    HardSwish,
}

impl Activation {
    pub const ALL: &[Activation] = &[
        Activation::Linear,
        Activation::Relu,
        Activation::LeakyRelu { slope: 0.01 },
        Activation::Sigmoid,
        Activation::Tanh,
        Activation::Gelu,
        Activation::Silu,
        Activation::Clip { low: 0.0, high: 6.0 },
        Activation::HardSigmoid,
        Activation::HardSwish,
    ];

    /// Whether the derivative cannot be computed from y, so that backward needs z.
    pub fn needs_z(self) -> bool {
        matches!(self, Activation::Gelu | Activation::Silu | Activation::HardSwish)
    }

    /// Computes y = f(z).
    pub fn forward(self, z: &[f32], y: &mut [f32]) {
        assert_eq!(z.len(), y.len());
        y.copy_from_slice(z);
        self.forward_in_place(y);
    }

    /// Replaces z by f(z).
    pub fn forward_in_place(self, z: &mut [f32]) {
        match self {
            Activation::Linear => {}
            Activation::Relu => elementwise::map(z, |z| if z < 0.0 { 0.0 } else { z }),
            Activation::LeakyRelu { slope } => elementwise::map(z, |z| if z < 0.0 { slope * z } else { z }),
            Activation::Sigmoid => elementwise::map(z, maths::sigmoid),
            Activation::Tanh => elementwise::map(z, maths::tanh),
            Activation::Gelu => elementwise::map(z, gelu),
            Activation::Silu => elementwise::map(z, silu),
            Activation::Clip { low, high } => elementwise::map(z, |z| cut(z, low, high)),
            Activation::HardSigmoid => elementwise::map(z, hard_sigmoid),
            Activation::HardSwish => elementwise::map(z, |z| z * hard_sigmoid(z)),
        }
    }

    /// Replaces dy by dz = dy f'(z). The first argument is z if [`Activation::needs_z`], otherwise y.
    pub fn backward(self, z_or_y: &[f32], dy: &mut [f32]) {
        match self {
            Activation::Linear => {}
            Activation::Relu => elementwise::zip(dy, z_or_y, |dy, y| if y <= 0.0 { 0.0 } else { dy }),
            Activation::LeakyRelu { slope } => {
                elementwise::zip(dy, z_or_y, |dy, y| if y <= 0.0 { slope * dy } else { dy });
            }
            Activation::Sigmoid => elementwise::zip(dy, z_or_y, |dy, y| dy * (y * (1.0 - y))),
            Activation::Tanh => elementwise::zip(dy, z_or_y, |dy, y| dy * (1.0 - y * y)),
            Activation::Gelu => elementwise::zip(dy, z_or_y, gelu_back),
            Activation::Silu => elementwise::zip(dy, z_or_y, silu_back),
            Activation::Clip { low, high } => {
                elementwise::zip(dy, z_or_y, |dy, y| if y <= low || high <= y { 0.0 } else { dy });
            }
            Activation::HardSigmoid => {
                elementwise::zip(dy, z_or_y, |dy, y| dy * if y <= 0.0 || 1.0 <= y { 0.0 } else { 1.0 / 6.0 });
            }
            Activation::HardSwish => elementwise::zip(dy, z_or_y, hard_swish_back),
        }
    }

    /// The word that [`Activation::parse`] reads, without numbers.
    pub fn name(self) -> &'static str {
        match self {
            Activation::Linear => "linear",
            Activation::Relu => "relu",
            Activation::LeakyRelu { .. } => "leaky-relu",
            Activation::Sigmoid => "sigmoid",
            Activation::Tanh => "tanh",
            Activation::Gelu => "gelu",
            Activation::Silu => "silu",
            Activation::Clip { .. } => "clip",
            Activation::HardSigmoid => "hard-sigmoid",
            Activation::HardSwish => "hard-swish",
        }
    }

    /// Parses `relu`, `leaky-relu` (slope 0.01) or `leaky-relu:0.2`; the inverse of printing.
    pub fn parse(text: &str) -> Result<Self> {
        let unknown = || {
            let names: Vec<&str> = Self::ALL.iter().map(|activation| activation.name()).collect();
            Error::expected("activation", format!("one of {}", names.join(", ")), format!("{text:?}"))
        };
        let (name, slope) = text.split_once(':').map_or((text, None), |(name, slope)| (name, Some(slope)));
        let activation = Self::ALL.iter().copied().find(|activation| activation.name() == name).ok_or_else(unknown)?;
        match (activation, slope) {
            (_, None) => Ok(activation),
            (Activation::LeakyRelu { .. }, Some(slope)) => {
                let slope = slope.parse().map_err(|_| Error::expected(name, "a number for its slope", slope))?;
                Activation::LeakyRelu { slope }.checked()
            }
            (Activation::Clip { .. }, Some(ends)) => {
                let wrong = || Error::expected(name, "its two ends, as in clip:0:6", ends);
                let (low, high) = ends.split_once(':').ok_or_else(wrong)?;
                let end = |text: &str| text.parse().map_err(|_| wrong());
                Activation::Clip { low: end(low)?, high: end(high)? }.checked()
            }
            _ => Err(unknown()),
        }
    }

    /// Checks an activation from outside.
    pub fn checked(self) -> Result<Self> {
        match self {
            Activation::LeakyRelu { slope } if !(0.0..=1.0).contains(&slope) => {
                Err(Error::expected("leaky-relu", "a slope of 0 to 1", slope))
            }
            Activation::Clip { low, high } if !(low < high && low.is_finite() && high.is_finite()) => {
                Err(Error::expected("clip", "two finite ends, the lower first", format!("{low} and {high}")))
            }
            _ => Ok(self),
        }
    }
}

impl fmt::Display for Activation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Activation::LeakyRelu { slope } => write!(f, "{}:{slope}", self.name()),
            Activation::Clip { low, high } => write!(f, "{}:{low}:{high}", self.name()),
            _ => f.write_str(self.name()),
        }
    }
}

// Functions rather than closures, because they must be inlined for their loops to be vectorised.

#[inline(always)]
fn gelu(z: f32) -> f32 {
    z * maths::normal(z).cdf
}

#[inline(always)]
fn gelu_back(dy: f32, z: f32) -> f32 {
    let normal = maths::normal(z);
    dy * (normal.cdf + z * normal.pdf)
}

#[inline(always)]
fn silu(z: f32) -> f32 {
    z * maths::sigmoid(z)
}

/// NaN stays NaN.
#[inline(always)]
fn cut(z: f32, low: f32, high: f32) -> f32 {
    let above = if z < low { low } else { z };
    if high < above { high } else { above }
}

#[inline(always)]
fn hard_sigmoid(z: f32) -> f32 {
    cut(z * (1.0 / 6.0) + 0.5, 0.0, 1.0)
}

#[inline(always)]
fn hard_swish_back(dy: f32, z: f32) -> f32 {
    let slope = if z < -3.0 { 0.0 } else { z * (1.0 / 3.0) + 0.5 };
    dy * if 3.0 < z { 1.0 } else { slope }
}

#[inline(always)]
fn silu_back(dy: f32, z: f32) -> f32 {
    let s = maths::sigmoid(z);
    dy * (s * (1.0 + z * (1.0 - s)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_and_parsing_are_inverse() {
        for &activation in Activation::ALL {
            assert_eq!(Activation::parse(&activation.to_string()), Ok(activation));
        }
        assert_eq!(Activation::parse("leaky-relu:0.5"), Ok(Activation::LeakyRelu { slope: 0.5 }));
        for wrong in [
            "",
            "rely",
            "relu:1",
            "leaky-relu:",
            "leaky-relu:-1",
            "leaky-relu:NaN",
            "leaky-relu:2",
            "clip:1",
            "clip:2:1",
        ] {
            assert!(Activation::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn nan_passes_through_every_activation_and_its_derivative() {
        for &activation in Activation::ALL {
            let mut y = [f32::NAN; 5];
            activation.forward_in_place(&mut y);
            assert!(y.iter().all(|y| y.is_nan()), "{activation}");
            let mut dy = [f32::NAN; 5];
            activation.backward(&[1.0; 5], &mut dy);
            assert!(dy.iter().all(|dy| dy.is_nan()), "{activation}");
        }
    }

    #[test]
    fn slopes_at_0_are_those_of_the_table() {
        for (&activation, expected) in
            Activation::ALL.iter().zip([1.0, 0.0, 0.01, 0.25, 1.0, 0.5, 0.5, 0.0, 1.0 / 6.0, 0.5])
        {
            let (z, mut y, mut dy) = ([0.0], [0.0], [1.0]);
            activation.forward_in_place(&mut y);
            activation.backward(if activation.needs_z() { &z } else { &y }, &mut dy);
            assert_eq!(dy, [expected], "{activation}");
        }
    }

    #[test]
    fn huge_values_stay_finite() {
        for &activation in Activation::ALL {
            for z in [-1e30, -100.0, 100.0, 1e30] {
                let (z, mut y, mut dy) = ([z], [z], [1.0]);
                activation.forward_in_place(&mut y);
                activation.backward(if activation.needs_z() { &z } else { &y }, &mut dy);
                assert!(y[0].is_finite() && dy[0].is_finite(), "{activation} at {z:?}: {y:?} {dy:?}");
            }
        }
    }
}
