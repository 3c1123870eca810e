//! What training would make of an image by chance, to be looked at beforehand.

use super::Session;
use super::look::{bytes_of, rgba};
use crate::data::Batch;
use crate::data::augment::noise;
use crate::error::{Error, Result};
use crate::rng::{Purpose, Rng};

/// Pictures shown at once, at most.
const MOST: usize = 64;

impl Session {
    /// An example as the next `count` steps would use it, RGBA one after the other; the noise of `denoise` is on it.
    pub fn augmented(&self, index: usize, count: usize) -> Result<Vec<u8>> {
        if self.data.len() <= index {
            return Err(Error::expected("example", format!("a number below {}", self.data.len()), index));
        }
        let (feed, indices) = (self.trainer.recipe.feed, [index as u32]);
        let (mut batch, mut shown) = (Batch::default(), Vec::new());
        for step in 0..count.min(MOST) as u64 {
            let seed = self.trainer.chance(self.trainer.step + step);
            self.data.batch(&indices, &mut batch);
            feed.augment.apply(&mut batch, &indices, &self.data.frames, seed);
            if 0.0 < feed.denoise {
                let mut rng = Rng::new(seed, Purpose::Denoise, index as u64);
                batch.x.iter_mut().for_each(|x| *x += feed.denoise * noise(&mut rng));
            }
            shown.extend(rgba(&bytes_of(&batch.x), self.data.shape.channels));
        }
        Ok(shown)
    }
}
