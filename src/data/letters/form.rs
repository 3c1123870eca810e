//! Letters of a data set in another form: fields as points, points as fields.

use super::frame::LetterFrame;
use super::points::{are_points, field_of, loosen, points};
use crate::data::dataset::Dataset;
use crate::data::frame::Frame;
use crate::error::Result;
use crate::par;
use crate::rng::{Purpose, Rng};

/// Letters that are read at a time.
const AT_ONCE: usize = 1024;

impl Dataset {
    /// The same letters in another frame, of which one is that of points.
    pub fn letters_as(&self, frame: LetterFrame) -> Result<Dataset> {
        let own = LetterFrame { width: self.shape.width, height: self.shape.height };
        let to_points = are_points(frame.shape());
        let pixels = self.changed(|field, _| match to_points {
            true => points(field, own),
            false => field_of(&field.iter().map(|&byte| f32::from(byte) / 255.0).collect::<Vec<_>>(), frame),
        })?;
        let shape = frame.shape();
        Ok(Dataset { shape, pixels: pixels.into(), frames: vec![Frame::whole(shape); self.len()], ..self.clone() })
    }

    /// The same letters, whose contours begin anywhere.
    pub fn loosened(&self, seed: u64) -> Result<Dataset> {
        let pixels = self.changed(|letter, index| {
            let mut letter = letter.to_vec();
            loosen(&mut letter, &mut Rng::new(seed, Purpose::PointOrder, index.into()));
            letter
        })?;
        Ok(Dataset { pixels: pixels.into(), ..self.clone() })
    }

    /// The pixels of all examples after a change.
    fn changed(&self, change: impl Fn(&[u8], u32) -> Vec<u8> + Sync) -> Result<Vec<u8>> {
        let indices: Vec<u32> = (0u32..).take(self.len()).collect();
        let mut pixels = Vec::new();
        for indices in indices.chunks(AT_ONCE) {
            self.prepare(indices, indices.len())?;
            par::map(indices, |&index| change(&self.example(index as usize), index)).into_iter().for_each(|letter| {
                pixels.extend(letter);
            });
        }
        self.check_read()?;
        Ok(pixels)
    }
}
