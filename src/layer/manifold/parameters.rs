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

use serde::{Deserialize, Serialize};

use super::Manifold;
use crate::kernels::curve::{self, ClosenessCurve, DERIVATIVES};
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

/// A number of a curve, in units that can be seen: of closeness, of sources, of radians.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CurveNumber {
    /// A, -1 to 1.
    Height,
    /// B.
    Power,
    /// G, 0 to 1.
    Shift,
    /// Sources from one crest to the next.
    Period,
    /// Radians at position 0.
    Phase,
    /// S, in sources.
    Width,
    /// The source that the bell is centred at.
    Centre,
}

impl CurveNumber {
    /// In the order of their raw scalars.
    pub const ALL: [CurveNumber; DERIVATIVES] =
        [Self::Height, Self::Power, Self::Shift, Self::Period, Self::Phase, Self::Width, Self::Centre];

    /// The number of its raw scalar.
    pub fn scalar(self) -> usize {
        self as usize
    }

    pub fn name(self) -> &'static str {
        ["height", "power", "shift", "period", "phase", "width", "centre"][self.scalar()]
    }
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

    /// The parameters that weigh the sources.
    pub fn weights(&self) -> Range<usize> {
        self.ranges().weight
    }

    /// The parameters that the structure follows from: the curves and the cutoff, or the weights that are edges.
    pub fn structure_parameters(&self) -> Range<usize> {
        let ranges = self.ranges();
        if self.edges.is_own() { ranges.own } else { 0..ranges.cutoff + 1 }
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

    /// A number of a curve as people see it; see [`CurveNumber`].
    pub fn number(&self, theta: &[f32], row: usize, bump: usize, number: CurveNumber) -> f32 {
        let curve = self.curve(theta, row, bump);
        match number {
            CurveNumber::Height => curve.amplitude,
            CurveNumber::Power => curve.power,
            CurveNumber::Shift => curve.shift,
            CurveNumber::Period => 1.0 / curve.rate,
            CurveNumber::Phase => curve.phase * TAU,
            CurveNumber::Width => curve.width,
            CurveNumber::Centre => curve.centre - self.cells().first_position(row),
        }
    }

    /// The raw scalar that gives a curve this number: the inverse of [`Manifold::number`]. Values that no raw scalar gives
    /// become the nearest that one does.
    pub fn raw_of(&self, row: usize, number: CurveNumber, value: f32) -> f32 {
        let logit = |share: f32| {
            let share = f64::from(share).clamp(1e-6, 1.0 - 1e-6);
            (share / (1.0 - share)).ln() as f32
        };
        match number {
            CurveNumber::Height => logit(0.5 * (value + 1.0)),
            CurveNumber::Power => value - 1.0,
            CurveNumber::Shift => logit(value),
            CurveNumber::Period => inverse_softplus(value * LN_2 / self.period),
            CurveNumber::Phase => value,
            CurveNumber::Width => inverse_softplus(value),
            CurveNumber::Centre => (value + self.cells().first_position(row)) / self.centre_rate,
        }
    }

    /// d of every source of a row, edge or not.
    pub fn closeness(&self, theta: &[f32], row: usize) -> Vec<f32> {
        let cells = self.cells();
        let mut closeness = vec![0.0; cells.sources(row)];
        for bump in 0..self.bumps {
            curve::add_values(&self.curve(theta, row, bump), cells.first_position(row), &mut closeness);
        }
        closeness
    }

    /// The parameter of the own weight of a cell; `None` where edges have none.
    pub fn own_weight(&self, row: usize, source: usize) -> Option<usize> {
        let own = self.ranges().own;
        (!own.is_empty()).then(|| own.start + self.cells().first(row) + source)
    }

    /// c.
    pub fn cutoff(&self, theta: &[f32]) -> f32 {
        sigmoid(theta[self.ranges().cutoff])
    }
}

/// Least width and period, so that nothing is divided by 0.
const LEAST: f32 = 1e-3;

/// The number whose softplus this is, for numbers above 0; for a large one it is the number itself.
pub(super) fn inverse_softplus(value: f32) -> f32 {
    let value = f64::from(value).max(1e-6);
    if 20.0 < value { value as f32 } else { value.exp_m1().ln() as f32 }
}
