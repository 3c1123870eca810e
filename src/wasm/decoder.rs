//! The door to decoding: a build of its own decodes files, in workers that may die of them, and hands them over to the
//! engine as pixels.

use js_sys::{Object, Uint8Array};
use wasm_bindgen::prelude::*;

use super::{Crossing, JsResult, object, parsed, put};
use crate::data::{DecodedFile, FileDecoder, LoadOptions};

/// Decodes one file, or those of an archive.
#[wasm_bindgen]
pub struct Decoder(FileDecoder);

#[wasm_bindgen]
impl Decoder {
    #[wasm_bindgen(constructor)]
    pub fn new(path: &str, bytes: Vec<u8>) -> Decoder {
        Decoder(FileDecoder::open(path, bytes))
    }

    /// Number of files: 1 if it is no archive.
    pub fn files(&self) -> usize {
        self.0.files()
    }

    /// A remark on the archive.
    pub fn note(&self) -> Option<String> {
        self.0.note()
    }

    /// Whether it is an archive with pairs of images.
    #[wasm_bindgen(js_name = hasPairs)]
    pub fn has_pairs(&self) -> bool {
        self.0.has_pairs()
    }

    /// Path of the file with this index.
    pub fn path(&mut self, index: usize) -> String {
        self.0.path(index)
    }

    /// The file with this index as {path, content, bytes}; null for a folder. The options are those of
    /// `loadDecodeOptions`.
    pub fn decode(&mut self, index: usize, options: JsValue) -> JsResult<JsValue> {
        let options: LoadOptions = parsed(&options)?;
        let Some(DecodedFile { path, content, bytes }) = self.0.decode(index, &options) else {
            return Ok(JsValue::NULL);
        };
        let file = object(&Crossing { path, content })?;
        put(&Object::from(file.clone()), "bytes", &Uint8Array::from(&bytes[..]))?;
        Ok(file)
    }
}
