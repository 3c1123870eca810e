//! The door of the browser's worker: every measurement as a JSON text.

use wasm_bindgen::prelude::*;

use crate::{columns, limits, products, step};

#[cfg(feature = "threads")]
pub use wasm_bindgen_rayon::init_thread_pool;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn now() -> f64;
}

#[wasm_bindgen(js_name = measureLimits)]
pub fn measure_limits() -> String {
    text(&limits::limits(&now))
}

#[wasm_bindgen(js_name = measureColumns)]
pub fn measure_columns(budget: f64) -> String {
    text(&columns::columns(budget, &now))
}

#[wasm_bindgen(js_name = measureStep)]
pub fn measure_step(name: &str, batch: usize, budget: f64) -> String {
    text(&step::step(name, batch, budget, &now))
}

#[wasm_bindgen(js_name = measureObserved)]
pub fn measure_observed(name: &str, batch: usize, budget: f64) -> String {
    text(&step::observed(name, batch, budget, &now))
}

#[wasm_bindgen(js_name = measureDirections)]
pub fn measure_directions(name: &str, batch: usize, budget: f64) -> String {
    text(&step::directions(name, batch, budget, &now))
}

#[wasm_bindgen(js_name = measureSettled)]
pub fn measure_settled(seconds: f64) -> String {
    text(&step::settled(seconds, &now))
}

#[wasm_bindgen(js_name = measureProduct)]
pub fn measure_product(form: &str, m: usize, k: usize, n: usize, budget: f64) -> String {
    let form = ["nn", "nt", "tn"].into_iter().find(|known| *known == form).unwrap_or("nn");
    text(&products::product(form, (m, k, n), budget, &now))
}

fn text(figures: &impl serde::Serialize) -> String {
    serde_json::to_string(figures).unwrap_or_default()
}
