//! The browser's door to a run's files and history: checkpoints, stored images, range test, snapshots, history files.

use js_sys::{Object, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::{Engine, JsResult, measure, object, put};
use crate::file::{history, safetensors, tensorboard};
use crate::recorder::SeriesTable;

/// Facts about a checkpoint.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckpointFacts {
    preset: String,
    step: u64,
    epochs: f64,
    loss: Option<f64>,
    val_loss: Option<f64>,
    data: String,
    images: usize,
    /// The mark by which its data are recognised.
    mark: String,
    seconds: f64,
}

#[wasm_bindgen]
impl Engine {
    /// The run as one file, to be continued by `resume`.
    pub fn checkpoint(&self) -> JsResult<Uint8Array> {
        self.written(&self.session.checkpoint_file()?)
    }

    /// Reads the facts about a checkpoint: null for a plain model file, an error for a damaged file.
    #[wasm_bindgen(js_name = checkpointFacts)]
    pub fn checkpoint_facts(&self, bytes: &[u8]) -> JsResult<JsValue> {
        let model = safetensors::read(bytes)?;
        let Some(run) = model.run else { return Ok(JsValue::NULL) };
        let training = model.meta.training;
        object(&CheckpointFacts {
            preset: model.meta.preset,
            step: run.state.position.step,
            epochs: training.epochs,
            loss: training.loss,
            val_loss: training.val_loss,
            data: run.state.data.name.clone(),
            images: run.state.data.examples,
            mark: run.state.data.word(),
            seconds: run.state.milliseconds / 1000.0,
        })
    }

    /// Continues the run of a checkpoint; `images` replace the current images if they are given.
    pub fn resume(&mut self, bytes: &[u8], images: Option<Vec<u8>>) -> JsResult<JsValue> {
        object(&self.session.resume_as_it_was(bytes, images.as_deref())?)
    }

    /// Restores a run that was set aside; the current one is set aside in its place.
    #[wasm_bindgen(js_name = restoreRun)]
    pub fn restore_run(&mut self, id: u32) -> JsResult<JsValue> {
        object(&self.session.restore_run(id)?)
    }

    /// Discards a run that was set aside.
    #[wasm_bindgen(js_name = discardRun)]
    pub fn discard_run(&mut self, id: u32) -> JsResult<()> {
        Ok(self.session.discard_run(id)?)
    }

    /// A run as a `.safetensors` file.
    #[wasm_bindgen(js_name = saveRun)]
    pub fn save_run(&self, id: u32) -> JsResult<Uint8Array> {
        self.written(&self.session.run_file(id)?)
    }

    /// A mark by which the data are recognised.
    #[wasm_bindgen(js_name = dataMark)]
    pub fn data_mark(&self) -> String {
        self.session.data_mark().word()
    }

    /// Begins to write the images as one file. Returns its length, or null if the images are not in memory.
    #[wasm_bindgen(js_name = packData)]
    pub fn pack_data(&mut self) -> Option<f64> {
        self.session.pack_data().map(|len| len as f64)
    }

    /// The next part of that file, empty at the end; null if other data were loaded meanwhile.
    #[wasm_bindgen(js_name = packPart)]
    pub fn pack_part(&mut self, most: usize) -> JsValue {
        self.session.pack_part(most).map_or(JsValue::NULL, |part| Uint8Array::from(&part[..]).into())
    }

    /// The latest range test, or null.
    #[wasm_bindgen(js_name = rangeTest)]
    pub fn range_test(&self) -> JsResult<JsValue> {
        self.session.range_test().map_or(Ok(JsValue::NULL), object)
    }

    /// The snapshots that can be looked back at, and which of them is shown.
    pub fn snapshots(&self) -> JsResult<JsValue> {
        object(&self.session.run().snapshots.list())
    }

    /// Views and edits the other of two networks that learn from each other.
    #[wasm_bindgen(js_name = setFocus)]
    pub fn set_focus(&mut self, focus: usize) -> JsResult<()> {
        Ok(self.session.set_focus(focus)?)
    }

    /// Shows the network of a snapshot by its index, or with -1 the latest one.
    pub fn travel(&mut self, snapshot: i32) -> JsResult<()> {
        Ok(self.session.travel(usize::try_from(snapshot).ok())?)
    }

    /// Continues from the snapshot that is shown.
    pub fn branch(&mut self) -> JsResult<JsValue> {
        self.session.branch().map_or(Ok(JsValue::NULL), |notice| object(&notice))
    }

    /// Number of earlier runs on the chart.
    #[wasm_bindgen(js_name = pastRuns)]
    pub fn past_runs(&self) -> usize {
        self.session.recorder().past().len()
    }

    #[wasm_bindgen(js_name = pastRun)]
    pub fn past_run(&self, index: usize) -> JsResult<JsValue> {
        let Some(past) = self.session.recorder().past().get(index) else { return Ok(JsValue::NULL) };
        curves(&past.steps, &past.evaluations)
    }

    /// The curves of a run that was set aside.
    #[wasm_bindgen(js_name = runCurves)]
    pub fn run_curves(&self, id: u32) -> JsResult<JsValue> {
        let record = self.session.record_of(id)?;
        curves(record.steps(), record.evaluation_series())
    }

    /// The record of the run as `csv`, `json` or `tensorboard`, the last with the run's start in seconds since 1970.
    #[wasm_bindgen(js_name = historyFile)]
    pub fn history_file(&self, kind: &str, start: f64) -> Uint8Array {
        let recorder = self.session.recorder();
        let bytes = match kind {
            "csv" => history::csv(recorder).into_bytes(),
            "json" => history::json(recorder).into_bytes(),
            _ => {
                let (steps, epochs) = (recorder.steps(), recorder.evaluation_series());
                let of = |table: &SeriesTable| tensorboard::records(table, 0..table.len(), start);
                let histograms = tensorboard::histograms(recorder, recorder.histograms().frames(), start);
                [tensorboard::opening(start), of(steps), of(epochs), histograms].concat()
            }
        };
        Uint8Array::from(&bytes[..])
    }
}

/// The series of a run over its steps and over its evaluations.
fn curves(steps: &SeriesTable, evaluations: &SeriesTable) -> JsResult<JsValue> {
    let run = Object::new();
    put(&run, "series", &measure::series_of(steps, 0)?)?;
    put(&run, "validation", &measure::series_of(evaluations, 0)?)?;
    Ok(run.into())
}
