//! The browser's door to what a classifier answered over its run.

use js_sys::{Object, Uint32Array};
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, object, put};

#[wasm_bindgen]
impl Engine {
    /// The kept evaluations, with how often each class was predicted for the images of a class, or for all.
    #[wasm_bindgen(js_name = classTimeline)]
    pub fn class_timeline(&self, label: Option<u16>) -> JsResult<JsValue> {
        let timeline = self.session.class_timeline(label);
        let fields = object(&timeline)?;
        put(&Object::from(fields.clone()), "predicted", &Uint32Array::from(&timeline.predicted[..]))?;
        Ok(fields)
    }

    /// A kept evaluation; `confusion` has a row for each label.
    #[wasm_bindgen(js_name = keptEvaluation)]
    pub fn kept_evaluation(&self, index: usize) -> JsResult<JsValue> {
        let found = self.session.kept_evaluation(index)?;
        let fields = object(&found)?;
        put(&Object::from(fields.clone()), "confusion", &Uint32Array::from(found.confusion.counts()))?;
        Ok(fields)
    }

    /// The images that a kept evaluation took for a class, or with null for any other than theirs.
    #[wasm_bindgen(js_name = keptExamples)]
    pub fn kept_examples(&self, index: usize, label: u16, predicted: Option<u16>) -> JsResult<Uint32Array> {
        Ok(Uint32Array::from(&self.session.kept_examples(index, label, predicted)?[..]))
    }

    /// What flowed from cell to cell between two kept evaluations.
    #[wasm_bindgen(js_name = confusionFlow)]
    pub fn confusion_flow(&self, before: usize, after: usize) -> JsResult<JsValue> {
        object(&self.session.confusion_flow(before, after)?)
    }
}
