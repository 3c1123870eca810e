//! The door to a finished model: runs pictures through it, in the one HTML file that holds both. A build of its own, which
//! has nothing to train or to draw a network with.

use js_sys::Float32Array;
use serde_json::json;
use wasm_bindgen::prelude::*;

use super::JsResult;
use crate::columns::{SpikeCounter, probabilities};
use crate::data::{LoadOptions, ResizeMode, example_from_rgba};
use crate::error::Error;
use crate::file::{Model, safetensors};
use crate::layer::LOOK;
use crate::network::{Network, Pass};
use crate::train::Objective;

/// A model, and of two networks for letters the other one behind it.
#[wasm_bindgen]
pub struct Player {
    parts: Vec<(Model, Pass)>,
    options: LoadOptions,
    /// What the network was given last, as bytes `[height, width, channels]`.
    input: Vec<u8>,
}

#[wasm_bindgen]
impl Player {
    /// Opens a `.safetensors` file.
    #[wasm_bindgen(constructor)]
    pub fn new(bytes: Vec<u8>) -> JsResult<Player> {
        let mut model = safetensors::read(&bytes)?;
        model.check()?;
        let wanted = &model.meta.preprocessing;
        let resize = match wanted.resize.as_str() {
            "crop" => ResizeMode::Crop,
            "stretch" => ResizeMode::Stretch,
            _ => ResizeMode::Fit,
        };
        let options = LoadOptions { resize, background: wanted.background, ..LoadOptions::default() };
        let partner = model.partner.take();
        let with_pass = |model: Model| {
            let pass = Pass::forward_only(&model.network, 1);
            (model, pass)
        };
        let parts = [Some(model), partner.map(|partner| *partner)].into_iter().flatten().map(with_pass).collect();
        Ok(Self { parts, options, input: Vec::new() })
    }

    /// What the page has to know of the model, as JSON.
    pub fn facts(&self) -> JsResult<String> {
        let (model, _) = self.part(0)?;
        let (network, meta) = (&model.network, &model.meta);
        let picture = meta.task.picture_of(network);
        Ok(json!({
            "preset": meta.preset,
            "task": meta.task,
            "classes": meta.classes,
            "input": network.input(),
            "picture": picture,
            "code": network.embedding.map_or(0, |block| network.shape(block).len()),
            "networks": self.parts.len(),
            "background": meta.preprocessing.background,
        })
        .to_string())
    }

    /// Runs RGBA pixels through a network; returns the output as people see it.
    pub fn run(&mut self, which: usize, width: usize, height: usize, rgba: &[u8]) -> JsResult<Float32Array> {
        let shape = self.part(which)?.0.network.input();
        let (pixels, _) = example_from_rgba(width, height, rgba, shape, &self.options)?;
        let (model, pass) = &mut self.parts[which];
        let seen = match &model.columns {
            Some(columns) => {
                let receptors = columns.rule().receptors;
                let mut seen = vec![0; receptors.shape(shape).len()];
                receptors.see(shape, &pixels, &mut seen);
                probabilities(SpikeCounter::new(columns).scores(&seen)?).collect()
            }
            None => {
                let x: Vec<f32> = pixels.iter().map(|&byte| f32::from(byte) * (1.0 / 255.0)).collect();
                model.network.read(pass, &x, &LOOK);
                model.network.forward(pass, &LOOK);
                seen(model, pass)
            }
        };
        self.input = pixels;
        Ok(Float32Array::from(&seen[..]))
    }

    /// What the network was given last, `[height, width, channels]`.
    pub fn input(&self) -> Vec<u8> {
        self.input.clone()
    }

    /// The code of what the network was given last.
    pub fn code(&self) -> JsResult<Float32Array> {
        let (model, pass) = self.part(0)?;
        let code = model.network.embedding.map_or(&[][..], |block| pass.values(block));
        Ok(Float32Array::from(code))
    }

    /// The picture that a code stands for.
    pub fn decode(&mut self, code: &[f32]) -> JsResult<Float32Array> {
        let (model, pass) = self.parts.first_mut().ok_or_else(nothing)?;
        let network: &Network = &model.network;
        let block = network.embedding.filter(|&block| network.shape(block).len() == code.len());
        let block = block.ok_or_else(|| Error::expected("code", "as many values as that of the model", code.len()))?;
        pass.input(1);
        pass.values_mut(block).copy_from_slice(code);
        network.forward_from(block, pass, &LOOK);
        Ok(Float32Array::from(&seen(model, pass)[..]))
    }
}

impl Player {
    fn part(&self, which: usize) -> JsResult<&(Model, Pass)> {
        Ok(self.parts.get(which).ok_or_else(nothing)?)
    }
}

fn nothing() -> Error {
    Error::expected("model", "a network of that number", "none")
}

fn seen(model: &Model, pass: &Pass) -> Vec<f32> {
    Objective { task: model.meta.task, loss: model.meta.loss }.seen(pass.output(), &model.network)
}
