//! The other way round: given a picture, the code that the decoder paints it from, found by gradient.
//!
//! Adam on the code c alone, dL/dc through the decoder; every value in steps of its own size, from a tenth of its usual
//! spread down to nothing. The best code so far is the one that counts.

use serde::Serialize;

use super::{Session, look::LOOK};
use crate::data::{self, Batch};
use crate::error::{Error, Result};
use crate::network::Pass;
use crate::schedule::{Curve, Schedule};
use crate::train::Objective;

const STEPS: usize = 500;
/// Size of the first steps, relative to the spread of a value.
const RATE: f32 = 0.1;
const FALLING: Schedule = Schedule { curve: Curve::Cosine, warmup_steps: 0 };
const BETA1: f32 = 0.9;
const BETA2: f32 = 0.99;

/// The picture that is wanted.
#[derive(Clone, Debug, PartialEq)]
pub enum InversionTarget {
    Example(usize),
    /// The own input.
    Own,
    /// An image file.
    File(Vec<u8>),
}

/// How far a reversal has come.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct InversionProgress {
    /// The loss of the code it began from, and of the best so far.
    pub before: f64,
    pub error: f64,
}

pub(super) struct Inversion {
    target: Batch,
    pass: Pass,
    code: Vec<f32>,
    best: Vec<f32>,
    m: Vec<f32>,
    v: Vec<f32>,
    /// Usual spread of each value.
    spread: Vec<f32>,
    step: usize,
    pub reversal: InversionProgress,
    /// What was shown when it began; if that changes, nobody waits for it any more.
    shown: (usize, bool),
}

impl Inversion {
    pub fn new(session: &mut Session, target: &InversionTarget) -> Result<Self> {
        let (block, len) = session.code_place()?;
        let code = session.code()?.values;
        let spread = match &session.desk.atlas {
            // A sixth of the range is about a deviation.
            Some(atlas) => (0..len).map(|at| ((atlas.high[at] - atlas.low[at]) / 6.0).max(1e-3)).collect(),
            None => {
                let square = code.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / len as f64;
                vec![(square.sqrt() as f32).max(0.1); len]
            }
        };
        let target = session.target_batch(target)?;
        let pass = Pass::above(&session.network, block, 1);
        let reversal = InversionProgress { before: f64::INFINITY, error: f64::INFINITY };
        let shown = session.shown_key();
        let (m, v) = (vec![0.0; len], vec![0.0; len]);
        Ok(Self { target, pass, best: code.clone(), code, m, v, spread, step: 0, reversal, shown })
    }

    pub fn progress(&self) -> (usize, usize) {
        (self.step, STEPS)
    }

    /// One step; false when it is over.
    pub fn advance(&mut self, session: &Session) -> bool {
        if self.step == STEPS || self.shown != session.shown_key() {
            return false;
        }
        let Some(block) = session.network.embedding else { return false };
        let error = gradient(session, block, &self.target, &mut self.pass, &self.code);
        if self.step == 0 {
            self.reversal.before = error;
        }
        if error < self.reversal.error {
            self.reversal.error = error;
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

    /// The best code, if it is not shown yet and still wanted.
    pub fn improved(&self, session: &Session) -> Option<Vec<f32>> {
        let wanted = self.shown == session.shown_key() && session.viewer.code.as_ref() != Some(&self.best);
        wanted.then(|| self.best.clone())
    }
}

/// The loss of a code; leaves dL/dc in the pass.
fn gradient(session: &Session, block: usize, target: &Batch, pass: &mut Pass, code: &[f32]) -> f64 {
    let (network, objective) = (&session.network, session.objective);
    let Objective { loss, .. } = objective;
    pass.input(1);
    pass.values_mut(block).copy_from_slice(code);
    network.forward_from(block, pass, &LOOK);
    let (y, dy) = pass.output_and_gradient();
    let error = loss.evaluate(y, network.output(), &objective.target(target), 1.0, dy);
    network.backward_above(block, pass, &LOOK);
    error
}

impl Session {
    fn shown_key(&self) -> (usize, bool) {
        (self.viewer.example, self.viewer.own.is_some())
    }

    fn target_batch(&self, target: &InversionTarget) -> Result<Batch> {
        match target {
            InversionTarget::Example(index) => {
                self.fits()?;
                let len = self.data.len();
                if len <= *index {
                    return Err(Error::expected("example", format!("a number below {len}"), index));
                }
                let mut batch = Batch::default();
                self.data.batch(&[*index as u32], &mut batch);
                Ok(batch)
            }
            InversionTarget::Own => {
                let own = self.viewer.own.as_ref();
                own.map(|own| own.batch.clone()).ok_or_else(|| Error::new("there is no image of your own"))
            }
            InversionTarget::File(bytes) => {
                let shape = self.network.input();
                let (pixels, frame) = data::example_from_file(bytes, shape, &self.config.load_options())?;
                Ok(Batch::of_one(&pixels, shape, frame))
            }
        }
    }

    /// The loss of a code against a target, and its gradient.
    pub fn code_gradient(&mut self, target: &InversionTarget, code: &[f32]) -> Result<(f64, Vec<f32>)> {
        let (block, len) = self.code_place()?;
        if code.len() != len {
            return Err(Error::expected("code", format!("{len} values"), code.len()));
        }
        let batch = self.target_batch(target)?;
        let mut pass = Pass::above(&self.network, block, 1);
        let error = gradient(self, block, &batch, &mut pass, code);
        Ok((error, pass.gradient(block).to_vec()))
    }
}
