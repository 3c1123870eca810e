//! The size of a GIF's first frame, which may be far larger than the image that shows a part of it.
//!
//! ```text
//! GIF87a, GIF89a     then u16 width, u16 height, flags (bit 7: a table of colours; bits 0..=2: its size), 2 bytes
//! table of colours   3 * 2^(1 + size) bytes
//! 0x21 kind          an extension: blocks of a length byte and as many bytes, the last of length 0
//! 0x2c               a frame: u16 left, top, width, height
//! ```

/// Width and height of the first frame.
pub fn frame(bytes: &[u8]) -> Option<(u32, u32)> {
    let flags = *bytes.get(10)?;
    let mut at = if flags & 0x80 == 0 { 13 } else { 13 + (6 << (flags & 7)) };
    while *bytes.get(at)? == 0x21 {
        at += 2;
        while let &length @ 1.. = bytes.get(at)? {
            at += 1 + usize::from(length);
        }
        at += 1;
    }
    if bytes[at] != 0x2c {
        return None;
    }
    let side = |at: usize| Some(u32::from(u16::from_le_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])));
    Some((side(at + 5)?, side(at + 7)?))
}
