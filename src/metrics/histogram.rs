//! The distribution of some numbers over 64 fixed bins, 32 of each sign, each twice as wide as the one nearer to 0:
//! sizes from 2^-22 to 2^9 have bins of their own, and the bins at both ends take the rest. See [`bins`].

use crate::kernels::bins::{self, BINS, LOWEST};
use crate::kernels::elementwise;

/// Larger numbers stand for none: the padding of a maximum holds the lowest number there is.
const LARGEST: f32 = 1e37;

#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// In ascending order of the numbers.
    pub counts: [u32; BINS],
    /// How many of the numbers are 0; they are in bin 32.
    pub zeros: u32,
    /// The smallest and the largest number; infinite before the first.
    pub min: f32,
    pub max: f32,
    pub sum: f64,
    /// Sum of the squares.
    pub squares: f64,
}

impl Default for Histogram {
    fn default() -> Self {
        let (min, max) = (f32::INFINITY, f32::NEG_INFINITY);
        Self { counts: [0; BINS], zeros: 0, min, max, sum: 0.0, squares: 0.0 }
    }
}

impl Histogram {
    /// Number of bins.
    pub const BINS: usize = BINS;

    /// ```
    /// use neurarium::metrics::Histogram;
    ///
    /// let found = Histogram::of(&[0.0, 0.3, 0.4, -0.3]);
    /// assert_eq!((found.len(), found.zeros, found.min), (4, 1, -0.3));
    /// let bin = (0..64).find(|&bin| 0.3 < Histogram::limit(bin)).unwrap();
    /// assert_eq!(found.counts[bin], 2); // 0.25 <= x < 0.5
    /// ```
    pub fn of(values: &[f32]) -> Self {
        let mut histogram = Self::default();
        histogram.add(values);
        histogram
    }

    /// Counts some more numbers.
    pub fn add(&mut self, values: &[f32]) {
        let mut counts = [0; BINS];
        let found = bins::count(values, &mut counts);
        let are_usual = -LARGEST < found.min && found.max < LARGEST && found.sum.is_finite();
        if !are_usual && !values.is_empty() {
            let usual: Vec<f32> = values.iter().copied().filter(|x| x.abs() < LARGEST).collect();
            return self.add(&usual);
        }
        self.counts.iter_mut().zip(&counts).for_each(|(count, more)| *count += more);
        self.zeros += found.zeros;
        (self.min, self.max) = (self.min.min(found.min), self.max.max(found.max));
        self.sum += found.sum;
        self.squares += elementwise::squares(values);
    }

    /// Counts the numbers of another histogram, too, unless there would be 2^32 of them.
    pub fn merge(&mut self, other: &Self) {
        if self.len().checked_add(other.len()).is_none() {
            return;
        }
        self.counts.iter_mut().zip(&other.counts).for_each(|(count, more)| *count += more);
        self.zeros += other.zeros;
        (self.min, self.max) = (self.min.min(other.min), self.max.max(other.max));
        self.sum += other.sum;
        self.squares += other.squares;
    }

    /// How many numbers there are.
    pub fn len(&self) -> u32 {
        self.counts.iter().sum()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn mean(&self) -> f64 {
        self.sum / f64::from(self.len())
    }

    /// Root of the mean square; NaN without numbers.
    pub fn rms(&self) -> f64 {
        (self.squares / f64::from(self.len())).sqrt()
    }

    /// The number at which a bin ends; infinite for the last.
    pub fn limit(bin: usize) -> f64 {
        match bin as i32 - BINS as i32 / 2 {
            below @ ..=-2 => -(2f64.powi(LOWEST - 1 - below)),
            -1 => 0.0,
            above if above + 1 < BINS as i32 / 2 => 2f64.powi(LOWEST + 1 + above),
            _ => f64::INFINITY,
        }
    }

    /// The number below which this share of the numbers is, 0..=1, as if numbers of a bin that are not 0 were spread evenly
    /// over it; NaN without numbers.
    pub fn percentile(&self, share: f64) -> f64 {
        let (min, max) = (f64::from(self.min), f64::from(self.max));
        let wanted = share * f64::from(self.len());
        let (mut below, mut from) = (0.0, f64::NEG_INFINITY);
        for (bin, &count) in self.counts.iter().enumerate() {
            let to = Self::limit(bin);
            if 0 < count && wanted <= below + f64::from(count) {
                // The smallest numbers of the first bin above 0 are 0.
                let zeros = if from == 0.0 { f64::from(self.zeros) } else { 0.0 };
                let (within, others) = (wanted - below - zeros, f64::from(count) - zeros);
                let (from, to) = (from.max(min), to.min(max));
                return if within <= 0.0 { from } else { from + (to - from) * (within / others) };
            }
            below += f64::from(count);
            from = to;
        }
        if self.is_empty() { f64::NAN } else { max }
    }
}
