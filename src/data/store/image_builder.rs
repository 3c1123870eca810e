//! The growing pixels of a data set: grey as long as every picture is, then colour; in memory or in a pack.

use std::sync::Arc;

use super::block::Record;
use super::storage::Storage;
use crate::data::dataset::Frame;
use crate::data::load::resize::{PlacedPicture, convert};
use crate::data::{MOST_BYTES, MOST_EXAMPLES};
use crate::error::{Error, Result};
use crate::shape::Shape;

pub struct ImageBuilder {
    pub shape: Shape,
    /// The number of channels was asked for and stays.
    fixed: bool,
    /// `[examples, height, width, channels]`: all of them, or those that are not in the pack yet.
    pub pixels: Vec<u8>,
    pub frames: Vec<Frame>,
    pub packed: Option<Packed>,
}

/// Examples that are on a shelf already.
pub struct Packed {
    pub shelf: Arc<dyn Storage>,
    /// Where the next block goes.
    pub end: u64,
    pub places: Vec<u64>,
    /// Examples that lie before this are grey though the set is not.
    pub grey_before: u64,
}

impl ImageBuilder {
    /// `channels` 1 or 3, or 0: 1 until the first colour comes.
    pub fn new(width: usize, height: usize, channels: usize) -> Self {
        let shape = Shape::from_whc(width, height, channels.max(1));
        Self { shape, fixed: channels != 0, pixels: Vec::new(), frames: Vec::new(), packed: None }
    }

    /// Whether the number of channels stays.
    pub fn set_fixed(&mut self, fixed: bool) {
        self.fixed = fixed;
    }

    /// The channels that pictures should come with; 0 leaves it to the picture.
    pub fn wanted(&self) -> usize {
        if self.fixed { self.shape.channels } else { 0 }
    }

    pub fn push(&mut self, placed: PlacedPicture) -> Result<()> {
        if placed.channels == 3 && self.shape.channels == 1 {
            self.become_colour()?;
        }
        self.reserve(1)?;
        let placed = placed.with_channels(self.shape.channels);
        self.pixels.extend_from_slice(&placed.pixels);
        self.frames.push(placed.frame);
        Ok(())
    }

    /// Many whole grey examples of the right size at once.
    pub fn push_grey(&mut self, pixels: Vec<u8>) -> Result<()> {
        let count = pixels.len() / self.shape.area();
        if self.shape.channels == 1 && self.pixels.is_empty() {
            self.check_room(count)?;
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

    /// Forgets all examples from the `count`th on, none of which is in the pack.
    pub fn truncate(&mut self, count: usize) {
        let lost = self.frames.len() - count;
        self.pixels.truncate(self.pixels.len() - lost * self.shape.len());
        self.frames.truncate(count);
    }

    /// Takes the frames of a block, which may be of any size that [`Record`] lets through.
    pub fn add_frames(&mut self, record: &Record) {
        let first = self.frames.len();
        self.frames.resize(first + record.examples(), Frame::whole(record.shape()));
        record.frames.iter().for_each(|&(index, frame)| self.frames[first + index] = frame);
    }

    /// Bytes of all examples.
    pub fn bytes(&self) -> u64 {
        self.frames.len() as u64 * self.shape.len() as u64
    }

    fn become_colour(&mut self) -> Result<()> {
        if MOST_BYTES < 3 * self.pixels.len() {
            return Err(self.full());
        }
        self.pixels = convert(&self.pixels, 3);
        self.shape.channels = 3;
        if let Some(packed) = &mut self.packed {
            packed.grey_before = packed.end;
        }
        Ok(())
    }

    /// Makes room for `count` more, by a quarter at a time: doubling would cost a full set's memory once more.
    fn reserve(&mut self, count: usize) -> Result<()> {
        self.check_room(count)?;
        let more = count * self.shape.len();
        if self.pixels.capacity() - self.pixels.len() < more {
            self.pixels.reserve_exact(more.max(self.pixels.len() / 4));
        }
        Ok(())
    }

    fn check_room(&self, count: usize) -> Result<()> {
        let more = count.saturating_mul(self.shape.len());
        if MOST_BYTES < self.pixels.len().saturating_add(more) || MOST_EXAMPLES < self.frames.len() + count {
            return Err(self.full());
        }
        Ok(())
    }

    fn full(&self) -> Error {
        let (count, most) = (self.frames.len(), MOST_BYTES >> 20);
        Error::new(format!("the data set is full: {count} examples of {}, of at most {most} MiB", self.shape))
    }
}
