//! Counting numbers by sign and power of two, with their sum and ends.
//!
//! Bin 32 + k holds 2^(k - 22) <= x < 2^(k - 21), bin 31 - k the same sizes below 0; bins 31 and 32 hold smaller numbers,
//! too, and 0 is in bin 32, while bins 0 and 63 hold all that is larger. The bin is read off the exponent, so every
//! machine finds the same.

use super::elementwise::{Loop, best};

/// Number of bins.
pub const BINS: usize = 64;
/// Bins of one sign.
const HALF: i32 = BINS as i32 / 2;
/// Exponent of the smallest sizes that have a bin of their own.
pub const LOWEST: i32 = -22;
/// Numbers that are counted at a time.
const LINE: usize = 128;

/// The figures of some numbers besides their counts.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BinFigures {
    pub min: f32,
    pub max: f32,
    pub sum: f64,
    /// How many of them are 0.
    pub zeros: u32,
}

/// The bin of a number.
#[inline(always)]
fn bin(x: f32) -> u32 {
    let bits = (x + 0.0).to_bits(); // -0 is 0
    let size = ((bits >> 23 & 0xff) as i32 - 127 - LOWEST).clamp(0, HALF - 1);
    (if bits >> 31 == 1 { HALF - 1 - size } else { HALF + size }) as u32
}

struct CountBins<'a> {
    values: &'a [f32],
    counts: &'a mut [u32; BINS],
}

impl Loop for CountBins<'_> {
    type Out = BinFigures;
    #[inline(always)]
    fn run(self) -> BinFigures {
        // Four tables, because numbers that follow each other are often in the same bin and would wait for one another.
        let mut tables = [[0u32; BINS]; 4];
        let (mut low, mut high, mut zeros) = ([f32::INFINITY; 16], [f32::NEG_INFINITY; 16], [0u32; 16]);
        let mut total = 0.0;
        // Loops of fixed length are vectorised; only the tables take one number at a time.
        let (lines, rest) = self.values.as_chunks::<LINE>();
        for line in lines {
            let mut bins = [0u32; LINE];
            bins.iter_mut().zip(line).for_each(|(found, &x)| *found = bin(x));
            for four in bins.as_chunks::<4>().0 {
                for (table, &found) in tables.iter_mut().zip(four) {
                    let count = &mut table[found as usize & (BINS - 1)];
                    *count = count.wrapping_add(1);
                }
            }
            let mut sums = [0.0f32; 16];
            for lanes in line.as_chunks::<16>().0 {
                for (i, &x) in lanes.iter().enumerate() {
                    sums[i] += x;
                    low[i] = if x < low[i] { x } else { low[i] };
                    high[i] = if high[i] < x { x } else { high[i] };
                    zeros[i] = zeros[i].wrapping_add(u32::from(x == 0.0));
                }
            }
            total += sums.iter().map(|&sum| f64::from(sum)).sum::<f64>();
        }
        for &x in rest {
            tables[0][bin(x) as usize & (BINS - 1)] += 1;
            total += f64::from(x);
            low[0] = if x < low[0] { x } else { low[0] };
            high[0] = if high[0] < x { x } else { high[0] };
            zeros[0] += u32::from(x == 0.0);
        }
        for table in &tables {
            self.counts.iter_mut().zip(table).for_each(|(count, more)| *count = count.wrapping_add(*more));
        }
        BinFigures {
            min: low.into_iter().fold(f32::INFINITY, f32::min),
            max: high.into_iter().fold(f32::NEG_INFINITY, f32::max),
            sum: total,
            zeros: zeros.iter().sum(),
        }
    }
}

/// Adds each number to the count of its bin.
pub fn count(values: &[f32], counts: &mut [u32; BINS]) -> BinFigures {
    best(CountBins { values, counts })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The twin: bins found by comparing with powers of two.
    fn plain(values: &[f32]) -> [u32; BINS] {
        let mut counts = [0; BINS];
        for &x in values {
            let size = (1..HALF).take_while(|k| 2f64.powi(k + LOWEST) <= f64::from(x).abs()).count() as i32;
            counts[(if x < 0.0 { HALF - 1 - size } else { HALF + size }) as usize] += 1;
        }
        counts
    }

    #[test]
    fn bins_are_those_of_comparing_with_powers_of_two() {
        for len in [0, 1, 3, 15, 16, 17, 127, 128, 129, 1000] {
            let values: Vec<f32> = (0..len)
                .map(|i| ((i as f32 * 0.7).sin() * 60.0).exp2() * if i % 3 == 0 { -1.0 } else { 1.0 })
                .collect();
            let mut counts = [0; BINS];
            let found = count(&values, &mut counts);
            assert_eq!(counts, plain(&values), "{len} numbers");
            let sum: f64 = values.iter().map(|&x| f64::from(x)).sum();
            let size: f64 = values.iter().map(|&x| f64::from(x).abs()).sum();
            assert!((found.sum - sum).abs() <= 1e-6 * size, "{len} numbers: {} for {sum}", found.sum);
            assert_eq!(found.min, values.iter().copied().fold(f32::INFINITY, f32::min));
            assert_eq!(found.max, values.iter().copied().fold(f32::NEG_INFINITY, f32::max));
        }
        let edges =
            [0.0, -0.0, 2f32.powi(LOWEST), 2f32.powi(LOWEST + 1), -(2f32.powi(LOWEST + 1)), 1.0, -1.0, 1e30, 1e-40];
        let mut counts = [0; BINS];
        assert_eq!(count(&edges, &mut counts).zeros, 2);
        assert_eq!(counts, plain(&edges));
    }
}
