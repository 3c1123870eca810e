//! Collects the pixels of a data set: grey until the first colour image comes; in memory, where large examples are packed, or in a
//! cache file.

use std::sync::Arc;

use super::block::Record;
use super::example::{Example, convert};
use super::packing::PackedPixels;
use super::storage::Storage;
use crate::data::frame::Frame;
use crate::data::limits::{MOST_BYTES, MOST_EXAMPLES};
use crate::error::{Error, Result};
use crate::shape::Shape;

pub struct ImageBuilder {
    pub shape: Shape,
    /// The number of channels was chosen and stays.
    fixed: bool,
    /// `[examples, height, width, channels]`: all of them, or those that are not packed or in the cache file yet.
    pub pixels: Vec<u8>,
    /// The examples before those.
    pub packed: Option<PackedPixels>,
    pub frames: Vec<Frame>,
    pub stored: Option<StoredExamples>,
}

/// Examples that are in a cache file already.
pub struct StoredExamples {
    pub storage: Arc<dyn Storage>,
    /// Offset behind the last block of these examples.
    pub end: u64,
    /// Offset of each example.
    pub offsets: Vec<u64>,
    /// Examples before this offset are grey although the set is not.
    pub grey_before: u64,
}

impl StoredExamples {
    pub fn none(storage: Arc<dyn Storage>) -> Self {
        Self { storage, end: 0, offsets: Vec::new(), grey_before: 0 }
    }
}

impl ImageBuilder {
    /// `channels` 1 or 3, or 0: 1 until the first colour comes.
    pub fn new(width: usize, height: usize, channels: usize) -> Self {
        let shape = Shape::from_whc(width, height, channels.max(1));
        Self { shape, fixed: channels != 0, pixels: Vec::new(), packed: None, frames: Vec::new(), stored: None }
    }

    /// Sets whether the number of channels stays.
    pub fn set_fixed(&mut self, fixed: bool) {
        self.fixed = fixed;
    }

    /// The channels that images should be converted to; 0 leaves it to the image.
    pub fn wanted_channels(&self) -> usize {
        if self.fixed { self.shape.channels } else { 0 }
    }

    pub fn push(&mut self, example: Example) -> Result<()> {
        if example.channels == 3 && self.shape.channels == 1 {
            self.turn_to_colour()?;
        }
        self.reserve(1)?;
        let example = example.with_channels(self.shape.channels);
        if example.pixels.len() != self.shape.len() || !example.frame.is_inside(self.shape) {
            return Err(Error::expected("image", format!("the {} of the others", self.shape), "another size"));
        }
        self.pixels.extend_from_slice(&example.pixels);
        self.frames.push(example.frame);
        Ok(())
    }

    /// Adds many whole grey examples of the right size at once.
    pub fn push_grey(&mut self, pixels: Vec<u8>) -> Result<()> {
        let count = pixels.len() / self.shape.area();
        if self.shape.channels == 1 && self.pixels.is_empty() {
            self.check_limits(count)?;
            self.pixels = pixels;
        } else {
            self.reserve(count)?;
            if self.shape.channels == 1 {
                self.pixels.extend_from_slice(&pixels);
            } else {
                self.pixels.extend(pixels.iter().flat_map(|&grey| [grey; 3]));
            }
        }
        self.frames.resize(self.frames.len() + count, Frame::whole(self.shape));
        Ok(())
    }

    /// Packs the examples that came since the last call, if they are large and stay in memory.
    pub fn pack(&mut self) {
        if !self.pixels.is_empty() && PackedPixels::suits(self.shape) {
            self.packed.get_or_insert_with(|| PackedPixels::none(self.shape)).extend(&self.pixels);
            self.pixels.clear();
        }
    }

    /// Takes out the pixels that are not in the cache file yet, `[examples, height, width, channels]`.
    pub fn take_pixels(&mut self) -> Vec<u8> {
        let pixels = std::mem::take(&mut self.pixels);
        match self.packed.take() {
            Some(packed) => [packed.all(), pixels].concat(),
            None => pixels,
        }
    }

    /// Removes all examples from the `count`th on, none of which is packed or in the cache file.
    pub fn truncate(&mut self, count: usize) {
        let lost = self.frames.len() - count;
        self.pixels.truncate(self.pixels.len() - lost * self.shape.len());
        self.frames.truncate(count);
    }

    /// Adds the frames of a block, which may be of any size that [`Record`] allows.
    pub fn add_frames(&mut self, record: &Record) {
        let first = self.frames.len();
        self.frames.resize(first + record.examples(), Frame::whole(record.shape()));
        record.frames.iter().for_each(|&(index, frame)| self.frames[first + index] = frame);
    }

    /// Bytes of all examples.
    pub fn bytes(&self) -> u64 {
        self.frames.len() as u64 * self.shape.len() as u64
    }

    fn turn_to_colour(&mut self) -> Result<()> {
        if MOST_BYTES < 3 * self.held() {
            return Err(self.full());
        }
        self.pixels = convert(&self.pixels, 3);
        self.packed = self.packed.as_ref().map(PackedPixels::in_colour);
        self.shape.channels = 3;
        if let Some(stored) = &mut self.stored {
            stored.grey_before = stored.end;
        }
        Ok(())
    }

    /// Reserves memory for `count` more, by a quarter at a time: doubling could cost the memory of a whole set more.
    fn reserve(&mut self, count: usize) -> Result<()> {
        self.check_limits(count)?;
        let more = count * self.shape.len();
        if self.pixels.capacity() - self.pixels.len() < more {
            self.pixels.reserve_exact(more.max(self.pixels.len() / 4));
        }
        Ok(())
    }

    fn check_limits(&self, count: usize) -> Result<()> {
        let more = count.saturating_mul(self.shape.len());
        if MOST_BYTES < self.held().saturating_add(more) || MOST_EXAMPLES < self.frames.len() + count {
            return Err(self.full());
        }
        Ok(())
    }

    /// Bytes of the pixels in memory, if they were not packed.
    fn held(&self) -> usize {
        self.pixels.len() + self.packed.as_ref().map_or(0, PackedPixels::len) * self.shape.len()
    }

    fn full(&self) -> Error {
        let (count, most) = (self.frames.len(), MOST_BYTES >> 20);
        Error::new(format!("the data set is full: {count} examples of {}, at most {most} MiB", self.shape))
    }
}
