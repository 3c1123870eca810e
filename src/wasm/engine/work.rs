//! Progress and cancellation of long calls that the page is waiting for, and jobs in slices.

use std::sync::Arc;

use serde_json::Value;
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, now, object, parsed};
use crate::session::Resources;

#[wasm_bindgen]
impl Engine {
    /// Begins the progress of a request that may be cancelled; requests to cancel earlier work have no effect on it.
    #[wasm_bindgen(js_name = beginWork)]
    pub fn begin_work(&self) {
        self.session.progress().begin();
    }

    /// Adds to the amount of work in all, for work that the worker does itself, in numbers of four bytes.
    #[wasm_bindgen(js_name = expectWork)]
    pub fn expect_work(&self, amount: usize) {
        self.session.progress().expect(amount);
    }

    /// Adds to the amount of that work done; fails once it is cancelled.
    #[wasm_bindgen(js_name = advanceWork)]
    pub fn advance_work(&self, amount: usize) -> JsResult<()> {
        Ok(self.session.progress().count(amount)?)
    }

    // --- Jobs

    /// Begins a job of a kind with its request, and returns its number. An unfinished job of that kind is given up.
    /// `free` is the memory in bytes that the browser can still give.
    #[wasm_bindgen(js_name = jobBegin)]
    pub fn job_begin(&mut self, kind: &str, request: JsValue, free: f64) -> JsResult<u32> {
        let request = if request.is_undefined() { Value::Object(Default::default()) } else { parsed(&request)? };
        Ok(self.session.begin_named_job(kind, request, resources(free))?)
    }

    /// Works on a job for about this many milliseconds. Returns its progress.
    #[wasm_bindgen(js_name = jobAdvance)]
    pub fn job_advance(&mut self, id: u32, budget_ms: f64, free: f64) -> JsResult<JsValue> {
        object(&self.session.advance_job(id, budget_ms, resources(free))?)
    }

    /// The result of a finished job.
    #[wasm_bindgen(js_name = jobResult)]
    pub fn job_result(&self, id: u32) -> JsResult<JsValue> {
        object(&self.session.job_result(id)?)
    }

    #[wasm_bindgen(js_name = jobCancel)]
    pub fn job_cancel(&mut self, id: u32) {
        self.session.cancel_job(id);
    }

    /// Address in memory of the four numbers of the progress.
    #[wasm_bindgen(js_name = progressAddress)]
    pub fn progress_address(&self) -> usize {
        Arc::as_ptr(self.session.progress()) as usize
    }
}

fn resources(free: f64) -> Resources<'static> {
    Resources { clock: &now, free_memory: free as u64 }
}
