//! The chunks of a WebP, and the size of its frames, which may be far larger than the image that is made of them.
//!
//! ```text
//! RIFF u32 WEBP   then chunks: 4 letters, u32 length, data, filled up to an even length
//! "VP8 "          3 bytes, 9d 01 2a, u16 width, u16 height, of which 14 bits count
//! "VP8L"          2f, 14 bits width - 1, 14 bits height - 1
//! "ANMF"          16 bytes, then the chunks of a frame
//! ```
//! Numbers are little-endian.

/// Name and data of each chunk, as far as they are there.
pub fn chunks(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    let mut rest = bytes;
    std::iter::from_fn(move || {
        let (head, behind) = rest.split_first_chunk::<8>()?;
        let [name @ .., a, b, c, d] = *head;
        let length = usize::try_from(u32::from_le_bytes([a, b, c, d])).ok()?;
        let data = behind.get(..length).unwrap_or(behind);
        rest = length.checked_add(length % 2).and_then(|length| behind.get(length..)).unwrap_or(&[]);
        Some((name, data))
    })
}

/// The chunks of a file.
pub fn chunks_of_file(bytes: &[u8]) -> impl Iterator<Item = ([u8; 4], &[u8])> {
    chunks(bytes.get(12..).unwrap_or(&[]))
}

/// Width and height of the largest frame.
pub fn largest_frame(bytes: &[u8]) -> Option<(u32, u32)> {
    let frames = chunks_of_file(bytes).flat_map(|(name, data)| match &name {
        b"ANMF" => chunks(data.get(16..).unwrap_or(&[])).filter_map(|(name, data)| frame(name, data)).collect(),
        _ => Vec::from_iter(frame(name, data)),
    });
    frames.max_by_key(|&(width, height)| u64::from(width) * u64::from(height))
}

fn frame(name: [u8; 4], data: &[u8]) -> Option<(u32, u32)> {
    match (&name, data) {
        (b"VP8 ", [_, _, _, 0x9d, 0x01, 0x2a, a, b, c, d, ..]) => {
            let side = |low: u8, high: u8| u32::from(u16::from_le_bytes([low, high]) & 0x3fff);
            Some((side(*a, *b), side(*c, *d)))
        }
        (b"VP8L", [0x2f, a, b, c, d, ..]) => {
            let bits = u32::from_le_bytes([*a, *b, *c, *d]);
            Some(((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1))
        }
        _ => None,
    }
}
