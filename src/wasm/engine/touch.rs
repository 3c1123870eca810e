//! The browser's door to editing, inspecting and the user's own input.

use js_sys::{Array, Float32Array, Int32Array, Object, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, example_object, object, parsed, put};
use crate::network::Neuron;
use crate::session::{Answer, Command, InspectedItem, Journal, NeuronSet, WeightImage};

/// The neurons in a rectangle.
#[derive(Serialize)]
struct Selection {
    count: usize,
    neurons: Vec<NeuronSet>,
}

#[wasm_bindgen]
impl Engine {
    /// Carries out a command. With `merge` it continues the last one, as when a slider is dragged.
    pub fn edit(&mut self, command: JsValue, merge: Option<bool>) -> JsResult<JsValue> {
        let command: Command = parsed(&command)?;
        object(&self.session.edit(&command, merge.unwrap_or(false))?)
    }

    pub fn history(&self) -> JsResult<JsValue> {
        object(&self.session.edit_log())
    }

    /// The edits of this run as JSON lines.
    pub fn journal(&self) -> String {
        self.session.journal()
    }

    /// Makes the edits of a journal now, and returns their number.
    pub fn replay(&mut self, text: &str) -> JsResult<usize> {
        Ok(self.session.apply_journal(&Journal::parse(text)?)?)
    }

    /// Answers for each neuron or connection; null for one that no longer exists.
    pub fn inspect(&mut self, items: JsValue) -> JsResult<JsValue> {
        let items: Vec<InspectedItem> = parsed(&items)?;
        let answers = Array::new();
        for answer in self.session.viewer().inspect(&items) {
            let Some(answer) = answer else {
                answers.push(&JsValue::NULL);
                continue;
            };
            let value = object(&answer)?;
            if let Answer::Neuron(view) = &answer {
                let image = view.image.as_ref().map_or(Ok(JsValue::NULL), weight_image)?;
                put(&Object::from(value.clone()), "image", &image)?;
            }
            answers.push(&value);
        }
        Ok(answers.into())
    }

    /// The rectangle of a neuron's cell in the last frame, in device pixels; null if it was not painted.
    pub fn cell(&mut self, block: usize, index: usize) -> JsResult<JsValue> {
        let Some(cell) = self.session.viewer().cell(Neuron { block, index }) else { return Ok(JsValue::NULL) };
        let place = Object::new();
        for (key, number) in [("left", cell.left), ("top", cell.top), ("width", cell.width), ("height", cell.height)] {
            put(&place, key, &JsValue::from_f64(f64::from(number)))?;
        }
        Ok(place.into())
    }

    /// The neurons in a rectangle of device pixels of the last frame.
    #[wasm_bindgen(js_name = neuronsIn)]
    pub fn neurons_in(&mut self, left: f32, top: f32, right: f32, bottom: f32) -> JsResult<JsValue> {
        let neurons = self.session.viewer().neurons_in((left, top), (right, bottom));
        object(&Selection { count: neurons.iter().map(|picked| picked.indices.len()).sum(), neurons })
    }

    // --- The user's own input

    /// Shows a picture that was painted or filmed.
    #[wasm_bindgen(js_name = ownPixels)]
    pub fn own_pixels(&mut self, name: &str, width: usize, height: usize, rgba: &[u8]) -> JsResult<JsValue> {
        example_object(&self.session.viewer().show_own_pixels(name, width, height, rgba)?)
    }

    #[wasm_bindgen(js_name = leaveOwn)]
    pub fn leave_own(&mut self) {
        self.session.viewer().leave_own();
    }

    /// The shown output, as a PNG.
    #[wasm_bindgen(js_name = outputPng)]
    pub fn output_png(&mut self) -> JsResult<Uint8Array> {
        Ok(Uint8Array::from(&self.session.viewer().output_png()?[..]))
    }
}

fn weight_image(image: &WeightImage) -> JsResult<JsValue> {
    let fields = Object::new();
    let WeightImage { block, left, top, width, height, channel, channels, columns, pixel_width, pixel_height, .. } =
        *image;
    for (key, number) in [
        ("block", block),
        ("left", left),
        ("top", top),
        ("width", width),
        ("height", height),
        ("channel", channel),
        ("channels", channels),
        ("columns", columns),
        ("pixelWidth", pixel_width),
        ("pixelHeight", pixel_height),
    ] {
        put(&fields, key, &JsValue::from_f64(number as f64))?;
    }
    put(&fields, "limit", &JsValue::from_f64(f64::from(image.limit)))?;
    let parameters: Vec<i32> = image.parameters.iter().map(|p| p.map_or(-1, |parameter| parameter as i32)).collect();
    put(&fields, "parameters", &Int32Array::from(&parameters[..]))?;
    put(&fields, "values", &Float32Array::from(&image.values[..]))?;
    put(&fields, "pixels", &Uint8Array::from(&image.pixels[..]))?;
    Ok(fields.into())
}
