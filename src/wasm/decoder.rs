//! The browser's door to decoding apart: a second instance of this module decodes files, in a worker of its own that may
//! die of them, and hands them over to the engine as pixels.

use js_sys::{Object, Uint8Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, example_object, object, put};
use crate::data::{DecodedContent, DecodedFile, FileDecoder, LoadOptions};

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

    /// Path of the file with this index.
    pub fn path(&mut self, index: usize) -> String {
        self.0.path(index)
    }

    /// The file with this index as {path, content, bytes}; null for a folder. The options are those of
    /// `loadDecodeOptions`.
    pub fn decode(&mut self, index: usize, options: JsValue) -> JsResult<JsValue> {
        let options: LoadOptions = serde_wasm_bindgen::from_value(options)?;
        let Some(DecodedFile { path, content, bytes }) = self.0.decode(index, &options) else {
            return Ok(JsValue::NULL);
        };
        let file = object(&Crossing { path, content })?;
        put(&Object::from(file.clone()), "bytes", &Uint8Array::from(&bytes[..]))?;
        Ok(file)
    }
}

/// A decoded file without its bytes.
#[derive(Serialize, Deserialize)]
struct Crossing {
    path: String,
    content: DecodedContent,
}

fn decoded(file: JsValue, bytes: Vec<u8>) -> JsResult<DecodedFile> {
    let Crossing { path, content } = serde_wasm_bindgen::from_value(file)?;
    Ok(DecodedFile { path, content, bytes })
}

#[wasm_bindgen]
impl Engine {
    /// The options to decode the files to come with.
    #[wasm_bindgen(js_name = loadDecodeOptions)]
    pub fn load_decode_options(&mut self) -> JsResult<JsValue> {
        let options = self.loading()?.decode_options();
        object(&options)
    }

    /// The options to decode an image of the user's own with.
    #[wasm_bindgen(js_name = ownDecodeOptions)]
    pub fn own_decode_options(&self) -> JsResult<JsValue> {
        object(&LoadOptions { width: 0, height: 0, ..self.session.load_options() })
    }

    /// Counts a file of this many bytes, whose contents come decoded.
    #[wasm_bindgen(js_name = loadCount)]
    pub fn load_count(&mut self, bytes: f64) -> JsResult<()> {
        self.loading()?.count(bytes as u64);
        Ok(())
    }

    /// Takes what a file became, or one of an archive, as {path, content} and its bytes.
    #[wasm_bindgen(js_name = loadAddDecoded)]
    pub fn load_add_decoded(&mut self, file: JsValue, bytes: Vec<u8>, is_entry: bool) -> JsResult<()> {
        let file = decoded(file, bytes)?;
        self.loading()?.push_decoded(file, is_entry);
        Ok(())
    }

    /// Adds a remark to the report of the files.
    #[wasm_bindgen(js_name = loadNote)]
    pub fn load_note(&mut self, text: String) -> JsResult<()> {
        self.loading()?.note(text);
        Ok(())
    }

    /// Shows an image that was decoded apart in place of the example.
    #[wasm_bindgen(js_name = ownDecoded)]
    pub fn own_decoded(&mut self, name: &str, file: JsValue, bytes: Vec<u8>) -> JsResult<JsValue> {
        let file = decoded(file, bytes)?;
        let example = self.session.viewer().show_own_decoded(name, file)?;
        example_object(&example)
    }
}
