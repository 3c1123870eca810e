//! The browser's door to a network's structure: architectures as text, and a new head on a base.

use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, object};
use crate::network::draft::KINDS;

#[wasm_bindgen]
impl Engine {
    /// Makes the network the base of a classifier for the data's classes; the arguments are values of the settings.
    pub fn transfer(&mut self, cut: &str, freeze: &str, head: &str) -> JsResult<JsValue> {
        object(&self.session.transfer(cut, freeze, head)?)
    }

    /// The kinds of layers that can be written, with their sizes.
    #[wasm_bindgen(js_name = layerKinds)]
    pub fn layer_kinds(&self) -> JsResult<JsValue> {
        object(&*KINDS)
    }

    /// The network as text, or a preset if one is named.
    pub fn draft(&self, preset: Option<String>) -> JsResult<String> {
        Ok(match preset {
            Some(name) => self.session.draft_of(&name)?,
            None => self.session.draft()?,
        })
    }

    /// Checks a text and reports what it would become.
    #[wasm_bindgen(js_name = checkDraft)]
    pub fn check_draft(&self, text: &str) -> JsResult<JsValue> {
        object(&self.session.check_draft(text))
    }
}
