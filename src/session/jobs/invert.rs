//! Inversion: given a picture, finds by gradient descent the code that the decoder turns into it.
//!
//! Adam on the code c alone, with dL/dc through the decoder. Each value moves in steps of its own size, from a tenth of
//! its usual spread down to zero. The result is the best code found.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job::{Job, JobContext, JobRequest};
use crate::data::{self, Batch, DecodedContent, DecodedFile, Frame};
use crate::error::{Error, Result};
use crate::layer::LOOK;
use crate::network::Pass;
use crate::schedule::{Curve, Schedule};
use crate::session::latent::encoding;
use crate::session::run::Run;
use crate::session::view::Viewer;
use crate::train::Objective;

const STEPS: usize = 500;
/// Size of the first steps, relative to the spread of a value.
const RATE: f32 = 0.1;
const FALLING: Schedule = Schedule { curve: Curve::Cosine, warmup_steps: 0 };
const BETA1: f32 = 0.9;
const BETA2: f32 = 0.99;

/// The picture to find a code for.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum InversionTarget {
    Example(usize),
    /// The user's own input.
    Own,
    /// An image file.
    File(Vec<u8>),
    /// The same, decoded apart.
    Decoded {
        content: DecodedContent,
        bytes: Vec<u8>,
    },
}

/// The progress of an inversion.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct InversionProgress {
    /// The loss of the code at the beginning, and of the best code so far.
    pub before: f64,
    pub error: f64,
}

/// Requests the code of a picture.
#[derive(Clone, Debug, Deserialize)]
pub struct Invert {
    pub target: InversionTarget,
}

pub struct Inversion {
    target: Batch,
    pass: Pass,
    code: Vec<f32>,
    best: Vec<f32>,
    m: Vec<f32>,
    v: Vec<f32>,
    /// Usual spread of each value.
    spread: Vec<f32>,
    step: usize,
    pub found: InversionProgress,
    /// What was shown when the inversion began; it is abandoned if that changes.
    shown: (usize, bool),
}

impl JobRequest for Invert {
    const KIND: &'static str = "invert";
    type Job = Inversion;

    /// Begins with the code that is shown.
    fn begin(self, at: &mut JobContext) -> Result<Inversion> {
        let (run, data) = (at.viewer.run, at.viewer.data);
        let (block, len) = encoding::code_place(run)?;
        let code = at.viewer.shown_code();
        if code.len() != len {
            let expected = format!("images of {}", run.network().input());
            return Err(Error::expected("latent space", expected, data.shape));
        }
        let spread = match at.latent.map(run, data) {
            // A sixth of the range is about one standard deviation.
            Some(map) => (0..len).map(|at| ((map.high[at] - map.low[at]) / 6.0).max(1e-3)).collect(),
            None => {
                let square = code.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / len as f64;
                vec![(square.sqrt() as f32).max(0.1); len]
            }
        };
        let target = target_batch(&at.viewer, &self.target)?;
        let pass = Pass::above(run.network(), block, 1);
        let found = InversionProgress { before: f64::INFINITY, error: f64::INFINITY };
        let shown = shown_key(&at.viewer);
        let (m, v) = (vec![0.0; len], vec![0.0; len]);
        Ok(Inversion { target, pass, best: code.clone(), code, m, v, spread, step: 0, found, shown })
    }
}

impl Job for Inversion {
    fn progress(&self) -> (usize, usize) {
        (self.step, STEPS)
    }

    fn result(&self) -> Value {
        json!(self.found)
    }

    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        if self.shown != shown_key(&at.viewer) {
            return Ok(false); // abandoned
        }
        let goes_on = self.step(at.viewer.run);
        if at.viewer.view.code.as_ref() != Some(&self.best) {
            at.viewer.view.code = Some(self.best.clone());
            at.viewer.view.changed();
        }
        Ok(goes_on)
    }
}

impl Inversion {
    /// Takes one step of Adam. Returns false after the last.
    fn step(&mut self, run: &Run) -> bool {
        if self.step == STEPS {
            return false;
        }
        let Some(block) = run.network().embedding else { return false };
        let error = gradient(run, block, &self.target, &mut self.pass, &self.code);
        if self.step == 0 {
            self.found.before = error;
        }
        if error < self.found.error {
            self.found.error = error;
            self.best.clone_from(&self.code);
        }
        self.step += 1;
        let rate = FALLING.rate(RATE, self.step as u64, STEPS as u64);
        let (m_scale, v_scale) = (1.0 - BETA1.powi(self.step as i32), 1.0 - BETA2.powi(self.step as i32));
        for (at, &g) in self.pass.gradient(block).iter().enumerate() {
            // In units of the spread, so that eps means the same for every code.
            let g = g * self.spread[at];
            self.m[at] = BETA1 * self.m[at] + (1.0 - BETA1) * g;
            self.v[at] = BETA2 * self.v[at] + (1.0 - BETA2) * g * g;
            let step = rate * (self.m[at] / m_scale) / ((self.v[at] / v_scale).sqrt() + 1e-12);
            self.code[at] -= self.spread[at] * step;
        }
        self.code.iter().all(|x| x.is_finite())
    }
}

/// Computes the loss of a code, and leaves dL/dc in the pass.
fn gradient(run: &Run, block: usize, target: &Batch, pass: &mut Pass, code: &[f32]) -> f64 {
    let (network, objective) = (run.network(), run.objective());
    let Objective { loss, .. } = objective;
    pass.input(1);
    pass.values_mut(block).copy_from_slice(code);
    network.forward_from(block, pass, &LOOK);
    let (y, dy) = pass.output_and_gradient();
    let error = loss.evaluate(y, network.output(), &objective.target(target), 1.0, dy);
    network.backward_above(block, pass, &LOOK);
    error
}

/// Identifies what is shown: the example, and whether the user's own input is shown in its place.
fn shown_key(viewer: &Viewer) -> (usize, bool) {
    (viewer.view.example, viewer.view.own.is_some())
}

fn target_batch(viewer: &Viewer, target: &InversionTarget) -> Result<Batch> {
    let (run, data) = (viewer.run, viewer.data);
    let shape = run.network().input();
    let one = |(pixels, frame): (Vec<u8>, Frame)| Batch::of_one(&pixels, shape, frame);
    match target {
        InversionTarget::Example(index) => {
            run.check_fits(data)?;
            let len = data.len();
            if len <= *index {
                return Err(Error::expected("example", format!("a number below {len}"), index));
            }
            let mut batch = Batch::default();
            data.batch(&[*index as u32], &mut batch);
            Ok(batch)
        }
        InversionTarget::Own => {
            let own = viewer.view.own.as_ref();
            own.map(|own| own.batch.clone()).ok_or_else(|| Error::new("there is no image of your own"))
        }
        InversionTarget::File(bytes) => Ok(one(data::example_from_file(bytes, shape, &viewer.config.load_options())?)),
        InversionTarget::Decoded { content, bytes } => {
            let file = DecodedFile { path: String::new(), content: content.clone(), bytes: bytes.clone() };
            Ok(one(file.example(shape, &viewer.config.load_options())?))
        }
    }
}

/// The loss of a code against a target, and its gradient.
pub fn code_gradient(viewer: &Viewer, target: &InversionTarget, code: &[f32]) -> Result<(f64, Vec<f32>)> {
    let (block, len) = encoding::code_place(viewer.run)?;
    if code.len() != len {
        return Err(Error::expected("code", format!("{len} values"), code.len()));
    }
    let batch = target_batch(viewer, target)?;
    let mut pass = Pass::above(viewer.run.network(), block, 1);
    let error = gradient(viewer.run, block, &batch, &mut pass, code);
    Ok((error, pass.gradient(block).to_vec()))
}
