//! What takes long: how far it is, and its end, where the page waits for a call that is still under way.

use std::sync::Arc;

use wasm_bindgen::prelude::*;

use super::{Engine, Result};

#[cfg(not(feature = "threads"))]
#[wasm_bindgen]
extern "C" {
    /// Of the worker (www/worker/cancel-flag.js): the page cannot read the progress in memory that is not shared.
    #[wasm_bindgen(js_name = neurariumLook)]
    pub(super) fn look(done: u32, total: u32) -> bool;
}

#[wasm_bindgen]
impl Engine {
    /// Before a request that may be stopped: its progress begins, and a wish to stop what came before it is void.
    #[wasm_bindgen(js_name = beginWork)]
    pub fn begin_work(&self) {
        self.session.progress().begin();
    }

    /// So much work comes that the worker does by itself, in numbers of four bytes.
    #[wasm_bindgen(js_name = expectWork)]
    pub fn expect_work(&self, amount: usize) {
        self.session.progress().expect(amount);
    }

    /// So much of it is done; fails where it shall end.
    #[wasm_bindgen(js_name = advanceWork)]
    pub fn advance_work(&self, amount: usize) -> Result<()> {
        Ok(self.session.progress().count(amount)?)
    }

    /// Where the four numbers of the progress lie in memory.
    #[wasm_bindgen(js_name = progressAddress)]
    pub fn progress_address(&self) -> usize {
        Arc::as_ptr(self.session.progress()) as usize
    }
}
