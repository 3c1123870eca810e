//! The door to the engine: converts types and calls the session. Frames cross as an address in memory.

mod classes;
mod columns;
mod data;
mod export;
mod free_graph;
mod histograms;
mod insight;
mod latent;
mod letters;
mod load_plan;
mod loading;
mod maps;
mod measure;
mod model;
mod run;
mod state;
mod stream;
mod structure;
mod touch;
mod work;

use js_sys::{Float32Array, Float64Array, Object, Uint8Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::prelude::*;

use super::{JsResult, object, parsed, put};
use crate::config::{Config, KEYS};
use crate::data::{LoadProgress, Loaded, Loader};
use crate::error::Error;
use crate::file::ModelFile;
use crate::render::{By, FramePart, Mode, Neuron, Patches, Theme, Viewport};
use crate::session::{ExampleView, PanelScale, Reported, Session};

#[cfg(all(feature = "threads", not(target_feature = "atomics")))]
compile_error!(
    "the threads feature needs the atomics target feature: build with ./build.sh, or with --no-default-features"
);

#[cfg(feature = "threads")]
use wasm_bindgen_rayon as _; // brings `initThreadPool` to the page

#[wasm_bindgen]
extern "C" {
    /// Milliseconds; finer than the date, and monotonic.
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// One experiment.
#[wasm_bindgen]
pub struct Engine {
    session: Session,
    loader: Option<Loader>,
    plan: Option<load_plan::LoadPlan>,
    /// Whether the files that are loaded are added to the present data.
    adds: bool,
    /// The parts read so far of a data set that comes in several.
    parts: Option<Loaded>,
    reported: Reported,
}

/// The frame that the page asks for; a `scale` of 0 fits the whole network.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct FrameRequest {
    width: u32,
    height: u32,
    ratio: f32,
    scale: f32,
    left: f32,
    top: f32,
    theme: String,
    mode: String,
    connections: usize,
    by: String,
    cut: f32,
    /// The highlighted neuron, and the selected ones.
    highlight: Option<Neuron>,
    selected: Vec<Neuron>,
    /// Source and target.
    selected_connections: Vec<(Neuron, Neuron)>,
    /// Number of the frame that the page has; 0: none.
    held: u64,
}

impl Default for FrameRequest {
    fn default() -> Self {
        Self {
            width: 1,
            height: 1,
            ratio: 1.0,
            scale: 0.0,
            left: 0.0,
            top: 0.0,
            theme: "light".into(),
            mode: "activation".into(),
            connections: 2000,
            by: "strength".into(),
            cut: 0.0,
            highlight: None,
            selected: Vec::new(),
            selected_connections: Vec::new(),
            held: 0,
        }
    }
}

/// The view that was painted, the parts of it that are new to the page, and the address of their RGBA pixels.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Drawn {
    frame: u64,
    parts: Vec<FramePart>,
    pointer: usize,
    length: usize,
    width: u32,
    height: u32,
    scale: f32,
    left: f32,
    top: f32,
    /// The colour scale of each panel.
    scales: Vec<PanelScale>,
}

/// The ends of a connection.
#[derive(Serialize)]
struct Ends {
    source: Neuron,
    target: Neuron,
}

/// Limit of a frame's width and height.
const MOST_PIXELS: u32 = 8192;

#[wasm_bindgen]
impl Engine {
    /// Creates an engine with the settings of `KEY=VALUE` lines and the sample set.
    #[wasm_bindgen(constructor)]
    pub fn new(config: &str) -> JsResult<Engine> {
        console_error_panic_hook::set_once();
        let session = Session::new(Config::parse(config)?)?;
        let memory: js_sys::WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
        if memory.buffer().is_instance_of::<js_sys::ArrayBuffer>() {
            session.progress().observe_with(super::look); // the page cannot read the progress in memory that is not shared
        }
        Ok(Self { session, loader: None, plan: None, adds: false, parts: None, reported: Reported::default() })
    }

    /// The table of keys.
    pub fn keys(&self) -> JsResult<JsValue> {
        object(&KEYS.iter().map(|key| key.describe()).collect::<Vec<_>>())
    }

    pub fn set(&mut self, key: &str, value: &str) -> JsResult<JsValue> {
        object(&self.session.set(key, value)?)
    }

    // --- Data

    #[wasm_bindgen(js_name = loadBegin)]
    pub fn load_begin(&mut self, name: &str) {
        self.adds = false;
        self.loader = Some(Loader::new(name, self.session.load_options()));
    }

    #[wasm_bindgen(js_name = loadSkip)]
    pub fn load_skip(&mut self, path: String, reason: String) -> JsResult<()> {
        self.loading()?.skip(path, reason);
        Ok(())
    }

    /// Ends the list of files.
    #[wasm_bindgen(js_name = loadClose)]
    pub fn load_close(&mut self) -> JsResult<()> {
        self.loading()?.close();
        Ok(())
    }

    /// Does one slice of loading.
    #[wasm_bindgen(js_name = loadAdvance)]
    pub fn load_advance(&mut self) -> JsResult<JsValue> {
        let loader = self.loading()?;
        let LoadProgress { done, total, current, used, skipped, arranging } = loader.advance()?;
        let progress = Object::new();
        for (key, number) in [("done", done), ("total", total), ("used", used), ("skipped", skipped)] {
            put(&progress, key, &JsValue::from_f64(number as f64))?;
        }
        put(&progress, "current", &JsValue::from_str(&current))?;
        put(&progress, "pending", &JsValue::from_bool(loader.pending()))?;
        put(&progress, "arranging", &JsValue::from_bool(arranging))?;
        Ok(progress.into())
    }

    /// Finishes loading and takes the data. Returns their summary, with a notice about the network.
    #[wasm_bindgen(js_name = loadFinish)]
    pub fn load_finish(&mut self) -> JsResult<JsValue> {
        let loaded = self.finished_part()?;
        let notice = if self.adds { self.session.add_data(loaded)? } else { self.session.use_data(loaded)? };
        let summary = self.data_summary()?;
        put(&Object::from(summary.clone()), "notice", &object(&notice)?)?;
        Ok(summary)
    }

    /// Finishes loading one part of the data; the next one is added to it.
    #[wasm_bindgen(js_name = loadKeep)]
    pub fn load_keep(&mut self) -> JsResult<()> {
        self.parts = Some(self.finished_part()?);
        Ok(())
    }

    #[wasm_bindgen(js_name = loadCancel)]
    pub fn load_cancel(&mut self) {
        (self.loader, self.parts) = (None, None);
    }

    #[wasm_bindgen(js_name = useSample)]
    pub fn use_sample(&mut self) -> JsResult<JsValue> {
        let notice = self.session.use_sample()?;
        let summary = self.data_summary()?;
        put(&Object::from(summary.clone()), "notice", &object(&notice)?)?;
        Ok(summary)
    }

    #[wasm_bindgen(js_name = dataSummary)]
    pub fn data_summary(&self) -> JsResult<JsValue> {
        object(&self.session.data_summary())
    }

    /// The files of the last load in which none could be used.
    #[wasm_bindgen(js_name = failedList)]
    pub fn failed_list(&self) -> JsResult<JsValue> {
        object(&self.session.failed_files())
    }

    pub fn thumbnails(&mut self, first: usize, count: usize) -> JsResult<JsValue> {
        let pixels = self.session.viewer().thumbnails(first, count);
        let shape = self.session.data().shape;
        let shape = self.session.viewer().painted(shape);
        Ok(pictures(shape.width, shape.height, &pixels)?.into())
    }

    // --- Model and training

    #[wasm_bindgen(js_name = modelSummary)]
    pub fn model_summary(&self) -> JsResult<JsValue> {
        object(&self.session.model_summary())
    }

    pub fn reset(&mut self) -> JsResult<JsValue> {
        object(&self.session.reset()?)
    }

    pub fn train(&mut self, budget_ms: f64) -> JsResult<bool> {
        Ok(self.session.train(budget_ms, &now)?)
    }

    pub fn step(&mut self) -> JsResult<()> {
        Ok(self.session.step_once(&now)?)
    }

    pub fn status(&self) -> JsResult<JsValue> {
        object(&self.session.status())
    }

    // --- Looking

    /// An example, or with -1 what is shown: the user's own input, or an example if other data or another network
    /// removed it.
    pub fn example(&mut self, index: i32, dark: bool) -> JsResult<JsValue> {
        self.session.viewer().set_theme(Theme::of(dark));
        let example = match usize::try_from(index) {
            Ok(index) => self.session.viewer().example(index)?,
            Err(_) => self.session.viewer().view(),
        };
        example_object(&example)
    }

    /// Index of the shown example; -1 for the user's own input.
    #[wasm_bindgen(js_name = exampleIndex)]
    pub fn example_index(&mut self) -> i32 {
        if self.session.viewer().shows_own() { -1 } else { self.session.viewer().example_index() as i32 }
    }

    /// The code that is decoded for an example, or with -1 for what is shown.
    pub fn embedding(&mut self, index: i32) -> JsResult<Float32Array> {
        let code = match usize::try_from(index) {
            Ok(index) => self.session.viewer().embedding(index)?,
            Err(_) => self.session.viewer().shown_code(),
        };
        Ok(Float32Array::from(&code[..]))
    }

    /// Paints the network; the pixels stay valid until the next call.
    pub fn render(&mut self, frame: JsValue) -> JsResult<JsValue> {
        let frame: FrameRequest = parsed(&frame)?;
        let (width, height) = (frame.width.clamp(1, MOST_PIXELS), frame.height.clamp(1, MOST_PIXELS));
        let theme =
            Theme::parse(&frame.theme).ok_or_else(|| Error::expected("theme", "light or dark", &frame.theme))?;
        let mode = Mode::parse(&frame.mode)
            .ok_or_else(|| Error::expected("mode", Mode::ALL.map(Mode::name).join(", "), &frame.mode))?;
        let by =
            By::parse(&frame.by).ok_or_else(|| Error::expected("by", By::ALL.map(By::name).join(" or "), &frame.by))?;
        let is_placed = 0.0 < frame.scale && frame.scale.is_finite() && frame.left.is_finite() && frame.top.is_finite();
        let mut view = if is_placed {
            let mut view = Viewport::fit(self.session.viewer().scene(), width, height);
            (view.scale, view.left, view.top) = (frame.scale, frame.left, frame.top);
            self.session.viewer().clamped_view(view)
        } else {
            self.session.viewer().fitted_view(width, height, frame.ratio)
        };
        (view.theme, view.mode, view.connections, view.ratio) = (theme, mode, frame.connections, frame.ratio);
        (view.by, view.cut, view.highlight) = (by, frame.cut, frame.highlight);
        (view.selected, view.selected_connections) = (frame.selected, frame.selected_connections);
        self.session.viewer().render(&view);
        let Patches { frame: number, parts, pixels } = self.session.viewer().patches(frame.held);
        let (pointer, length) = (pixels.as_ptr() as usize, pixels.len());
        object(&Drawn {
            frame: number,
            parts,
            pointer,
            length,
            width,
            height,
            scale: view.scale,
            left: view.left,
            top: view.top,
            scales: self.session.viewer().scales(),
        })
    }

    /// Finds what is at a device pixel of the last frame.
    pub fn hit(&mut self, pixel_x: f32, pixel_y: f32) -> JsResult<JsValue> {
        self.session.viewer().hit(pixel_x, pixel_y).map_or(Ok(JsValue::NULL), |hit| object(&hit))
    }

    /// The ends of the connection nearest to a device pixel of the last frame, at most `reach` pixels away.
    #[wasm_bindgen(js_name = hitConnection)]
    pub fn hit_connection(&mut self, pixel_x: f32, pixel_y: f32, reach: f32) -> JsResult<JsValue> {
        let ends = self.session.viewer().hit_connection(pixel_x, pixel_y, reach);
        ends.map_or(Ok(JsValue::NULL), |(source, target)| object(&Ends { source, target }))
    }

    // --- Files

    /// The model as a `.safetensors` file.
    pub fn save(&self) -> JsResult<Uint8Array> {
        self.written(&self.session.model_file()?)
    }

    pub fn open(&mut self, bytes: Vec<u8>) -> JsResult<JsValue> {
        let model = self.session.read(&bytes)?;
        drop(bytes); // there may be no memory for them beside the old network and the new one
        object(&self.session.open_model(model)?)
    }
}

impl Engine {
    fn written(&self, file: &ModelFile) -> JsResult<Uint8Array> {
        super::written(file, self.session.progress())
    }

    fn loading(&mut self) -> JsResult<&mut Loader> {
        self.loader.as_mut().ok_or_else(not_loading)
    }
}

fn not_loading() -> JsValue {
    Error::new("nothing is being loaded").into()
}

/// An example with its pictures as typed arrays.
fn example_object(example: &ExampleView) -> JsResult<JsValue> {
    let view = object(example)?;
    let fields = Object::from(view.clone());
    let pixels = |pixels: &Option<Vec<u8>>| match pixels {
        Some(pixels) => Uint8Array::from(&pixels[..]).into(),
        None => JsValue::NULL,
    };
    put(&fields, "input", &Uint8Array::from(&example.input[..]))?;
    put(&fields, "target", &pixels(&example.target))?;
    put(&fields, "output", &pixels(&example.output))?;
    put(&fields, "difference", &pixels(&example.difference))?;
    Ok(view)
}

/// RGBA pictures of one size, one after the other.
fn pictures(width: usize, height: usize, pixels: &[u8]) -> JsResult<Object> {
    let fields = Object::new();
    let count = pixels.len() / (4 * width * height).max(1);
    for (key, number) in [("width", width), ("height", height), ("count", count)] {
        put(&fields, key, &JsValue::from_f64(number as f64))?;
    }
    put(&fields, "pixels", &Uint8Array::from(pixels))?;
    Ok(fields)
}

fn floats(values: impl Iterator<Item = f64>) -> Float64Array {
    Float64Array::from(&values.collect::<Vec<_>>()[..])
}
