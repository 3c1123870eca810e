//! Writes zips: entries as they are, without compression, so that each can be read where it is.

use crate::error::{Error, Result};

pub const LOCAL: u32 = 0x0403_4b50;
pub const CENTRAL: u32 = 0x0201_4b50;
pub const END: u32 = 0x0605_4b50;
/// Bytes of a local header, of one in the list at the end, and of the end, without names.
pub const LOCAL_LEN: usize = 30;
pub const CENTRAL_LEN: usize = 46;
pub const END_LEN: usize = 22;
/// The version that is needed to read it, and a flag: names are UTF-8.
const VERSION: u16 = 20;
const UTF8: u16 = 1 << 11;
/// The first of January 1980: the same contents give the same bytes.
const DATE: u16 = 1 << 5 | 1;

/// A zip in the making.
#[derive(Default)]
pub struct ZipWriter {
    bytes: Vec<u8>,
    /// The list at the end.
    list: Vec<u8>,
    count: u16,
}

impl ZipWriter {
    /// A zip with room for so many bytes.
    ///
    /// # Errors
    /// There is no memory for them.
    pub fn with_room(len: usize) -> Result<Self> {
        let mut bytes = Vec::new();
        bytes.try_reserve(len).map_err(|_| Error::expected("zip", format!("memory for {len} bytes"), "less"))?;
        Ok(Self { bytes, ..Self::default() })
    }

    /// Appends an entry, whose bytes come part by part.
    ///
    /// # Errors
    /// The file would be larger than a plain zip can be, 4 GiB.
    pub fn add(&mut self, name: &str, parts: impl IntoIterator<Item = Vec<u8>>) -> Result<()> {
        let at = self.bytes.len();
        self.bytes.resize(at + LOCAL_LEN, 0);
        self.bytes.extend(name.as_bytes());
        let begin = self.bytes.len();
        parts.into_iter().for_each(|part| self.bytes.extend(part));
        let (len, place) = (self.bytes.len() - begin, at);
        let too_large = |_| Error::expected("zip", "at most 4 GiB", "more; save the model and keep the images");
        let (len, place) = (u32::try_from(len).map_err(too_large)?, u32::try_from(place).map_err(too_large)?);
        u32::try_from(self.bytes.len()).map_err(too_large)?;
        let mut header = Vec::with_capacity(LOCAL_LEN);
        let [version, flags, method, time] = [VERSION, UTF8, 0, 0].map(u16::to_le_bytes);
        for half in [version, flags, method, time, DATE.to_le_bytes()] {
            header.extend(half);
        }
        let mut sum = flate2::Crc::new();
        sum.update(&self.bytes[begin..]);
        for whole in [sum.sum(), len, len] {
            header.extend(whole.to_le_bytes());
        }
        header.extend((name.len() as u16).to_le_bytes());
        header.extend([0; 2]); // no further fields
        self.bytes[at..at + 4].copy_from_slice(&LOCAL.to_le_bytes());
        self.bytes[at + 4..at + LOCAL_LEN].copy_from_slice(&header);
        self.list.extend(CENTRAL.to_le_bytes());
        self.list.extend(version);
        self.list.extend(header);
        self.list.extend([0; 10]); // no comment, no further disk, no attributes
        self.list.extend(place.to_le_bytes());
        self.list.extend(name.as_bytes());
        self.count += 1;
        Ok(())
    }

    pub fn finish(self) -> Vec<u8> {
        let Self { mut bytes, list, count } = self;
        let at = bytes.len() as u32;
        bytes.extend(&list);
        bytes.extend(END.to_le_bytes());
        bytes.extend([0; 4]);
        for half in [count, count] {
            bytes.extend(half.to_le_bytes());
        }
        for whole in [list.len() as u32, at] {
            bytes.extend(whole.to_le_bytes());
        }
        bytes.extend([0; 2]);
        bytes
    }
}
