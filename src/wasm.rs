//! The browser's doors. The only place that names wasm-bindgen.
//!
//! Three builds share this crate (build.sh), each by a feature: `engine`; `decoders`, what files of others become, pixels or
//! model files, which the page fetches when it needs that; and `player`, what runs a finished model in a file of its own.
//! Structures cross as plain objects with camelCase keys, pixels and series as typed arrays. Errors are thrown as their
//! sentences.

#[cfg(feature = "decoders")]
mod decoder;
#[cfg(feature = "engine")]
mod engine;
#[cfg(feature = "decoders")]
mod folder;
#[cfg(feature = "decoders")]
mod onnx;
#[cfg(feature = "player")]
mod player;

use js_sys::{JSON, Object, Reflect, Uint8Array};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use wasm_bindgen::prelude::*;

use crate::data::DecodedContent;
use crate::error::Error;
use crate::file::ModelFile;
use crate::progress::Progress;

#[wasm_bindgen]
extern "C" {
    /// An array of bytes; fails if the browser has no memory for it.
    #[wasm_bindgen(js_name = Uint8Array)]
    type PageBytes;

    #[wasm_bindgen(constructor, catch, js_class = "Uint8Array")]
    fn new(length: f64) -> JsResult<PageBytes>;
}

#[wasm_bindgen]
extern "C" {
    /// From the worker (www/worker/cancel-flag.js, www/worker/file-work.js): the page cannot read the progress in memory that is
    /// not shared.
    #[wasm_bindgen(js_name = neurariumProgress)]
    fn look(done: u32, total: u32) -> bool;
}

/// What a method returns to the page; the error is a sentence.
type JsResult<T> = Result<T, JsValue>;

impl From<Error> for JsValue {
    fn from(error: Error) -> Self {
        JsValue::from_str(&error.to_string())
    }
}

/// A decoded file on its way from one build to the other, without its bytes.
#[derive(Serialize, Deserialize)]
struct Crossing {
    path: String,
    content: DecodedContent,
}

/// What a plain object of the page says, by way of its text as JSON. A reader of JavaScript's objects would be a second
/// one for every structure that files hold, too: a tenth of all code that is sent; and so would one of the text itself.
fn parsed<T: DeserializeOwned>(value: &JsValue) -> JsResult<T> {
    let text = JSON::stringify(value)?.as_string().unwrap_or_else(|| "null".into());
    let value: Value = serde_json::from_slice(text.as_bytes()).map_err(sentence)?;
    serde_json::from_value(value).map_err(sentence)
}

fn sentence(error: serde_json::Error) -> JsValue {
    JsValue::from_str(&error.to_string())
}

fn object<T: Serialize>(value: &T) -> JsResult<JsValue> {
    // Structures with flattened parts are maps to serde; the page expects plain objects for both.
    let serializer =
        serde_wasm_bindgen::Serializer::new().serialize_missing_as_null(true).serialize_maps_as_objects(true);
    Ok(value.serialize(&serializer)?)
}

fn put(object: &Object, key: &str, value: &JsValue) -> JsResult<()> {
    Reflect::set(object, &JsValue::from_str(key), value).map(|_| ())
}

/// Writes a file into the page's memory, part by part; here there is never all of it.
fn written(file: &ModelFile, progress: &Progress) -> JsResult<Uint8Array> {
    let bytes: Uint8Array = PageBytes::new(file.len() as f64)?.unchecked_into();
    let mut at = 0;
    file.write(progress, |part| {
        let end = at + part.len() as u32;
        bytes.subarray(at, end).copy_from(part);
        at = end;
    })?;
    Ok(bytes)
}
