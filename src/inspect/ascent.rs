//! Wishes of a unit: the picture that drives its response most, found by gradient ascent.
//!
//! Adam climbs `r(x) / rms(dr/dx) - v TV(x)` on the numbers of a [`Pyramid`]. Until the last quarter the picture is
//! moved by a few random pixels before each step and is kept smooth by its total variation
//! `TV(x) = sum of |x - right neighbour| + |x - lower neighbour|`; both fade out. Pictures of the same lane that are to
//! differ push each other away along their correlation. The result is the best picture of the last quarter.
//!
//! After Olah et al. 2017, <https://distill.pub/2017/feature-visualization/>.

use super::pyramid::Pyramid;
use super::unit::Unit;
use crate::layer::{Call, LOOK};
use crate::network::{Network, Pass};
use crate::rng::{Purpose, Rng};
use crate::schedule::{Curve, Schedule};
use crate::shape::Shape;

/// Steps of an ascent, and the first one at which the picture is neither moved nor smoothed.
pub const STEPS: usize = 160;
const CALM: usize = STEPS * 3 / 4;
const RATE: f32 = 0.06;
const FALLING: Schedule = Schedule { curve: Curve::Cosine, warmup_steps: 0 };
const BETA1: f32 = 0.9;
const BETA2: f32 = 0.99;
/// Weight of the total variation at first; a fifth of it stays.
const SMOOTH: f32 = 0.25;
/// Largest move, as a share of the shorter side.
const JITTER: f32 = 0.08;
/// Weight of what pushes pictures of one lane apart.
const APART: f32 = 1.5;
/// Rounds |d| off, so that it has a slope at 0.
const ROUND: f32 = 0.02;

/// A picture that drives a unit.
#[derive(Clone, Debug, PartialEq)]
pub struct WantedPicture {
    /// `[height, width, channels]`, 0..=1.
    pub x: Vec<f32>,
    /// The response to it, and the largest value of the unit at any place.
    pub response: f32,
    pub peak: f32,
    /// Whether the response ever had a gradient.
    pub moves: bool,
}

/// The ascent of some units of one block, each with a picture of its own.
pub struct Ascent {
    units: Vec<Unit>,
    climbers: Vec<Climber>,
    pyramid: Pyramid,
    pass: Pass,
    are_apart: bool,
    step: usize,
}

/// One picture on its way.
struct Climber {
    rng: Rng,
    numbers: Vec<f32>,
    m: Vec<f32>,
    v: Vec<f32>,
    /// The current picture.
    x: Vec<f32>,
    best: WantedPicture,
}

impl Ascent {
    /// Begins for units of one block; `seeds` are one for each. With `are_apart` the pictures are made to differ.
    pub fn begin(network: &Network, units: Vec<Unit>, seeds: &[u64], are_apart: bool) -> Self {
        let (shape, block) = (network.input(), units[0].block);
        let pyramid = Pyramid::new(shape);
        let climber = |&seed: &u64| {
            let mut rng = Rng::new(seed, Purpose::Ascend, 0);
            let numbers = pyramid.noise(&mut rng);
            let zeros = vec![0.0; numbers.len()];
            let x = vec![0.5; shape.len()];
            let best =
                WantedPicture { x: x.clone(), response: f32::NEG_INFINITY, peak: f32::NEG_INFINITY, moves: false };
            Climber { rng, numbers, m: zeros.clone(), v: zeros, x, best }
        };
        let climbers = seeds.iter().map(climber).collect();
        let pass = Pass::between(network, 0, block, units.len());
        Self { units, climbers, pyramid, pass, are_apart, step: 0 }
    }

    /// Takes one step. Returns whether there is more to do.
    pub fn advance(&mut self, network: &Network) -> bool {
        if self.step == STEPS {
            return false;
        }
        let (shape, block) = (network.input(), self.units[0].block);
        let (len, channels) = (network.shape(block).len(), network.shape(block).channels);
        let call = Call { examples: self.units.len(), ..LOOK };
        let unrest = (1.0 - self.step as f32 / CALM as f32).max(0.0);
        let moves: Vec<(usize, usize)> =
            self.climbers.iter_mut().map(|climber| climber.paint(&self.pyramid, shape, unrest)).collect();
        let mut moved = vec![0.0; self.units.len() * shape.len()];
        for ((climber, &by), moved) in self.climbers.iter().zip(&moves).zip(moved.chunks_exact_mut(shape.len())) {
            shift(&climber.x, shape, by, moved);
        }
        network.read(&mut self.pass, &moved, &call);
        network.forward_between(0, block, &mut self.pass, &call);
        if CALM <= self.step {
            let z = self.pass.values(block).chunks_exact(len);
            for ((unit, climber), z) in self.units.iter().zip(&mut self.climbers).zip(z) {
                climber.note(unit.response(z, channels), z[unit.place(z, channels, true)]);
            }
        }
        for (unit, dz) in self.units.iter().zip(self.pass.seed(block).chunks_exact_mut(len)) {
            unit.gradient(channels, dz);
        }
        network.backward_between(0, block, &mut self.pass, &call);
        let mut gradients = self.pass.gradient(0).to_vec();
        network.scaling().each_pixel(&mut gradients, |d, _, deviation| d / deviation);
        let mut back = vec![0.0; shape.len()];
        let others: Vec<Vec<f32>> =
            if self.are_apart { self.climbers.iter().map(|climber| centred(&climber.x)).collect() } else { Vec::new() };
        let rate = FALLING.rate(RATE, self.step as u64, STEPS as u64);
        for (number, (climber, dx)) in self.climbers.iter_mut().zip(gradients.chunks_exact(shape.len())).enumerate() {
            let (right, down) = moves[number];
            shift(dx, shape, ((shape.width - right) % shape.width, (shape.height - down) % shape.height), &mut back);
            climber.best.moves |= normalise(&mut back);
            smooth(&climber.x, shape, SMOOTH * (0.2 + 0.8 * unrest), &mut back);
            if self.are_apart {
                push_apart(&others, number, &mut back);
            }
            climber.climb(&self.pyramid, &mut back, rate, self.step);
        }
        self.step += 1;
        self.step < STEPS
    }

    /// Steps taken.
    pub fn step(&self) -> usize {
        self.step
    }

    /// The best picture of each unit.
    pub fn finish(self) -> Vec<WantedPicture> {
        self.climbers.into_iter().map(|climber| climber.best).collect()
    }
}

impl Climber {
    /// Paints the picture, and returns by how much it is to be moved.
    fn paint(&mut self, pyramid: &Pyramid, shape: Shape, unrest: f32) -> (usize, usize) {
        pyramid.paint(&self.numbers, &mut self.x);
        self.x.iter_mut().for_each(|x| *x = x.clamp(0.0, 1.0));
        let most = (JITTER * unrest * shape.width.min(shape.height) as f32).round() as usize;
        let mut by = |len: usize| (len + self.rng.below(2 * most + 1) - most) % len;
        (by(shape.width), by(shape.height))
    }

    /// Keeps the picture if it is the best so far.
    fn note(&mut self, response: f32, peak: f32) {
        if self.best.response < response {
            self.best.x.clone_from(&self.x);
            (self.best.response, self.best.peak) = (response, peak);
        }
    }

    /// A step of Adam up the gradient `dx`, which is spent.
    fn climb(&mut self, pyramid: &Pyramid, dx: &mut [f32], rate: f32, step: usize) {
        // A value at an end does not move beyond it.
        for (dx, &x) in dx.iter_mut().zip(&self.x) {
            if (x <= 0.0 && *dx < 0.0) || (1.0 <= x && 0.0 < *dx) {
                *dx = 0.0;
            }
        }
        let mut gradient = vec![0.0; self.numbers.len()];
        pyramid.gradient(dx, &mut gradient);
        let step = step as i32 + 1;
        let (m_scale, v_scale) = (1.0 - BETA1.powi(step), 1.0 - BETA2.powi(step));
        let moments = self.m.iter_mut().zip(&mut self.v);
        for ((number, (m, v)), g) in self.numbers.iter_mut().zip(moments).zip(gradient) {
            *m = BETA1 * *m + (1.0 - BETA1) * g;
            *v = BETA2 * *v + (1.0 - BETA2) * g * g;
            *number += rate * (*m / m_scale) / ((*v / v_scale).sqrt() + 1e-6);
        }
    }
}

/// Moves a picture to the right and down; what leaves it comes in on the other side.
fn shift(x: &[f32], shape: Shape, (right, down): (usize, usize), moved: &mut [f32]) {
    let row = shape.width * shape.channels;
    for (y, from) in x.chunks_exact(row).enumerate() {
        let to = &mut moved[(y + down) % shape.height * row..][..row];
        let (left, rest) = from.split_at(row - right * shape.channels);
        to[right * shape.channels..].copy_from_slice(left);
        to[..right * shape.channels].copy_from_slice(rest);
    }
}

/// Scales a gradient to a mean square of 1. Returns whether there was any.
fn normalise(dx: &mut [f32]) -> bool {
    let square: f64 = dx.iter().map(|&d| f64::from(d) * f64::from(d)).sum::<f64>() / dx.len() as f64;
    let scale = if 0.0 < square && square.is_finite() { (1.0 / square.sqrt()) as f32 } else { 0.0 };
    dx.iter_mut().for_each(|d| *d = if scale == 0.0 { 0.0 } else { *d * scale });
    scale != 0.0
}

/// Subtracts the gradient of the total variation.
fn smooth(x: &[f32], shape: Shape, weight: f32, dx: &mut [f32]) {
    let Shape { width, height, channels } = shape;
    let row = width * channels;
    let mut pull = |a: usize, b: usize| {
        let difference = x[a] - x[b];
        let slope = weight * difference / (difference * difference + ROUND * ROUND).sqrt();
        dx[a] -= slope;
        dx[b] += slope;
    };
    for at in 0..x.len() {
        if at % row < row - channels {
            pull(at, at + channels);
        }
        if at < (height - 1) * row {
            pull(at, at + row);
        }
    }
}

/// The picture without its mean, of length 1.
fn centred(x: &[f32]) -> Vec<f32> {
    let mean = (x.iter().map(|&x| f64::from(x)).sum::<f64>() / x.len() as f64) as f32;
    let length: f64 = x.iter().map(|x| f64::from(x - mean).powi(2)).sum::<f64>();
    let scale = 1.0 / length.sqrt().max(1e-6) as f32;
    x.iter().map(|x| (x - mean) * scale).collect()
}

/// Subtracts the directions of the pictures that this one correlates with.
fn push_apart(others: &[Vec<f32>], number: usize, dx: &mut [f32]) {
    let root = (dx.len() as f32).sqrt();
    for other in others.iter().enumerate().filter(|&(at, _)| at != number).map(|(_, other)| other) {
        let correlation: f32 = other.iter().zip(&others[number]).map(|(a, b)| a * b).sum();
        let weight = APART * root * correlation.max(0.0);
        dx.iter_mut().zip(other).for_each(|(dx, other)| *dx -= weight * other);
    }
}
