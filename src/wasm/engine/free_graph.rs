//! The door to a free graph: its picture, and its neurons in numbers.

use wasm_bindgen::prelude::*;

use super::structure::{Surface, picture};
use super::{Engine, JsResult, object, parsed};

#[wasm_bindgen]
impl Engine {
    /// The sizes of the free graph, or null.
    #[wasm_bindgen(js_name = freeGraphSummary)]
    pub fn free_graph_summary(&self) -> JsResult<JsValue> {
        self.session.free_graph().map_or(Ok(JsValue::NULL), |found| object(&found))
    }

    /// The graph, with a picked neuron or -1.
    #[wasm_bindgen(js_name = freeGraph)]
    pub fn free_graph(&mut self, picked: i32, surface: JsValue) -> JsResult<JsValue> {
        let surface: Surface = parsed(&surface)?;
        let picked = usize::try_from(picked).ok();
        picture(&self.session.viewer().free_graph(surface.size(), surface.ratio(), picked, surface.theme())?)
    }

    /// The neuron at a place of that picture in device pixels, or null.
    #[wasm_bindgen(js_name = freeGraphHit)]
    pub fn free_graph_hit(&mut self, x: f32, y: f32, surface: JsValue) -> JsResult<Option<usize>> {
        let surface: Surface = parsed(&surface)?;
        Ok(self.session.viewer().free_graph_hit(surface.size(), surface.ratio(), (x, y))?)
    }

    /// A neuron in numbers, or null.
    #[wasm_bindgen(js_name = freeNeuron)]
    pub fn free_neuron(&mut self, neuron: usize) -> JsResult<JsValue> {
        self.session.viewer().free_neuron(neuron)?.map_or(Ok(JsValue::NULL), |found| object(&found))
    }
}
