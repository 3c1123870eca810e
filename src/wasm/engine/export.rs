//! The browser's door to files for other programs, and to projects.

use js_sys::{Object, Uint8Array};
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, object, put};
use crate::file::onnx::export::{OnnxInput, OnnxPart};

#[wasm_bindgen]
impl Engine {
    /// The network as an ONNX file; `input` is tensor or bytes, `part` whole, encoder, decoder or partner.
    #[wasm_bindgen(js_name = onnxFile)]
    pub fn onnx_file(&self, input: &str, part: &str) -> JsResult<Uint8Array> {
        let file = self.session.onnx_file(OnnxInput::parse(input)?, OnnxPart::parse(part)?)?;
        Ok(Uint8Array::from(&file[..]))
    }

    /// The largest difference between a file of the whole network, read again, and the network, over eight images.
    #[wasm_bindgen(js_name = onnxDifference)]
    pub fn onnx_difference(&self, bytes: &[u8]) -> JsResult<f32> {
        Ok(self.session.onnx_difference(bytes)?)
    }

    /// The names of the outputs, one on each line.
    pub fn labels(&self) -> JsResult<String> {
        Ok(self.session.labels()?)
    }

    /// The model without the state of its optimiser, as small as it may be, and the difference that this makes.
    #[wasm_bindgen(js_name = finishedFile)]
    pub fn finished_file(&self) -> JsResult<Object> {
        let file = self.session.finished_file()?;
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
