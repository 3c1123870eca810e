//! The pixels of a data set: all in memory, or in a cache file with a part of them in memory. Both give the same bytes.

use std::borrow::Cow;

use super::image_cache::{CacheView, ImageCache};
use crate::error::{Error, Result};

#[derive(Clone, Debug)]
pub enum Pixels {
    /// `[examples, height, width, channels]`
    Memory(Vec<u8>),
    Cached(ImageCache),
}

/// Pixels to be read by many threads.
pub enum PixelView<'a> {
    Memory(&'a [u8], usize),
    Cached(CacheView<'a>),
}

impl Pixels {
    /// A view of examples of `len` bytes.
    pub(in crate::data) fn view(&self, len: usize) -> PixelView<'_> {
        match self {
            Self::Memory(bytes) => PixelView::Memory(bytes, len),
            Self::Cached(cache) => PixelView::Cached(cache.view()),
        }
    }

    /// One example of `len` bytes.
    pub(in crate::data) fn example(&self, index: usize, len: usize) -> Cow<'_, [u8]> {
        match self {
            Self::Memory(bytes) => bytes[index * len..][..len].into(),
            Self::Cached(cache) => cache.view().example(index, |bytes| bytes.to_vec().into()),
        }
    }

    /// Bytes in memory.
    pub fn memory_bytes(&self) -> usize {
        match self {
            Self::Memory(bytes) => bytes.len(),
            Self::Cached(cache) => cache.memory_bytes(),
        }
    }

    /// Most bytes in memory at any time.
    pub fn most_memory_bytes(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Cached(cache) => (cache.count() as u64 * cache.example_len() as u64).min(cache.cap() as u64),
        }
    }

    /// Bytes in a cache file.
    pub fn stored_bytes(&self) -> u64 {
        match self {
            Self::Memory(_) => 0,
            Self::Cached(cache) => cache.stored_bytes(),
        }
    }

    pub(in crate::data) fn prepare(&self, upcoming: &[u32], now: usize) -> Result<()> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Cached(cache) => cache.prepare(upcoming, now),
        }
    }

    pub(in crate::data) fn take_failure(&self) -> Option<Error> {
        match self {
            Self::Memory(_) => None,
            Self::Cached(cache) => cache.take_failure(),
        }
    }

    /// Keeps the examples of `indices`, which ascend.
    pub(in crate::data) fn keep(&mut self, indices: &[u32], len: usize) {
        match self {
            Self::Cached(cache) => cache.keep(indices),
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
        let (len, count) = match (self, other) {
            (Self::Memory(one), Self::Memory(other)) => return one == other,
            (Self::Cached(cache), Self::Memory(bytes)) | (Self::Memory(bytes), Self::Cached(cache)) => {
                if bytes.len() != cache.count() * cache.example_len() {
                    return false;
                }
                (cache.example_len(), cache.count())
            }
            (Self::Cached(one), Self::Cached(other)) => {
                if (one.example_len(), one.count()) != (other.example_len(), other.count()) {
                    return false;
                }
                (one.example_len(), one.count())
            }
        };
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
            Self::Cached(view) => view.example(index, look),
        }
    }
}
