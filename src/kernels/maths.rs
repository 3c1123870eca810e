//! exp, ln, tanh, sigmoid, sine and the normal distribution in f32: the only implementation of these functions.
//!
//! They consist of additions, multiplications, at most one division and selections, and never call the platform's
//! library. Every machine therefore gets the same bits, and a loop over a slice is vectorised by the compiler (there
//! are no branches, tables or float-to-integer casts). NaN gives NaN.
//!
//! | function | largest relative error | edges |
//! |---|---|---|
//! | [`exp`] | 1.3e-7 | 0 below -86.98, infinity above 88.73 |
//! | [`ln`] | 1.2e-7 | ln(0) = -infinity, NaN below 0, exact at 1 |
//! | [`ln_1p`] of 0..=1 | 2e-7 | exact at 0 |
//! | [`tanh`] | 2e-7 | odd, within -1..=1 |
//! | [`sigmoid`] | 2e-7 | 0 below -88.73, 1 above 17 |
//! | [`softplus`] | 3e-7 | x above 17 |
//! | [`sin_turn`] | 2e-7 absolute, while the turns have digits behind the point | odd |
//! | [`normal`] `.cdf` | 3e-7 while `-1 < x`; grows to 2e-6 at -6 | within 0..=1 |
//!
//! The polynomials of exp, ln and tanh are those of Cephes (S. Moshier, <https://www.netlib.org/cephes/>, single
//! precision); the one of the normal distribution was fitted to least relative error for -14.5 < x < 0.

// The tables keep the digits of their source.
#![allow(clippy::excessive_precision)]

use std::f32::consts::{FRAC_1_SQRT_2, LOG2_E, SQRT_2, TAU};

// ln 2 in two parts, so that n * LN_2_HIGH is exact for every exponent n.
const LN_2_HIGH: f32 = 0.693359375;
const LN_2_LOW: f32 = -2.12194440e-4;

/// e^x. Results that would be denormal are 0: WebAssembly cannot flush them, and they are 100 times slower.
#[inline(always)]
pub fn exp(x: f32) -> f32 {
    // Beyond these ends the result is 0 or infinite; a comparison with NaN is false, so NaN passes through.
    let x = if x < -87.3 { -87.3 } else { x };
    let x = if 89.0 < x { 89.0 } else { x };
    // x = n ln 2 + r with an integer n and |r| <= ln 2 / 2. Adding 1.5 * 2^23 rounds and leaves n in the lowest bits.
    let shifted = x * LOG2_E + 12_582_912.0;
    let n = shifted - 12_582_912.0;
    let r = (x - n * LN_2_HIGH) - n * LN_2_LOW;
    let p = 1.9875691500e-4;
    let p = p * r + 1.3981999507e-3;
    let p = p * r + 8.3334519073e-3;
    let p = p * r + 4.1665795894e-2;
    let p = p * r + 1.6666665459e-1;
    let p = p * r + 5.0000001201e-1;
    let e_r = (p * r * r + r) + 1.0;
    // 2^(n-1), because 2^128 is not a float, but 2^127 * (2 e^r) is one unless the result overflows; at n = -126 it is
    // 0.
    let half = f32::from_bits((shifted.to_bits() << 23).wrapping_add(126 << 23));
    (e_r + e_r) * half
}

/// Natural logarithm.
#[inline(always)]
pub fn ln(x: f32) -> f32 {
    // A denormal has no exponent bits, so it is scaled up first.
    let tiny = x < f32::MIN_POSITIVE;
    let scaled = if tiny { x * 8_388_608.0 } else { x };
    // x = m 2^e with sqrt(1/2) <= m < sqrt(2).
    let bits = scaled.to_bits().wrapping_sub(FRAC_1_SQRT_2.to_bits());
    let e = ((bits as i32) >> 23) as f32 - if tiny { 23.0 } else { 0.0 };
    let f = f32::from_bits((bits & 0x007f_ffff).wrapping_add(FRAC_1_SQRT_2.to_bits())) - 1.0;
    let p = 7.0376836292e-2;
    let p = p * f - 1.1514610310e-1;
    let p = p * f + 1.1676998740e-1;
    let p = p * f - 1.2420140846e-1;
    let p = p * f + 1.4249322787e-1;
    let p = p * f - 1.6668057665e-1;
    let p = p * f + 2.0000714765e-1;
    let p = p * f - 2.4999993993e-1;
    let p = p * f + 3.3333331174e-1;
    let square = f * f;
    let y = p * f * square + e * LN_2_LOW - 0.5 * square;
    let y = (f + y) + e * LN_2_HIGH;
    let y = if x == 0.0 { f32::NEG_INFINITY } else { y };
    let y = if x == f32::INFINITY { f32::INFINITY } else { y };
    // "Not at least 0", so that NaN gives NaN, too.
    #[allow(clippy::neg_cmp_op_on_partial_ord)]
    if !(0.0 <= x) { f32::NAN } else { y }
}

/// ln(1 + x) for x in 0..=1, also where 1 + x rounds to 1.
#[inline(always)]
pub fn ln_1p(x: f32) -> f32 {
    // Corrects the rounding of 1 + x to first order.
    let u = 1.0 + x;
    ln(u) + (x - (u - 1.0)) / u
}

/// Hyperbolic tangent.
#[inline(always)]
pub fn tanh(x: f32) -> f32 {
    // Near 0 the formula with exp suffers from cancellation; an odd polynomial replaces it.
    let square = x * x;
    let p = -5.70498872745e-3;
    let p = p * square + 2.06390887954e-2;
    let p = p * square - 5.37397155531e-2;
    let p = p * square + 1.33314422036e-1;
    let p = p * square - 3.33332819422e-1;
    let near = p * square * x + x;
    let far = (1.0 - 2.0 / (exp(2.0 * x.abs()) + 1.0)).copysign(x);
    if x.abs() < 0.625 { near } else { far }
}

/// 1 / (1 + e^-x).
#[inline(always)]
pub fn sigmoid(x: f32) -> f32 {
    1.0 / (1.0 + exp(-x))
}

/// ln(1 + e^x).
#[inline(always)]
pub fn softplus(x: f32) -> f32 {
    let above = if x < 0.0 { 0.0 } else { x };
    above + ln_1p(exp(-x.abs()))
}

/// sin 2 pi x: x counts turns.
#[inline(always)]
pub fn sin_turn(x: f32) -> f32 {
    // The fraction of a turn, -1/2..=1/2, then folded to a quarter turn on either side of 0.
    let rounded = (x + 12_582_912.0) - 12_582_912.0;
    let r = x - rounded;
    let folded = (0.5 - r.abs()).copysign(r);
    let r = if 0.25 < r.abs() { folded } else { r };
    // The series of sin(2 pi r) up to r^13.
    let square = r * r;
    let p = 3.81995258;
    let p = p * square - 15.0946426;
    let p = p * square + 42.0586939;
    let p = p * square - 76.7058598;
    let p = p * square + 81.6052493;
    let p = p * square - 41.3417022;
    let p = p * square + TAU;
    p * r
}

/// The standard normal distribution at x, from which GELU and its derivative are computed.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Normal {
    /// Probability of a value below x, (1 + erf(x / sqrt 2)) / 2.
    pub cdf: f32,
    /// Density, e^(-x²/2) / sqrt(2 pi).
    pub pdf: f32,
}

#[inline(always)]
pub fn normal(x: f32) -> Normal {
    // For a = |x|: cdf(-a) = e^(-a²/2) t P(t) with t = 1 / (1 + 0.35 a), without cancellation for any size.
    let a = x.abs();
    let t = 1.0 / (1.0 + 0.35 * a);
    let p = -2.915823087e-2;
    let p = p * t + 1.440325528e-1;
    let p = p * t - 2.558422983e-1;
    let p = p * t + 1.593233198e-1;
    let p = p * t - 2.321473882e-2;
    let p = p * t + 1.055534631e-1;
    let p = p * t + 1.198210567e-1;
    let p = p * t + 1.398635507e-1;
    let p = p * t + 1.396213025e-1;
    let bell = exp(-0.5 * a * a);
    let below = bell * t * p;
    // 1 / sqrt(2 pi)
    Normal { cdf: if 0.0 < x { 1.0 - below } else { below }, pdf: bell * (0.5 * SQRT_2 * 0.564189583547756) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All floats whose lowest `skip` bits are 0, in ascending order.
    fn floats(skip: u32) -> impl Iterator<Item = f32> {
        (0..=u32::MAX >> skip).map(move |high| f32::from_bits(high << skip)).filter(|x| x.is_finite())
    }

    fn worst(points: impl Iterator<Item = f32>, ours: impl Fn(f32) -> f32, truth: impl Fn(f64) -> f64) -> (f64, f32) {
        points.fold((0.0, 0.0), |worst, x| {
            let (got, want) = (ours(x) as f64, truth(x as f64));
            let error = if got == want { 0.0 } else { ((got - want) / want).abs() };
            // NaN counts as the largest error.
            if error <= worst.0 { worst } else { (error, x) }
        })
    }

    #[test]
    fn exp_ln_tanh_and_sigmoid_are_within_their_stated_error() {
        let exp_error = worst(floats(9).filter(|x| -86.98 < *x && *x < 88.7), exp, f64::exp);
        assert!(exp_error.0 < 1.3e-7, "exp {exp_error:?}");
        let ln_error = worst(floats(9).filter(|x| 0.0 < *x), ln, f64::ln);
        assert!(ln_error.0 < 1.2e-7, "ln {ln_error:?}");
        let ln_1p_error = worst(floats(9).filter(|x| f32::MIN_POSITIVE < *x && *x <= 1.0), ln_1p, f64::ln_1p);
        assert!(ln_1p_error.0 < 2e-7, "ln_1p {ln_1p_error:?}");
        let tanh_error = worst(floats(9).filter(|x| f32::MIN_POSITIVE < x.abs()), tanh, f64::tanh);
        assert!(tanh_error.0 < 2e-7, "tanh {tanh_error:?}");
        let sigmoid_error = worst(floats(9).filter(|x| -87.0 < *x), sigmoid, |x| 1.0 / (1.0 + (-x).exp()));
        assert!(sigmoid_error.0 < 2e-7, "sigmoid {sigmoid_error:?}");
    }

    #[test]
    fn edges_are_what_mathematics_says_and_nan_stays_nan() {
        let inf = f32::INFINITY;
        assert_eq!([exp(0.0), exp(-inf), exp(inf), exp(-1e30), exp(1e30)], [1.0, 0.0, inf, 0.0, inf]);
        assert_eq!([ln(1.0), ln(0.0), ln(inf)], [0.0, -inf, inf]);
        assert!(ln(-1.0).is_nan() && ln(-inf).is_nan());
        assert_eq!([tanh(0.0), tanh(-inf), tanh(inf), tanh(-1e30), tanh(1e30)], [0.0, -1.0, 1.0, -1.0, 1.0]);
        assert_eq!([sigmoid(0.0), sigmoid(-inf), sigmoid(inf), sigmoid(-1e30)], [0.5, 0.0, 1.0, 0.0]);
        assert_eq!([normal(-inf).cdf, normal(inf).cdf, normal(inf).pdf], [0.0, 1.0, 0.0]);
        for f in [exp, ln, ln_1p, tanh, sigmoid, |x| normal(x).cdf, |x| normal(x).pdf] {
            assert!(f(f32::NAN).is_nan());
            assert!(f(-f32::NAN).is_nan());
        }
    }

    #[test]
    fn softplus_and_sine_are_within_their_stated_error() {
        let points = || (-4000..=4000).map(|step| step as f32 * 0.0203);
        let error = worst(points(), softplus, |x| if x < -30.0 { x.exp() } else { x.exp().ln_1p() });
        assert!(error.0 < 3e-7, "softplus {error:?}");
        for x in points() {
            let expected = (2.0 * std::f64::consts::PI * f64::from(x)).sin();
            assert!((f64::from(sin_turn(x)) - expected).abs() < 2e-7, "sine of {x} turns: {}", sin_turn(x));
            assert_eq!(sin_turn(-x), -sin_turn(x));
        }
        assert!(sin_turn(f32::NAN).is_nan() && softplus(f32::NAN).is_nan());
    }

    #[test]
    fn exp_never_gives_a_denormal_number() {
        assert!(floats(9).all(|x| exp(x) == 0.0 || f32::MIN_POSITIVE <= exp(x)));
    }

    /// Φ by Simpson's rule from 0, or by its continued fraction in the tail; exact to 1e-14.
    fn cdf(x: f64) -> f64 {
        let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        if x < -4.0 {
            let fraction = (1..=200).rev().fold(-x, |tail, k| -x + k as f64 / tail);
            return density(x) / fraction;
        }
        let h = x / 2000.0;
        let inner: f64 = (1..2000).map(|k| density(k as f64 * h) * if k % 2 == 1 { 4.0 } else { 2.0 }).sum();
        0.5 + (density(0.0) + inner + density(x)) * h / 3.0
    }

    #[test]
    fn normal_distribution_is_within_its_stated_error() {
        let points = || (-600..=600).map(|step| step as f32 * 0.01003);
        let middle = worst(points().filter(|x| -1.0 < *x), |x| normal(x).cdf, cdf);
        assert!(middle.0 < 3e-7, "cdf {middle:?}");
        let tail = worst(points(), |x| normal(x).cdf, cdf);
        assert!(tail.0 < 2e-6, "cdf {tail:?}");
        let density = |x: f64| (-0.5 * x * x).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let pdf = worst(points(), |x| normal(x).pdf, density);
        assert!(pdf.0 < 2e-6, "pdf {pdf:?}");
    }
}
