//! Reads a model file of any supported kind, recognised by its first bytes.

use super::model::Model;
use super::{onnx, safetensors};
use crate::error::{Error, Result};
use crate::progress::Progress;

/// The model in a file. It need not be [usable](Model::check) as it is: a base may end in any layer.
pub fn read(bytes: &[u8]) -> Result<Model> {
    read_with_progress(bytes, &Progress::default())
}

/// Like [`read`], with progress and cancellation.
pub fn read_with_progress(bytes: &[u8], progress: &Progress) -> Result<Model> {
    progress.check()?;
    if onnx::sniff(bytes) {
        onnx::read_with_progress(bytes, progress)
    } else if is_foreign(bytes) {
        let expected = "a .safetensors file saved here, or an .onnx file";
        Err(Error::expected("not a model file", expected, "a file of another kind"))
    } else {
        safetensors::read_with_progress(bytes, progress)
    }
}

/// Whether the bytes cannot be a model file, not even a damaged or an incomplete one.
fn is_foreign(bytes: &[u8]) -> bool {
    8 < bytes.len() && !sniff(bytes)
}

/// Whether the first bytes of a file are those of a model.
pub fn sniff(bytes: &[u8]) -> bool {
    safetensors::sniff(bytes) || onnx::sniff(bytes)
}
