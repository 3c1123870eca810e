//! Reads a model file of any supported kind, recognised by its first bytes, or of our own kind alone.

use super::model::Model;
use super::onnx::{self, FilesBeside};
use super::safetensors;
use crate::error::{Error, Result};
use crate::progress::Progress;

/// The model in a file. It need not be [usable](Model::check) as it is: a base may end in any layer.
pub fn read(bytes: &[u8]) -> Result<Model> {
    read_with(bytes, &FilesBeside::new(), &Progress::default())
}

/// Like [`read`], with the files beside it that it [needs](files_beside), progress and cancellation.
pub fn read_with(bytes: &[u8], beside: &FilesBeside, progress: &Progress) -> Result<Model> {
    progress.check()?;
    if onnx::sniff(bytes) { onnx::read_with(bytes, beside, progress) } else { read_saved(bytes, progress) }
}

/// Like [`read_with`], of a file that was saved here: for a program that leaves the reading of ONNX to another, as the
/// engine of the browser does.
pub fn read_saved(bytes: &[u8], progress: &Progress) -> Result<Model> {
    progress.check()?;
    if is_foreign(bytes) {
        let expected = "a .safetensors file saved here, or an .onnx file";
        return Err(Error::expected("not a model file", expected, what_is(bytes)));
    }
    safetensors::read_with_progress(bytes, progress)
}

/// Names of the files beside a model file that hold some of its numbers: relative paths, as the file has them.
pub fn files_beside(bytes: &[u8]) -> Vec<String> {
    if onnx::sniff(bytes) { onnx::files_beside(bytes) } else { Vec::new() }
}

/// Whether the bytes cannot be a model file, not even a damaged or an incomplete one.
fn is_foreign(bytes: &[u8]) -> bool {
    bytes.is_empty() || 8 < bytes.len() && !safetensors::sniff(bytes)
}

/// Whether the first bytes of a file are those of a model.
pub fn sniff(bytes: &[u8]) -> bool {
    safetensors::sniff(bytes) || onnx::sniff(bytes)
}

/// Whether a file is meant to be a model, by its name.
pub fn is_named(path: &str) -> bool {
    let ending = path.rsplit_once('.').map_or("", |(_, ending)| ending);
    ["onnx", "safetensors"].iter().any(|known| ending.eq_ignore_ascii_case(known))
}

/// What a file that is no model file is instead, and what to do about it.
fn what_is(bytes: &[u8]) -> &'static str {
    let head = &bytes[..bytes.len().min(512)];
    let starts = |magic: &[u8]| head.starts_with(magic);
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    let begins = |word: &str| text.trim_start_matches('\u{feff}').trim_start().starts_with(word);
    match () {
        _ if head.is_empty() => "an empty file",
        _ if starts(b"version https://git-lfs") => {
            "a pointer of Git LFS, not the model itself; get the model with git lfs pull"
        }
        _ if begins("<!doctype") || begins("<html") => "a web page; download the file itself, not the page about it",
        _ if onnx::sniff(bytes) => "an ONNX file under another name; let its name end in .onnx",
        _ if starts(b"\x89PNG") => "a PNG image",
        _ if starts(b"\xff\xd8\xff") => "a JPEG image",
        _ if starts(b"GIF8") => "a GIF image",
        _ if starts(b"RIFF") => "a WebP image, or sound",
        _ if starts(b"%PDF") => "a PDF document",
        _ if starts(b"\x89HDF") => "an HDF5 file, such as Keras saves; export the model as ONNX",
        _ if starts(b"PK") => "a zip, such as PyTorch and Keras save; export the model as ONNX, or unpack it",
        _ if starts(b"\x80\x02") => "a pickle of Python; export the model as ONNX",
        _ if head.get(4..8) == Some(b"TFL3") => "a model of TensorFlow Lite; export the model as ONNX",
        _ if starts(b"GGUF") => "a GGUF file; export the model as ONNX",
        _ if starts(&[0x1f, 0x8b]) => "a gzip file; unpack it",
        _ if begins("{") || begins("[") => "a JSON file",
        _ if !text.is_empty() && str::from_utf8(&head[..head.len() / 2]).is_ok() && !head.contains(&0) => "a text file",
        _ => "a file of another kind",
    }
}
