//! One example on its way through the network, as people see it.

use std::borrow::Cow;

use serde::Serialize;

use super::pixels::{bytes_of, rgba};
use super::view::{View, Viewer};
use crate::data::{Batch, Split, letters, picture_as};
use crate::error::{Error, Result};
use crate::evenly::evenly;
use crate::layer::LOOK;
use crate::loss::Target;
use crate::metrics::psnr;
use crate::network::{Pass, Task};
use crate::render::{ColourScale, Theme};
use crate::session::run::Learner;
use crate::shape::Shape;

/// A difference of this size has the full colour.
const FULL_DIFFERENCE: f32 = 0.5;
/// Limit of the classes listed for one example.
const MOST_PROBABILITIES: usize = 10;

/// One example, as people see it. Pictures are RGBA, `width * height * 4` bytes.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExampleView {
    /// -1 for the user's own input.
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
    /// The picture that the example should become, if it is one of a pair.
    #[serde(skip)]
    pub target: Option<Vec<u8>>,
    /// Sides of the target and of the output.
    pub output_width: usize,
    pub output_height: usize,
    /// Set for a network that outputs images.
    #[serde(skip)]
    pub output: Option<Vec<u8>>,
    /// Output minus what it should be: negative orange, positive blue.
    #[serde(skip)]
    pub difference: Option<Vec<u8>>,
    /// Set for a classifier; likeliest first.
    pub probabilities: Option<Vec<Probability>>,
    /// Set for a regressor: its numbers in the order of the columns.
    pub numbers: Option<Vec<Estimate>>,
    pub loss: Option<f64>,
    /// dB; set for a network that outputs images, where it is known what these should be.
    pub psnr: Option<f64>,
    /// For a pair: the PSNR of the input, dB.
    pub identity: Option<f64>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Probability {
    pub name: String,
    /// 0..=1.
    pub value: f32,
}

/// A number that the network estimates.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Estimate {
    pub name: String,
    pub value: f32,
    /// The number that belongs to the example, if it is known.
    pub expected: Option<f32>,
}

impl Viewer<'_> {
    /// Index of the shown example.
    pub fn example_index(&self) -> usize {
        self.view.example
    }

    /// Shows an example, counted from 0; another example than before is shown with its own code.
    pub fn choose_example(&mut self, index: usize) -> Result<()> {
        if self.data.len() <= index {
            return Err(Error::expected("example", format!("a number below {}", self.data.len()), index));
        }
        self.leave_own();
        if index != self.view.example {
            self.view.example = index;
            self.view.code = None;
            self.view.changed();
        }
        Ok(())
    }

    /// The shown input as a batch of one; `None` if the data have another shape than the network's input.
    pub fn shown_batch(&self) -> Option<Batch> {
        if let Some(own) = self.own_batch() {
            return Some(own);
        }
        if self.data.shape != self.run.network().input() || self.data.is_empty() {
            return None;
        }
        let mut batch = Batch::default();
        self.data.batch(&[self.view.example as u32], &mut batch);
        if let Some(partner) = self.letter_wanted() {
            batch.target.shape = self.data.shape;
            self.data.pixels_of(&[partner as u32], &mut batch.target.y);
        }
        Some(batch)
    }

    /// The letter that the network should make of the shown one; `None` if it is in that case already, or no letter.
    pub(super) fn letter_wanted(&self) -> Option<usize> {
        let (task, index) = (self.run.objective().task, self.view.example);
        let reads = task.partner().is_some() && self.view.own.is_none() && task.reads(*self.data.labels.get(index)?);
        self.data.partner_of(index).filter(|_| reads)
    }

    /// Brings the pass of what is shown up to date.
    pub fn refresh(&mut self) {
        if !self.take_stale() {
            return;
        }
        self.view.version += 1;
        let Some(batch) = self.shown_batch() else { return };
        let View { pass, code, .. } = &mut *self.view;
        let pass = pass.get_or_insert_with(|| Pass::above(self.run.network(), 0, 1));
        self.run.network().read(pass, &batch.x, &LOOK);
        self.run.network().forward(pass, &LOOK);
        if let (Some(block), Some(code)) = (self.run.network().embedding, code) {
            pass.values_mut(block).copy_from_slice(code);
            self.run.network().forward_from(block, pass, &LOOK);
        }
    }

    /// Sets the theme whose colours differences are shown in.
    pub fn set_theme(&mut self, theme: Theme) {
        self.view.theme = theme;
    }

    /// Shows an example, and returns what the network makes of it.
    pub fn example(&mut self, index: usize) -> Result<ExampleView> {
        self.choose_example(index)?;
        Ok(self.view())
    }

    /// The shown image, as bytes: an example, in the shape of the data, or the user's own input, in that of the network.
    pub fn shown_bytes(&self) -> Cow<'_, [u8]> {
        let own = self.view.own.as_ref();
        own.map_or_else(|| self.data.example(self.view.example), |own| own.pixels.as_slice().into())
    }

    /// What the network makes of what is shown, an example or the user's own input.
    pub fn view(&mut self) -> ExampleView {
        self.refresh();
        let (data, index, own) = (&self.data, self.view.example, &self.view.own);
        let shape = if own.is_some() { self.run.network().input() } else { data.shape };
        let bytes = self.shown_bytes();
        let painted = self.painted(shape);
        let label = data.labels.get(index).filter(|_| own.is_none()).map(|&label| data.classes[label as usize].clone());
        let mut view = ExampleView {
            index: if own.is_some() { -1 } else { index as i64 },
            count: data.len(),
            name: own.as_ref().map_or(&data.names[index], |own| &own.name).clone(),
            label,
            split: if own.is_some() { "own" } else { data.splits[index].name() },
            width: painted.width,
            height: painted.height,
            channels: painted.channels,
            input: self.picture(&bytes, shape),
            target: None,
            output_width: painted.width,
            output_height: painted.height,
            output: None,
            difference: None,
            probabilities: None,
            numbers: None,
            loss: None,
            psnr: None,
            identity: None,
        };
        if let Some(target) = data.target_shape().filter(|_| own.is_none()) {
            (view.output_width, view.output_height) = (target.width, target.height);
            view.target = Some(rgba(&data.pictures.of(index), target.channels));
        }
        if let Some(partner) = self.letter_wanted() {
            view.target = Some(self.picture(&data.example(partner), data.shape));
        }
        let Some(batch) = self.shown_batch() else { return view };
        let (objective, network) = (self.run.objective(), self.run.network());
        let (task, y) = (objective.task, self.view.output());
        let output = task.picture_of(network).unwrap_or(network.output());
        let mut seen = objective.seen(y, network);
        if let Learner::Columns(learner) = &self.run.learner {
            seen = learner.answers().to(&bytes).unwrap_or_default();
            let label = batch.labels.first().filter(|_| self.is_known(&batch));
            view.loss = label.and_then(|&label| seen.get(label as usize)).map(|&p| -f64::from(p).ln());
        } else {
            let loss = || objective.evaluate_part(y, network.output(), &batch, 0, 1.0, &mut []);
            view.loss = self.is_known(&batch).then(loss);
        }
        match task {
            Task::Autoencoder | Task::ImageToImage | Task::MakeLowercase | Task::MakeUppercase => {
                view.output = Some(self.picture(&bytes_of(&seen), output));
                let painted = self.painted(output);
                (view.output_width, view.output_height) = (painted.width, painted.height);
                if !self.is_known(&batch) {
                    view.target = None; // of another size than the output
                } else if let Target::Values { y: wanted, mask } = self.run.objective().target(&batch) {
                    let (seen, wanted) = (self.as_seen(&seen, output), self.as_seen(wanted, output));
                    view.difference = Some(difference(&seen, [&*wanted, mask], painted, self.view.theme));
                    view.psnr = Some(psnr(&seen, &wanted, mask, output.channels));
                    if task != Task::Autoencoder {
                        let identity = picture_as(&batch.x, batch.shape, output).ok();
                        view.identity =
                            identity.map(|x| psnr(&self.as_seen(&x, output), &wanted, mask, output.channels));
                    }
                }
            }
            Task::Classifier => view.probabilities = Some(likeliest(&seen, &self.run.classes)),
            Task::Regressor => {
                let expected = |column| if self.is_known(&batch) { batch.numbers.get(column).copied() } else { None };
                let named = self.run.classes.iter().zip(&seen).enumerate();
                let estimates =
                    named.map(|(n, (name, &value))| Estimate { name: name.clone(), value, expected: expected(n) });
                view.numbers = Some(estimates.collect());
            }
        }
        view
    }

    /// Whether the right output for this batch is known.
    fn is_known(&self, batch: &Batch) -> bool {
        match self.run.objective().task {
            Task::Autoencoder => true,
            Task::Classifier => !batch.labels.is_empty() && self.run.classes == self.data.classes,
            Task::Regressor => !batch.numbers.is_empty() && self.run.classes == self.data.numbers.columns,
            task => !batch.target.y.is_empty() && Some(batch.target.shape) == task.picture_of(self.run.network()),
        }
    }

    /// The shape in which pictures of this shape are shown: letters that are points of contours are painted.
    pub fn painted(&self, shape: Shape) -> Shape {
        let is_painted = letters::are_points(shape) && self.data.is_of_letters();
        if is_painted { letters::shown_in(shape).shape() } else { shape }
    }

    /// The values of a picture of this shape as it is shown.
    fn as_seen<'a>(&self, values: &'a [f32], shape: Shape) -> Cow<'a, [f32]> {
        if self.painted(shape) == shape { Cow::Borrowed(values) } else { letters::seen(values, shape) }
    }

    /// A picture of this shape as it is shown, as RGBA.
    fn picture(&self, bytes: &[u8], shape: Shape) -> Vec<u8> {
        if self.painted(shape) == shape {
            return rgba(bytes, shape.channels);
        }
        let values: Vec<f32> = bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect();
        rgba(&letters::field_of(&values, letters::shown_in(shape)), 1)
    }

    /// Pictures of `count` examples from `first` on in the shape `painted`, as RGBA one after the other.
    pub fn thumbnails(&self, first: usize, count: usize) -> Vec<u8> {
        let last = first.saturating_add(count).min(self.data.len());
        (first.min(last)..last).flat_map(|index| self.picture(&self.data.example(index), self.data.shape)).collect()
    }

    /// The output for an example as people see it: an autoencoder's picture, as bytes `[height, width, channels]`.
    pub fn output_picture(&mut self, index: usize) -> Result<Vec<u8>> {
        self.choose_example(index)?;
        Ok(self.shown_output())
    }

    /// As [`Viewer::output_picture`], for what is shown.
    pub fn shown_output(&mut self) -> Vec<u8> {
        self.refresh();
        bytes_of(&self.run.objective().seen(self.view.output(), self.run.network()))
    }

    /// The code of an example; empty for a network without an embedding.
    pub fn embedding(&mut self, index: usize) -> Result<Vec<f32>> {
        self.choose_example(index)?;
        Ok(self.shown_code())
    }

    /// The code that is being decoded.
    pub fn shown_code(&mut self) -> Vec<f32> {
        self.refresh();
        self.run.network().embedding.map_or_else(Vec::new, |block| self.view.values(block).to_vec())
    }

    /// Computes dL/dz of what is shown in every block, and dL/dx in the input. There is none below a code that was set
    /// by hand.
    pub fn backward(&mut self) {
        self.refresh();
        if self.run.supervised().is_err() {
            return;
        }
        let Some(batch) = self.shown_batch().filter(|batch| self.is_known(batch)) else { return };
        let output = self.run.network().output();
        let Some(pass) = &mut self.view.pass else { return };
        let (y, dy) = pass.output_and_gradient();
        self.run.objective().evaluate_part(y, output, &batch, 0, 1.0, dy);
        let floor = if self.view.code.is_some() { self.run.network().embedding.unwrap_or(0) } else { 0 };
        self.run.network().backward_above(floor, pass, &LOOK);
    }

    /// At most `count` examples of a split, evenly chosen.
    pub fn some_examples(&self, split: Split, count: usize) -> Vec<usize> {
        let all = self.run.examples(self.data, split);
        evenly(all.len(), count).map(|n| all[n] as usize).collect()
    }
}

/// The mean over the channels of output minus what it should be, in the colours of the scale; nothing outside the mask.
fn difference(seen: &[f32], [wanted, mask]: [&[f32]; 2], shape: Shape, theme: Theme) -> Vec<u8> {
    let scale = ColourScale::new(theme);
    let pairs = seen.chunks_exact(shape.channels).zip(wanted.chunks_exact(shape.channels));
    let pixel = |(index, (seen, x)): (usize, (&[f32], &[f32]))| {
        let inside = mask.get(index).copied().unwrap_or(1.0);
        let sum: f32 = seen.iter().zip(x).map(|(seen, x)| seen - x).sum();
        let [r, g, b] = scale.colour((inside * sum / shape.channels as f32 / FULL_DIFFERENCE).clamp(-1.0, 1.0));
        [r, g, b, 255]
    };
    pairs.enumerate().flat_map(pixel).collect()
}

/// The likeliest classes, likeliest first.
fn likeliest(probabilities: &[f32], classes: &[String]) -> Vec<Probability> {
    let mut order: Vec<usize> = (0..probabilities.len().min(classes.len())).collect();
    order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    let listed = order.into_iter().take(MOST_PROBABILITIES);
    listed.map(|class| Probability { name: classes[class].clone(), value: probabilities[class] }).collect()
}
