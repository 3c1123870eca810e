//! Manifold: a graph of neurons in order whose connections are functions of a few parameters, and so come and go while
//! it trains.
//!
//! Each hidden and output neuron has a closeness curve over all neurons before it; where it passes a cutoff there is an
//! edge. With h_j = leaky ReLU(u_j), u_j = w_j y_j + b_j for every source j and D the strengths of the edges:
//!
//! y_i = sum of D_ij h_j for a hidden neuron, z_o = sum of D_oj u_j for an output.
//!
//! After the Dynamic Neural Manifold by Miej, <https://github.com/Miej/Dynamic_Neural_Manifold>.
//!
//! On a sequence it reads one row of the image in each step. What it remembers is in feedback, outputs whose tanh are
//! inputs of the next step, and in gated neurons, which are cells of an LSTM: a source then has a w and b for each of
//! the four gates of all its readers, and an edge has one strength D for all four. See `neuron`.
//!
//! Parameters: see `parameters`. Shapes: x `[examples, inputs]`, z `[examples, hidden + feedback + outputs]`, that of the
//! last step.

mod backward;
mod cells;
mod connect;
mod edges;
#[allow(clippy::module_inception, reason = "the layer is in manifold/manifold.rs, beside what it consists of")]
mod manifold;
mod neuron;
mod parameters;
mod pass;
mod portable;
mod pressure;
mod rewire;
mod steps;

pub use cells::Cells;
pub use edges::{Edges, Row};
pub use manifold::{EdgeWeights, Manifold, ManifoldStart, NeuronKind, SequenceOf};
pub use parameters::CurveNumber;
pub use pressure::{FlowBy, Pressure, PressureTerms};
pub use rewire::{Rewired, Rewiring};
