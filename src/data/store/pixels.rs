//! The pixels of a data set: all in memory, or on a shelf with a part of them in memory. Both give the same bytes.

use super::image_cache::{CacheView, ImageCache};
use crate::error::{Error, Result};

#[derive(Clone, Debug)]
pub enum Pixels {
    /// `[examples, height, width, channels]`
    Memory(Vec<u8>),
    Pack(ImageCache),
}

/// Pixels that many threads look at.
pub(in crate::data) enum Seen<'a> {
    Memory(&'a [u8], usize),
    Pack(CacheView<'a>),
}

impl Pixels {
    /// For examples of `len` bytes.
    pub(in crate::data) fn view(&self, len: usize) -> Seen<'_> {
        match self {
            Self::Memory(bytes) => Seen::Memory(bytes, len),
            Self::Pack(pack) => Seen::Pack(pack.view()),
        }
    }

    /// Bytes in memory.
    pub fn held(&self) -> usize {
        match self {
            Self::Memory(bytes) => bytes.len(),
            Self::Pack(pack) => pack.held(),
        }
    }

    /// Bytes that may be in memory.
    pub fn most_held(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::Pack(pack) => (pack.count() as u64 * pack.example_len() as u64).min(pack.cap() as u64),
        }
    }

    /// Bytes on a shelf.
    pub fn stored(&self) -> u64 {
        match self {
            Self::Memory(_) => 0,
            Self::Pack(pack) => pack.stored(),
        }
    }

    pub(in crate::data) fn prepare(&self, upcoming: &[u32], now: usize) -> Result<()> {
        match self {
            Self::Memory(_) => Ok(()),
            Self::Pack(pack) => pack.prepare(upcoming, now),
        }
    }

    pub(in crate::data) fn take_failure(&self) -> Option<Error> {
        match self {
            Self::Memory(_) => None,
            Self::Pack(pack) => pack.take_failure(),
        }
    }

    /// Keeps the examples of `indices`, which ascend.
    pub(in crate::data) fn keep(&mut self, indices: &[u32], len: usize) {
        match self {
            Self::Pack(pack) => pack.keep(indices),
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

/// The same bytes, wherever they lie.
impl PartialEq for Pixels {
    fn eq(&self, other: &Self) -> bool {
        let (len, count) = match (self, other) {
            (Self::Memory(one), Self::Memory(other)) => return one == other,
            (Self::Pack(pack), Self::Memory(bytes)) | (Self::Memory(bytes), Self::Pack(pack)) => {
                if bytes.len() != pack.count() * pack.example_len() {
                    return false;
                }
                (pack.example_len(), pack.count())
            }
            (Self::Pack(one), Self::Pack(other)) => {
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

impl Seen<'_> {
    /// Shows an example to `look`.
    pub fn example<R>(&self, index: usize, look: impl FnOnce(&[u8]) -> R) -> R {
        match self {
            Self::Memory(bytes, len) => look(&bytes[index * len..][..*len]),
            Self::Pack(view) => view.example(index, look),
        }
    }
}
