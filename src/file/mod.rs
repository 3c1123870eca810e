//! Model files, and the history of a run for other programs.
//!
//! bytes -> [`read`] -> ([`safetensors`] | [`onnx`]) -> [`Model`]; [`ModelView`] -> [`ModelFile`] -> bytes.
//! The modules in reading order:

mod half;
pub mod json;
mod model;
mod open;
mod preprocessing;

pub mod onnx;
pub mod safetensors;

pub mod saved_run;

mod zip_writer;

pub mod project;

pub mod python;

pub mod history;
pub mod tensorboard;

pub use model::{ColumnsView, Model, ModelMeta, ModelView, Moments, MomentsView, ONNX, Preprocessing, Training};
pub use onnx::FilesBeside;
pub use open::{files_beside, is_named, read, read_saved, read_with, sniff};
pub use safetensors::{ModelFile, Precision};
pub use zip_writer::ZipWriter;
