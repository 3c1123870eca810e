//! The browser's door to the data: changes by hand, and previews of augmentation.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, object};
use crate::data::Split;

#[wasm_bindgen]
impl Engine {
    /// Changes the class of examples.
    pub fn relabel(&mut self, examples: Vec<u32>, class: u32) -> JsResult<JsValue> {
        object(&self.session.relabel(examples, class)?)
    }

    /// Moves examples to another split: `train`, `validation`, `test`, or `dropped`, which excludes them.
    #[wasm_bindgen(js_name = moveTo)]
    pub fn move_to(&mut self, examples: Vec<u32>, split: &str) -> JsResult<JsValue> {
        object(&self.session.move_to(examples, Split::parse(split)?)?)
    }

    /// Excludes examples; undo or `moveTo` includes them again.
    pub fn drop(&mut self, examples: Vec<u32>) -> JsResult<JsValue> {
        object(&self.session.drop_examples(examples)?)
    }

    /// Applies a fix of a finding.
    pub fn fix(&mut self, finding: usize, fix: usize) -> JsResult<JsValue> {
        object(&self.session.fix(finding, fix)?)
    }

    /// An example as the next steps would use it, as RGBA one after the other.
    pub fn augmented(&mut self, index: usize, count: usize) -> JsResult<Uint8Array> {
        Ok(Uint8Array::from(&self.session.viewer().augmented(index, count)?[..]))
    }
}
