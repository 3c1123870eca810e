//! The records at the end of a zip, as far as they are mended before the archive is opened.
//!
//! ```text
//! PK 1 2   an entry of the list: 46 bytes, of which 28, 30 and 32 have the lengths of name, extra field and comment
//! PK 6 6   end of the list in zip64: u64 length of what follows, u16 versions, u32 disks, u64 entries twice, size, offset
//! PK 6 7   where that record is: u32 disk, u64 offset, u32 number of disks
//! PK 5 6   end of the list: u16 disks, entries twice (at 8 and 10), u32 size (12) and offset (16) of the list, u16 length
//!          of the comment that follows
//! ```
//! All numbers are little-endian; offsets count from the first byte of the archive, which need not be that of the file.

/// Marks of the records.
pub const LISTED: &[u8] = b"PK\x01\x02";
const END: &[u8] = b"PK\x05\x06";
const END_64: &[u8] = b"PK\x06\x06";
const LOCATOR_64: &[u8] = b"PK\x06\x07";

/// The place of the last record, the end of the list, in the last bytes of a file; a comment may follow it.
fn end_record(bytes: &[u8]) -> Option<usize> {
    let from = bytes.len().saturating_sub(22 + usize::from(u16::MAX));
    let tail = bytes.get(from..)?;
    let found = tail.windows(4).rposition(|mark| mark == END)? + from;
    (found + 22 <= bytes.len()).then_some(found)
}

fn number(bytes: &[u8], at: usize, len: usize) -> Option<usize> {
    let bytes = bytes.get(at..at.checked_add(len)?)?;
    Some(bytes.iter().rev().fold(0, |number, &byte| number << 8 | usize::from(byte)))
}

/// The places where the list of entries begins and ends, by the last record.
fn list(bytes: &[u8]) -> Option<(usize, usize)> {
    let end = end_record(bytes)?;
    let start = end.checked_sub(number(bytes, end + 12, 4)?)?;
    bytes[start..end].starts_with(LISTED).then_some((start, end))
}

/// Whether the bytes end as a zip does, whatever they begin with.
pub fn ends_as_zip(bytes: &[u8]) -> bool {
    list(bytes).is_some()
}

/// The archive with a record of zip64 where its list has more entries than 16 bits can count.
pub fn with_true_count(mut bytes: Vec<u8>) -> Vec<u8> {
    let true_count = |bytes: &[u8]| -> Option<(usize, usize, usize)> {
        let (start, end) = list(bytes)?;
        let (mut at, mut count) = (start, 0);
        while bytes[at..end].starts_with(LISTED) {
            let [name, extra, comment] = [28, 30, 32].map(|place| number(bytes, at + place, 2));
            at = (at + 46 + name? + extra? + comment?).min(end);
            count += 1;
        }
        let wrapped = usize::from(u16::MAX) < count && number(bytes, end + 10, 2)? == count % (1 << 16);
        (at == end && wrapped).then_some((start, end, count))
    };
    let Some((start, end, count)) = true_count(&bytes) else { return bytes };
    let (size, offset) = (end - start, number(&bytes, end + 16, 4).unwrap_or(0));
    let before = start.saturating_sub(offset);
    let mut last = bytes.split_off(end);
    last[8..12].fill(0xff);
    let wide = |number: usize| (number as u64).to_le_bytes();
    let record = [
        END_64,
        &wide(44),       // bytes that follow
        &[45, 0, 45, 0], // versions
        &[0; 8],         // disks
        &wide(count),
        &wide(count),
        &wide(size),
        &wide(offset),
    ];
    bytes.extend(record.concat());
    bytes.extend([LOCATOR_64, &[0; 4], &wide(end - before), &[1, 0, 0, 0]].concat());
    bytes.append(&mut last);
    bytes
}
