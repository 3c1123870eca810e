//! 95 % intervals: if the same network were measured on other examples of the same kind, 95 of 100 such intervals would
//! contain the figure over all of them.

use serde::Serialize;

#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval {
    pub low: f64,
    pub high: f64,
}

/// 97.5 % of the normal distribution are below this.
const Z: f64 = 1.959_963_984_540_054;

impl Interval {
    /// The interval of a share, `hits` of `examples` (E. B. Wilson, 1927): valid near 0 and 1, and for few examples.
    ///
    /// p = hits / n, z = 1.96: (p + z² / 2n ± z sqrt(p (1 - p) / n + z² / 4n²)) / (1 + z² / n). `None` without examples.
    pub fn of_share(hits: u64, examples: u64) -> Option<Self> {
        if examples == 0 {
            return None;
        }
        let n = examples as f64;
        let (p, square) = (hits as f64 / n, Z * Z);
        let middle = p + square / (2.0 * n);
        let reach = Z * (p * (1.0 - p) / n + square / (4.0 * n * n)).sqrt();
        let end = |value: f64| (value / (1.0 + square / n)).clamp(0.0, 1.0);
        Some(Self { low: end(middle - reach), high: end(middle + reach) })
    }

    /// The interval of a mean: mean ± 1.96 s / sqrt(n), with s the standard deviation. `None` for fewer than two values.
    pub fn of_mean(values: impl Iterator<Item = f64> + Clone) -> Option<Self> {
        let n = values.clone().count() as f64;
        if n < 2.0 {
            return None;
        }
        let mean = values.clone().sum::<f64>() / n;
        let variance = values.map(|value| (value - mean).powi(2)).sum::<f64>() / (n - 1.0);
        let reach = Z * (variance / n).sqrt();
        Some(Self { low: mean - reach, high: mean + reach })
    }
}
