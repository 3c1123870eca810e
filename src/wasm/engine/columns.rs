//! The door to spiking columns: their pictures and their answers for what is shown.

use js_sys::{Array, Object, Uint8Array};
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, object, put};
use crate::render::Theme;

#[wasm_bindgen]
impl Engine {
    /// The columns, as `ColumnsPicture` of engine/types.d.ts.
    pub fn columns(&mut self, dark: bool) -> JsResult<JsValue> {
        let theme = Theme::of(dark);
        let found = self.session.viewer().columns(theme)?;
        let columns = Array::new();
        for column in &found.columns {
            let fields = Object::from(object(column)?);
            put(&fields, "field", &Uint8Array::from(&column.field[..]))?;
            put(&fields, "votes", &Uint8Array::from(&column.votes[..]))?;
            columns.push(&fields);
        }
        let fields = Object::from(object(&found)?);
        put(&fields, "columns", &columns)?;
        Ok(fields.into())
    }

    /// A neuron of a column, as `ColumnNeuronPicture` of engine/types.d.ts.
    #[wasm_bindgen(js_name = columnNeuron)]
    pub fn column_neuron(&mut self, column: usize, neuron: usize, dark: bool) -> JsResult<JsValue> {
        let theme = Theme::of(dark);
        let found = self.session.viewer().column_neuron(column, neuron, theme)?;
        let fields = Object::from(object(&found)?);
        put(&fields, "field", &Uint8Array::from(&found.field[..]))?;
        Ok(fields.into())
    }
}
