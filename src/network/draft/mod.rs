//! Architectures as text: one layer after the other, on lines of their own or with `;` between them.
//!
//! ```text
//! [NAME:] KIND [FIELD=NUMBER ...] [ACTIVATION] [code] [from=NAME,NAME]
//!
//! conv outputs=16 relu; max-pool; code: dense outputs=32; dense outputs=classes
//! ```
//! A layer reads the one before it unless `from` names others. A size may be a word: `classes` is the number of the
//! data's classes, `channels` that of the picture's channels, `values` that of all its values, `picture` its whole shape.
//! The block marked `code`, or else named `embedding`, is the code of an autoencoder. What comes out decides the task: the picture again, or one
//! value for each class.

mod build;
mod print;

pub use build::{Checked, DraftLine, build, check, on_one_line};
pub use print::print;

pub use crate::layer::{Field, KINDS, LayerKind, Surroundings};
