//! Fast Fourier transforms of many columns at a time: X[k] = sum over n of x[n] exp(-2πi k n / N).
//!
//! Stockham's self-sorting form with radices 4, 3 and 2. A number of the formula is a row of `width` columns, so each
//! inner loop runs over contiguous memory with one twiddle factor, and the compiler vectorises it.
//!
//! Not a crate: rustfft brings planners and kernels for every length, ten times this code, and transforms one signal after
//! the other where a map of points needs whole planes.

use std::f64::consts::TAU;

use crate::kernels::elementwise::{self, Loop};

/// A transform of one length.
#[derive(Clone, Debug, PartialEq)]
pub struct Fft {
    len: usize,
    stages: Vec<FftStage>,
}

#[derive(Clone, Debug, PartialEq)]
struct FftStage {
    radix: usize,
    /// Length of the transforms that are left after this stage, and the distance between their numbers.
    rest: usize,
    stride: usize,
    /// exp(-2πi p j / (radix * rest)) for p < rest and 1 <= j < radix `[rest, radix - 1]`.
    twiddles: Vec<(f32, f32)>,
}

impl Fft {
    /// The shortest length from `least` on that is a power of two, or three times one.
    pub fn fitting(least: usize) -> usize {
        let power = least.max(4).next_power_of_two();
        if least <= power / 4 * 3 { (power / 4 * 3).max(4) } else { power }
    }

    /// For columns of `len` numbers: a product of twos and threes.
    pub fn new(len: usize) -> Self {
        let (mut stages, mut left, mut stride) = (Vec::new(), len, 1);
        while 1 < left {
            let radix = [4, 3, 2].into_iter().find(|&radix| left.is_multiple_of(radix));
            let radix = radix.expect("a length of twos and threes");
            let rest = left / radix;
            let factor = |p: usize, j: usize| {
                let angle = -TAU * (p * j) as f64 / left as f64;
                (angle.cos() as f32, angle.sin() as f32)
            };
            let twiddles = (0..rest).flat_map(|p| (1..radix).map(move |j| factor(p, j))).collect();
            stages.push(FftStage { radix, rest, stride, twiddles });
            (left, stride) = (rest, stride * radix);
        }
        Self { len, stages }
    }

    /// Numbers in a column.
    pub fn numbers(&self) -> usize {
        self.len
    }

    /// Transforms `width` columns `[len, width]`. With the two parts exchanged it is the inverse, times `len`.
    pub fn transform(&self, columns: &mut ComplexColumns, width: usize) {
        let numbers = self.len * width;
        for stage in &self.stages {
            let ComplexColumns { re, im, spare_re, spare_im } = columns;
            spare_re.resize(numbers, 0.0);
            spare_im.resize(numbers, 0.0);
            elementwise::best(RunStage { stage, width, from: (re, im), to: (spare_re, spare_im) });
            std::mem::swap(re, spare_re);
            std::mem::swap(im, spare_im);
        }
    }

    /// Transforms back, without dividing by the length.
    pub fn transform_back(&self, columns: &mut ComplexColumns, width: usize) {
        columns.exchange();
        self.transform(columns, width);
        columns.exchange();
    }
}

/// Columns of complex numbers, and memory of the same size for the transform.
#[derive(Clone, Debug, Default)]
pub struct ComplexColumns {
    pub re: Vec<f32>,
    pub im: Vec<f32>,
    spare_re: Vec<f32>,
    spare_im: Vec<f32>,
}

impl ComplexColumns {
    pub fn zeros(numbers: usize) -> Self {
        Self { re: vec![0.0; numbers], im: vec![0.0; numbers], ..Self::default() }
    }

    fn exchange(&mut self) {
        std::mem::swap(&mut self.re, &mut self.im);
    }
}

struct RunStage<'a> {
    stage: &'a FftStage,
    width: usize,
    from: (&'a [f32], &'a [f32]),
    to: (&'a mut [f32], &'a mut [f32]),
}

impl Loop for RunStage<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Self { stage: FftStage { radix, rest, stride, twiddles }, width, from, to } = self;
        let run = stride * width;
        let outputs = to.0.chunks_exact_mut(radix * run).zip(to.1.chunks_exact_mut(radix * run));
        for ((p, twiddles), (re, im)) in twiddles.chunks_exact(radix - 1).enumerate().zip(outputs) {
            let input = |j: usize| {
                let first = run * (p + rest * j);
                (&from.0[first..first + run], &from.1[first..first + run])
            };
            match radix {
                4 => four([input(0), input(1), input(2), input(3)], split::<4>(re, im, run), twiddles),
                3 => three([input(0), input(1), input(2)], split::<3>(re, im, run), twiddles),
                _ => two([input(0), input(1)], split::<2>(re, im, run), twiddles),
            }
        }
    }
}

type ComplexRun<'a> = (&'a [f32], &'a [f32]);
type ComplexRunMut<'a> = (&'a mut [f32], &'a mut [f32]);

#[inline(always)]
fn split<'a, const N: usize>(re: &'a mut [f32], im: &'a mut [f32], run: usize) -> [ComplexRunMut<'a>; N] {
    let mut parts = re.chunks_exact_mut(run).zip(im.chunks_exact_mut(run));
    std::array::from_fn(|_| parts.next().expect("a stage has as many parts as its radix"))
}

#[inline(always)]
fn times((re, im): (f32, f32), (x, y): (f32, f32)) -> (f32, f32) {
    (re * x - im * y, re * y + im * x)
}

#[inline(always)]
fn two([a, b]: [ComplexRun; 2], [y0, y1]: [ComplexRunMut; 2], twiddles: &[(f32, f32)]) {
    let n = a.0.len();
    let (a, b) = ((&a.0[..n], &a.1[..n]), (&b.0[..n], &b.1[..n]));
    let (y0, y1) = ((&mut y0.0[..n], &mut y0.1[..n]), (&mut y1.0[..n], &mut y1.1[..n]));
    for i in 0..n {
        (y0.0[i], y0.1[i]) = (a.0[i] + b.0[i], a.1[i] + b.1[i]);
        (y1.0[i], y1.1[i]) = times(twiddles[0], (a.0[i] - b.0[i], a.1[i] - b.1[i]));
    }
}

#[inline(always)]
fn three([a, b, c]: [ComplexRun; 3], [y0, y1, y2]: [ComplexRunMut; 3], twiddles: &[(f32, f32)]) {
    const SINE: f32 = 0.866_025_4;
    let n = a.0.len();
    let (a, b, c) = ((&a.0[..n], &a.1[..n]), (&b.0[..n], &b.1[..n]), (&c.0[..n], &c.1[..n]));
    let (y0, y1) = ((&mut y0.0[..n], &mut y0.1[..n]), (&mut y1.0[..n], &mut y1.1[..n]));
    let y2 = (&mut y2.0[..n], &mut y2.1[..n]);
    for i in 0..n {
        let (sum_re, sum_im) = (b.0[i] + c.0[i], b.1[i] + c.1[i]);
        let (apart_re, apart_im) = (SINE * (b.0[i] - c.0[i]), SINE * (b.1[i] - c.1[i]));
        let (middle_re, middle_im) = (a.0[i] - 0.5 * sum_re, a.1[i] - 0.5 * sum_im);
        (y0.0[i], y0.1[i]) = (a.0[i] + sum_re, a.1[i] + sum_im);
        (y1.0[i], y1.1[i]) = times(twiddles[0], (middle_re + apart_im, middle_im - apart_re));
        (y2.0[i], y2.1[i]) = times(twiddles[1], (middle_re - apart_im, middle_im + apart_re));
    }
}

#[inline(always)]
fn four([a, b, c, d]: [ComplexRun; 4], [y0, y1, y2, y3]: [ComplexRunMut; 4], twiddles: &[(f32, f32)]) {
    let n = a.0.len();
    let (a, b) = ((&a.0[..n], &a.1[..n]), (&b.0[..n], &b.1[..n]));
    let (c, d) = ((&c.0[..n], &c.1[..n]), (&d.0[..n], &d.1[..n]));
    let (y0, y1) = ((&mut y0.0[..n], &mut y0.1[..n]), (&mut y1.0[..n], &mut y1.1[..n]));
    let (y2, y3) = ((&mut y2.0[..n], &mut y2.1[..n]), (&mut y3.0[..n], &mut y3.1[..n]));
    for i in 0..n {
        let (even_re, even_im) = (a.0[i] + c.0[i], a.1[i] + c.1[i]);
        let (odd_re, odd_im) = (b.0[i] + d.0[i], b.1[i] + d.1[i]);
        let (left_re, left_im) = (a.0[i] - c.0[i], a.1[i] - c.1[i]);
        // -i (b - d)
        let (right_re, right_im) = (b.1[i] - d.1[i], d.0[i] - b.0[i]);
        (y0.0[i], y0.1[i]) = (even_re + odd_re, even_im + odd_im);
        (y1.0[i], y1.1[i]) = times(twiddles[0], (left_re + right_re, left_im + right_im));
        (y2.0[i], y2.1[i]) = times(twiddles[1], (even_re - odd_re, even_im - odd_im));
        (y3.0[i], y3.1[i]) = times(twiddles[2], (left_re - right_re, left_im - right_im));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Purpose, Rng};

    #[test]
    fn the_transform_is_the_sum_of_its_definition_and_goes_back() {
        for len in [4, 6, 8, 12, 32, 48, 96, 128, 192] {
            let (fft, width) = (Fft::new(len), 5);
            let mut rng = Rng::new(1, Purpose::Test, len as u64);
            let mut columns = ComplexColumns::zeros(len * width);
            columns.re.iter_mut().chain(&mut columns.im).for_each(|x| *x = rng.normal());
            let before = columns.clone();
            fft.transform(&mut columns, width);
            for (k, column) in (0..len).flat_map(|k| (0..width).map(move |column| (k, column))) {
                let (mut re, mut im) = (0.0f64, 0.0f64);
                for n in 0..len {
                    let angle = -TAU * (k * n % len) as f64 / len as f64;
                    let (x, y) = (f64::from(before.re[n * width + column]), f64::from(before.im[n * width + column]));
                    re += x * angle.cos() - y * angle.sin();
                    im += x * angle.sin() + y * angle.cos();
                }
                let at = k * width + column;
                let apart = (f64::from(columns.re[at]) - re).abs() + (f64::from(columns.im[at]) - im).abs();
                assert!(apart < 1e-4, "{len}: {apart}");
            }
            fft.transform_back(&mut columns, width);
            for (x, expected) in columns.re.iter().chain(&columns.im).zip(before.re.iter().chain(&before.im)) {
                assert!((x / len as f32 - expected).abs() < 1e-5, "{len}");
            }
        }
    }

    #[test]
    fn fitting_lengths_are_the_next_ones_with_factors_two_and_three() {
        for (least, expected) in [(0, 4), (4, 4), (5, 6), (7, 8), (48, 48), (49, 64), (65, 96), (97, 128)] {
            assert_eq!(Fft::fitting(least), expected, "{least}");
            assert_eq!(Fft::new(expected).numbers(), expected);
        }
    }
}
