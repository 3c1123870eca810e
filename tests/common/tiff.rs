//! Writes small TIFFs of any kind, tag by tag.

pub const BITS: u16 = 258;
pub const PHOTOMETRIC: u16 = 262;
pub const SAMPLES: u16 = 277;
pub const COLOURS: u16 = 320;
pub const EXTRA: u16 = 338;
pub const FORMAT: u16 = 339;

/// A TIFF of 4 pixels in each row, in one strip, with further tags of 16-bit numbers.
pub fn tiff(big_endian: bool, height: u16, tags: &[(u16, &[u16])], pixels: &[u8]) -> Vec<u8> {
    let short = |number: u16| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    let long = |number: u32| if big_endian { number.to_be_bytes() } else { number.to_le_bytes() };
    let length = pixels.len() as u16;
    let usual: [(u16, &[u16]); 6] =
        [(256, &[4]), (257, &[height]), (259, &[1]), (273, &[8]), (278, &[height]), (279, &[length])];
    let mut tags = [&usual[..], tags].concat();
    tags.sort();
    let directory = 8 + pixels.len().next_multiple_of(2);
    let behind = directory + 2 + 12 * tags.len() + 4;
    let mut file = if big_endian { b"MM".to_vec() } else { b"II".to_vec() };
    file.extend([&short(42)[..], &long(directory as u32), pixels].concat());
    file.resize(directory, 0);
    file.extend(short(tags.len() as u16));
    let mut lists: Vec<u8> = Vec::new();
    for (tag, values) in tags {
        let bytes: Vec<u8> = values.iter().flat_map(|&value| short(value)).collect();
        file.extend([&short(tag)[..], &short(3), &long(values.len() as u32)].concat());
        if bytes.len() <= 4 {
            file.extend([&bytes[..], &[0; 4][bytes.len()..]].concat());
        } else {
            file.extend(long((behind + lists.len()) as u32));
            lists.extend(bytes);
        }
    }
    file.extend(long(0)); // no further image
    file.extend(lists);
    file
}
