//! The format of a cache file: decoded examples with their records, so that nothing is decoded twice.
//!
//! ```text
//! "NEURPACK"  fingerprint of the source files (16 bytes)
//! blocks, each written once and never changed:
//!     length of the record, length of the pixels, checksums of both (4 x u64)
//!     record (JSON): the files of this block, those skipped among them and why
//!     pixels [examples of the record, height, width, channels]
//! ```
//! The targets of pairs are in blocks of their own, between those of the inputs.
//! Numbers are little-endian. The record of the last block marks it as the last. A file that ends earlier, or in which a
//! block was damaged, is continued after the last whole block before. Once the examples are in colour they stay so; those
//! of earlier blocks are grey.

use serde::{Deserialize, Serialize};

use super::fingerprint::Fingerprint;
use super::source::{LabelFile, SourceFile};
use super::storage::Storage;
use crate::data::frame::Frame;
use crate::data::limits::{MOST_EXAMPLES, MOST_SIDE};
use crate::data::report::Skipped;
use crate::error::{Error, Result};
use crate::shape::Shape;

const MAGIC: &[u8; 8] = b"NEURPACK";
const HEADER: u64 = 24;
const HEAD: u64 = 32;

/// The description of a block.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Record {
    pub width: usize,
    pub height: usize,
    /// 1 or 3.
    pub channels: usize,
    /// Whether its examples are the targets of pairs.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub target: bool,
    pub sources: Vec<SourceFile>,
    /// The frames of examples with padding, by number within the block.
    pub frames: Vec<(usize, Frame)>,
    pub labels: Vec<LabelFile>,
    pub skipped: Vec<Skipped>,
    pub notes: Vec<String>,
    /// In the last block: bytes of all source files.
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

    /// Whether it agrees with this many bytes of pixels.
    fn fits(&self, pixels: u64) -> bool {
        let (count, sides) = (self.examples(), 1..=MOST_SIDE);
        sides.contains(&self.width)
            && sides.contains(&self.height)
            && matches!(self.channels, 1 | 3)
            && count <= MOST_EXAMPLES
            && (count * self.shape().area()) as u64 * self.channels as u64 == pixels
            && self.frames.iter().all(|&(index, frame)| index < count && frame.is_inside(self.shape()))
            && self.sources.iter().all(|source| source.target == self.target)
    }
}

/// An opened cache file: its whole blocks, each with the offset of its pixels, and the offset of the next block.
pub struct CacheFile {
    pub blocks: Vec<(Record, u64)>,
    pub end: u64,
}

impl CacheFile {
    pub fn is_complete(&self) -> bool {
        self.blocks.last().is_some_and(|(record, _)| record.last.is_some())
    }
}

/// Reads the blocks and cuts off an incomplete one at the end. A file with another fingerprint is started again.
pub fn open(storage: &dyn Storage, fingerprint: Fingerprint) -> Result<CacheFile> {
    let size = storage.size()?;
    let mut header = [0; HEADER as usize];
    if HEADER <= size {
        storage.read(0, &mut header)?;
    }
    let mut wanted = MAGIC.to_vec();
    wanted.extend(fingerprint.bytes());
    if header[..] != wanted[..] {
        storage.cut(0)?;
        storage.write(0, &wanted)?;
        return Ok(CacheFile { blocks: Vec::new(), end: HEADER });
    }
    let mut file = CacheFile { blocks: Vec::new(), end: HEADER };
    while let Some((record, pixels, after)) = read(storage, file.end, size)? {
        let alike = |(before, _): &&(Record, u64)| before.target == record.target;
        let goes_on = file.blocks.iter().rev().find(alike).is_none_or(|(before, _)| {
            (before.width, before.height) == (record.width, record.height) && before.channels <= record.channels
        });
        if !goes_on || file.is_complete() {
            break;
        }
        file.blocks.push((record, pixels));
        file.end = after;
    }
    if !file.is_complete() {
        storage.cut(file.end)?;
    }
    Ok(file)
}

/// The block at `at` with the offsets of its pixels and of the next block; `None` if it is not whole.
fn read(storage: &dyn Storage, at: u64, size: u64) -> Result<Option<(Record, u64, u64)>> {
    if size - at < HEAD {
        return Ok(None);
    }
    let mut head = [0; HEAD as usize];
    storage.read(at, &mut head)?;
    let number = |n: usize| u64::from_le_bytes(head[8 * n..][..8].try_into().unwrap_or_default());
    let (record_len, pixel_len) = (number(0), number(1));
    let left = size - at - HEAD;
    if left < record_len || left - record_len < pixel_len {
        return Ok(None);
    }
    let mut bytes = vec![0; record_len as usize];
    storage.read(at + HEAD, &mut bytes)?;
    if checksum(&bytes) != number(2) {
        return Ok(None);
    }
    let Ok(record) = serde_json::from_slice::<Record>(&bytes) else { return Ok(None) };
    let pixels = at + HEAD + record_len;
    // Pixels that a disk has changed would train another network, silently.
    let is_valid = record.fits(pixel_len) && stored_checksum(storage, pixels, pixel_len)? == number(3);
    Ok(is_valid.then_some((record, pixels, pixels + pixel_len)))
}

/// Writes a block at `at`; returns the offsets of its pixels and of the next block.
pub fn write(storage: &dyn Storage, at: u64, record: &Record, pixels: &[u8]) -> Result<(u64, u64)> {
    let bytes = serde_json::to_vec(record).map_err(|error| Error::new(error.to_string()))?;
    let mut head = Vec::with_capacity(HEAD as usize + bytes.len());
    for number in [bytes.len() as u64, pixels.len() as u64, checksum(&bytes), checksum(pixels)] {
        head.extend(number.to_le_bytes());
    }
    head.extend(&bytes);
    storage.write(at, &head)?;
    let start = at + head.len() as u64;
    if !pixels.is_empty() {
        storage.write(start, pixels)?;
    }
    Ok((start, start + pixels.len() as u64))
}

/// Bytes checked at a time.
const PART: usize = 1 << 20;

fn stored_checksum(storage: &dyn Storage, at: u64, len: u64) -> Result<u64> {
    let mut part = vec![0; (PART as u64).min(len) as usize];
    let mut sum = BlockChecksum::default();
    let mut done = 0;
    while done < len {
        let count = (len - done).min(PART as u64) as usize;
        storage.read(at + done, &mut part[..count])?;
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

/// FNV-1a over words of eight bytes; all parts but the last consist of whole words. Detects accidents, not attacks.
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
