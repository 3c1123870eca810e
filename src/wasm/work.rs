//! What takes long: how far it is, and its end, where the page waits for a call that is still under way.

use std::sync::Arc;

use serde_json::Value;
use wasm_bindgen::prelude::*;

use super::{Engine, Result, now, object};
use crate::session::Resources;

#[cfg(not(feature = "threads"))]
#[wasm_bindgen]
extern "C" {
    /// A function of the worker (www/worker/cancel-flag.js): the page cannot read the progress in memory that is not shared.
    #[wasm_bindgen(js_name = neurariumProgress)]
    pub(super) fn look(done: u32, total: u32) -> bool;
}

#[wasm_bindgen]
impl Engine {
    /// Before a request that may be stopped: its progress begins, and a wish to stop what came before it is void.
    #[wasm_bindgen(js_name = beginWork)]
    pub fn begin_work(&self) {
        self.session.progress().begin();
    }

    /// Announces work that the worker does by itself, in numbers of four bytes.
    #[wasm_bindgen(js_name = expectWork)]
    pub fn expect_work(&self, amount: usize) {
        self.session.progress().expect(amount);
    }

    /// Counts what is done of it; fails where it shall end.
    #[wasm_bindgen(js_name = advanceWork)]
    pub fn advance_work(&self, amount: usize) -> Result<()> {
        Ok(self.session.progress().count(amount)?)
    }

    // --- Jobs

    /// Begins a job of a kind with its request, and gives its number; one of that kind under way is given up. `free` are
    /// the bytes of memory that the browser may still give.
    #[wasm_bindgen(js_name = jobBegin)]
    pub fn job_begin(&mut self, kind: &str, request: JsValue, free: f64) -> Result<u32> {
        let request = if request.is_undefined() {
            Value::Object(Default::default())
        } else {
            serde_wasm_bindgen::from_value(request)?
        };
        Ok(self.session.begin_named_job(kind, request, resources(free))?)
    }

    /// Works on a job for about so many milliseconds; how far it is.
    #[wasm_bindgen(js_name = jobAdvance)]
    pub fn job_advance(&mut self, id: u32, budget_ms: f64, free: f64) -> Result<JsValue> {
        object(&self.session.advance_job(id, budget_ms, resources(free))?)
    }

    /// What a job has found that is done.
    #[wasm_bindgen(js_name = jobResult)]
    pub fn job_result(&self, id: u32) -> Result<JsValue> {
        object(&self.session.job_result(id)?)
    }

    #[wasm_bindgen(js_name = jobCancel)]
    pub fn job_cancel(&mut self, id: u32) {
        self.session.cancel_job(id);
    }

    /// The address of the four numbers of the progress in memory.
    #[wasm_bindgen(js_name = progressAddress)]
    pub fn progress_address(&self) -> usize {
        Arc::as_ptr(self.session.progress()) as usize
    }
}

fn resources(free: f64) -> Resources<'static> {
    Resources { clock: &now, free_memory: free as u64 }
}
