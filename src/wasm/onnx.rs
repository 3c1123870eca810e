//! The door to ONNX: files of it become model files, which the engine opens, and are made of them. Reading and writing
//! them is in the build of the decoders, since few visits need it.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::{JsResult, look, written};
use crate::file::onnx::export::{self, OnnxInput, OnnxPart};
use crate::file::{self, ModelFile, ModelView};
use crate::progress::Progress;

/// Names of the files beside a file that hold some of its numbers.
#[wasm_bindgen(js_name = onnxFilesBeside)]
pub fn files_beside(bytes: &[u8]) -> Vec<String> {
    file::files_beside(bytes)
}

/// A file as a model file. `names` and `files` are those beside it.
#[wasm_bindgen(js_name = modelOfOnnx)]
pub fn model_of_onnx(bytes: Vec<u8>, names: Vec<String>, files: Vec<Uint8Array>) -> JsResult<Uint8Array> {
    let progress = watched();
    let beside = names.into_iter().zip(files.iter().map(Uint8Array::to_vec)).collect();
    let model = file::read_with(&bytes, &beside, &progress)?;
    drop((bytes, beside)); // what is written is as large again
    written(&ModelFile::new(ModelView::from(&model), &progress)?, &progress)
}

/// A model file as an ONNX file; `input` is tensor or bytes, `part` whole, encoder, decoder or partner.
#[wasm_bindgen(js_name = onnxOfModel)]
pub fn onnx_of_model(bytes: Vec<u8>, input: &str, part: &str) -> JsResult<Uint8Array> {
    let (input, part) = (OnnxInput::parse(input)?, OnnxPart::parse(part)?);
    let model = file::read_saved(&bytes, &watched())?;
    drop(bytes);
    Ok(Uint8Array::from(&export::write(&ModelView::from(&model), input, part)?[..]))
}

/// A progress that the worker shows.
fn watched() -> Progress {
    let progress = Progress::default();
    progress.begin();
    progress.observe_with(look);
    progress
}
