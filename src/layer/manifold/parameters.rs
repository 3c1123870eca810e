//! The parameters of a manifold, and how raw scalars become the numbers of a curve.
//!
//! | raw | number |
//! |---|---|
//! | alpha | A = 2 sigmoid(alpha) - 1, the height |
//! | beta | B = beta + 1, the power of the sine |
//! | gamma | G = sigmoid(gamma), the vertical shift |
//! | theta | T = softplus(theta) / ln 2, the period in units of the layer's |
//! | phi | the phase in radians |
//! | sigma | S = softplus(sigma), the width |
//! | mu | the centre, times the rate of centres |
//! | kappa | c = sigmoid(kappa), the cutoff of the whole layer |

use std::f32::consts::{LN_2, TAU};
use std::ops::Range;

use super::Manifold;
use crate::kernels::curve::{ClosenessCurve, DERIVATIVES};
use crate::kernels::maths::{sigmoid, softplus};

/// Where the parameters are within the layer's, in the order of its tensors.
#[derive(Clone, Debug, PartialEq)]
pub struct ParameterRanges {
    /// The seven raw scalars of each row and bump `[7][rows, bumps]`.
    pub curves: Range<usize>,
    pub cutoff: usize,
    /// One weight and one bias for each source, or for each gate and source `[gates][sources]`.
    pub weight: Range<usize>,
    pub bias: Range<usize>,
    /// r and b of gated neurons `[gates][hidden]`; empty if they are plain.
    pub recurrent: Range<usize>,
    pub gate: Range<usize>,
    /// Own weights of the cells; empty without them.
    pub own: Range<usize>,
}

impl Manifold {
    pub(super) fn ranges(&self) -> ParameterRanges {
        let cells = self.cells();
        let cutoff = DERIVATIVES * cells.rows() * self.bumps;
        let after = |range: &Range<usize>, len: usize| range.end..range.end + len;
        let curves = 0..cutoff;
        let weight = cutoff + 1..cutoff + 1 + self.gates() * cells.all_sources();
        let bias = after(&weight, weight.len());
        let recurrent = after(&bias, self.gates() * self.states());
        let gate = after(&recurrent, recurrent.len());
        let own = after(&gate, if self.edges.has_own_weights() { cells.count() } else { 0 });
        ParameterRanges { curves, cutoff, weight, bias, recurrent, gate, own }
    }

    /// Index within the layer's parameters of raw scalar `scalar` (0 alpha to 6 mu) of a bump of a row.
    pub fn raw(&self, scalar: usize, row: usize, bump: usize) -> usize {
        (scalar * self.cells().rows() + row) * self.bumps + bump
    }

    /// The curve of a bump of a row.
    pub fn curve(&self, theta: &[f32], row: usize, bump: usize) -> ClosenessCurve {
        let raw: [f32; DERIVATIVES] = std::array::from_fn(|scalar| theta[self.raw(scalar, row, bump)]);
        let [alpha, beta, gamma, period, phi, sigma, mu] = raw;
        ClosenessCurve {
            amplitude: 2.0 * sigmoid(alpha) - 1.0,
            power: beta + 1.0,
            shift: sigmoid(gamma),
            rate: LN_2 / (self.period * softplus(period).max(LEAST)),
            phase: phi / TAU,
            width: softplus(sigma).max(LEAST),
            centre: self.centre_rate * mu,
        }
    }

    /// The derivatives of the numbers of a curve with respect to their raw scalars.
    pub(super) fn slopes(&self, theta: &[f32], row: usize, bump: usize) -> [f32; DERIVATIVES] {
        let raw: [f32; DERIVATIVES] = std::array::from_fn(|scalar| theta[self.raw(scalar, row, bump)]);
        let [alpha, _, gamma, period, _, sigma, _] = raw;
        let of_sigmoid = |x: f32| sigmoid(x) * (1.0 - sigmoid(x));
        let soft = softplus(period).max(LEAST);
        [
            2.0 * of_sigmoid(alpha),
            1.0,
            of_sigmoid(gamma),
            -LN_2 * sigmoid(period) / (self.period * soft * soft),
            1.0 / TAU,
            sigmoid(sigma),
            self.centre_rate,
        ]
    }

    /// c.
    pub fn cutoff(&self, theta: &[f32]) -> f32 {
        sigmoid(theta[self.ranges().cutoff])
    }
}

/// Least width and period, so that nothing is divided by 0.
const LEAST: f32 = 1e-3;
