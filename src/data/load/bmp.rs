//! Bitmaps of OS/2 2, whose longer header the decoder does not know: it begins as the usual one does.
//!
//! ```text
//! BM         then u32 length, 4 bytes, u32 position of the pixels
//! u32 64     length of the header, else 40; u32 width, height, u16 planes, bits, u32 compression ...
//! ```
//! Numbers are little-endian; the header's last 24 bytes say nothing about the pixels.

/// Before the header, length of the long header, and of the usual one.
const BEFORE: usize = 14;
const LONG: usize = 64;
const USUAL: usize = 40;

/// The same bitmap with the usual header, if it has the long one and a compression that both know.
pub fn with_usual_header(bytes: &[u8]) -> Option<Vec<u8>> {
    let number = |at: usize| bytes.get(at..at + 4).map(|b| u32::from_le_bytes([b[0], b[1], b[2], b[3]]));
    let rest = bytes.get(BEFORE + LONG..)?;
    if number(BEFORE)? != LONG as u32 || 2 < number(30)? {
        return None;
    }
    let pixels = number(10)?.checked_sub((LONG - USUAL) as u32)?;
    let usual = (USUAL as u32).to_le_bytes();
    Some([&bytes[..10], &pixels.to_le_bytes(), &usual, &bytes[BEFORE + 4..BEFORE + USUAL], rest].concat())
}
