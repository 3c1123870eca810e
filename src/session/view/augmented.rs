//! Previews of augmentation: what training may make of an image.

use super::pixels::{bytes_of, rgba};
use super::view::Viewer;
use crate::data::Batch;
use crate::data::augment::noise;
use crate::error::{Error, Result};
use crate::rng::{Purpose, Rng};

/// Limit of the pictures shown at once.
const MOST: usize = 64;

impl Viewer<'_> {
    /// An example as the next `count` steps would use it, as RGBA one after the other, with the noise of `denoise`.
    pub fn augmented(&self, index: usize, count: usize) -> Result<Vec<u8>> {
        if self.data.len() <= index {
            return Err(Error::expected("example", format!("a number below {}", self.data.len()), index));
        }
        let trainer = self.run.supervised()?.trainer();
        let (pipeline, indices) = (trainer.config.pipeline, [index as u32]);
        let (mut batch, mut shown) = (Batch::default(), Vec::new());
        for step in 0..count.min(MOST) as u64 {
            let seed = trainer.chance(self.run.step() + step);
            self.data.batch(&indices, &mut batch);
            pipeline.augment.apply(&mut batch, &indices, self.data, seed);
            if 0.0 < pipeline.denoise {
                let mut rng = Rng::new(seed, Purpose::Denoise, index as u64);
                batch.x.iter_mut().for_each(|x| *x += pipeline.denoise * noise(&mut rng));
            }
            shown.extend(rgba(&bytes_of(&batch.x), self.data.shape.channels));
        }
        Ok(shown)
    }
}
