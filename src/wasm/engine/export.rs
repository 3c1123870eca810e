//! The browser's door to files for other programs, and to projects. The page has ONNX files made of model files (src/wasm/onnx.rs).

use js_sys::{Object, Uint8Array};
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, object, put};

#[wasm_bindgen]
impl Engine {
    /// The largest difference between what a model file answers for eight images and what another that was made of it does; of
    /// two networks for letters the viewed one, or `the_other`.
    pub fn difference(&self, saved: &[u8], again: &[u8], the_other: bool) -> JsResult<f32> {
        Ok(self.session.difference(saved, again, the_other)?)
    }

    /// The names of the outputs, one on each line.
    pub fn labels(&self) -> JsResult<String> {
        Ok(self.session.labels()?)
    }

    /// The model without the state of its optimiser, if need be a small one, and the difference that this makes.
    #[wasm_bindgen(js_name = finishedFile)]
    pub fn finished_file(&self, small: bool) -> JsResult<Object> {
        let file = self.session.finished_file(small)?;
        let fields = Object::new();
        put(&fields, "bytes", &Uint8Array::from(&file.bytes[..]))?;
        put(&fields, "difference", &JsValue::from(file.difference))?;
        Ok(fields)
    }

    /// The run with its images as one file.
    #[wasm_bindgen(js_name = projectFile)]
    pub fn project_file(&mut self) -> JsResult<Uint8Array> {
        Ok(Uint8Array::from(&self.session.project_file()?[..]))
    }

    #[wasm_bindgen(js_name = openProject)]
    pub fn open_project(&mut self, bytes: Vec<u8>) -> JsResult<JsValue> {
        object(&self.session.open_project(&bytes)?)
    }
}
