//! The browser's door to a structure that follows from parameters: its pictures, its history, its curves.

use js_sys::{Float32Array, Object, Uint32Array};
use serde::Deserialize;
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, object, parsed, pictures, put};
use crate::render::{Pixmap, Theme};
use crate::session::CurveView;

/// How a picture of a structure is to be drawn: its size in device pixels, and how many of them a CSS pixel has.
#[derive(Deserialize)]
pub(super) struct Surface {
    width: u32,
    height: u32,
    ratio: f32,
    dark: bool,
}

impl Surface {
    pub fn size(&self) -> (u32, u32) {
        // More than any screen has would only take memory.
        (self.width.clamp(1, 8192), self.height.clamp(1, 8192))
    }

    pub fn ratio(&self) -> f32 {
        self.ratio
    }

    pub fn theme(&self) -> Theme {
        Theme::of(self.dark)
    }
}

#[wasm_bindgen]
impl Engine {
    /// The structure in figures, or null.
    #[wasm_bindgen(js_name = structureSummary)]
    pub fn structure_summary(&self) -> JsResult<JsValue> {
        self.session.structure().map_or(Ok(JsValue::NULL), |found| object(&found))
    }

    /// Proposals for surgery on a layer.
    #[wasm_bindgen(js_name = surgeryPlan)]
    pub fn surgery_plan(&self, block: usize) -> JsResult<JsValue> {
        object(&self.session.surgery_plan(block)?)
    }

    /// The frames of its history in figures, a list for each.
    #[wasm_bindgen(js_name = structureFrames)]
    pub fn structure_frames(&self) -> JsResult<JsValue> {
        let frames = self.session.recorder().structure().figures();
        let fields = Object::new();
        let list = |key: &str, of: &dyn Fn(usize) -> u32| {
            let values: Vec<u32> = (0..frames.len()).map(of).collect();
            put(&fields, key, &Uint32Array::from(&values[..]))
        };
        list("steps", &|frame| frames[frame].step as u32)?;
        list("edges", &|frame| frames[frame].edges as u32)?;
        list("born", &|frame| frames[frame].born as u32)?;
        list("cut", &|frame| frames[frame].cut as u32)?;
        Ok(fields.into())
    }

    /// The adjacency at a frame, or with -1 the present one.
    pub fn adjacency(&mut self, frame: i32, surface: JsValue) -> JsResult<JsValue> {
        let surface: Surface = parsed(&surface)?;
        let frame = usize::try_from(frame).ok();
        picture(&self.session.viewer().adjacency(frame, surface.size(), surface.theme())?)
    }

    /// The cell at a share of that picture's width and height, or null.
    #[wasm_bindgen(js_name = adjacencyCell)]
    pub fn adjacency_cell(&mut self, x: f32, y: f32) -> JsResult<JsValue> {
        self.session.viewer().cell_at((x, y))?.map_or(Ok(JsValue::NULL), |cell| object(&cell))
    }

    /// The cell of two neurons, or null.
    #[wasm_bindgen(js_name = adjacencyCellOf)]
    pub fn adjacency_cell_of(&mut self, source: usize, target: usize) -> JsResult<JsValue> {
        self.session.viewer().cell_between(source, target)?.map_or(Ok(JsValue::NULL), |cell| object(&cell))
    }

    /// The graph by levels, with a picked neuron or -1.
    #[wasm_bindgen(js_name = levelGraph)]
    pub fn level_graph(&mut self, picked: i32, surface: JsValue) -> JsResult<JsValue> {
        let surface: Surface = parsed(&surface)?;
        let picked = usize::try_from(picked).ok();
        picture(&self.session.viewer().level_graph(surface.size(), surface.ratio, picked, surface.theme())?)
    }

    /// The neuron at a place of that picture in device pixels, or null.
    #[wasm_bindgen(js_name = levelHit)]
    pub fn level_hit(&mut self, x: f32, y: f32, surface: JsValue) -> JsResult<Option<usize>> {
        let surface: Surface = parsed(&surface)?;
        Ok(self.session.viewer().level_hit(surface.size(), surface.ratio, (x, y))?)
    }

    /// The curve of a bump of a neuron, or null for an input.
    pub fn curve(&mut self, neuron: usize, bump: usize) -> JsResult<JsValue> {
        let Some(curve) = self.session.viewer().curve(neuron, bump)? else { return Ok(JsValue::NULL) };
        let CurveView { closeness, start, sources, .. } = &curve;
        let fields = Object::from(object(&curve)?);
        put(&fields, "closeness", &Float32Array::from(&closeness[..]))?;
        put(&fields, "start", &Float32Array::from(&start[..]))?;
        put(&fields, "sources", &Uint32Array::from(&sources[..]))?;
        Ok(fields.into())
    }
}

pub(super) fn picture(pixmap: &Pixmap) -> JsResult<JsValue> {
    Ok(pictures(pixmap.width() as usize, pixmap.height() as usize, pixmap.data())?.into())
}
