//! A picture as a sum of levels, each half as fine as the one before, in colours that vary independently.
//!
//! `x = cut(1/2 + M s)` with `s = sum over levels of the level, enlarged bilinearly`, and M for pictures with three
//! channels the colours of brightness, blue against yellow, and green against red. A step of the same size on every
//! number moves whole areas at once, so large forms come before noise.

use super::heat_map::taps;
use crate::rng::Rng;
use crate::shape::Shape;

/// No level is smaller than this on a side.
const SMALLEST: usize = 4;
/// Size of the first numbers.
const FIRST: f32 = 0.05;
/// Brightness, blue against yellow, green against red: the weights of red, green and blue.
const COLOURS: [[f32; 3]; 3] = [[0.6, 0.6, 0.6], [-0.15, -0.15, 0.3], [-0.3, 0.3, 0.0]];

/// The place of a level among the numbers, and the way it is enlarged.
struct PyramidLevel {
    first: usize,
    width: usize,
    across: Vec<(usize, usize, f32)>,
    down: Vec<(usize, usize, f32)>,
}

/// The layout of the numbers of a picture.
pub struct Pyramid {
    shape: Shape,
    levels: Vec<PyramidLevel>,
    len: usize,
}

impl Pyramid {
    pub fn new(shape: Shape) -> Self {
        let (mut levels, mut len) = (Vec::new(), 0);
        let (mut width, mut height) = (shape.width, shape.height);
        loop {
            let (across, down) = (taps(width, shape.width), taps(height, shape.height));
            levels.push(PyramidLevel { first: len, width, across, down });
            len += width * height * shape.channels;
            if width.min(height) < 2 * SMALLEST {
                return Self { shape, levels, len };
            }
            (width, height) = (width.div_ceil(2), height.div_ceil(2));
        }
    }

    /// The numbers of a first picture: nearly grey, with a little noise on every level.
    pub fn noise(&self, rng: &mut Rng) -> Vec<f32> {
        (0..self.len).map(|_| FIRST * rng.normal()).collect()
    }

    /// Writes the picture `[height, width, channels]`, before it is cut to 0..=1.
    pub fn paint(&self, numbers: &[f32], x: &mut [f32]) {
        let channels = self.shape.channels;
        x.fill(0.0);
        self.each_tap(|number, pixel, share| {
            let pixel = &mut x[pixel..pixel + channels];
            pixel.iter_mut().zip(&numbers[number..]).for_each(|(x, value)| *x += share * value);
        });
        self.mix(x, |pixel, column| (0..3).map(|row| COLOURS[row][column] * pixel[row]).sum());
        x.iter_mut().for_each(|x| *x += 0.5);
    }

    /// Writes the gradient with respect to the numbers, from that with respect to the picture, which is spent.
    pub fn gradient(&self, dx: &mut [f32], dnumbers: &mut [f32]) {
        let channels = self.shape.channels;
        self.mix(dx, |pixel, row| (0..3).map(|column| COLOURS[row][column] * pixel[column]).sum());
        dnumbers.fill(0.0);
        self.each_tap(|number, pixel, share| {
            let pixel = &dx[pixel..pixel + channels];
            dnumbers[number..].iter_mut().zip(pixel).for_each(|(d, dx)| *d += share * dx);
        });
    }

    /// Visits, for every pixel and level, the numbers that it is made of: the first number, the first value of the
    /// pixel, the share.
    fn each_tap(&self, mut visit: impl FnMut(usize, usize, f32)) {
        let Shape { width, channels, .. } = self.shape;
        for level in &self.levels {
            for (y, &(top, bottom, v)) in level.down.iter().enumerate() {
                for (x, &(left, right, u)) in level.across.iter().enumerate() {
                    let pixel = (y * width + x) * channels;
                    let mut tap = |row: usize, column: usize, share: f32| {
                        visit(level.first + (row * level.width + column) * channels, pixel, share);
                    };
                    tap(top, left, (1.0 - v) * (1.0 - u));
                    tap(top, right, (1.0 - v) * u);
                    tap(bottom, left, v * (1.0 - u));
                    tap(bottom, right, v * u);
                }
            }
        }
    }

    /// Replaces every pixel of a colour picture by a linear map of it; others stay.
    fn mix(&self, x: &mut [f32], of: impl Fn([f32; 3], usize) -> f32) {
        if self.shape.channels != 3 {
            return;
        }
        for pixel in x.chunks_exact_mut(3) {
            let before = [pixel[0], pixel[1], pixel[2]];
            pixel.iter_mut().enumerate().for_each(|(at, x)| *x = of(before, at));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::Purpose;

    #[test]
    fn the_gradient_is_the_transpose_of_painting() {
        for shape in [Shape::from_whc(9, 7, 1), Shape::from_whc(16, 16, 3)] {
            let pyramid = Pyramid::new(shape);
            let mut rng = Rng::new(1, Purpose::Test, 0);
            let numbers: Vec<f32> = (0..pyramid.len).map(|_| rng.normal()).collect();
            let dx: Vec<f32> = (0..shape.len()).map(|_| rng.normal()).collect();
            let (mut x, mut dnumbers) = (vec![0.0; shape.len()], vec![0.0; pyramid.len]);
            pyramid.paint(&numbers, &mut x);
            pyramid.gradient(&mut dx.clone(), &mut dnumbers);
            let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
            let x: Vec<f32> = x.iter().map(|x| x - 0.5).collect();
            let (painted, pulled) = (product(&x, &dx), product(&numbers, &dnumbers));
            assert!((painted - pulled).abs() < 1e-4 * painted.abs().max(1.0), "{painted} and {pulled}");
        }
    }
}
