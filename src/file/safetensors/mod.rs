//! Model files as `.safetensors`, which the Python package of that name reads as well.
//!
//! ```text
//! u64 little-endian   length n of the header
//! n bytes             JSON, padded with spaces to a multiple of 8:
//!   "__metadata__"    strings: format, format-version, created-by, preset, task, loss, architecture, preprocessing,
//!                     classes, settings, training; all but the first four and settings are JSON again
//!   "BLOCK.weight"    {"dtype": "F32", "shape": [...], "data_offsets": [from, to]}, likewise "BLOCK.bias";
//!   ...               the first dimension of a weight is the output; in a file that is only to be used
//!                     the type may be F16
//!   "optimizer.m"     the optimiser's moments, laid out like all parameters in the order of the blocks; with
//!   "optimizer.v"     them in the metadata optimizer-steps; all three may be absent
//! rest                the numbers, f32 little-endian, without gaps
//! ```
//! Spiking columns have tensors of their own (`columns.rs`); their only block is the input.
//! [`super::saved_run`] describes the additional contents of a checkpoint. The reader trusts nothing: every size is
//! compared with the bytes present before memory is allocated.

mod columns;
mod format;
mod numbers;
mod reader;
mod writer;

pub use format::VERSION;
pub use reader::{read, read_with_progress, sniff};
pub use writer::{ModelFile, Precision, write};
