//! The browser's doors. The only place that names wasm-bindgen.
//!
//! Three builds share this crate (build.sh): the engine; with the feature `decoders` the decoders of files, which bring
//! nothing else to the page; and with the feature `player` what runs a finished model in a file of its own. Structures cross as plain objects with camelCase keys, pixels and series as typed arrays.
//! Errors are thrown as their sentences.

#![cfg_attr(feature = "player", allow(dead_code, reason = "the player passes numbers and texts alone"))]

#[cfg(feature = "decoders")]
mod decoder;
#[cfg(not(any(feature = "decoders", feature = "player")))]
mod engine;
#[cfg(feature = "player")]
mod player;

use js_sys::{JSON, Object, Reflect};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use crate::data::DecodedContent;
use crate::error::Error;

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
/// one for every structure that files hold, too: a tenth of all code that is sent.
fn parsed<T: DeserializeOwned>(value: &JsValue) -> JsResult<T> {
    let text = JSON::stringify(value)?.as_string().unwrap_or_else(|| "null".into());
    serde_json::from_str(&text).map_err(|error| JsValue::from_str(&error.to_string()))
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
