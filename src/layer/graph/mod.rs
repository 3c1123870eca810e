//! Free graph: a pool of neurons that may read each other in any way, also in cycles, and compute in steps.
//!
//! The pool is numbered inputs, outputs, free neurons. Each output and free neuron i has a bias and a list of sources j
//! anywhere in the pool, itself too. With v(0) = 0 but for the inputs, which stay x:
//!
//! s_i(t) = b_i + sum of w_ij v_j(t - 1), v_i(t) = tanh s_i(t), for t = 1 to the number of steps.
//!
//! All neurons read values of the step before, so their order does not matter. After the last step z is s of the outputs
//! and v of the free neurons.
//!
//! Parameters: w, row by row in the order of the sources, then b `[outputs + free]`. Shapes: x `[examples, inputs]`,
//! z `[examples, outputs + free]`.

mod change;
#[allow(clippy::module_inception, reason = "the layer is in graph/graph.rs, beside what it consists of")]
mod graph;
mod pass;
mod wiring;

pub use change::{ChangedGraph, GraphChange};
pub use graph::FreeGraph;
pub use wiring::Wiring;
