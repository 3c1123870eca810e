//! A pack as it lies on a shelf: decoded examples, with what is known of them, so that nothing is decoded twice.
//!
//! ```text
//! "NEURPACK"  fingerprint of the files it was made of (16 bytes)
//! blocks, each written at once and never changed:
//!     length of the record, length of the pixels, checksums of both (4 x u64)
//!     record (JSON): the files of this block, which of them were left out and why
//!     pixels [examples of the record, height, width, channels]
//! ```
//! Numbers are little-endian. The record of the last block says that it is the last. A pack that ends earlier goes on
//! where its last whole block ends. Once the examples are colour they stay it; those of earlier blocks are grey.

use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;
use super::storage::Storage;
use crate::data::dataset::Frame;
use crate::data::load::assemble::{Labels, SourceFile};
use crate::data::load::report::Skipped;
use crate::data::{MOST_EXAMPLES, MOST_SIDE};
use crate::error::Result;
use crate::shape::Shape;

const MAGIC: &[u8; 8] = b"NEURPACK";
const HEADER: u64 = 24;
const HEAD: u64 = 32;

/// What a block tells.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Record {
    pub width: usize,
    pub height: usize,
    /// 1 or 3.
    pub channels: usize,
    pub sources: Vec<SourceFile>,
    /// Of the examples that do not fill theirs: number within the block, and frame.
    pub frames: Vec<(usize, Frame)>,
    pub labels: Vec<Labels>,
    pub skipped: Vec<Skipped>,
    pub notes: Vec<String>,
    /// In the last block: bytes of all files.
    pub last: Option<u64>,
}

impl Record {
    pub fn shape(&self) -> Shape {
        Shape::from_whc(self.width, self.height, self.channels)
    }

    /// Number of examples.
    pub fn examples(&self) -> usize {
        self.sources.iter().map(|source| source.count).fold(0, usize::saturating_add)
    }

    /// Whether it can be about this many bytes of pixels.
    fn fits(&self, pixels: u64) -> bool {
        let (count, sides) = (self.examples(), 1..=MOST_SIDE);
        sides.contains(&self.width)
            && sides.contains(&self.height)
            && matches!(self.channels, 1 | 3)
            && count <= MOST_EXAMPLES
            && (count * self.shape().area()) as u64 * self.channels as u64 == pixels
            && self.frames.iter().all(|&(index, frame)| index < count && frame.lies_in(self.shape()))
    }
}

/// A pack that was opened: its whole blocks, each with the place of its pixels, and where the next one goes.
pub struct Opened {
    pub blocks: Vec<(Record, u64)>,
    pub end: u64,
}

impl Opened {
    pub fn is_whole(&self) -> bool {
        self.blocks.last().is_some_and(|(record, _)| record.last.is_some())
    }
}

/// Reads what is on a shelf, and cuts off what is no whole block; a pack of other files is begun anew.
pub fn open(shelf: &dyn Storage, fingerprint: Fingerprint) -> Result<Opened> {
    let size = shelf.size()?;
    let mut header = [0; HEADER as usize];
    if HEADER <= size {
        shelf.read(0, &mut header)?;
    }
    let mut wanted = MAGIC.to_vec();
    wanted.extend(fingerprint.bytes());
    if header[..] != wanted[..] {
        shelf.cut(0)?;
        shelf.write(0, &wanted)?;
        return Ok(Opened { blocks: Vec::new(), end: HEADER });
    }
    let mut opened = Opened { blocks: Vec::new(), end: HEADER };
    while let Some((record, pixels, after)) = read(shelf, opened.end, size)? {
        let goes_on = opened.blocks.last().is_none_or(|(before, _): &(Record, u64)| {
            (before.width, before.height) == (record.width, record.height) && before.channels <= record.channels
        });
        if !goes_on || opened.is_whole() {
            break;
        }
        opened.blocks.push((record, pixels));
        opened.end = after;
    }
    if !opened.is_whole() {
        shelf.cut(opened.end)?;
    }
    Ok(opened)
}

/// The block at `at` with the place of its pixels and of what follows; `None` where there is no whole one.
fn read(shelf: &dyn Storage, at: u64, size: u64) -> Result<Option<(Record, u64, u64)>> {
    if size - at < HEAD {
        return Ok(None);
    }
    let mut head = [0; HEAD as usize];
    shelf.read(at, &mut head)?;
    let number = |n: usize| u64::from_le_bytes(head[8 * n..][..8].try_into().unwrap_or_default());
    let (record_len, pixel_len) = (number(0), number(1));
    let left = size - at - HEAD;
    if left < record_len || left - record_len < pixel_len {
        return Ok(None);
    }
    let mut bytes = vec![0; record_len as usize];
    shelf.read(at + HEAD, &mut bytes)?;
    if checksum(&bytes) != number(2) {
        return Ok(None);
    }
    let Ok(record) = serde_json::from_slice::<Record>(&bytes) else { return Ok(None) };
    let pixels = at + HEAD + record_len;
    // What was cut off in the middle of writing is at the end, so only there pixels can be wrong.
    let is_sound =
        record.fits(pixel_len) && (pixels + pixel_len < size || checksum_on(shelf, pixels, pixel_len)? == number(3));
    Ok(is_sound.then_some((record, pixels, pixels + pixel_len)))
}

/// Writes a block at `at`; returns the place of its pixels and of what follows.
pub fn write(shelf: &dyn Storage, at: u64, record: &Record, pixels: &[u8]) -> Result<(u64, u64)> {
    let bytes = serde_json::to_vec(record).map_err(|error| crate::error::Error::new(error.to_string()))?;
    let mut head = Vec::with_capacity(HEAD as usize + bytes.len());
    for number in [bytes.len() as u64, pixels.len() as u64, checksum(&bytes), checksum(pixels)] {
        head.extend(number.to_le_bytes());
    }
    head.extend(&bytes);
    shelf.write(at, &head)?;
    let place = at + head.len() as u64;
    if !pixels.is_empty() {
        shelf.write(place, pixels)?;
    }
    Ok((place, place + pixels.len() as u64))
}

/// Bytes checked at a time.
const PART: usize = 1 << 20;

fn checksum_on(shelf: &dyn Storage, at: u64, len: u64) -> Result<u64> {
    let mut part = vec![0; (PART as u64).min(len) as usize];
    let mut sum = BlockChecksum::default();
    let mut done = 0;
    while done < len {
        let count = (len - done).min(PART as u64) as usize;
        shelf.read(at + done, &mut part[..count])?;
        sum.add(&part[..count]);
        done += count as u64;
    }
    Ok(sum.0)
}

fn checksum(bytes: &[u8]) -> u64 {
    let mut sum = BlockChecksum::default();
    bytes.chunks(PART).for_each(|part| sum.add(part));
    sum.0
}

/// FNV-1a on words of eight bytes; parts but the last have whole words. It is there for accidents, not for enemies.
struct BlockChecksum(u64);

impl Default for BlockChecksum {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl BlockChecksum {
    fn add(&mut self, bytes: &[u8]) {
        let mut add = |word: u64| self.0 = (self.0 ^ word).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(29);
        let words = bytes.chunks_exact(8);
        let rest = words.remainder();
        words.for_each(|word| add(u64::from_le_bytes(word.try_into().unwrap_or_default())));
        rest.iter().for_each(|&byte| add(byte.into()));
    }
}
