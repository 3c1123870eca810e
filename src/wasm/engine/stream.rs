//! The browser's door to streaming: files of its private file system as storage.
//!
//! The functions are those of www/worker/cache-files.js. Only the engine's own worker has them; in a thread of the pool
//! the call fails, and the failure is reported as an error.

use std::sync::Arc;

use js_sys::Reflect;
use wasm_bindgen::prelude::*;

use super::load_plan::LoadPlan;
use super::{Engine, JsResult};
use crate::data::{KnownSides, Loader, MemoryBudget, Storage};
use crate::error::Error;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = neurariumCacheFiles, catch)]
    fn size(number: u32) -> JsResult<f64>;
    #[wasm_bindgen(js_namespace = neurariumCacheFiles, catch)]
    fn read(number: u32, at: f64, into: &mut [u8]) -> JsResult<()>;
    #[wasm_bindgen(js_namespace = neurariumCacheFiles, catch)]
    fn write(number: u32, at: f64, bytes: &[u8]) -> JsResult<()>;
    #[wasm_bindgen(js_namespace = neurariumCacheFiles, catch)]
    fn cut(number: u32, size: f64) -> JsResult<()>;
    #[wasm_bindgen(js_namespace = neurariumCacheFiles, catch)]
    fn flush(number: u32) -> JsResult<()>;
    #[wasm_bindgen(js_namespace = neurariumCacheFiles, catch)]
    fn close(number: u32) -> JsResult<()>;
}

/// A file that the worker opened under this number.
struct BrowserStorage(u32);

impl Storage for BrowserStorage {
    fn size(&self) -> crate::error::Result<u64> {
        size(self.0).map(|size| size as u64).map_err(storage_error)
    }

    fn read(&self, at: u64, into: &mut [u8]) -> crate::error::Result<()> {
        read(self.0, at as f64, into).map_err(storage_error)
    }

    fn write(&self, at: u64, bytes: &[u8]) -> crate::error::Result<()> {
        write(self.0, at as f64, bytes).map_err(storage_error)
    }

    fn cut(&self, size: u64) -> crate::error::Result<()> {
        cut(self.0, size as f64).map_err(storage_error)
    }

    fn flush(&self) -> crate::error::Result<()> {
        flush(self.0).map_err(storage_error)
    }
}

impl Drop for BrowserStorage {
    fn drop(&mut self) {
        close(self.0).ok(); // when the page goes, the browser closes the rest
    }
}

fn storage_error(error: JsValue) -> Error {
    let message = Reflect::get(&error, &JsValue::from_str("message")).ok().and_then(|message| message.as_string());
    Error::new(message.unwrap_or_else(|| "the file of decoded images cannot be used".into()))
}

#[wasm_bindgen]
impl Engine {
    /// Takes the list of the files that will be loaded, with their sizes and dates, and whether they are added to the
    /// present data. Files after `loadKeep` are a further part of the same data. Returns the name of their cache file.
    #[wasm_bindgen(js_name = loadPlan)]
    pub fn load_plan(&mut self, paths: Vec<String>, sizes: &[f64], modified: &[f64], adds: bool) -> String {
        self.adds = adds;
        let mut fingerprint = self.options_to_load().fingerprint();
        let mut sides = KnownSides::default();
        for ((path, &bytes), &modified) in paths.iter().zip(sizes).zip(modified) {
            fingerprint.add(path, bytes as u64, modified as u64);
            sides.note(path);
        }
        self.plan = Some(LoadPlan { fingerprint, files: paths.len(), sides });
        fingerprint.file_name()
    }

    /// As `loadBegin`, for the files of the plan. Images beyond the memory budget go to the cache file of this number,
    /// if there is one. `free` is the memory in bytes that the browser can still give.
    #[wasm_bindgen(js_name = loadBeginPlanned)]
    pub fn load_begin_planned(&mut self, name: &str, file: Option<u32>, free: f64) -> JsResult<()> {
        let file = file.map(BrowserStorage); // closes itself when it is dropped
        let plan = self.plan.take().ok_or_else(super::not_loading)?;
        let cap = self.session.config().memory_cap();
        let memory = if cap == 0 { (free / 2.0) as usize } else { cap };
        let storage = file.map(|file| (Arc::new(file) as Arc<dyn Storage>, plan.fingerprint));
        let budget = MemoryBudget { memory, files: plan.files, storage };
        let mut loader = Loader::with_budget(name, self.options_to_load(), budget)?;
        loader.announce(plan.sides);
        self.loader = Some(loader);
        Ok(())
    }

    /// Whether a file need not be read, because it was decoded before.
    #[wasm_bindgen(js_name = loadKnows)]
    pub fn load_knows(&mut self, path: &str, bytes: f64) -> JsResult<bool> {
        Ok(self.loading()?.knows(path, bytes as u64))
    }
}
