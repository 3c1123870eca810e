//! The browser's door to maps of all examples: places and colours of points, their neighbours, and the grand tour.

use js_sys::{Float32Array, Object, Uint32Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, object, parsed, put};
use crate::session::{LayoutSettings, MeasuredExample, TourFrame};

/// Examples as the network that is shown scores them now.
#[derive(Serialize)]
struct ScoredList {
    examples: Vec<MeasuredExample>,
}

#[wasm_bindgen]
impl Engine {
    /// The latest map, or null. Its `points` (x and y in turn) and `examples` are null if they are still those of the
    /// version `known`.
    #[wasm_bindgen(js_name = mapView)]
    pub fn map_view(&self, known: f64) -> JsResult<JsValue> {
        let Some(view) = self.session.map_view(known as u64) else { return Ok(JsValue::NULL) };
        let fields = object(&view)?;
        let (points, examples) = if view.examples.is_empty() {
            (JsValue::NULL, JsValue::NULL)
        } else {
            (flat(&view.points), Uint32Array::from(&view.examples[..]).into())
        };
        put(&Object::from(fields.clone()), "points", &points)?;
        put(&Object::from(fields.clone()), "examples", &examples)?;
        Ok(fields)
    }

    /// A number for each point of the latest map; NaN where it is not known.
    #[wasm_bindgen(js_name = mapColours)]
    pub fn map_colours(&self, by: JsValue) -> JsResult<Float32Array> {
        Ok(Float32Array::from(&self.session.map_colours(parsed(&by)?)[..]))
    }

    #[wasm_bindgen(js_name = mapNeighbours)]
    pub fn map_neighbours(&self, example: u32, count: usize) -> JsResult<JsValue> {
        object(&self.session.map_neighbours(example, count)?)
    }

    /// Changes the settings of the map that is being made.
    #[wasm_bindgen(js_name = setMapSettings)]
    pub fn set_map_settings(&mut self, settings: JsValue) -> JsResult<()> {
        let settings: LayoutSettings = parsed(&settings)?;
        Ok(self.session.set_map_settings(settings)?)
    }

    #[wasm_bindgen(js_name = advanceTour)]
    pub fn advance_tour(&mut self, angle: f64) -> JsResult<JsValue> {
        tour_frame(&self.session.advance_tour(angle)?)
    }

    #[wasm_bindgen(js_name = setTourAxis)]
    pub fn set_tour_axis(&mut self, number: usize, x: f32, y: f32) -> JsResult<JsValue> {
        tour_frame(&self.session.set_tour_axis(number, [x, y])?)
    }

    /// These examples with their scores by the network that is shown.
    pub fn scored(&self, examples: &[u32]) -> JsResult<JsValue> {
        object(&ScoredList { examples: self.session.scored(examples)? })
    }
}

fn flat(points: &[[f32; 2]]) -> JsValue {
    Float32Array::from(points.as_flattened()).into()
}

fn tour_frame(frame: &TourFrame) -> JsResult<JsValue> {
    let fields = Object::new();
    put(&fields, "points", &flat(&frame.points))?;
    put(&fields, "axes", &flat(&frame.axes))?;
    put(&fields, "reach", &JsValue::from_f64(f64::from(frame.reach)))?;
    Ok(fields.into())
}
