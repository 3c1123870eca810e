//! The browser's door to the statistics of the layers over time.

use js_sys::{Array, Float32Array, Object, Reflect};
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, object, parsed, put};

#[wasm_bindgen]
impl Engine {
    /// One quantity of all layers over time: `weights`, `biases`, `activations` or `gradients`; null for the sizes of the
    /// updates.
    pub fn histograms(&self, quantity: JsValue) -> JsResult<JsValue> {
        let view = self.session.histograms(parsed(&quantity)?);
        let fields = object(&view)?;
        let layers = Array::from(&Reflect::get(&fields, &JsValue::from_str("layers"))?);
        for (layer, target) in view.layers.iter().zip(layers.iter()) {
            let target = Object::from(target);
            for (name, values) in [
                ("shares", &layer.shares),
                ("zeros", &layer.zeros),
                ("percentiles", &layer.percentiles),
                ("rms", &layer.rms),
                ("updateRatio", &layer.update_ratio),
                ("dead", &layer.dead),
                ("saturated", &layer.saturated),
            ] {
                put(&target, name, &Float32Array::from(&values[..]))?;
            }
        }
        Ok(fields)
    }
}
