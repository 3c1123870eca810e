//! The gated neuron, for a group of examples: the cell of an LSTM (Hochreiter and Schmidhuber 1997, with the forget gate
//! of Gers et al. 2000).
//!
//! From the sums a of its four gates and its state c of the step before:
//!
//! g = tanh a_0, i = sigmoid a_1, f = sigmoid(a_2 + 1), o = sigmoid a_3; c' = f c + i g, y = o tanh c'.
//!
//! The 1 keeps the state for some steps while the parameters are small.

use super::elementwise::{Loop, best};
use super::maths::{sigmoid, tanh};
use super::sparse::{Group, WIDTH};

/// Gates of a neuron: candidate, input, forget, output.
pub const GATES: usize = 4;

/// What a neuron has computed in one step.
#[derive(Clone, Copy, Debug)]
pub struct Gated {
    /// g, i, f, o.
    pub gates: [Group; GATES],
    /// c'.
    pub state: Group,
    pub y: Group,
}

struct GatedForward<'a> {
    sums: &'a [Group; GATES],
    before: &'a Group,
}

impl Loop for GatedForward<'_> {
    type Out = Gated;
    #[inline(always)]
    fn run(self) -> Gated {
        let Self { sums, before } = self;
        let mut out = Gated { gates: [[0.0; WIDTH]; GATES], state: [0.0; WIDTH], y: [0.0; WIDTH] };
        for k in 0..WIDTH {
            let (g, i) = (tanh(sums[0][k]), sigmoid(sums[1][k]));
            let (f, o) = (sigmoid(sums[2][k] + 1.0), sigmoid(sums[3][k]));
            let state = f * before[k] + i * g;
            (out.gates[0][k], out.gates[1][k], out.gates[2][k], out.gates[3][k]) = (g, i, f, o);
            out.state[k] = state;
            out.y[k] = o * tanh(state);
        }
        out
    }
}

/// One step from the sums of the gates and the state before.
pub fn forward(sums: &[Group; GATES], before: &Group) -> Gated {
    best(GatedForward { sums, before })
}

struct GatedBackward<'a> {
    gates: &'a [Group; GATES],
    state: &'a Group,
    before: &'a Group,
    dy: &'a Group,
    dstate: &'a mut Group,
}

impl Loop for GatedBackward<'_> {
    type Out = [Group; GATES];
    #[inline(always)]
    fn run(self) -> Self::Out {
        let Self { gates: [g, i, f, o], state, before, dy, dstate } = self;
        let mut da = [[0.0; WIDTH]; GATES];
        for k in 0..WIDTH {
            let shown = tanh(state[k]);
            let dc = dstate[k] + dy[k] * o[k] * (1.0 - shown * shown);
            da[0][k] = dc * i[k] * (1.0 - g[k] * g[k]);
            da[1][k] = dc * g[k] * i[k] * (1.0 - i[k]);
            da[2][k] = dc * before[k] * f[k] * (1.0 - f[k]);
            da[3][k] = dy[k] * shown * o[k] * (1.0 - o[k]);
            dstate[k] = dc * f[k];
        }
        da
    }
}

/// The gradient of the sums, from dL/dy and from dL/dc' of the step after, which becomes dL/dc.
pub fn backward(
    gates: &[Group; GATES],
    state: &Group,
    before: &Group,
    dy: &Group,
    dstate: &mut Group,
) -> [Group; GATES] {
    best(GatedBackward { gates, state, before, dy, dstate })
}
