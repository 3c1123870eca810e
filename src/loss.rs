//! Losses: the distance of an output from its target, and the gradient of that distance.
//!
//! Letters: y `[examples, height, width, channels]` is the network's output, t the target of the same shape, d = y - t.
//!
//! | loss | per value | gradient |
//! |---|---|---|
//! | mse | d² | 2 d |
//! | l1 | abs(d) | sign d, 0 at 0 |
//! | huber | d² / 2 if abs(d) < delta else delta (abs(d) - delta / 2) | d cut to -delta..delta |
//! | bce | max(y, 0) - y t + ln(1 + e^-abs(y)): y is a logit, t in 0..=1 | sigmoid(y) - t |
//! | sum-squares | d² / 2, summed over the values of the example rather than averaged | d |
//! | permissive | as sum-squares; `train/` compares the points of letters with the assignment that suits them best | d |
//! | cross-entropy | ln Σ e^y - y of the right class: y are logits, one example `[classes]` | softmax(y) - one-hot |
//! | hinge | max(0, 1 + the largest other y - y of the right class): a support vector machine (K. Crammer, Y. Singer, 2001) | 1 at that other, -1 at the right class, 0 below the margin |
//!
//! The loss of an example is the mean over its valid values (those inside the picture, see [`Target`]); cross-entropy
//! and hinge are one value per example. The loss of an example without valid values is 0. All sums are f64, in the order of the
//! values.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::kernels::{elementwise, maths};
use crate::shape::Shape;

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Loss {
    Mse,
    L1,
    /// The distance at which the square continues as a straight line; greater than 0.
    Huber {
        delta: f32,
    },
    /// Binary cross-entropy of each value, from logits.
    Bce,
    /// Half the sum of the squares, as if every value counted.
    SumSquares,
    /// The same of points that may be anywhere along the contours of a letter; see `data/letters/assignment.rs`.
    Permissive,
    /// Cross-entropy of the softmax over all values of the example, from logits.
    CrossEntropy,
    /// The margin of 1 by which the right class should be ahead of every other.
    Hinge,
}

/// The desired output.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Target<'a> {
    Values {
        /// `[examples, height, width, channels]`.
        y: &'a [f32],
        /// `[examples, height, width]`, 1 where the pixel belongs to the picture and 0 where it is padding; empty if
        /// every pixel counts.
        mask: &'a [f32],
    },
    /// The correct class of each example.
    Classes(&'a [u32]),
}

impl Target<'_> {
    /// The target of some of the examples.
    pub fn of_examples(&self, first: usize, count: usize, shape: Shape) -> Self {
        fn part(values: &[f32], first: usize, count: usize, len: usize) -> &[f32] {
            if values.is_empty() { values } else { &values[first * len..(first + count) * len] }
        }
        match *self {
            Target::Values { y, mask } => {
                Target::Values { y: part(y, first, count, shape.len()), mask: part(mask, first, count, shape.area()) }
            }
            Target::Classes(classes) => Target::Classes(&classes[first..first + count]),
        }
    }
}

impl Loss {
    pub const ALL: &[Loss] = &[
        Loss::Mse,
        Loss::L1,
        Loss::Huber { delta: 1.0 },
        Loss::Bce,
        Loss::SumSquares,
        Loss::Permissive,
        Loss::CrossEntropy,
        Loss::Hinge,
    ];

    /// Returns the sum of the losses of all examples and, unless `dy` is empty, sets it to weight * d(that sum)/dy.
    ///
    /// With weight = 1 / batch, the gradients of the shards of a batch add up to the gradient of its mean loss.
    pub fn evaluate(self, y: &[f32], shape: Shape, target: &Target, weight: f32, dy: &mut [f32]) -> f64 {
        assert!(y.len().is_multiple_of(shape.len()), "{} values in examples of {shape}", y.len());
        assert!(dy.is_empty() || dy.len() == y.len(), "a gradient of {} for {} values", dy.len(), y.len());
        match (self, *target) {
            (Loss::CrossEntropy, Target::Classes(classes)) => cross_entropy(y, shape.len(), classes, weight, dy),
            (Loss::Hinge, Target::Classes(classes)) => hinge(y, shape.len(), classes, weight, dy),
            (Loss::CrossEntropy | Loss::Hinge, Target::Values { .. }) => panic!("{self} wants classes as its target"),
            (_, Target::Classes(_)) => panic!("{self} wants values as its target"),
            (_, Target::Values { y: t, mask }) => {
                assert!(t.len() == y.len(), "a target of {} for {} values", t.len(), y.len());
                assert!(mask.is_empty() || mask.len() * shape.channels == y.len(), "a mask of {}", mask.len());
                let values = Masked { y, t, mask, shape, weight };
                // One compiled loop per loss; with the match inside, it would not be vectorised.
                match self {
                    Loss::SumSquares | Loss::Permissive => {
                        let half = 0.5 * shape.len() as f32;
                        let values = Masked { weight: weight * half, ..values };
                        f64::from(half) * values.mean(dy, |y, t| (y - t) * (y - t), |y, t| 2.0 * (y - t))
                    }
                    Loss::Mse => values.mean(dy, |y, t| (y - t) * (y - t), |y, t| 2.0 * (y - t)),
                    Loss::L1 => values.mean(dy, |y, t| (y - t).abs(), |y, t| sign(y - t)),
                    Loss::Huber { delta } => values.mean(
                        dy,
                        |y, t| {
                            let d = (y - t).abs();
                            if d < delta { 0.5 * d * d } else { delta * (d - 0.5 * delta) }
                        },
                        |y, t| {
                            // Not f32::clamp, which checks delta for every value.
                            let d = if y - t < -delta { -delta } else { y - t };
                            if delta < d { delta } else { d }
                        },
                    ),
                    _ => values.mean(dy, bce, bce_slope),
                }
            }
        }
    }

    /// The output as people see it: probabilities if y are logits, otherwise y itself. Margins of a hinge are shown as if
    /// they were logits; their order is what counts.
    pub fn predict(self, y: &[f32], shape: Shape, out: &mut [f32]) {
        out.copy_from_slice(y);
        match self {
            Loss::Mse | Loss::L1 | Loss::Huber { .. } | Loss::SumSquares | Loss::Permissive => {}
            Loss::Bce => elementwise::map(out, maths::sigmoid),
            Loss::CrossEntropy | Loss::Hinge => out.chunks_exact_mut(shape.len()).for_each(|row| {
                softmax(row);
            }),
        }
    }

    /// Whether the target is a class rather than values.
    pub fn classifies(self) -> bool {
        matches!(self, Loss::CrossEntropy | Loss::Hinge)
    }

    pub fn name(self) -> &'static str {
        match self {
            Loss::Mse => "mse",
            Loss::L1 => "l1",
            Loss::Huber { .. } => "huber",
            Loss::Bce => "bce",
            Loss::SumSquares => "sum-squares",
            Loss::Permissive => "permissive",
            Loss::CrossEntropy => "cross-entropy",
            Loss::Hinge => "hinge",
        }
    }

    /// Parses `mse`, `huber` (delta 1) or `huber:0.1`; the inverse of printing.
    pub fn parse(text: &str) -> Result<Self> {
        let unknown = || {
            let names: Vec<&str> = Self::ALL.iter().map(|loss| loss.name()).collect();
            Error::expected("loss", format!("one of {}", names.join(", ")), format!("{text:?}"))
        };
        let (name, delta) = text.split_once(':').map_or((text, None), |(name, delta)| (name, Some(delta)));
        let loss = Self::ALL.iter().copied().find(|loss| loss.name() == name).ok_or_else(unknown)?;
        match (loss, delta) {
            (_, None) => Ok(loss),
            (Loss::Huber { .. }, Some(delta)) => {
                let delta = delta.parse().map_err(|_| Error::expected(name, "a number for its delta", delta))?;
                Loss::Huber { delta }.checked()
            }
            _ => Err(unknown()),
        }
    }

    /// Checks a loss from outside.
    pub fn checked(self) -> Result<Self> {
        match self {
            Loss::Huber { delta } if !(0.0 < delta && delta.is_finite()) => {
                Err(Error::expected("huber", "a delta greater than 0", delta))
            }
            _ => Ok(self),
        }
    }
}

impl fmt::Display for Loss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Loss::Huber { delta } => write!(f, "{}:{delta}", self.name()),
            _ => f.write_str(self.name()),
        }
    }
}

/// Outputs, targets and a mask of the pixels that count.
struct Masked<'a> {
    y: &'a [f32],
    t: &'a [f32],
    mask: &'a [f32],
    shape: Shape,
    weight: f32,
}

impl Masked<'_> {
    /// The sum over examples of the mean over valid values of `value(y, t)`, whose derivative with respect to y is
    /// `slope(y, t)`.
    #[inline(always)]
    fn mean(&self, dy: &mut [f32], value: impl Fn(f32, f32) -> f32, slope: impl Fn(f32, f32) -> f32) -> f64 {
        let len = self.shape.len();
        let mut sum = 0.0;
        for (n, (y, t)) in self.y.chunks_exact(len).zip(self.t.chunks_exact(len)).enumerate() {
            let mask = self.mask.get(n * self.shape.area()..(n + 1) * self.shape.area());
            let valid = mask.map_or(self.shape.area() as f64, |mask| mask.iter().map(|&m| m as f64).sum());
            let count = valid * self.shape.channels as f64;
            let scale = if count == 0.0 { 0.0 } else { (self.weight as f64 / count) as f32 };
            let dy = if dy.is_empty() { &mut [][..] } else { &mut dy[n * len..(n + 1) * len] };
            let total = match mask {
                None => span(y, t, dy, scale, &value, &slope),
                Some(mask) => {
                    let mut total = 0.0;
                    let mut dy = dy;
                    // In runs of pixels with the same mask, so that a whole row is one loop.
                    let mut pixel = 0;
                    for run in mask.chunk_by(|a, b| a == b) {
                        let channels = self.shape.channels;
                        let (from, to) = (pixel * channels, (pixel + run.len()) * channels);
                        let (head, rest) = dy.split_at_mut(dy.len().min(to - from));
                        if run[0] == 0.0 {
                            // Values outside the picture, even NaN, must not reach the sum.
                            head.fill(0.0);
                        } else {
                            total +=
                                run[0] as f64 * span(&y[from..to], &t[from..to], head, scale * run[0], &value, &slope);
                        }
                        (dy, pixel) = (rest, pixel + run.len());
                    }
                    total
                }
            };
            sum += if count == 0.0 { 0.0 } else { total / count };
        }
        sum
    }
}

/// Returns the sum of `value` over one run and sets dy = scale * `slope`, unless `dy` is empty.
fn span(
    y: &[f32],
    t: &[f32],
    dy: &mut [f32],
    scale: f32,
    value: &impl Fn(f32, f32) -> f32,
    slope: &impl Fn(f32, f32) -> f32,
) -> f64 {
    if !dy.is_empty() {
        elementwise::of_two(dy, y, t, |y, t| scale * slope(y, t));
    }
    elementwise::sum_of_two(y, t, value)
}

/// The sign of d: 0 for 0, NaN for NaN.
#[inline(always)]
fn sign(d: f32) -> f32 {
    if 0.0 < d {
        1.0
    } else if d < 0.0 {
        -1.0
    } else {
        d
    }
}

/// Binary cross-entropy, without the logarithm of a sigmoid, which is infinite once the sigmoid rounds to 0.
///
/// A function rather than a closure, because it must be inlined for its loop to be vectorised (8 times faster).
#[inline(always)]
fn bce(y: f32, t: f32) -> f32 {
    let above = if y < 0.0 { 0.0 } else { y };
    above - y * t + maths::ln_1p(maths::exp(-y.abs()))
}

#[inline(always)]
fn bce_slope(y: f32, t: f32) -> f32 {
    maths::sigmoid(y) - t
}

fn cross_entropy(y: &[f32], classes: usize, labels: &[u32], weight: f32, dy: &mut [f32]) -> f64 {
    assert!(labels.len() * classes == y.len(), "{} labels for {} logits", labels.len(), y.len());
    let mut row = vec![0.0; classes];
    let mut sum = 0.0;
    for (n, (y, &label)) in y.chunks_exact(classes).zip(labels).enumerate() {
        let label = label as usize;
        assert!(label < classes, "class {label} of {classes}");
        row.copy_from_slice(y);
        let log_sum = softmax(&mut row);
        sum += log_sum - y[label] as f64;
        if !dy.is_empty() {
            let dy = &mut dy[n * classes..(n + 1) * classes];
            dy.iter_mut().zip(&row).for_each(|(dy, p)| *dy = weight * p);
            // p - 1 of the correct class is minus the sum of the others, without cancellation near p = 1.
            let others: f64 = (0..classes).filter(|&c| c != label).map(|c| row[c] as f64).sum();
            dy[label] = -weight * others as f32;
        }
    }
    sum
}

fn hinge(y: &[f32], classes: usize, labels: &[u32], weight: f32, dy: &mut [f32]) -> f64 {
    assert!(labels.len() * classes == y.len(), "{} labels for {} values", labels.len(), y.len());
    dy.fill(0.0);
    let mut sum = 0.0;
    for (n, (y, &label)) in y.chunks_exact(classes).zip(labels).enumerate() {
        let label = label as usize;
        assert!(label < classes, "class {label} of {classes}");
        // The first of the largest others; NaN counts as larger than all.
        let others = (0..classes).filter(|&class| class != label);
        let Some(other) =
            others.reduce(|best, class| if y[class] <= y[best] || y[best].is_nan() { best } else { class })
        else {
            continue;
        };
        let slack = 1.0 + f64::from(y[other]) - f64::from(y[label]);
        if slack <= 0.0 {
            continue;
        }
        sum += slack;
        if !dy.is_empty() {
            (dy[n * classes + other], dy[n * classes + label]) = (weight, -weight);
        }
    }
    sum
}

/// Replaces the row by its softmax and returns ln Σ e^y. The greatest y is subtracted first, so that no e^y overflows.
fn softmax(row: &mut [f32]) -> f64 {
    // f32::max ignores NaN, but the sum below does not.
    let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|y| *y = maths::exp(*y - most));
    let sum: f64 = row.iter().map(|&e| e as f64).sum();
    let scale = (1.0 / sum) as f32;
    row.iter_mut().for_each(|e| *e *= scale);
    most as f64 + ln(sum)
}

/// ln of an f64 from that of an f32, with a correction for rounding, so that no platform's library is called.
fn ln(sum: f64) -> f64 {
    let rounded = sum as f32;
    maths::ln(rounded) as f64 + (sum - rounded as f64) / rounded as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printing_and_parsing_are_inverse() {
        for &loss in Loss::ALL {
            assert_eq!(Loss::parse(&loss.to_string()), Ok(loss));
        }
        assert_eq!(Loss::parse("huber:0.5"), Ok(Loss::Huber { delta: 0.5 }));
        for wrong in ["", "mean", "mse:1", "huber:0", "huber:-1", "huber:inf", "huber:x"] {
            assert!(Loss::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn losses_of_single_values_are_those_of_the_table() {
        let flat = Shape::flat(1);
        let table = [
            (Loss::Mse, 0.5, 2.0, 2.25, -3.0),
            (Loss::L1, 0.5, 2.0, 1.5, -1.0),
            (Loss::Huber { delta: 1.0 }, 0.5, 2.0, 1.0, -1.0),
            (Loss::Huber { delta: 2.0 }, 0.5, 2.0, 1.125, -1.5),
            (Loss::SumSquares, 0.5, 2.0, 1.125, -1.5),
            (Loss::Bce, 0.0, 1.0, std::f64::consts::LN_2, -0.5),
            (Loss::Bce, 200.0, 0.0, 200.0, 1.0),
            (Loss::Bce, -200.0, 1.0, 200.0, -1.0),
        ];
        for (loss, y, t, value, slope) in table {
            let mut dy = [9.0];
            let got = loss.evaluate(&[y], flat, &Target::Values { y: &[t], mask: &[] }, 1.0, &mut dy);
            assert!((got - value).abs() < 1e-6, "{loss} of {y} and {t}: {got}");
            assert!((dy[0] - slope).abs() < 1e-6, "{loss} of {y} and {t}: slope {}", dy[0]);
        }
    }

    #[test]
    fn values_outside_the_mask_do_not_count_even_if_they_are_nan() {
        let shape = Shape::from_whc(2, 1, 2);
        let y = [1.0, 2.0, f32::NAN, 5.0, 3.0, 3.0, 3.0, 3.0];
        let t = [0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 1.0, 1.0];
        let mask = [1.0, 0.0, 0.0, 0.0];
        let mut dy = [9.0; 8];
        let got = Loss::Mse.evaluate(&y, shape, &Target::Values { y: &t, mask: &mask }, 0.5, &mut dy);
        assert_eq!(got, 2.5); // the second example has no valid values, so its loss is 0
        assert_eq!(dy, [0.5, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
    }

    #[test]
    fn a_full_mask_is_no_mask() {
        let shape = Shape::from_whc(3, 2, 3);
        let y: Vec<f32> = (0..36).map(|n| (n as f32 * 0.7).sin()).collect();
        let t: Vec<f32> = (0..36).map(|n| (n as f32 * 1.3).cos()).collect();
        for loss in [Loss::Mse, Loss::L1, Loss::Huber { delta: 0.3 }, Loss::Bce, Loss::SumSquares] {
            let (mut dy, mut dy_masked) = ([0.0; 36], [0.0; 36]);
            let value = loss.evaluate(&y, shape, &Target::Values { y: &t, mask: &[] }, 0.5, &mut dy);
            let masked = Target::Values { y: &t, mask: &[1.0; 12] };
            assert_eq!(value, loss.evaluate(&y, shape, &masked, 0.5, &mut dy_masked));
            assert_eq!(dy, dy_masked);
            assert_eq!(value, loss.evaluate(&y, shape, &masked, 0.5, &mut []));
        }
    }

    #[test]
    fn cross_entropy_of_huge_logits_is_finite_and_its_gradient_sums_to_zero() {
        let (shape, y) = (Shape::flat(3), [1e4, -1e4, 0.0, 1.0, 2.0, 3.0]);
        let mut dy = [9.0; 6];
        let got = Loss::CrossEntropy.evaluate(&y, shape, &Target::Classes(&[1, 2]), 1.0, &mut dy);
        assert!((got - 20_000.40760596444).abs() < 1e-3, "{got}");
        assert_eq!(&dy[..3], &[1.0, -1.0, 0.0]);
        assert!(dy[3..].iter().sum::<f32>().abs() < 1e-7);
        let mut p = [0.0; 6];
        Loss::CrossEntropy.predict(&y, shape, &mut p);
        assert!((p[5] - 0.66524096).abs() < 1e-6);
    }

    #[test]
    fn a_hinge_asks_for_a_margin_of_one_before_the_largest_other() {
        let (shape, y) = (Shape::flat(3), [3.0, 1.5, 2.5, 0.0, 4.0, 2.0]);
        let mut dy = [9.0; 6];
        let got = Loss::Hinge.evaluate(&y, shape, &Target::Classes(&[0, 1]), 0.5, &mut dy);
        assert_eq!((got, dy), (0.5, [-0.5, 0.0, 0.5, 0.0, 0.0, 0.0]));
        assert_eq!(Loss::Hinge.evaluate(&[2.0], Shape::flat(1), &Target::Classes(&[0]), 1.0, &mut [9.0]), 0.0);
    }

    #[test]
    fn nan_reaches_the_loss() {
        for &loss in Loss::ALL {
            let (y, t) = ([0.5, f32::NAN], [0.0, 1.0]);
            let target = if loss.classifies() { Target::Classes(&[0]) } else { Target::Values { y: &t, mask: &[] } };
            assert!(loss.evaluate(&y, Shape::flat(2), &target, 1.0, &mut [0.0; 2]).is_nan(), "{loss}");
        }
    }
}
