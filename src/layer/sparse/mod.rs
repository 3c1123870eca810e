//! Sparse layer: every output reads the same number of inputs, from a list of its own.
//!
//! z_o = b_o + sum of w_ok x_s(o, k) over the sources s(o, 0), s(o, 1), ... of output o, in that order.
//! Parameters: w `[outputs, reads]`, then b `[outputs]`. Sources: `[outputs, reads]`.
//!
//! Examples go through in groups of 32, each number a vector over its group, so a connection is one multiplication of
//! vectors in either direction; see `kernels::sparse`.

mod pass;
mod row_lists;
#[allow(clippy::module_inception, reason = "the layer is in sparse/sparse.rs, beside what it consists of")]
mod sparse;
mod tiles;
mod wiring;

pub use sparse::{Sparse, SparseSizes};
pub use wiring::SourceChoice;
