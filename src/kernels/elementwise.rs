//! Elementwise loops over whole slices, on the best instruction set of the machine.
//!
//! They are plain Rust, compiled once for each instruction set and vectorised by the compiler. None of them may fuse a
//! multiplication with an addition, so all instruction sets and machines give the same bits. The plain twin of a loop
//! is the same loop, compiled for the base instruction set.

use super::level::{Level, level};

/// A loop that is compiled for each instruction set. Its `run` must be inlined.
pub trait Loop {
    type Out;
    fn run(self) -> Self::Out;
}

/// Runs a loop on the best instruction set.
#[inline]
pub fn best<L: Loop>(work: L) -> L::Out {
    match level() {
        // SAFETY: the instruction set was detected; the loop itself is safe code.
        #[cfg(target_arch = "x86_64")]
        Level::Avx512 => unsafe { avx512(work) },
        #[cfg(target_arch = "x86_64")]
        Level::Avx2 => unsafe { avx2(work) },
        Level::Base => work.run(),
    }
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f")]
unsafe fn avx512<L: Loop>(work: L) -> L::Out {
    work.run()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
unsafe fn avx2<L: Loop>(work: L) -> L::Out {
    work.run()
}

struct MapLoop<'a, F> {
    values: &'a mut [f32],
    f: F,
}

impl<F: Fn(f32) -> f32> Loop for MapLoop<'_, F> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        self.values.iter_mut().for_each(|value| *value = (self.f)(*value));
    }
}

/// Replaces each value by `f(value)`.
pub fn map(values: &mut [f32], f: impl Fn(f32) -> f32) {
    best(MapLoop { values, f });
}

struct Zip<'a, F> {
    values: &'a mut [f32],
    others: &'a [f32],
    f: F,
}

impl<F: Fn(f32, f32) -> f32> Loop for Zip<'_, F> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Zip { values, others, f } = self;
        values.iter_mut().zip(others).for_each(|(value, other)| *value = f(*value, *other));
    }
}

/// Replaces each value by `f(value, other)`.
pub fn zip(values: &mut [f32], others: &[f32], f: impl Fn(f32, f32) -> f32) {
    assert_eq!(values.len(), others.len());
    best(Zip { values, others, f });
}

struct Scaled<'a, F> {
    out: &'a mut [f32],
    a: &'a [f32],
    b: &'a [f32],
    f: F,
}

impl<F: Fn(f32, f32) -> f32> Loop for Scaled<'_, F> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Scaled { out, a, b, f } = self;
        out.iter_mut().zip(a.iter().zip(b)).for_each(|(out, (a, b))| *out = f(*a, *b));
    }
}

/// Sets each value of `out` to `f(a, b)`.
pub fn of_two(out: &mut [f32], a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) {
    assert!(out.len() == a.len() && out.len() == b.len());
    best(Scaled { out, a, b, f });
}

struct Sum<'a, F> {
    a: &'a [f32],
    b: &'a [f32],
    f: F,
}

impl<F: Fn(f32, f32) -> f32> Loop for Sum<'_, F> {
    type Out = f64;
    #[inline(always)]
    fn run(self) -> f64 {
        // In blocks that are summed afterwards: a loop that computes in f32 and adds in f64 is not vectorised.
        let (mut piece, mut sums) = ([0.0f32; 64], [0.0f64; 8]);
        for (a, b) in self.a.chunks(64).zip(self.b.chunks(64)) {
            piece[a.len()..].fill(0.0);
            piece.iter_mut().zip(a.iter().zip(b)).for_each(|(piece, (a, b))| *piece = (self.f)(*a, *b));
            for eight in piece.as_chunks::<8>().0 {
                sums.iter_mut().zip(eight).for_each(|(sum, &value)| *sum += f64::from(value));
            }
        }
        sums.iter().sum()
    }
}

/// Sums `f(a, b)` in f64 and in a fixed order.
pub fn sum_of_two(a: &[f32], b: &[f32], f: impl Fn(f32, f32) -> f32) -> f64 {
    assert_eq!(a.len(), b.len());
    best(Sum { a, b, f })
}

struct Squares<'a>(&'a [f32]);

impl Loop for Squares<'_> {
    type Out = f64;
    #[inline(always)]
    fn run(self) -> f64 {
        // Eight lines of 16 in f32, their sums in f64, which is fast and precise enough for a norm.
        let mut total = 0.0;
        for block in self.0.chunks(128) {
            let mut sums = [0.0f32; 16];
            let (lines, rest) = block.as_chunks::<16>();
            for line in lines {
                sums.iter_mut().zip(line).for_each(|(sum, value)| *sum += value * value);
            }
            sums.iter_mut().zip(rest).for_each(|(sum, value)| *sum += value * value);
            // A tree, to avoid one long chain of additions.
            for half in [8, 4, 2, 1] {
                let (low, high) = sums.split_at_mut(half);
                low.iter_mut().zip(high).for_each(|(low, high)| *low += *high);
            }
            total += f64::from(sums[0]);
        }
        total
    }
}

/// The sum of the squares. It is not finite if one of the values is not finite or is above 1e18.
pub fn squares(values: &[f32]) -> f64 {
    best(Squares(values))
}

struct StepLoop<'a, F> {
    theta: &'a mut [f32],
    grad: &'a [f32],
    m: &'a mut [f32],
    v: &'a mut [f32],
    f: F,
}

impl<F: Fn(f32, f32, f32, f32) -> (f32, f32, f32)> Loop for StepLoop<'_, F> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let StepLoop { theta, grad, m, v, f } = self;
        let len = theta.len();
        let (grad, m, v) = (&grad[..len], &mut m[..len], &mut v[..len]); // without bounds checks in the loop
        for i in 0..len {
            (theta[i], m[i], v[i]) = f(theta[i], grad[i], m[i], v[i]);
        }
    }
}

/// (theta, m, v) = `f(theta, gradient, m, v)`, in one pass over memory.
pub fn step(
    theta: &mut [f32],
    grad: &[f32],
    m: &mut [f32],
    v: &mut [f32],
    f: impl Fn(f32, f32, f32, f32) -> (f32, f32, f32),
) {
    best(StepLoop { theta, grad, m, v, f });
}

struct Step1<'a, F> {
    theta: &'a mut [f32],
    grad: &'a [f32],
    m: &'a mut [f32],
    f: F,
}

impl<F: Fn(f32, f32, f32) -> (f32, f32)> Loop for Step1<'_, F> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Step1 { theta, grad, m, f } = self;
        let len = theta.len();
        let (grad, m) = (&grad[..len], &mut m[..len]);
        for i in 0..len {
            (theta[i], m[i]) = f(theta[i], grad[i], m[i]);
        }
    }
}

/// (theta, m) = `f(theta, gradient, m)`.
pub fn step_of_one(theta: &mut [f32], grad: &[f32], m: &mut [f32], f: impl Fn(f32, f32, f32) -> (f32, f32)) {
    best(Step1 { theta, grad, m, f });
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Lengths close to those of vectors, lines and blocks.
    const LENS: [usize; 12] = [0, 1, 7, 8, 15, 16, 17, 63, 64, 65, 129, 1000];

    fn numbers(len: usize, seed: f32) -> Vec<f32> {
        (0..len).map(|i| (i as f32 * 0.71 + seed).sin() * 3.0).collect()
    }

    #[test]
    fn loops_over_values_give_the_bits_of_their_plain_twins() {
        for len in LENS {
            let (a, b) = (numbers(len, 0.1), numbers(len, 0.5));
            let f = |a: f32, b: f32| (a * b + 1.0) / (a.abs() + 0.3).sqrt();
            let plain: Vec<f32> = a.iter().zip(&b).map(|(&a, &b)| f(a, b)).collect();
            let mut out = vec![9.0; len];
            of_two(&mut out, &a, &b, f);
            assert_eq!(out, plain);
            out.copy_from_slice(&a);
            zip(&mut out, &b, f);
            assert_eq!(out, plain);
            out.copy_from_slice(&a);
            map(&mut out, |a| f(a, a));
            assert_eq!(out, a.iter().map(|&a| f(a, a)).collect::<Vec<f32>>());
            assert_eq!(sum_of_two(&a, &b, f), Sum { a: &a, b: &b, f }.run());
            assert_eq!(squares(&a), Squares(&a).run());
        }
    }

    #[test]
    fn sums_are_those_of_f64() {
        for len in LENS {
            let (a, b) = (numbers(len, 0.1), numbers(len, 0.5));
            let close =
                |got: f64, expected: f64| assert!((got - expected).abs() <= 1e-6 * expected.abs(), "{len}: {got}");
            close(squares(&a), a.iter().map(|&a| f64::from(a).powi(2)).sum());
            close(
                sum_of_two(&a, &b, |a, b| (a - b).abs()),
                a.iter().zip(&b).map(|(a, b)| f64::from((a - b).abs())).sum(),
            );
        }
    }

    #[test]
    fn steps_write_what_the_function_gives() {
        for len in LENS {
            let (mut theta, grad, mut m, mut v) =
                (numbers(len, 0.1), numbers(len, 0.2), numbers(len, 0.3), numbers(len, 0.4));
            let before: Vec<[f32; 4]> = (0..len).map(|i| [theta[i], grad[i], m[i], v[i]]).collect();
            step(&mut theta, &grad, &mut m, &mut v, |t, g, m, v| (t - g, m + g, v * g));
            for (i, [t, g, old_m, old_v]) in before.into_iter().enumerate() {
                assert_eq!((theta[i], m[i], v[i]), (t - g, old_m + g, old_v * g));
            }
            let before: Vec<[f32; 2]> = (0..len).map(|i| [theta[i], m[i]]).collect();
            step_of_one(&mut theta, &grad, &mut m, |t, g, m| (t + m, m - g));
            for (i, [t, old_m]) in before.into_iter().enumerate() {
                assert_eq!((theta[i], m[i]), (t + old_m, old_m - grad[i]));
            }
        }
    }

    #[test]
    fn a_value_that_is_not_finite_shows_in_the_squares() {
        for bad in [f32::NAN, f32::INFINITY, -f32::INFINITY, 1e30] {
            for at in [0, 15, 16, 130, 199] {
                let mut values = numbers(200, 0.1);
                values[at] = bad;
                assert!(!squares(&values).is_finite(), "{bad} at {at}");
            }
        }
    }
}
