//! What is looked at: one example on its way through the network.

use serde::Serialize;

use super::Session;
use super::drawing::Drawing;
use super::own::Own;
use crate::data::{Batch, Dataset, Split};
use crate::error::{Error, Result};
use crate::layer::Call;
use crate::loss::Loss;
use crate::metrics::psnr;
use crate::network::{Network, Pass, Task};
use crate::render::{ColourScale, Theme};
use crate::shape::Shape;
use crate::train::Objective;

/// A difference of this size has the full colour.
const FULL_DIFFERENCE: f32 = 0.5;
/// Most classes told for one example.
const MOST_PROBABILITIES: usize = 10;

/// The chosen example in the network.
pub(super) struct Viewer {
    /// One example, forward, and backward to all values.
    pub(super) pass: Pass,
    pub(super) drawing: Drawing,
    /// Which example is shown.
    pub example: usize,
    /// Shown in its place.
    pub(super) own: Option<Own>,
    /// Decoded in place of what the encoder makes of the example.
    pub(super) code: Option<Vec<f32>>,
    /// Whether the network or the example changed since the pass was computed.
    pub is_stale: bool,
    /// Goes up with every pass that is computed.
    pub(super) version: u64,
    /// The colours of differences.
    theme: Theme,
}

/// One example, as people see it. Pictures are RGBA, `width * height * 4` bytes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExampleView {
    /// -1 for the own input.
    pub index: i64,
    pub count: usize,
    pub name: String,
    pub label: Option<String>,
    pub split: &'static str,
    pub width: usize,
    pub height: usize,
    pub channels: usize,
    #[serde(skip)]
    pub input: Vec<u8>,
    /// For an autoencoder.
    #[serde(skip)]
    pub output: Option<Vec<u8>>,
    /// Output less input: negative orange, positive blue.
    #[serde(skip)]
    pub difference: Option<Vec<u8>>,
    /// For a classifier, the likeliest first.
    pub probabilities: Option<Vec<Probability>>,
    pub loss: Option<f64>,
    /// dB, for an autoencoder.
    pub psnr: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Probability {
    pub name: String,
    /// 0..=1.
    pub value: f32,
}

impl Viewer {
    pub fn new(network: &Network) -> Self {
        Self {
            pass: Pass::above(network, 0, 1),
            drawing: Drawing::new(network),
            example: 0,
            own: None,
            code: None,
            is_stale: true,
            version: 0,
            theme: Theme::default(),
        }
    }

    /// For a network of other shapes; the example stays.
    pub fn rebuild(&mut self, network: &Network) {
        self.pass = Pass::above(network, 0, 1);
        self.drawing.rebuild(network);
        self.is_stale = true;
        self.code = None;
        // An own input of another shape would have to be read again.
        self.own = self.own.take().filter(|own| own.batch.shape == network.input());
    }

    /// Keeps the example where there is one of that number, else shows the first that is held out.
    pub fn choose_example(&mut self, data: &Dataset) {
        if data.len() <= self.example || self.example == 0 {
            let held_out = data.indices(data.held_out());
            self.example = held_out.first().map_or(0, |&index| index as usize);
        }
        self.code = None;
        self.is_stale = true;
    }

    /// What people see of the output for one input.
    pub fn run(&mut self, network: &Network, loss: Loss, input: &[f32]) -> Vec<f32> {
        network.read(&mut self.pass, input, &LOOK);
        network.forward(&mut self.pass, &LOOK);
        self.is_stale = true;
        let mut seen = vec![0.0; network.output().len()];
        loss.predict(self.pass.output(), network.output(), &mut seen);
        seen
    }
}

/// One example, no dropout.
pub(super) const LOOK: Call<'_> =
    Call { examples: 1, training: false, seed: 0, first_example: 0, tiles: false, prepared: &[] };

impl Session {
    /// The number of the shown example.
    pub fn example_index(&self) -> usize {
        self.viewer.example
    }

    /// Shows an example, from 0; one that was not shown before with its own code.
    pub fn choose_example(&mut self, index: usize) -> Result<()> {
        if self.data.len() <= index {
            return Err(Error::expected("example", format!("a number below {}", self.data.len()), index));
        }
        self.leave_own();
        if index != self.viewer.example {
            self.viewer.example = index;
            self.viewer.code = None;
            self.viewer.is_stale = true;
        }
        Ok(())
    }

    /// What is shown as a batch of one; `None` while the data have another shape than the network reads.
    pub(super) fn shown_batch(&self) -> Option<Batch> {
        if let Some(own) = &self.viewer.own {
            return Some(own.batch.clone());
        }
        if self.data.shape != self.network.input() || self.data.is_empty() {
            return None;
        }
        let mut batch = Batch::default();
        self.data.batch(&[self.viewer.example as u32], &mut batch);
        Some(batch)
    }

    /// Brings the pass of what is shown up to date, if it is not.
    pub(super) fn refresh(&mut self) {
        if !std::mem::take(&mut self.viewer.is_stale) {
            return;
        }
        self.viewer.version += 1;
        let Some(batch) = self.shown_batch() else { return };
        let Viewer { pass, code, .. } = &mut self.viewer;
        self.network.read(pass, &batch.x, &LOOK);
        self.network.forward(pass, &LOOK);
        if let (Some(block), Some(code)) = (self.network.embedding, code) {
            pass.values_mut(block).copy_from_slice(code);
            self.network.forward_from(block, pass, &LOOK);
        }
    }

    /// Differences are shown in the colours of this theme from now on.
    pub fn set_theme(&mut self, theme: Theme) {
        self.viewer.theme = theme;
    }

    /// One example and what the network makes of it.
    pub fn example(&mut self, index: usize) -> Result<ExampleView> {
        self.choose_example(index)?;
        Ok(self.view())
    }

    /// What is shown, the own input or an example, and what the network makes of it.
    pub fn view(&mut self) -> ExampleView {
        self.refresh();
        let (data, index, own) = (&self.data, self.viewer.example, &self.viewer.own);
        let shape = if own.is_some() { self.network.input() } else { data.shape };
        let bytes = own.as_ref().map_or_else(|| data.example(index), |own| own.pixels.as_slice().into());
        let label = data.labels.get(index).filter(|_| own.is_none()).map(|&label| data.classes[label as usize].clone());
        let mut view = ExampleView {
            index: if own.is_some() { -1 } else { index as i64 },
            count: data.len(),
            name: own.as_ref().map_or(&data.names[index], |own| &own.name).clone(),
            label,
            split: if own.is_some() { "own" } else { data.splits[index].name() },
            width: shape.width,
            height: shape.height,
            channels: shape.channels,
            input: rgba(&bytes, shape.channels),
            output: None,
            difference: None,
            probabilities: None,
            loss: None,
            psnr: None,
        };
        let Some(batch) = self.shown_batch() else { return view };
        let Objective { task, loss } = self.objective;
        let (y, output) = (self.viewer.pass.output(), self.network.output());
        let mut seen = vec![0.0; output.len()];
        loss.predict(y, output, &mut seen);
        if self.is_known(&batch) {
            view.loss = Some(loss.evaluate(y, output, &self.objective.target(&batch), 1.0, &mut []));
        }
        match task {
            Task::Autoencoder => {
                view.output = Some(rgba(&bytes_of(&seen), output.channels));
                view.difference = Some(difference(&seen, &batch, output, self.viewer.theme));
                view.psnr = Some(psnr(&seen, &batch.x, &batch.mask, output.channels));
            }
            Task::Classifier => view.probabilities = Some(likeliest(&seen, &self.classes)),
        }
        view
    }

    /// Whether it is known what the network should have made of this.
    fn is_known(&self, batch: &Batch) -> bool {
        match self.objective.task {
            Task::Autoencoder => true,
            Task::Classifier => !batch.labels.is_empty() && self.classes == self.data.classes,
        }
    }

    /// Pictures of `count` examples from `first` on, RGBA one after the other.
    pub fn thumbnails(&self, first: usize, count: usize) -> Vec<u8> {
        let last = first.saturating_add(count).min(self.data.len());
        (first.min(last)..last).flat_map(|index| rgba(&self.data.example(index), self.data.shape.channels)).collect()
    }

    /// What people see of an example's output: the picture of an autoencoder as bytes `[height, width, channels]`.
    pub fn output_picture(&mut self, index: usize) -> Result<Vec<u8>> {
        self.choose_example(index)?;
        Ok(self.shown_output())
    }

    /// The same of what is shown.
    pub(super) fn shown_output(&mut self) -> Vec<u8> {
        self.refresh();
        let mut seen = vec![0.0; self.network.output().len()];
        self.objective.loss.predict(self.viewer.pass.output(), self.network.output(), &mut seen);
        bytes_of(&seen)
    }

    /// The code of an example; empty for a network without one.
    pub fn embedding(&mut self, index: usize) -> Result<Vec<f32>> {
        self.choose_example(index)?;
        Ok(self.shown_code())
    }

    /// The code that is decoded now.
    pub fn shown_code(&mut self) -> Vec<f32> {
        self.refresh();
        self.network.embedding.map_or_else(Vec::new, |block| self.viewer.pass.values(block).to_vec())
    }

    /// dL/dz of what is shown in every block, dL/dx in the input. Below a code that was set by hand there is none.
    pub(super) fn backward(&mut self) {
        self.refresh();
        let Some(batch) = self.shown_batch().filter(|batch| self.is_known(batch)) else { return };
        let output = self.network.output();
        let (y, dy) = self.viewer.pass.output_and_gradient();
        self.objective.loss.evaluate(y, output, &self.objective.target(&batch), 1.0, dy);
        let floor = if self.viewer.code.is_some() { self.network.embedding.unwrap_or(0) } else { 0 };
        self.network.backward_above(floor, &mut self.viewer.pass, &LOOK);
    }

    /// Examples of a split, evenly chosen, at most `count`.
    pub fn some_examples(&self, split: Split, count: usize) -> Vec<usize> {
        let all = self.data.indices(split);
        let count = count.min(all.len());
        (0..count).map(|n| all[n * all.len() / count] as usize).collect()
    }
}

/// Values in 0..=1 as bytes, cut to that range first.
pub(super) fn bytes_of(values: &[f32]) -> Vec<u8> {
    values.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8).collect()
}

/// Grey or RGB bytes as opaque RGBA.
pub(super) fn rgba(bytes: &[u8], channels: usize) -> Vec<u8> {
    let pixel =
        |pixel: &[u8]| if let [r, g, b] = *pixel { [r, g, b, 255] } else { [pixel[0], pixel[0], pixel[0], 255] };
    bytes.chunks_exact(channels).flat_map(pixel).collect()
}

/// The mean over the channels of output less input, in the colours of the scale; nothing outside the mask.
fn difference(seen: &[f32], batch: &Batch, shape: Shape, theme: Theme) -> Vec<u8> {
    let scale = ColourScale::new(theme);
    let pairs = seen.chunks_exact(shape.channels).zip(batch.x.chunks_exact(shape.channels));
    let pixel = |(index, (seen, x)): (usize, (&[f32], &[f32]))| {
        let inside = batch.mask.get(index).copied().unwrap_or(1.0);
        let sum: f32 = seen.iter().zip(x).map(|(seen, x)| seen - x).sum();
        let [r, g, b] = scale.colour((inside * sum / shape.channels as f32 / FULL_DIFFERENCE).clamp(-1.0, 1.0));
        [r, g, b, 255]
    };
    pairs.enumerate().flat_map(pixel).collect()
}

/// The likeliest classes, the likeliest first.
fn likeliest(probabilities: &[f32], classes: &[String]) -> Vec<Probability> {
    let mut order: Vec<usize> = (0..probabilities.len().min(classes.len())).collect();
    order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    let told = order.into_iter().take(MOST_PROBABILITIES);
    told.map(|class| Probability { name: classes[class].clone(), value: probabilities[class] }).collect()
}
