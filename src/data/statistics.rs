//! What the values of a data set are like.

use super::dataset::{Batch, Dataset, Split};
use crate::error::Result;

impl Dataset {
    /// Of the values 0..=1 of a split's pictures, channel by channel, without margins.
    pub fn mean_and_deviation(&self, split: Split) -> Result<(Vec<f32>, Vec<f32>)> {
        const AT_ONCE: usize = 64;
        // A set of flat pictures must not be divided by nothing.
        const LEAST_DEVIATION: f64 = 1e-3;
        let channels = self.shape.channels;
        let (mut sums, mut count, mut batch) = (vec![[0.0f64; 2]; channels], 0.0, Batch::default());
        for indices in self.indices(split).chunks(AT_ONCE) {
            self.prepare(indices, indices.len())?;
            self.batch(indices, &mut batch);
            for (pixel, x) in batch.x.chunks_exact(channels).enumerate() {
                if batch.mask.get(pixel).is_none_or(|&inside| 0.0 < inside) {
                    count += 1.0;
                    for (sums, &x) in sums.iter_mut().zip(x) {
                        let x = f64::from(x);
                        *sums = [sums[0] + x, sums[1] + x * x];
                    }
                }
            }
        }
        let count = f64::max(count, 1.0);
        let mean = sums.iter().map(|sums| (sums[0] / count) as f32).collect();
        let variance = |sums: &[f64; 2]| (sums[1] / count - (sums[0] / count).powi(2)).max(0.0);
        let deviation = sums.iter().map(|sums| variance(sums).sqrt().max(LEAST_DEVIATION) as f32).collect();
        self.check_read()?;
        Ok((mean, deviation))
    }
}
