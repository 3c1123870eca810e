//! The door to spiking columns: their pictures and their answers for what is shown.

use js_sys::{Array, Object, Uint8Array};
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, put};
use crate::render::Theme;

#[wasm_bindgen]
impl Engine {
    /// The columns, as `ColumnsView` of engine/types.d.ts.
    pub fn columns(&mut self, dark: bool) -> JsResult<JsValue> {
        let theme = if dark { Theme::Dark } else { Theme::Light };
        let found = self.session.viewer().columns(theme)?;
        let columns = Array::new();
        for column in &found.columns {
            let fields = Object::new();
            put(&fields, "name", &JsValue::from_str(&column.name))?;
            for (key, number) in [
                ("spikes", column.spikes as usize),
                ("spiking", column.spiking),
                ("neurons", column.neurons),
                ("occupied", column.occupied),
                ("slots", column.slots),
            ] {
                put(&fields, key, &JsValue::from_f64(number as f64))?;
            }
            put(&fields, "field", &Uint8Array::from(&column.field[..]))?;
            put(&fields, "votes", &Uint8Array::from(&column.votes[..]))?;
            columns.push(&fields);
        }
        let fields = Object::new();
        put(&fields, "width", &JsValue::from_f64(found.width as f64))?;
        put(&fields, "height", &JsValue::from_f64(found.height as f64))?;
        put(&fields, "additions", &JsValue::from_f64(found.additions as f64))?;
        put(&fields, "columns", &columns)?;
        Ok(fields.into())
    }
}
