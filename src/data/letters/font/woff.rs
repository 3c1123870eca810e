//! Fonts packed for the web: WOFF, whose tables are compressed one by one with zlib, and WOFF2, which a crate unpacks.
//!
//! ```text
//! WOFF   "wOFF"  flavour  length  u16 number of tables  u16 0  total size  ...            44 bytes, big-endian
//!        for each table: tag  offset  packed length  length  checksum                     20 bytes
//! ```
//! A table whose packed length is its length is not compressed.

use std::borrow::Cow;
use std::io::Read;

use flate2::read::ZlibDecoder;

use crate::data::letters::font_file::{WOFF, WOFF2};
use crate::error::{Error, Result};

const HEADER: usize = 44;
const ENTRY: usize = 20;
/// Most bytes of a font that is unpacked; the largest ones, of Chinese, take some twenty million.
const MOST_UNPACKED: u64 = if cfg!(fuzzing) { 1 << 20 } else { 64 << 20 };

/// The font in a file, unpacked if it is packed.
///
/// # Errors
/// A packed file is damaged, or too large when unpacked.
pub fn unpacked(bytes: &[u8]) -> Result<Cow<'_, [u8]>> {
    if bytes.starts_with(WOFF) {
        return woff(bytes).map(Cow::Owned).ok_or_else(|| Error::new("a WOFF font that is damaged or too large"));
    }
    if !bytes.starts_with(WOFF2) {
        return Ok(Cow::Borrowed(bytes));
    }
    let size = number(bytes, 16).unwrap_or(0);
    if MOST_UNPACKED < size.into() {
        let most = MOST_UNPACKED >> 20;
        return Err(Error::expected("a WOFF2 font", format!("at most {most} MiB unpacked"), format!("{size} bytes")));
    }
    wuff::decompress_woff2(bytes).map(Cow::Owned).map_err(|_| Error::new("a WOFF2 font that is damaged"))
}

fn number(bytes: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(bytes.get(at..at + 4)?.try_into().ok()?))
}

/// The tables behind a directory, as in a file that was never packed.
fn woff(bytes: &[u8]) -> Option<Vec<u8>> {
    let tables = u16::from_be_bytes(bytes.get(12..14)?.try_into().ok()?);
    let entries = bytes.get(HEADER..HEADER + usize::from(tables) * ENTRY)?;
    let mut directory = bytes.get(4..8)?.to_vec();
    directory.extend(tables.to_be_bytes());
    directory.extend([0; 6]); // for searching, which readers do without
    let start = directory.len() + usize::from(tables) * 16;
    let mut content = Vec::new();
    for entry in entries.chunks_exact(ENTRY) {
        let [offset, packed, length] = [4, 8, 12].map(|at| number(entry, at).unwrap_or(0) as usize);
        let part = bytes.get(offset..offset.checked_add(packed)?)?;
        directory.extend(&entry[..4]);
        directory.extend(&entry[16..]);
        directory.extend(u32::try_from(start + content.len()).ok()?.to_be_bytes());
        directory.extend((length as u32).to_be_bytes());
        let before = content.len();
        if MOST_UNPACKED < (before as u64).checked_add(length as u64)? {
            return None;
        }
        if packed == length {
            content.extend(part);
        } else {
            // The length is only claimed: memory grows with what really comes.
            ZlibDecoder::new(part).take(length as u64).read_to_end(&mut content).ok()?;
        }
        if content.len() - before != length {
            return None;
        }
        content.resize(content.len().next_multiple_of(4), 0);
    }
    directory.extend(content);
    Some(directory)
}
