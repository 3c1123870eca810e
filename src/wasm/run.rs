//! The browser's door to the discipline of a run: checkpoints, kept images, range test, time machine, history files.

use js_sys::{Object, Uint8Array};
use serde::Serialize;
use wasm_bindgen::prelude::*;

use super::{Engine, Result, measure, object, put};
use crate::file::{history, safetensors, tensorboard};
use crate::recorder::SeriesTable;

/// What a checkpoint says of itself.
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
    /// Mark of its data.
    mark: String,
    seconds: f64,
}

#[wasm_bindgen]
impl Engine {
    /// The run as one file, from which `resume` goes on.
    pub fn checkpoint(&self) -> Result<Uint8Array> {
        self.written(&self.session.checkpoint_file()?)
    }

    /// What a checkpoint says of itself; an error where the file is not a checkpoint, or damaged.
    #[wasm_bindgen(js_name = checkpointFacts)]
    pub fn checkpoint_facts(&self, bytes: &[u8]) -> Result<JsValue> {
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

    /// Goes on with the run of a checkpoint, and its images where those that are there are others.
    pub fn resume(&mut self, bytes: &[u8], images: Option<Vec<u8>>) -> Result<JsValue> {
        object(&self.session.resume_as_it_was(bytes, images.as_deref())?)
    }

    /// Restores a run that was set aside; the current one is set aside in its place.
    #[wasm_bindgen(js_name = restoreRun)]
    pub fn restore_run(&mut self, id: u32) -> Result<JsValue> {
        object(&self.session.restore_run(id)?)
    }

    /// Lets go of a run that was set aside.
    #[wasm_bindgen(js_name = discardRun)]
    pub fn discard_run(&mut self, id: u32) -> Result<()> {
        Ok(self.session.discard_run(id)?)
    }

    /// A run as a `.safetensors` file.
    #[wasm_bindgen(js_name = saveRun)]
    pub fn save_run(&self, id: u32) -> Result<Uint8Array> {
        self.written(&self.session.run_file(id)?)
    }

    /// By this the data are recognised.
    #[wasm_bindgen(js_name = dataMark)]
    pub fn data_mark(&self) -> String {
        self.session.data_mark().word()
    }

    /// Begins to make one file of the images; its length, or null where they are not in memory.
    #[wasm_bindgen(js_name = packData)]
    pub fn pack_data(&mut self) -> Option<f64> {
        self.session.pack_data().map(|len| len as f64)
    }

    /// The next part of that file, and none after the last; null where other data came meanwhile.
    #[wasm_bindgen(js_name = packPart)]
    pub fn pack_part(&mut self, most: usize) -> JsValue {
        self.session.pack_part(most).map_or(JsValue::NULL, |part| Uint8Array::from(&part[..]).into())
    }

    /// Loss against rate, or null.
    #[wasm_bindgen(js_name = rangeTest)]
    pub fn range_test(&self) -> Result<JsValue> {
        self.session.range_test().map_or(Ok(JsValue::NULL), object)
    }

    /// The snapshots that can be looked back at, and which of them is shown.
    pub fn snapshots(&self) -> Result<JsValue> {
        object(&self.session.run().snapshots.list())
    }

    /// Shows the network of a snapshot by its number; of -1 the latest.
    pub fn travel(&mut self, moment: i32) -> Result<()> {
        Ok(self.session.travel(usize::try_from(moment).ok())?)
    }

    /// Goes on from the snapshot that is shown.
    pub fn branch(&mut self) -> Result<JsValue> {
        self.session.branch().map_or(Ok(JsValue::NULL), |notice| object(&notice))
    }

    /// How many earlier runs there are, and the curves of one of them.
    #[wasm_bindgen(js_name = pastRuns)]
    pub fn past_runs(&self) -> usize {
        self.session.recorder().past().len()
    }

    #[wasm_bindgen(js_name = pastRun)]
    pub fn past_run(&self, index: usize) -> Result<JsValue> {
        let Some(past) = self.session.recorder().past().get(index) else { return Ok(JsValue::NULL) };
        let run = Object::new();
        put(&run, "series", &measure::series_of(&past.steps, 0)?)?;
        put(&run, "validation", &measure::series_of(&past.evaluations, 0)?)?;
        Ok(run.into())
    }

    /// The history as `csv`, `json`, or `tensorboard` as of a start in seconds since 1970.
    #[wasm_bindgen(js_name = historyFile)]
    pub fn history_file(&self, kind: &str, start: f64) -> Uint8Array {
        let recorder = self.session.recorder();
        let bytes = match kind {
            "csv" => history::csv(recorder).into_bytes(),
            "json" => history::json(recorder).into_bytes(),
            _ => {
                let (steps, epochs) = (recorder.steps(), recorder.evaluation_series());
                let of = |table: &SeriesTable| tensorboard::records(table, 0..table.len(), start);
                [tensorboard::opening(start), of(steps), of(epochs)].concat()
            }
        };
        Uint8Array::from(&bytes[..])
    }
}
