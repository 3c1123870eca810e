//! The first directory of a TIFF, which is also the form of EXIF data: tags with numbers, read from the bytes alone.
//!
//! ```text
//! II or MM   little- or big-endian
//! u16 42     then u32, the offset of the directory; BigTIFF: u16 43, u16 8, u16 0, u64
//! u16        number of entries (BigTIFF: u64), then for each: u16 tag, u16 type, u32 count (u64), 4 bytes (8) of value
//! ```
//! Every offset is checked against the bytes; whatever is not there is `None`.

/// Tags that are asked for.
pub const PHOTOMETRIC: u16 = 0x0106;
pub const ORIENTATION: u16 = 0x0112;
pub const SAMPLES: u16 = 0x0115;
pub const PLANES: u16 = 0x011c;
pub const COLOURS: u16 = 0x0140;
pub const TILE_WIDTH: u16 = 0x0142;

/// Tags that describe the image, not what is known of it besides.
const IMAGE_TAGS: std::ops::RangeInclusive<u64> = 0x0100..=0x015b;

/// Types of values: numbers of 8, 16 and 32 bits.
const BYTE: u16 = 1;
const SHORT: u16 = 3;
const LONG: u16 = 4;

pub struct Directory<'a> {
    bytes: &'a [u8],
    big_endian: bool,
    big: bool,
    /// Position of the first entry, and number of entries.
    first: usize,
    entries: usize,
}

impl<'a> Directory<'a> {
    pub fn first(bytes: &'a [u8]) -> Option<Self> {
        let big_endian = match bytes.get(..2)? {
            b"II" => false,
            b"MM" => true,
            _ => return None,
        };
        let mut directory = Self { bytes, big_endian, big: false, first: 0, entries: 0 };
        directory.big = match directory.number(2, 2)? {
            42 => false,
            43 => true,
            _ => return None,
        };
        let start = if directory.big { directory.number(8, 8)? } else { directory.number(4, 4)? };
        let start = usize::try_from(start).ok()?;
        let width = if directory.big { 8 } else { 2 };
        directory.entries = usize::try_from(directory.number(start, width)?).ok()?;
        directory.first = start.checked_add(width)?;
        Some(directory)
    }

    /// Whether a tag of the image itself has more values than the file has bytes: a decoder takes memory for all of them.
    pub fn claims_too_much(&self) -> bool {
        self.entries().any(|(_, entry)| {
            let (tag, count) = (self.read(&entry[..2]), self.read(&entry[4..if self.big { 12 } else { 8 }]));
            IMAGE_TAGS.contains(&tag) && self.bytes.len() as u64 <= count
        })
    }

    /// The number of this tag; `None` if it is missing or not a single whole number.
    pub fn value(&self, tag: u16) -> Option<u32> {
        let (place, width) = self.place(tag)?;
        self.number(place, width).map(|number| number as u32)
    }

    /// The lowest byte of the number of this tag in a copy of the file.
    pub fn low_byte<'b>(&self, tag: u16, copy: &'b mut [u8]) -> Option<&'b mut u8> {
        let (place, width) = self.place(tag)?;
        copy.get_mut(if self.big_endian { place + width - 1 } else { place })
    }

    /// The numbers of this tag, if they are of 16 bits and not within the entry.
    pub fn shorts(&self, tag: u16) -> Option<Vec<u16>> {
        let (kind, count, value) = self.entry(tag)?;
        if kind != SHORT {
            return None;
        }
        let start = usize::try_from(self.number(value, if self.big { 8 } else { 4 })?).ok()?;
        let end = usize::try_from(count).ok()?.checked_mul(2)?.checked_add(start)?;
        Some(self.bytes.get(start..end)?.chunks_exact(2).map(|number| self.read(number) as u16).collect())
    }

    /// Where the single number of this tag is, and how many bytes it has.
    fn place(&self, tag: u16) -> Option<(usize, usize)> {
        let (kind, count, value) = self.entry(tag)?;
        let width = match kind {
            BYTE => 1,
            SHORT => 2,
            LONG => 4,
            _ => return None,
        };
        (count == 1).then_some((value, width))
    }

    /// Type and number of values of this tag, and where they, or their offset, are.
    fn entry(&self, tag: u16) -> Option<(u16, u64, usize)> {
        let (entry, _) = self.entries().find(|(_, entry)| self.read(&entry[..2]) == u64::from(tag))?;
        let (width, value) = if self.big { (8, 12) } else { (4, 8) };
        Some((self.number(entry + 2, 2)? as u16, self.number(entry + 4, width)?, entry + value))
    }

    /// Position and bytes of each entry. The list ends where the bytes do, whatever number of entries it claims.
    fn entries(&self) -> impl Iterator<Item = (usize, &[u8])> {
        let length = if self.big { 20 } else { 12 };
        let entries = self.bytes.get(self.first..).unwrap_or(&[]).chunks_exact(length).take(self.entries);
        entries.enumerate().map(move |(index, entry)| (self.first + index * length, entry))
    }

    fn number(&self, at: usize, width: usize) -> Option<u64> {
        Some(self.read(self.bytes.get(at..at.checked_add(width)?)?))
    }

    fn read(&self, bytes: &[u8]) -> u64 {
        let add = |number: u64, &byte: &u8| number << 8 | u64::from(byte);
        if self.big_endian { bytes.iter().fold(0, add) } else { bytes.iter().rev().fold(0, add) }
    }
}
