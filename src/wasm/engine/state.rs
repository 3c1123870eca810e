//! The browser's door to the state message: what has changed since the last message to the page.

use js_sys::Object;
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, object, put};
use crate::config::KEYS;

#[wasm_bindgen]
impl Engine {
    /// What has changed since the last call, and the state of training.
    pub fn state(&mut self) -> JsResult<JsValue> {
        let state = self.session.changes(&mut self.reported);
        let message = object(&state)?;
        for (name, values) in [("config", &state.config), ("suited", &state.suited)] {
            let Some(values) = values else { continue };
            let pairs = Object::new();
            for (key, value) in values {
                put(&pairs, key, &JsValue::from_str(value))?;
            }
            put(&Object::from(message.clone()), name, &pairs)?;
        }
        Ok(message)
    }

    /// Whether anything has changed since the last call of [`Engine::state`]. While training is `running`, its own
    /// progress does not count.
    pub fn changed(&self, running: bool) -> bool {
        self.session.has_changes(&self.reported, running)
    }

    /// Every key with its value.
    pub fn config(&self) -> JsResult<JsValue> {
        let config = Object::new();
        for key in KEYS {
            put(&config, key.name, &JsValue::from_str(self.session.config().get(key.name)?))?;
        }
        Ok(config.into())
    }

    /// The settings as `KEY=VALUE` lines.
    #[wasm_bindgen(js_name = configText)]
    pub fn config_text(&self) -> String {
        self.session.config().print()
    }
}
