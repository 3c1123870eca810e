//! Mean and deviation of the pixels of a data set.

use super::dataset::Dataset;
use super::split::Split;
use crate::error::Result;
use crate::evenly::evenly;
use crate::par;

/// Bytes of pixels looked at; larger sets are sampled evenly. The same in memory and from a cache file, since training
/// must not depend on where the pixels are kept.
const MOST_BYTES: usize = 64 << 20;
/// Bytes brought into memory at a time.
const AT_ONCE: usize = 8 << 20;

/// The number of occurrences of each value, for each channel.
type Counts = [[u64; 256]; 3];

impl Dataset {
    /// Mean and deviation of the values, 0..=1, of a split's images: for each channel, without padding.
    pub fn mean_and_deviation(&self, split: Split) -> Result<(Vec<f32>, Vec<f32>)> {
        // Avoids a division by zero for images of one colour.
        const LEAST_DEVIATION: f64 = 1e-3;
        let (channels, len) = (self.shape.channels, self.shape.len());
        let all = self.indices(split);
        let sample: Vec<u32> = evenly(all.len(), (MOST_BYTES / len).max(1)).map(|n| all[n]).collect();
        let mut counts: Counts = [[0; 256]; 3];
        for indices in sample.chunks((AT_ONCE / len).max(1)) {
            self.prepare(indices, indices.len())?;
            let parts: Vec<&[u32]> = indices.chunks(indices.len().div_ceil(par::threads())).collect();
            for part in par::map(&parts, |part| self.counts(part)) {
                counts.iter_mut().flatten().zip(part.iter().flatten()).for_each(|(all, part)| *all += part);
            }
        }
        self.check_read()?;
        let mean_and_deviation = |counts: &[u64; 256]| {
            let moment = |of: fn(f64) -> f64| -> f64 {
                counts.iter().zip(0..=u8::MAX).map(|(&count, byte)| count as f64 * of(f64::from(byte) / 255.0)).sum()
            };
            let count = moment(|_| 1.0).max(1.0);
            let mean = moment(|x| x) / count;
            let variance = (moment(|x| x * x) / count - mean * mean).max(0.0);
            (mean as f32, variance.sqrt().max(LEAST_DEVIATION) as f32)
        };
        Ok(counts.iter().take(channels).map(mean_and_deviation).unzip())
    }

    fn counts(&self, examples: &[u32]) -> Counts {
        let mut counts: Counts = [[0; 256]; 3];
        let (channels, width) = (self.shape.channels, self.shape.width);
        for &index in examples {
            let (pixels, frame) = (self.example(index as usize), self.frames[index as usize]);
            for line in pixels.chunks_exact(width * channels).skip(frame.top.into()).take(frame.height.into()) {
                let inside = &line[usize::from(frame.left) * channels..][..usize::from(frame.width) * channels];
                for pixel in inside.chunks_exact(channels) {
                    for (counts, &byte) in counts.iter_mut().zip(pixel) {
                        counts[usize::from(byte)] += 1;
                    }
                }
            }
        }
        counts
    }
}
