//! The browser's door to the data: changing them by hand, the doctor, and what augmentation makes of an image.

use js_sys::Uint8Array;
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::{Engine, Result, now, object};
use crate::data::Split;
use crate::data::audit::Finding;

/// A finding with what its buttons say.
#[derive(Serialize)]
struct FindingView<'a> {
    #[serde(flatten)]
    finding: &'a Finding,
    fixes: Vec<&'a str>,
}

fn told(finding: &Finding) -> FindingView<'_> {
    FindingView { finding, fixes: finding.fixes.iter().map(|(label, _)| label.as_str()).collect() }
}

#[wasm_bindgen]
impl Engine {
    /// Gives examples another class.
    pub fn relabel(&mut self, examples: Vec<u32>, class: u32) -> Result<JsValue> {
        object(&self.session.relabel(examples, class)?)
    }

    /// Puts examples into another split: `train`, `validation`, `test`, or `dropped`, which leaves them out.
    #[wasm_bindgen(js_name = moveTo)]
    pub fn move_to(&mut self, examples: Vec<u32>, split: &str) -> Result<JsValue> {
        object(&self.session.move_to(examples, Split::parse(split)?)?)
    }

    /// Leaves examples out; undo or `moveTo` takes them in again.
    pub fn drop(&mut self, examples: Vec<u32>) -> Result<JsValue> {
        object(&self.session.drop_examples(examples)?)
    }

    // --- The doctor

    /// Begins to look through the data.
    #[wasm_bindgen(js_name = doctorBegin)]
    pub fn doctor_begin(&mut self) {
        self.session.begin_check();
    }

    /// Works on it for about so many milliseconds.
    #[wasm_bindgen(js_name = doctorAdvance)]
    pub fn doctor_advance(&mut self, budget_ms: f64) -> Result<JsValue> {
        object(&self.session.check_advance(budget_ms, &now)?)
    }

    #[wasm_bindgen(js_name = doctorStop)]
    pub fn doctor_stop(&mut self) {
        self.session.cancel_check();
    }

    /// What was found, the worst first.
    #[wasm_bindgen(js_name = doctorFindings)]
    pub fn doctor_findings(&self) -> Result<JsValue> {
        object(&self.session.findings().iter().map(told).collect::<Vec<_>>())
    }

    /// Carries out a remedy of a finding.
    #[wasm_bindgen(js_name = doctorRemedy)]
    pub fn doctor_remedy(&mut self, finding: usize, remedy: usize) -> Result<JsValue> {
        object(&self.session.remedy(finding, remedy)?)
    }

    /// An example as the next steps would use it, RGBA one after the other.
    pub fn augmented(&self, index: usize, count: usize) -> Result<Uint8Array> {
        Ok(Uint8Array::from(&self.session.augmented(index, count)?[..]))
    }
}
