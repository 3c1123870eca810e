//! The browser's door to measured figures: those of a split, the confusion matrix, examples by loss, the curves.

use js_sys::{Object, Uint32Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, floats, object, parsed, pictures, put};
use crate::data::Split;
use crate::error::Error;
use crate::recorder::SeriesTable;
use crate::session::{ExampleFilter, MeasuredExample};

/// A selection of the measured examples, and the part of it to list.
#[derive(Deserialize)]
#[serde(default)]
struct Page {
    label: Option<u32>,
    predicted: Option<u32>,
    wrong: bool,
    first: usize,
    count: usize,
}

impl Default for Page {
    fn default() -> Self {
        Self { label: None, predicted: None, wrong: false, first: 0, count: 100 }
    }
}

#[derive(Serialize)]
struct Worst {
    /// Number of selected examples in all.
    total: usize,
    examples: Vec<MeasuredExample>,
}

#[wasm_bindgen]
impl Engine {
    /// The figures of a split from its latest evaluation, or null; `confusion` has a row for each label.
    pub fn measurement(&self, split: &str) -> JsResult<JsValue> {
        let Some(found) = self.session.measurement(split_named(split)?) else { return Ok(JsValue::NULL) };
        let fields = object(&found)?;
        let confusion = found.confusion.map_or(JsValue::NULL, |found| Uint32Array::from(found.counts()).into());
        put(&Object::from(fields.clone()), "confusion", &confusion)?;
        Ok(fields)
    }

    /// The measured examples of a split that `page` selects, by falling loss.
    pub fn worst(&self, split: &str, page: JsValue) -> JsResult<JsValue> {
        let Page { label, predicted, wrong, first, count } = parsed(&page)?;
        let (total, examples) =
            self.session.worst(split_named(split)?, ExampleFilter { label, predicted, wrong }, first, count);
        object(&Worst { total, examples })
    }

    /// Pictures of these examples, as RGBA one after the other.
    #[wasm_bindgen(js_name = picturesOf)]
    pub fn pictures_of(&mut self, examples: &[u32]) -> JsResult<JsValue> {
        let shape = self.session.data().shape;
        let shape = self.session.viewer().painted(shape);
        let pixels: Vec<u8> =
            examples.iter().flat_map(|&index| self.session.viewer().thumbnails(index as usize, 1)).collect();
        Ok(pictures(shape.width, shape.height, &pixels)?.into())
    }

    /// The series over the steps by name, from row `from` on; NaN where nothing was recorded.
    pub fn series(&self, from: usize) -> JsResult<JsValue> {
        series_of(self.session.recorder().steps(), from)
    }

    /// The series over the evaluations by name; NaN where nothing was recorded.
    #[wasm_bindgen(js_name = valSeries)]
    pub fn val_series(&self) -> JsResult<JsValue> {
        series_of(self.session.recorder().evaluation_series(), 0)
    }

    /// The events from number `from` on.
    pub fn events(&self, from: f64) -> JsResult<JsValue> {
        let events = self.session.recorder().events();
        let first = events.partition_point(|event| (event.id as f64) < from);
        object(&events[first..].to_vec())
    }
}

fn split_named(name: &str) -> JsResult<Split> {
    let all = [Split::Train, Split::Validation, Split::Test];
    let unknown = || Error::expected("split", "train, validation or test", name).into();
    all.into_iter().find(|split| split.name() == name).ok_or_else(unknown)
}

pub(super) fn series_of(table: &SeriesTable, from: usize) -> JsResult<JsValue> {
    let series = Object::new();
    for name in table.names() {
        let values = table.series(name);
        put(&series, name, &floats(values[from.min(values.len())..].iter().copied()))?;
    }
    Ok(series.into())
}
