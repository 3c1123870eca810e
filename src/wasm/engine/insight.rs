//! The browser's door to what a network has learnt: where it looks, what its neurons want, their weights as a sheet.

use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, object, pictures};
use crate::render::Theme;
use crate::session::{Explain, ExplainSheet, Maximise, MaximiseLayer, rgba};

#[wasm_bindgen]
impl Engine {
    /// The heat maps of the latest job of their kind, over their pictures: RGBA, one after the other. Null once the
    /// network or the images are others.
    #[wasm_bindgen(js_name = heatMaps)]
    pub fn heat_maps(&self, sheet: bool, dark: bool, opacity: f32) -> JsResult<JsValue> {
        let found = if sheet { self.session.job::<ExplainSheet>() } else { self.session.job::<Explain>() };
        let Some(found) = found else { return Ok(JsValue::NULL) };
        let shape = self.session.network().input();
        let pixels = found.overlays(Theme::of(dark), opacity).concat();
        Ok(pictures(shape.width, shape.height, &pixels)?.into())
    }

    /// The pictures that the latest job found, of a sheet or of one unit: RGBA, one after the other. Null once the
    /// network or the images are others.
    #[wasm_bindgen(js_name = wantedPictures)]
    pub fn wanted_pictures(&self, sheet: bool) -> JsResult<JsValue> {
        let found = if sheet { self.session.job::<MaximiseLayer>() } else { self.session.job::<Maximise>() };
        let Some(found) = found else { return Ok(JsValue::NULL) };
        let shape = self.session.network().input();
        let pixels: Vec<u8> = found.pictures().iter().flat_map(|picture| rgba(picture, shape.channels)).collect();
        Ok(pictures(shape.width, shape.height, &pixels)?.into())
    }

    /// How unlike the images trained on the own input is, by the latest measure; null where there is none.
    #[wasm_bindgen(js_name = ownNovelty)]
    pub fn own_novelty(&mut self) -> JsResult<JsValue> {
        object(&self.session.own_novelty())
    }

    /// The incoming weights of every unit of a layer, RGBA, one after the other; null where there are none.
    #[wasm_bindgen(js_name = weightSheet)]
    pub fn weight_sheet(&mut self, block: usize, dark: bool) -> JsResult<JsValue> {
        let theme = Theme::of(dark);
        let Some(sheet) = self.session.viewer().weight_sheet(block, theme) else { return Ok(JsValue::NULL) };
        Ok(pictures(sheet.width, sheet.height, &sheet.pixels)?.into())
    }
}
