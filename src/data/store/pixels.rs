//! The pixels of a data set: all in memory, where large examples are packed, or in a cache file with a part of them in memory. All
//! give the same bytes.

use std::borrow::Cow;

use super::image_cache::{CacheView, ImageCache};
use super::packing::PackedPixels;
use crate::error::{Error, Result};
use crate::shape::Shape;

#[derive(Clone, Debug)]
pub enum Pixels {
    /// `[examples, height, width, channels]`
    Memory(Vec<u8>),
    Packed(PackedPixels),
    Cached(ImageCache),
}

/// Pixels to be read by many threads.
pub enum PixelView<'a> {
    Memory(&'a [u8], usize),
    Packed(&'a PackedPixels),
    Cached(CacheView<'a>),
}

impl Pixels {
    /// Pixels in memory, of no example yet, as suits this shape.
    pub(in crate::data) fn none(shape: Shape) -> Self {
        if PackedPixels::suits(shape) { Self::Packed(PackedPixels::none(shape)) } else { Self::Memory(Vec::new()) }
    }

    /// Reserves memory for so many examples of this shape, unless each has its own memory.
    pub(in crate::data) fn reserve(&mut self, examples: usize, shape: Shape) {
        if let Self::Memory(bytes) = self {
            bytes.reserve_exact(examples * shape.len());
        }
    }

    /// Adds examples `[examples, height, width, channels]` to those in memory.
    pub(in crate::data) fn extend(&mut self, pixels: &[u8]) {
        match self {
            Self::Memory(bytes) => bytes.extend_from_slice(pixels),
            Self::Packed(packed) => packed.extend(pixels),
            Self::Cached(_) => {}
        }
    }

    /// These examples and those of another set of the same shape after them, all of which are in memory.
    pub(in crate::data) fn joined(&self, other: &Self, shape: Shape) -> Self {
        let mut all = Self::none(shape);
        for pixels in [self, other] {
            match (&mut all, pixels) {
                (Self::Packed(all), Self::Packed(packed)) => all.append(packed),
                (all, Self::Packed(packed)) => all.extend(&packed.all()),
                (all, Self::Memory(bytes)) => all.extend(bytes),
                (_, Self::Cached(_)) => {}
            }
        }
        all
    }

    /// Whether they are in a cache file.
    pub fn is_cached(&self) -> bool {
        matches!(self, Self::Cached(_))
    }

    /// Bytes of all examples in memory, one after the other; `None` where they are in a cache file.
    pub(in crate::data) fn plain_len(&self) -> Option<usize> {
        match self {
            Self::Memory(bytes) => Some(bytes.len()),
            Self::Packed(packed) => Some(packed.len() * packed.shape().len()),
            Self::Cached(_) => None,
        }
    }

    /// At most `most` of these bytes, from number `from` on.
    pub(in crate::data) fn plain_part(&self, from: usize, most: usize) -> Cow<'_, [u8]> {
        match self {
            Self::Memory(bytes) => bytes[from..bytes.len().min(from + most)].into(),
            Self::Packed(packed) => {
                let len = packed.shape().len();
                let end = (packed.len() * len).min(from + most);
                let examples = (from / len..end.div_ceil(len)).flat_map(|index| packed.example(index));
                examples.skip(from % len).take(end - from).collect()
            }
            Self::Cached(_) => Cow::default(),
        }
    }

    /// A view of examples of `len` bytes.
    pub(in crate::data) fn view(&self, len: usize) -> PixelView<'_> {
        match self {
            Self::Memory(bytes) => PixelView::Memory(bytes, len),
            Self::Packed(packed) => PixelView::Packed(packed),
            Self::Cached(cache) => PixelView::Cached(cache.view()),
        }
    }

    /// One example of `len` bytes.
    pub(in crate::data) fn example(&self, index: usize, len: usize) -> Cow<'_, [u8]> {
        match self {
            Self::Memory(bytes) => bytes[index * len..][..len].into(),
            Self::Packed(packed) => packed.example(index).into(),
            Self::Cached(cache) => cache.view().example(index, |bytes| bytes.to_vec().into()),
        }
    }

    /// Bytes in memory.
    pub fn memory_bytes(&self) -> usize {
        match self {
            Self::Memory(bytes) => bytes.len(),
            Self::Packed(packed) => packed.bytes(),
            Self::Cached(cache) => cache.memory_bytes(),
        }
    }

    /// Most bytes in memory at any time.
    pub fn most_memory_bytes(&self) -> u64 {
        match self {
            Self::Memory(_) | Self::Packed(_) => self.memory_bytes() as u64,
            Self::Cached(cache) => (cache.count() as u64 * cache.example_len() as u64).min(cache.cap() as u64),
        }
    }

    /// Bytes in a cache file.
    pub fn stored_bytes(&self) -> u64 {
        match self {
            Self::Memory(_) | Self::Packed(_) => 0,
            Self::Cached(cache) => cache.stored_bytes(),
        }
    }

    pub(in crate::data) fn prepare(&self, upcoming: &[u32], now: usize) -> Result<()> {
        match self {
            Self::Memory(_) | Self::Packed(_) => Ok(()),
            Self::Cached(cache) => cache.prepare(upcoming, now),
        }
    }

    pub(in crate::data) fn take_failure(&self) -> Option<Error> {
        match self {
            Self::Memory(_) | Self::Packed(_) => None,
            Self::Cached(cache) => cache.take_failure(),
        }
    }

    /// Bytes of an example and number of examples, where they are known by themselves.
    fn extent(&self) -> Option<(usize, usize)> {
        match self {
            Self::Memory(_) => None,
            Self::Packed(packed) => Some((packed.shape().len(), packed.len())),
            Self::Cached(cache) => Some((cache.example_len(), cache.count())),
        }
    }

    /// Keeps the examples of `indices`, which ascend.
    pub(in crate::data) fn keep(&mut self, indices: &[u32], len: usize) {
        match self {
            Self::Cached(cache) => cache.keep(indices),
            Self::Packed(packed) => *packed = packed.chosen(indices),
            Self::Memory(bytes) => {
                for (to, &from) in indices.iter().enumerate() {
                    bytes.copy_within(from as usize * len..(from as usize + 1) * len, to * len);
                }
                bytes.truncate(indices.len() * len);
                bytes.shrink_to_fit();
            }
        }
    }
}

/// Compares the bytes, wherever they are kept.
impl PartialEq for Pixels {
    fn eq(&self, other: &Self) -> bool {
        if let (Self::Memory(one), Self::Memory(other)) = (self, other) {
            return one == other;
        }
        let Some((len, count)) = self.extent().or(other.extent()) else { return false };
        let agrees = |pixels: &Self| match pixels {
            Self::Memory(bytes) => bytes.len() == len * count,
            _ => pixels.extent() == Some((len, count)),
        };
        if !agrees(self) || !agrees(other) {
            return false;
        }
        let (one, other) = (self.view(len), other.view(len));
        (0..count).all(|index| one.example(index, |one| other.example(index, |other| one == other)))
    }
}

impl From<Vec<u8>> for Pixels {
    fn from(bytes: Vec<u8>) -> Self {
        Self::Memory(bytes)
    }
}

impl PixelView<'_> {
    /// Passes an example to `look`.
    pub fn example<R>(&self, index: usize, look: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Memory(bytes, len) => look(&bytes[index * len..][..*len]),
            Self::Packed(packed) => look(&packed.example(index)),
            Self::Cached(view) => view.example(index, look),
        }
    }
}
