//! Icons and pointers, changed into what the icon decoder reads: it expects no pointers, no masks that are cut off, and no
//! PNG but RGBA.
//!
//! ```text
//! u16 0, u16 kind (1 icon, 2 pointer), u16 count   then for each image:
//! u8 width, u8 height (0 is 256), 2 bytes
//! u16 planes, u16 bits of a pixel                   in a pointer the point that it shows
//! u32 length, u32 position
//! ```
//! An image is a PNG, or a bitmap that begins with its header of 40 bytes; there its height counts the mask that follows.
//! Numbers are little-endian.

use std::borrow::Cow;

const POINTER: &[u8] = &[0, 0, 2, 0];
const PNG: &[u8] = b"\x89PNG";

/// Length of what is before the entries, and of an entry.
const BEFORE: usize = 6;
const ENTRY: usize = 16;

/// Length of the header of a bitmap.
const HEADER: u64 = 40;

/// Whether a file is a pointer. A TGA may begin with the same four bytes; its next two are then 0.
pub fn is_pointer(head: &[u8]) -> bool {
    head.starts_with(POINTER) && number(head, 4, 2).is_some_and(|count| count != 0) && head.get(9) == Some(&0)
}

/// The file as the decoder reads it.
pub fn mended(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut file = Cow::Borrowed(bytes);
    let pointer = is_pointer(bytes);
    if pointer {
        file.to_mut()[2] = 1;
    }
    for (at, image) in images(bytes) {
        if pointer {
            file.to_mut()[at + 4..at + 8].copy_from_slice(&[1, 0, bits(image), 0]);
        }
        if let Some(length) = length_without_mask(image) {
            file.to_mut()[at + 8..at + 12].copy_from_slice(&length.to_le_bytes());
        }
    }
    file
}

/// The best image of a mended file, if it is a PNG.
pub fn best_png(bytes: &[u8]) -> Option<&[u8]> {
    let side = |at: usize| if bytes[at] == 0 { 256 } else { u32::from(bytes[at]) };
    let (_, best) = images(bytes).max_by_key(|&(at, _)| (number(bytes, at + 6, 2), side(at) * side(at + 1)))?;
    best.starts_with(PNG).then_some(best)
}

/// Position of each entry, and its image as far as it is there.
fn images(bytes: &[u8]) -> impl Iterator<Item = (usize, &[u8])> {
    let count = number(bytes, 4, 2).unwrap_or(0) as usize;
    let entries = (0..count).map(|index| BEFORE + ENTRY * index).take_while(|at| at + ENTRY <= bytes.len());
    entries.map(|at| {
        let [length, start] = [8, 12].map(|place| number(bytes, at + place, 4).unwrap_or(0) as usize);
        let behind = bytes.get(start..).unwrap_or(&[]);
        (at, &behind[..length.min(behind.len())])
    })
}

/// Bits of a pixel.
fn bits(image: &[u8]) -> u8 {
    if image.starts_with(PNG) { 32 } else { image.get(14).copied().unwrap_or(0) }
}

/// The length of a bitmap of 32 bits without its mask, if that is cut off. The alpha of the pixels says what it would say.
fn length_without_mask(image: &[u8]) -> Option<u32> {
    let [size, width, height, compression] = [0, 4, 8, 16].map(|at| number(image, at, 4));
    let (width, height) = (width?, height? / 2);
    if size? != HEADER || bits(image) != 32 || compression? != 0 {
        return None;
    }
    let end = width.saturating_mul(4 * height).saturating_add(HEADER);
    let mask = width.div_ceil(32).saturating_mul(4 * height);
    let length = image.len() as u64;
    if end < length && length < end.saturating_add(mask) { u32::try_from(end).ok() } else { None }
}

fn number(bytes: &[u8], at: usize, width: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(width)?)?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | u64::from(byte)))
}
