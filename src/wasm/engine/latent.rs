//! The browser's door to the latent space: the code of what is shown, and the map of all codes.

use js_sys::{Float32Array, Int32Array, Object, Uint32Array};
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, object, parsed, put};
use crate::session::{Code, CodeMix, Pictures};

#[wasm_bindgen]
impl Engine {
    pub fn code(&mut self) -> JsResult<JsValue> {
        code(&self.session.latent().code()?)
    }

    #[wasm_bindgen(js_name = setCode)]
    pub fn set_code(&mut self, values: &[f32]) -> JsResult<JsValue> {
        code(&self.session.latent().set_code(values)?)
    }

    #[wasm_bindgen(js_name = setCodeValue)]
    pub fn set_code_value(&mut self, index: usize, value: f32) -> JsResult<JsValue> {
        code(&self.session.latent().set_code_value(index, value)?)
    }

    #[wasm_bindgen(js_name = resetCode)]
    pub fn reset_code(&mut self) -> JsResult<JsValue> {
        code(&self.session.latent().reset_code()?)
    }

    #[wasm_bindgen(js_name = mixCode)]
    pub fn mix_code(&mut self, mix: JsValue) -> JsResult<JsValue> {
        let mix: CodeMix = parsed(&mix)?;
        code(&self.session.latent().mix_code(&mix)?)
    }

    /// The examples in a list such as `3, 8, 20-25, circle`.
    #[wasm_bindgen(js_name = examplesNamed)]
    pub fn examples_named(&mut self, list: &str) -> JsResult<Vec<u32>> {
        Ok(self.session.latent().examples_named(list)?)
    }

    pub fn interpolate(&mut self, from: u32, to: u32, count: usize) -> JsResult<JsValue> {
        pictures(&self.session.latent().interpolate(from, to, count)?)
    }

    pub fn samples(&mut self, count: usize, seed: f64, spread: Option<f32>) -> JsResult<JsValue> {
        pictures(&self.session.latent().samples(count, seed as u64, spread.unwrap_or(1.0))?)
    }

    pub fn decode(&mut self, codes: &[f32]) -> JsResult<JsValue> {
        pictures(&self.session.latent().decode(codes)?)
    }

    // --- The map of all codes

    pub fn directions(&mut self) -> JsResult<JsValue> {
        let Some(found) = self.session.latent().directions()? else { return Ok(JsValue::NULL) };
        let fields = Object::new();
        for (key, number) in
            [("step", found.step as f64), ("stale", found.stale as f64), ("examples", found.examples as f64)]
        {
            put(&fields, key, &JsValue::from_f64(number))?;
        }
        put(&fields, "sampled", &JsValue::from_bool(found.sampled))?;
        for (key, values) in
            [("deviations", &found.deviations), ("explained", &found.explained), ("positions", &found.positions)]
        {
            put(&fields, key, &Float32Array::from(&values[..]))?;
        }
        Ok(fields.into())
    }

    #[wasm_bindgen(js_name = setDirection)]
    pub fn set_direction(&mut self, number: usize, position: f32) -> JsResult<JsValue> {
        code(&self.session.latent().set_direction(number, position)?)
    }

    #[wasm_bindgen(js_name = directionEnds)]
    pub fn direction_ends(&mut self, number: usize, reach: f32) -> JsResult<JsValue> {
        pictures(&self.session.latent().direction_ends(number, reach)?)
    }

    pub fn map(&mut self) -> JsResult<JsValue> {
        let Some(map) = self.session.latent().map()? else { return Ok(JsValue::NULL) };
        let fields = Object::new();
        put(&fields, "x", &Float32Array::from(&map.x[..]))?;
        put(&fields, "y", &Float32Array::from(&map.y[..]))?;
        put(&fields, "example", &Uint32Array::from(&map.examples[..]))?;
        put(&fields, "label", &Int32Array::from(&map.labels[..]))?;
        let extreme = |values: &[f32], of: fn(f32, f32) -> f32| values.iter().copied().reduce(of).unwrap_or(0.0);
        for (key, number) in [
            ("left", extreme(&map.x, f32::min)),
            ("right", extreme(&map.x, f32::max)),
            ("bottom", extreme(&map.y, f32::min)),
            ("top", extreme(&map.y, f32::max)),
            ("currentX", map.current.0),
            ("currentY", map.current.1),
            ("stale", map.stale as f32),
        ] {
            put(&fields, key, &JsValue::from_f64(f64::from(number)))?;
        }
        Ok(fields.into())
    }

    #[wasm_bindgen(js_name = decodeAt)]
    pub fn decode_at(&mut self, x: f32, y: f32) -> JsResult<JsValue> {
        code(&self.session.latent().set_code_at(x, y)?)
    }

    #[wasm_bindgen(js_name = pictureAt)]
    pub fn picture_at(&mut self, x: f32, y: f32) -> JsResult<JsValue> {
        pictures(&self.session.latent().picture_at(x, y)?)
    }

    pub fn nearest(&mut self, count: usize) -> JsResult<JsValue> {
        object(&self.session.latent().nearest(count)?)
    }
}

fn code(code: &Code) -> JsResult<JsValue> {
    let fields = Object::new();
    for (key, values) in [("values", &code.values), ("low", &code.low), ("high", &code.high)] {
        put(&fields, key, &Float32Array::from(&values[..]))?;
    }
    put(&fields, "own", &JsValue::from_bool(code.own))?;
    Ok(fields.into())
}

fn pictures(pictures: &Pictures) -> JsResult<JsValue> {
    let Pictures { width, height, pixels, codes } = pictures;
    let fields = super::pictures(*width, *height, pixels)?;
    put(&fields, "codes", &Float32Array::from(&codes[..]))?;
    Ok(fields.into())
}
