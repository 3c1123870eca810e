//! The browser's door to a network's structure: a new head on a base.

use wasm_bindgen::prelude::*;

use super::{Engine, Result, object};

#[wasm_bindgen]
impl Engine {
    /// Makes the network the base of a classifier of the data's classes; the words are those of the settings.
    pub fn transfer(&mut self, cut: &str, freeze: &str, head: &str) -> Result<JsValue> {
        object(&self.session.transfer(cut, freeze, head)?)
    }
}
