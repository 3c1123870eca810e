//! Augmentation: training images are flipped, rotated, shifted, zoomed and coloured at random each time they are used.
//!
//! The changes to an example depend only on (seed of the step, number of the example), never on threads or on its
//! position in the batch. Pixel p of the new image shows the old one at c + F R(-a) (p - c - t) / z, with c the centre, F the
//! flip, a the angle, t the shift and z the zoom; interpolation is bilinear, and the edge extends beyond the image.
//! Then x becomes mean + k (x - mean) + b, a square is filled with the mean (cutout), noise is added, and values are
//! clamped to 0..=1. Padding stays as it is: everything happens inside the frame.
//!
//! A target picture is flipped, rotated, shifted and zoomed with its example, and nothing else happens to it. Pixel p of it
//! is where D (p - c') is in the example, D the ratios of the frames' sides, so both move alike whatever their sizes.

use super::batch::{Batch, TargetBatch};
use super::dataset::Dataset;
use super::frame::Frame;
use crate::error::{Error, Result};
use crate::par;
use crate::rng::{Purpose, Rng};
use crate::shape::Shape;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Flip {
    #[default]
    None,
    /// Left and right.
    Horizontal,
    /// Top and bottom.
    Vertical,
    Both,
}

impl Flip {
    pub fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Horizontal => "horizontal",
            Self::Vertical => "vertical",
            Self::Both => "both",
        }
    }

    pub fn parse(text: &str) -> Result<Self> {
        match text {
            "none" => Ok(Self::None),
            "horizontal" => Ok(Self::Horizontal),
            "vertical" => Ok(Self::Vertical),
            "both" => Ok(Self::Both),
            _ => Err(Error::expected("augment-flip", "none, horizontal, vertical or both", text)),
        }
    }
}

/// The strength of each augmentation; 0 turns it off.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Augment {
    pub flip: Flip,
    /// Degrees, in either direction.
    pub rotation: f32,
    /// Share of the sides.
    pub shift: f32,
    /// 0.5: from 1 / 1.5 to 1.5 times the size; contrast likewise.
    pub zoom: f32,
    pub brightness: f32,
    pub contrast: f32,
    /// Standard deviation.
    pub noise: f32,
    /// Side of the square, as a share of the shorter side.
    pub cutout: f32,
}

/// Bytes of floats that are worth handing to another thread.
const PART: usize = 64 * 1024;

impl Augment {
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Changes the examples of a batch of `data`; `indices` are their numbers.
    pub fn apply(&self, batch: &mut Batch, indices: &[u32], data: &Dataset, seed: u64) {
        if self.is_none() {
            return;
        }
        let Batch { shape, x, target: TargetBatch { shape: target_shape, y, .. }, .. } = batch;
        let (shape, target_shape) = (*shape, *target_shape);
        let part = (PART / (4 * data.example_len())).max(1);
        let mut targets = y.chunks_mut((part * target_shape.len()).max(1));
        let mut work: Vec<_> = x
            .chunks_mut(part * shape.len())
            .zip(indices.chunks(part))
            .map(|(x, indices)| (x, targets.next().unwrap_or_default(), indices))
            .collect();
        par::each(&mut work, |_, (x, y, indices)| {
            let mut scratch = vec![0.0; shape.len().max(target_shape.len())];
            let mut targets = y.chunks_exact_mut(target_shape.len().max(1));
            for (x, &index) in x.chunks_exact_mut(shape.len()).zip(*indices) {
                let frame = data.frames[index as usize];
                let rng = Rng::new(seed, Purpose::Augment, index.into());
                let placement = self.change(x, shape, frame, rng, &mut scratch[..shape.len()]);
                if let (Some(placement), Some(y)) = (placement, targets.next()) {
                    let target_frame = data.pictures.frames.get(index as usize).copied().unwrap_or(frame);
                    let scratch = &mut scratch[..target_shape.len()];
                    scratch.copy_from_slice(y);
                    placement.of_target(frame, target_frame).resample(scratch, y, target_shape, target_frame);
                }
            }
        });
    }

    /// Changes one image `[height, width, channels]`, and returns how it was moved, if it was. Random numbers are drawn in a
    /// fixed order, so that one setting does not affect the others.
    fn change(
        &self,
        x: &mut [f32],
        shape: Shape,
        frame: Frame,
        mut rng: Rng,
        scratch: &mut [f32],
    ) -> Option<Placement> {
        let mut either = || rng.range(-1.0, 1.0);
        let (mirror_x, mirror_y) = (either() < 0.0, either() < 0.0);
        let (angle, right, down) = (self.rotation * either(), self.shift * either(), self.shift * either());
        let (zoom, contrast) = (factor(self.zoom, either()), factor(self.contrast, either()));
        let (brightness, cut_x, cut_y) = (self.brightness * either(), either(), either());
        let (width, height) = (f32::from(frame.width), f32::from(frame.height));
        let mirror_x = mirror_x && matches!(self.flip, Flip::Horizontal | Flip::Both);
        let mirror_y = mirror_y && matches!(self.flip, Flip::Vertical | Flip::Both);

        let moves = mirror_x || mirror_y || 0.0 < self.rotation + self.shift + self.zoom;
        let placement = moves.then(|| {
            let (sin, cos) = sine_cosine(angle);
            let (sx, sy) = (if mirror_x { -1.0 } else { 1.0 } / zoom, if mirror_y { -1.0 } else { 1.0 } / zoom);
            Placement { matrix: [[sx * cos, sx * sin], [-sy * sin, sy * cos]], shift: [right * width, down * height] }
        });
        if let Some(placement) = &placement {
            scratch.copy_from_slice(x);
            placement.resample(scratch, x, shape, frame);
        }
        let inside = |x: &mut [f32], change: &mut dyn FnMut(usize, usize, &mut [f32])| {
            let rows = x.chunks_exact_mut(shape.width * shape.channels).skip(frame.top.into());
            for (row, pixels) in rows.take(frame.height.into()).enumerate() {
                let pixels = &mut pixels[usize::from(frame.left) * shape.channels..];
                let pixels = pixels.chunks_exact_mut(shape.channels).take(frame.width.into());
                pixels.enumerate().for_each(|(column, pixel)| change(row, column, pixel));
            }
        };
        let mut mean = [0.0; 4];
        if 0.0 < self.contrast + self.cutout {
            let mut sum = [0.0; 4];
            inside(x, &mut |_, _, pixel| pixel.iter().zip(&mut sum).for_each(|(&x, sum)| *sum += f64::from(x)));
            let count = f64::from(width * height).max(1.0);
            mean = sum.map(|sum| (sum / count) as f32);
        }
        if 0.0 < self.contrast + self.brightness {
            let grey = mean[..shape.channels].iter().sum::<f32>() / shape.channels as f32;
            let colour = |x: f32| (grey + contrast * (x - grey) + brightness).clamp(0.0, 1.0);
            inside(x, &mut |_, _, pixel| pixel.iter_mut().for_each(|x| *x = colour(*x)));
            mean = mean.map(colour);
        }
        if 0.0 < self.cutout {
            let half = 0.5 * self.cutout * width.min(height);
            let (across, along) = (0.5 * width * (1.0 + cut_x), 0.5 * height * (1.0 + cut_y));
            let hit = |at: usize, centre: f32| (at as f32 + 0.5 - centre).abs() <= half;
            inside(x, &mut |row, column, pixel| {
                if hit(row, along) && hit(column, across) {
                    pixel.copy_from_slice(&mean[..pixel.len()]);
                }
            });
        }
        if 0.0 < self.noise {
            inside(x, &mut |_, _, pixel| {
                pixel.iter_mut().for_each(|x| *x = (*x + self.noise * noise(&mut rng)).clamp(0.0, 1.0));
            });
        }
        placement
    }
}

/// Approximately normal, from one random number: the sum of its four bytes, minus its mean, divided by its deviation.
pub fn noise(rng: &mut Rng) -> f32 {
    let sum: u32 = rng.next_u32().to_le_bytes().into_iter().map(u32::from).sum();
    (sum as f32 - 510.0) * (1.0 / 147.801_6)
}

/// 1 / (1 + most) ..= 1 + most, for `chance` in -1..1.
fn factor(most: f32, chance: f32) -> f32 {
    if chance < 0.0 { 1.0 / (1.0 - most * chance) } else { 1.0 + most * chance }
}

/// Sine and cosine of an angle in degrees, -180..=180, from additions and products alone, which every machine rounds
/// alike.
fn sine_cosine(degrees: f32) -> (f32, f32) {
    let a = f64::from(degrees) * (std::f64::consts::PI / 180.0 / 8.0);
    let square = a * a;
    let mut sin = a * (1.0 - square / 6.0 * (1.0 - square / 20.0 * (1.0 - square / 42.0 * (1.0 - square / 72.0))));
    let mut cos = 1.0 - square / 2.0 * (1.0 - square / 12.0 * (1.0 - square / 30.0 * (1.0 - square / 56.0)));
    for _ in 0..3 {
        (sin, cos) = (2.0 * sin * cos, cos * cos - sin * sin);
    }
    (sin as f32, cos as f32)
}

/// Maps pixels of the new image to positions in the old one.
struct Placement {
    matrix: [[f32; 2]; 2],
    shift: [f32; 2],
}

impl Placement {
    /// The same movement of a target whose picture fills `target`, while that of the example fills `frame`.
    fn of_target(&self, frame: Frame, target: Frame) -> Self {
        let ratio = |side: u16, target: u16| f32::from(side) / f32::from(target.max(1));
        let (across, down) = (ratio(frame.width, target.width), ratio(frame.height, target.height));
        let [[xx, xy], [yx, yy]] = self.matrix;
        Self {
            matrix: [[xx, xy * down / across], [yx * across / down, yy]],
            shift: [self.shift[0] / across, self.shift[1] / down],
        }
    }

    fn resample(&self, from: &[f32], to: &mut [f32], shape: Shape, frame: Frame) {
        let (left, top) = (usize::from(frame.left), usize::from(frame.top));
        let (width, height) = (usize::from(frame.width), usize::from(frame.height));
        if width == 0 || height == 0 {
            return;
        }
        let centre = [0.5 * (width - 1) as f32, 0.5 * (height - 1) as f32];
        let channels = shape.channels;
        let pixel = |x: usize, y: usize| ((top + y) * shape.width + left + x) * channels;
        for y in 0..height {
            for x in 0..width {
                let [dx, dy] = [x as f32 - centre[0] - self.shift[0], y as f32 - centre[1] - self.shift[1]];
                let [[xx, xy], [yx, yy]] = self.matrix;
                let u = (centre[0] + xx * dx + xy * dy).clamp(0.0, (width - 1) as f32);
                let v = (centre[1] + yx * dx + yy * dy).clamp(0.0, (height - 1) as f32);
                let (x0, y0) = (u as usize, v as usize);
                let (x1, y1) = ((x0 + 1).min(width - 1), (y0 + 1).min(height - 1));
                let (fx, fy) = (u - x0 as f32, v - y0 as f32);
                let corners = [pixel(x0, y0), pixel(x1, y0), pixel(x0, y1), pixel(x1, y1)];
                let at = pixel(x, y);
                for c in 0..channels {
                    let [a, b, d, e] = corners.map(|corner| from[corner + c]);
                    let (upper, lower) = (a + fx * (b - a), d + fx * (e - d));
                    to[at + c] = upper + fy * (lower - upper);
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sines_and_cosines_are_right_all_around() {
        for degrees in -180..=180 {
            let (sin, cos) = sine_cosine(degrees as f32);
            let angle = f64::from(degrees).to_radians();
            assert!((f64::from(sin) - angle.sin()).abs() < 1e-6 && (f64::from(cos) - angle.cos()).abs() < 1e-6);
        }
    }

    #[test]
    fn noise_has_mean_0_and_deviation_1() {
        let mut rng = Rng::new(1, Purpose::Test, 0);
        let drawn: Vec<f64> = (0..20_000).map(|_| f64::from(noise(&mut rng))).collect();
        let mean = drawn.iter().sum::<f64>() / drawn.len() as f64;
        let square = drawn.iter().map(|x| x * x).sum::<f64>() / drawn.len() as f64;
        assert!(mean.abs() < 0.03 && (square - 1.0).abs() < 0.03, "{mean} {square}");
    }
}
