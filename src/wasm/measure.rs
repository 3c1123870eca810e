//! The browser's door to what was measured: figures of a split, who is taken for whom, the worst examples, the curves.

use js_sys::{Object, Uint8Array, Uint32Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::{Engine, Result, floats, object, put};
use crate::data::Split;
use crate::error::Error;
use crate::recorder::{EvalPoint, Point};
use crate::session::{ExampleFilter, MeasuredExample};

/// Which of the measured examples are wanted.
#[derive(Deserialize)]
#[serde(default)]
struct Page {
    truth: Option<u32>,
    named: Option<u32>,
    wrong: bool,
    first: usize,
    count: usize,
}

impl Default for Page {
    fn default() -> Self {
        Self { truth: None, named: None, wrong: false, first: 0, count: 100 }
    }
}

#[derive(Serialize)]
struct Worst {
    /// How many there are in all.
    total: usize,
    examples: Vec<MeasuredExample>,
}

#[wasm_bindgen]
impl Engine {
    /// The figures of a split as they were measured last, or null; `confusion` has a row for each true class.
    pub fn measurement(&self, split: &str) -> Result<JsValue> {
        let Some(found) = self.session.measurement(split_named(split)?) else { return Ok(JsValue::NULL) };
        let fields = object(&found)?;
        let confusion = found.confusion.map_or(JsValue::NULL, |found| Uint32Array::from(found.counts()).into());
        put(&Object::from(fields.clone()), "confusion", &confusion)?;
        Ok(fields)
    }

    /// The measured examples of a split that `page` asks for, those of the largest loss first.
    pub fn worst(&self, split: &str, page: JsValue) -> Result<JsValue> {
        let Page { truth, named, wrong, first, count } = serde_wasm_bindgen::from_value(page)?;
        let (total, examples) =
            self.session.worst(split_named(split)?, ExampleFilter { truth, named, wrong }, first, count);
        object(&Worst { total, examples })
    }

    /// Pictures of these examples, RGBA one after the other.
    #[wasm_bindgen(js_name = picturesOf)]
    pub fn pictures_of(&mut self, examples: &[u32]) -> Result<JsValue> {
        let shape = self.session.data().shape;
        let pixels: Vec<u8> =
            examples.iter().flat_map(|&index| self.session.viewer().thumbnails(index as usize, 1)).collect();
        let fields = Object::new();
        for (key, number) in
            [("width", shape.width), ("height", shape.height), ("count", pixels.len() / (4 * shape.area()).max(1))]
        {
            put(&fields, key, &JsValue::from_f64(number as f64))?;
        }
        put(&fields, "pixels", &Uint8Array::from(&pixels[..]))?;
        Ok(fields.into())
    }

    /// The training curve from point number `from` on; NaN where a figure does not apply.
    pub fn series(&self, from: usize) -> Result<JsValue> {
        let points = self.session.recorder().points();
        series_of(&points[from.min(points.len())..])
    }

    /// The validation curve; NaN where a figure does not apply.
    #[wasm_bindgen(js_name = valSeries)]
    pub fn val_series(&self) -> Result<JsValue> {
        val_series_of(self.session.recorder().evaluations())
    }

    /// What happened, from event number `from` on.
    pub fn events(&self, from: f64) -> Result<JsValue> {
        let events = self.session.recorder().events();
        let first = events.partition_point(|event| (event.id as f64) < from);
        object(&events[first..].to_vec())
    }
}

fn split_named(name: &str) -> Result<Split> {
    let all = [Split::Train, Split::Validation, Split::Test];
    let unknown = || Error::expected("split", "train, validation or test", name).into();
    all.into_iter().find(|split| split.name() == name).ok_or_else(unknown)
}

pub(super) fn series_of(points: &[Point]) -> Result<JsValue> {
    let series = Object::new();
    put(&series, "step", &floats(points.iter().map(|point| point.step as f64)))?;
    put(&series, "epoch", &floats(points.iter().map(|point| point.epoch)))?;
    put(&series, "images", &floats(points.iter().map(|point| point.examples as f64)))?;
    put(&series, "seconds", &floats(points.iter().map(|point| point.seconds)))?;
    put(&series, "loss", &floats(points.iter().map(|point| point.loss)))?;
    put(&series, "accuracy", &floats(points.iter().map(|point| point.accuracy.map_or(f64::NAN, f64::from))))?;
    put(&series, "rate", &floats(points.iter().map(|point| point.learning_rate.into())))?;
    Ok(series.into())
}

pub(super) fn val_series_of(points: &[EvalPoint]) -> Result<JsValue> {
    let series = Object::new();
    put(&series, "step", &floats(points.iter().map(|point| point.step as f64)))?;
    put(&series, "epoch", &floats(points.iter().map(|point| point.epoch)))?;
    put(&series, "images", &floats(points.iter().map(|point| point.examples as f64)))?;
    put(&series, "seconds", &floats(points.iter().map(|point| point.seconds)))?;
    let found = || points.iter().map(|point| point.evaluation);
    put(&series, "loss", &floats(found().map(|found| found.loss)))?;
    put(&series, "accuracy", &floats(found().map(|found| found.accuracy.unwrap_or(f64::NAN))))?;
    put(&series, "f1", &floats(found().map(|found| found.f1.unwrap_or(f64::NAN))))?;
    put(&series, "psnr", &floats(found().map(|found| found.psnr.unwrap_or(f64::NAN))))?;
    put(&series, "ssim", &floats(found().map(|found| found.ssim.unwrap_or(f64::NAN))))?;
    Ok(series.into())
}
