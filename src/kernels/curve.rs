//! Closeness curves: a bell over positions, times a power of a shifted sine.
//!
//! d(p) = A e^(-(p - mu)² / 2 S²) (q - G), q = s^B, s = 0.501 + 0.5 sin 2 pi (rate p + phase).
//! The base s stays at least 0.001, so that any power of it is finite.

use super::elementwise::{Loop, best};
use super::maths::{exp, ln, sin_turn};

/// The numbers of a curve, after squashing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ClosenessCurve {
    /// A.
    pub amplitude: f32,
    /// B.
    pub power: f32,
    /// G.
    pub shift: f32,
    /// Turns of the sine for one position.
    pub rate: f32,
    /// Turns at position 0.
    pub phase: f32,
    /// S, greater than 0.
    pub width: f32,
    /// mu.
    pub centre: f32,
}

/// Number of derivatives of a curve: with respect to each of its numbers, in the order of [`Curve`].
pub const DERIVATIVES: usize = 7;

/// The sine's offset and amplitude in the base.
const OFFSET: f32 = 0.501;
const HALF: f32 = 0.5;
/// 2 pi times the sine's amplitude.
const SLOPE: f32 = std::f32::consts::PI;

impl ClosenessCurve {
    /// The largest possible |d| at the centre.
    pub fn most(&self) -> f32 {
        let at = |base: f32| (exp(self.power * ln(base)) - self.shift).abs();
        self.amplitude.abs() * at(OFFSET + HALF).max(at(OFFSET - HALF))
    }

    /// The distance from the centre within which |d| can exceed `least`; negative if it never does.
    pub fn reach(&self, least: f32) -> f32 {
        let most = self.most();
        // A little more than the formula, because d is rounded.
        if least < most { 1.001 * self.width * (2.0 * ln(most / least)).sqrt() } else { -1.0 }
    }

    /// d at one position.
    #[inline(always)]
    pub fn at(&self, position: f32) -> f32 {
        let base = OFFSET + HALF * sin_turn(self.rate * position + self.phase);
        let away = (position - self.centre) / self.width;
        self.amplitude * exp(-0.5 * away * away) * (exp(self.power * ln(base)) - self.shift)
    }
}

struct Values<'a> {
    curve: ClosenessCurve,
    first: f32,
    out: &'a mut [f32],
}

impl Loop for Values<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Values { curve, first, out } = self;
        for (k, out) in out.iter_mut().enumerate() {
            *out += curve.at(first + k as i32 as f32);
        }
    }
}

/// Adds d at the positions `first`, `first` + 1, ... to `out`.
pub fn add_values(curve: &ClosenessCurve, first: f32, out: &mut [f32]) {
    best(Values { curve: *curve, first, out });
}

struct Derivatives<'a> {
    curve: ClosenessCurve,
    positions: &'a [f32],
    out: [&'a mut [f32]; DERIVATIVES],
}

impl Loop for Derivatives<'_> {
    type Out = ();
    #[inline(always)]
    fn run(self) {
        let Derivatives { curve, positions, out } = self;
        let ClosenessCurve { amplitude, power, shift, rate, phase, width, centre } = curve;
        let len = positions.len();
        let [of_amplitude, of_power, of_shift, of_rate, of_phase, of_width, of_centre] = out.map(|out| &mut out[..len]);
        let narrow = 1.0 / width;
        for k in 0..len {
            let p = positions[k];
            let turn = rate * p + phase;
            let base = OFFSET + HALF * sin_turn(turn);
            let log = ln(base);
            let q = exp(power * log);
            let away = (p - centre) * narrow;
            let bell = exp(-0.5 * away * away);
            let tall = amplitude * bell;
            let d = tall * (q - shift);
            of_amplitude[k] = bell * (q - shift);
            of_power[k] = tall * q * log;
            of_shift[k] = -tall;
            let of_turn = tall * power * q / base * SLOPE * sin_turn(turn + 0.25);
            of_rate[k] = of_turn * p;
            of_phase[k] = of_turn;
            of_width[k] = d * away * away * narrow;
            of_centre[k] = d * away * narrow;
        }
    }
}

/// Writes the derivatives of d at each position.
pub fn derivatives(curve: &ClosenessCurve, positions: &[f32], out: [&mut [f32]; DERIVATIVES]) {
    best(Derivatives { curve: *curve, positions, out });
}

#[cfg(test)]
mod tests {
    use super::*;

    const CURVE: ClosenessCurve =
        ClosenessCurve { amplitude: 0.9, power: 1.3, shift: 0.4, rate: 0.11, phase: 0.2, width: 6.0, centre: 1.5 };

    fn truth(curve: &ClosenessCurve, p: f64) -> f64 {
        let [a, b, g, rate, phase, s, mu] = numbers(curve).map(f64::from);
        let base = 0.501 + 0.5 * (2.0 * std::f64::consts::PI * (rate * p + phase)).sin();
        a * (-(p - mu).powi(2) / (2.0 * s * s)).exp() * (base.powf(b) - g)
    }

    fn numbers(c: &ClosenessCurve) -> [f32; DERIVATIVES] {
        [c.amplitude, c.power, c.shift, c.rate, c.phase, c.width, c.centre]
    }

    fn of(n: [f32; DERIVATIVES]) -> ClosenessCurve {
        let [amplitude, power, shift, rate, phase, width, centre] = n;
        ClosenessCurve { amplitude, power, shift, rate, phase, width, centre }
    }

    #[test]
    fn values_are_those_of_the_formula_and_lie_within_reach() {
        let mut out = vec![0.0; 61];
        add_values(&CURVE, -30.0, &mut out);
        let reach = CURVE.reach(0.1);
        for (k, &d) in out.iter().enumerate() {
            let p = k as f64 - 30.0;
            assert!((f64::from(d) - truth(&CURVE, p)).abs() < 1e-6, "{p}: {d}");
            assert!(f64::from(d).abs() <= 0.1 || (p - 1.5).abs() < f64::from(reach), "{p} is beyond {reach}");
        }
        assert!(CURVE.reach(0.6) < 0.0);
    }

    #[test]
    fn derivatives_are_those_of_finite_differences() {
        let positions: Vec<f32> = (-15..20).map(|p| p as f32).collect();
        let mut out = vec![vec![0.0; positions.len()]; DERIVATIVES];
        let mut slices = out.iter_mut();
        derivatives(&CURVE, &positions, std::array::from_fn(|_| &mut slices.next().unwrap()[..]));
        for (n, out) in out.iter().enumerate() {
            for (&p, &got) in positions.iter().zip(out) {
                let moved = |h: f32| {
                    let mut numbers = numbers(&CURVE);
                    numbers[n] += h;
                    (truth(&of(numbers), f64::from(p)), f64::from(numbers[n]))
                };
                let ((high, above), (low, below)) = (moved(1e-5), moved(-1e-5));
                let expected = (high - low) / (above - below);
                assert!(
                    (f64::from(got) - expected).abs() < 1e-4 * (1.0 + expected.abs()),
                    "{n} at {p}: {got} {expected}"
                );
            }
        }
    }
}
