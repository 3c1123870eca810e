//! Data: bytes that come in become a [`Dataset`] of examples, and a [`Batch`] of floats when they are used.
//!
//! files -> [`Loader`] -> dataset -> batch. The modules in reading order:

mod dataset;
mod png;
pub mod toy;

pub use dataset::{Batch, Dataset, Frame, Split};
pub use png::encode_png;

/// No example is wider or higher than this many pixels.
pub const MOST_SIDE: usize = 4096;
