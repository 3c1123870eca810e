//! Architectures as text: a list of layers, on lines of their own or separated by `;`.
//!
//! ```text
//! [NAME:] KIND [FIELD=NUMBER ...] [ACTIVATION] [code] [from=NAME,NAME]
//!
//! conv outputs=16 relu; max-pool; code: dense outputs=32; dense outputs=classes
//! ```
//! A layer reads the one before it unless `from` names others. A size may be a word: `classes` is the number of classes
//! in the data, `channels` the number of channels of a picture, `values` the number of all its values. The block marked
//! `code`, or otherwise the one named `embedding`, is the code of an autoencoder. The output decides the task: a
//! picture of the input's shape, or one value for each class.

mod build;
mod print;

pub use build::{Checked, DraftLine, build, check, on_one_line};
pub use print::print;

pub use crate::layer::{Field, KINDS, LayerKind, Surroundings};
