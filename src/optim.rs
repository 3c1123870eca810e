//! Optimisers: theta <- step(theta, gradient), in one pass over memory, on chunks that may run on any thread.
//!
//! With g = gradient * grad_scale, w the weight decay and everything per parameter:
//!
//! - sgd: m = mu m + g; theta -= rate (m + w theta)
//! - adam (<https://arxiv.org/abs/1412.6980>): g += w theta; m = b1 m + (1 - b1) g; v = b2 v + (1 - b2) g²;
//!   theta -= rate m^ / (sqrt v^ + eps) with m^ = m / (1 - b1^t), v^ = v / (1 - b2^t)
//! - adamw (<https://arxiv.org/abs/1711.05101>): the same without w in g, but theta -= rate w theta
//!
//! Decay is thus decoupled from the moments for sgd and adamw; for adam it is the classical penalty, as in PyTorch. The
//! caller passes it for weights, but not for biases and scales. Frozen and pinned parameters are not passed at all. m
//! and v have the layout of theta from the first parameter on that is not frozen, so a [`Remap`] carries them across a change
//! of the network.
//!
//! The moments of a network that has fitted its batch decay towards denormal numbers, which make a step four times
//! slower where the processor cannot flush them (WebAssembly). Numbers too small to move a parameter are therefore set
//! to 0.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::kernels::elementwise;
use crate::progress::Progress;
use crate::remap::Remap;

/// Least gradient whose square is not denormal, even after the multiplication by 1 - b2.
const TINY_GRADIENT: f32 = 1e-16;
const TINY_V: f32 = 1e-35;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// `momentum` in 0..1; 0 keeps no moment.
    Sgd {
        momentum: f32,
    },
    Adam {
        beta1: f32,
        beta2: f32,
        epsilon: f32,
    },
    #[serde(rename = "adamw")]
    AdamW {
        beta1: f32,
        beta2: f32,
        epsilon: f32,
    },
}

impl Method {
    /// b1 = 0.9, b2 = 0.999, eps = 1e-8, as in the paper.
    pub const ADAM: Method = Method::Adam { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };
    pub const ADAMW: Method = Method::AdamW { beta1: 0.9, beta2: 0.999, epsilon: 1e-8 };

    pub fn name(self) -> &'static str {
        match self {
            Method::Sgd { .. } => "sgd",
            Method::Adam { .. } => "adam",
            Method::AdamW { .. } => "adamw",
        }
    }

    /// Whether it keeps m and v.
    fn keeps(self) -> (bool, bool) {
        match self {
            Method::Sgd { momentum } => (momentum != 0.0, false),
            Method::Adam { .. } | Method::AdamW { .. } => (true, true),
        }
    }

    /// Number of moments it keeps for `param_len` parameters.
    pub fn moments(self, param_len: usize) -> (usize, usize) {
        let (m, v) = self.keeps();
        (if m { param_len } else { 0 }, if v { param_len } else { 0 })
    }

    /// Checks numbers from outside.
    pub fn checked(self) -> Result<Self> {
        let below_one = |name: &str, value: f32| {
            let fits = (0.0..1.0).contains(&value);
            if fits { Ok(()) } else { Err(Error::expected(name, "a number from 0 to below 1", value)) }
        };
        match self {
            Method::Sgd { momentum } => below_one("momentum", momentum)?,
            Method::Adam { beta1, beta2, epsilon } | Method::AdamW { beta1, beta2, epsilon } => {
                below_one("beta1", beta1)?;
                below_one("beta2", beta2)?;
                if !(0.0 < epsilon && epsilon.is_finite()) {
                    return Err(Error::expected("epsilon", "a number greater than 0", epsilon));
                }
            }
        }
        Ok(self)
    }
}

/// An optimiser and its state.
///
/// ```
/// use neurarium::optim::{Method, Optim};
///
/// let (mut theta, gradient) = ([1.0, -2.0], [0.5, 0.25]);
/// let mut optim = Optim::new(Method::Sgd { momentum: 0.0 }, theta.len());
/// let step = optim.begin_step(0.5, 1.0); // learning rate, and scale of the gradient
/// step.apply(&mut theta, &gradient, &mut [], &mut [], 0.0);
/// assert_eq!(theta, [0.75, -2.125]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Optim {
    pub method: Method,
    /// Fraction of a weight that decays per unit of rate; 0 for none.
    pub weight_decay: f32,
    /// Greatest norm of the gradient over all parameters; 0 for no limit.
    pub clip_norm: f32,
    /// Number of steps taken, for the bias correction.
    pub t: u64,
    /// The parameter that the moments begin with; those before it are frozen.
    #[serde(default)]
    pub first: usize,
    /// First moments, with the layout of theta from `first` on; empty if the method keeps none.
    pub m: Vec<f32>,
    /// Second moments, likewise.
    pub v: Vec<f32>,
}

impl Optim {
    /// An optimiser without decay and clipping that has taken no step.
    pub fn new(method: Method, param_len: usize) -> Self {
        let mut optim =
            Self { method, weight_decay: 0.0, clip_norm: 0.0, t: 0, first: 0, m: Vec::new(), v: Vec::new() };
        optim.reset(param_len);
        optim
    }

    /// Resets the state, for `param_len` parameters.
    pub fn reset(&mut self, param_len: usize) {
        let (m, v) = self.method.moments(param_len - self.first);
        (self.t, self.m, self.v) = (0, vec![0.0; m], vec![0.0; v]);
    }

    /// Keeps moments of the parameters from `first` on alone, out of `param_len`; those of parameters that had none are 0.
    pub fn begin_at(&mut self, first: usize, param_len: usize) {
        self.first = first;
        let (m, v) = self.method.moments(param_len - first);
        self.m = ending(&self.m, m);
        self.v = ending(&self.v, v);
    }

    /// Takes over moments of an earlier state, which may have begun at another parameter. One of another method resets all.
    pub fn take_moments(&mut self, m: &[f32], v: &[f32], t: u64) {
        if self.m.is_empty() != m.is_empty() || self.v.is_empty() != v.is_empty() {
            return self.reset(self.first + self.m.len().max(self.v.len()));
        }
        (self.m, self.v, self.t) = (ending(m, self.m.len()), ending(v, self.v.len()), t);
    }

    /// The moments of some parameters, which are 0 for frozen ones; empty where the method keeps none.
    pub fn moments_of(&self, parameters: &[u32]) -> (Vec<f32>, Vec<f32>) {
        let at = |moments: &[f32], index: u32| {
            (index as usize).checked_sub(self.first).and_then(|index| moments.get(index)).copied().unwrap_or(0.0)
        };
        let of = |moments: &[f32]| match moments {
            [] => Vec::new(),
            moments => parameters.iter().map(|&index| at(moments, index)).collect(),
        };
        (of(&self.m), of(&self.v))
    }

    /// Sets the moments of some parameters, where it keeps such moments.
    pub fn set_moments(&mut self, parameters: impl Iterator<Item = usize> + Clone, m: &[f32], v: &[f32]) {
        let first = self.first;
        for (moments, values) in [(&mut self.m, m), (&mut self.v, v)] {
            for (index, &value) in parameters.clone().zip(values) {
                if let Some(moment) = index.checked_sub(first).and_then(|index| moments.get_mut(index)) {
                    *moment = value;
                }
            }
        }
    }

    /// Changes the method. Moments are kept between adam and adamw, which define them alike; otherwise they are reset,
    /// and the previous optimiser is returned.
    pub fn set_method(&mut self, method: Method, param_len: usize) -> Option<Self> {
        if self.method.keeps() == method.keeps() {
            self.method = method;
            return None;
        }
        let Self { weight_decay, clip_norm, first, .. } = *self;
        let mut next = Self { weight_decay, clip_norm, ..Self::new(method, 0) };
        next.begin_at(first, param_len);
        Some(std::mem::replace(self, next))
    }

    /// Carries the moments across a change of the network; those of new parameters are 0. Returns the previous
    /// optimiser.
    ///
    /// New parameters have the bias correction of the old ones, so Adam's first steps on them are up to three times the
    /// rate.
    pub fn carry(&mut self, remap: &Remap, progress: &Progress) -> Result<Self> {
        let carried = |moments: &[f32]| match moments {
            [] => Ok(Vec::new()),
            moments if self.first == 0 => remap.carry(moments, 0.0, progress),
            moments => remap.carry(&ending(moments, self.first + moments.len()), 0.0, progress),
        };
        let (m, v) = (carried(&self.m)?, carried(&self.v)?);
        Ok(std::mem::replace(self, Self { first: 0, m, v, ..*self }))
    }

    /// A copy that reports its moments to `progress`; the caller announces how many there are.
    pub fn copied(&self, progress: &Progress) -> Result<Self> {
        Ok(Self { m: progress.copied(&self.m)?, v: progress.copied(&self.v)?, ..*self })
    }

    /// Checks a state from a file, for a network of `param_len` parameters.
    pub fn checked(self, param_len: usize) -> Result<Self> {
        self.method.checked()?;
        let (m, v) = self.method.moments(param_len.saturating_sub(self.first));
        for (name, expected, moments) in [("m", m, &self.m), ("v", v, &self.v)] {
            if moments.len() != expected {
                return Err(Error::expected(format!("optimiser moments {name}"), expected, moments.len()));
            }
            if !moments.iter().all(|x| x.is_finite()) {
                return Err(Error::expected(format!("optimiser moments {name}"), "finite numbers", "others"));
            }
        }
        Ok(self)
    }

    /// The factor for a gradient of this squared norm that limits its norm to `clip_norm`.
    ///
    /// It is not finite if the squared norm is not finite; the caller must refuse such a step.
    pub fn clip_scale(&self, squared_norm: f64) -> f32 {
        let norm = squared_norm.sqrt();
        if self.clip_norm == 0.0 || norm <= self.clip_norm as f64 { 1.0 } else { (self.clip_norm as f64 / norm) as f32 }
    }

    /// Counts a step and returns its numbers, which are applied to every chunk of theta.
    ///
    /// `grad_scale` multiplies the gradient: it is the factor for clipping, times 1 / batch if that is still missing.
    pub fn begin_step(&mut self, rate: f32, grad_scale: f32) -> OptimStep {
        self.t += 1;
        let t = self.t.min(i32::MAX as u64) as i32;
        let (mut m_scale, mut v_scale) = (1.0, 1.0);
        if let Method::Adam { beta1, beta2, .. } | Method::AdamW { beta1, beta2, .. } = self.method {
            m_scale = 1.0 / (1.0 - (beta1 as f64).powi(t));
            v_scale = 1.0 / (1.0 - (beta2 as f64).powi(t)).sqrt();
        }
        let (m_scale, v_scale) = ((rate as f64 * m_scale) as f32, v_scale as f32);
        OptimStep { method: self.method, rate, grad_scale, m_scale, v_scale }
    }
}

/// The numbers of one step. They are the same for all parameters, so that chunks can be updated in any order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct OptimStep {
    method: Method,
    rate: f32,
    grad_scale: f32,
    /// rate / (1 - b1^t).
    m_scale: f32,
    /// 1 / sqrt(1 - b2^t).
    v_scale: f32,
}

impl OptimStep {
    /// Updates a chunk of theta. All slices belong to the same chunk; m and v are empty if the method keeps none.
    ///
    /// `decay` is the weight decay of this chunk, 0 for biases and scales.
    pub fn apply(&self, theta: &mut [f32], grad: &[f32], m: &mut [f32], v: &mut [f32], decay: f32) {
        let OptimStep { rate, grad_scale, m_scale, v_scale, .. } = *self;
        match self.method {
            Method::Sgd { momentum: 0.0 } => {
                elementwise::zip(theta, grad, |theta, g| theta - rate * (g * grad_scale + decay * theta));
            }
            Method::Sgd { momentum } => elementwise::step_of_one(theta, grad, m, |theta, g, m| {
                let m = flush(momentum * m + g * grad_scale, TINY_GRADIENT);
                (theta - rate * (m + decay * theta), m)
            }),
            Method::Adam { beta1, beta2, epsilon } => elementwise::step(theta, grad, m, v, |theta, g, m, v| {
                let g = flush(g * grad_scale + decay * theta, TINY_GRADIENT);
                let m = flush(beta1 * m + (1.0 - beta1) * g, TINY_GRADIENT);
                let v = flush(beta2 * v + (1.0 - beta2) * (g * g), TINY_V);
                (theta - m_scale * m / (v.sqrt() * v_scale + epsilon), m, v)
            }),
            Method::AdamW { beta1, beta2, epsilon } => elementwise::step(theta, grad, m, v, |theta, g, m, v| {
                let g = flush(g * grad_scale, TINY_GRADIENT);
                let m = flush(beta1 * m + (1.0 - beta1) * g, TINY_GRADIENT);
                let v = flush(beta2 * v + (1.0 - beta2) * (g * g), TINY_V);
                (theta - (rate * decay * theta + m_scale * m / (v.sqrt() * v_scale + epsilon)), m, v)
            }),
        }
    }
}

/// The last `len` of the moments; zeros come before them where there are fewer.
fn ending(moments: &[f32], len: usize) -> Vec<f32> {
    let mut ending = vec![0.0; len.saturating_sub(moments.len())];
    ending.extend_from_slice(&moments[moments.len().saturating_sub(len)..]);
    ending
}

/// x, or 0 if its absolute value is below `tiny`. NaN stays NaN.
#[inline(always)]
fn flush(x: f32, tiny: f32) -> f32 {
    if x.abs() < tiny { 0.0 } else { x }
}
