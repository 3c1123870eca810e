//! Files for tests, written byte by byte if they must be invalid, and a loader for them.

use std::io::Write;

use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use neurarium::data::{Dataset, Failed, LoadOptions, Loaded, Loader, encode_png};
use neurarium::rng::Rng;

/// Loads files as the doors do.
pub fn load(files: Vec<(String, Vec<u8>)>, options: LoadOptions) -> Result<Loaded, Failed> {
    let mut loader = Loader::new("test data", options);
    for (path, bytes) in files {
        loader.push(path, bytes);
        while loader.pending() {
            loader.advance().unwrap();
        }
    }
    loader.finish()
}

/// The pixels of all examples.
pub fn bytes_of(dataset: &Dataset) -> Vec<u8> {
    (0..dataset.len()).flat_map(|index| dataset.example(index).into_owned()).collect()
}

pub fn png(width: usize, height: usize, channels: usize, pixels: &[u8]) -> Vec<u8> {
    encode_png(width, height, channels, pixels).unwrap()
}

/// Inserts an eXIf chunk with only an orientation after the header of a PNG.
pub fn with_orientation(png: &[u8], orientation: u8) -> Vec<u8> {
    let mut chunk = b"eXIf".to_vec();
    chunk.extend(b"MM\0*\0\0\0\x08"); // big-endian TIFF, first directory at 8
    chunk.extend([0, 1]); // one entry
    chunk.extend([0x01, 0x12, 0, 3, 0, 0, 0, 1]); // tag 0x0112, one number of 16 bits
    chunk.extend([0, orientation, 0, 0]);
    chunk.extend([0; 4]); // no further directory
    let length = (chunk.len() as u32 - 4).to_be_bytes();
    let header = 8 + 25; // signature and IHDR
    [&png[..header], &length, &chunk, &crc(&chunk).to_be_bytes(), &png[header..]].concat()
}

/// An IDX file with this header, which need not fit the bytes.
pub fn idx(dimensions: &[u32], values: &[u8]) -> Vec<u8> {
    let mut file = vec![0, 0, 8, dimensions.len() as u8];
    file.extend(dimensions.iter().flat_map(|d| d.to_be_bytes()));
    file.extend(values);
    file
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// One file of a zip; every field can be set to a false value.
#[derive(Clone)]
pub struct ZipFile {
    pub name: Vec<u8>,
    /// The bytes in the archive.
    pub packed: Vec<u8>,
    /// 0 stored, 8 deflated.
    pub method: u16,
    /// Bit 0: encrypted; bit 11: the name is UTF-8.
    pub flags: u16,
    pub crc: u32,
    /// The unpacked size it states.
    pub size: u32,
    /// Whether it shares the bytes of the file before.
    pub shares: bool,
}

impl ZipFile {
    pub fn stored(name: &str, bytes: &[u8]) -> Self {
        Self {
            name: name.into(),
            packed: bytes.to_vec(),
            method: 0,
            flags: 1 << 11,
            crc: crc(bytes),
            size: bytes.len() as u32,
            shares: false,
        }
    }

    pub fn deflated(name: &str, bytes: &[u8]) -> Self {
        Self { packed: deflate(bytes), method: 8, ..Self::stored(name, bytes) }
    }
}

pub fn zip(files: &[ZipFile]) -> Vec<u8> {
    let (mut archive, mut list, mut offset) = (Vec::new(), Vec::new(), 0);
    for file in files {
        let mut facts = Vec::new(); // fields of both the local header and the list of files
        facts.extend(20u16.to_le_bytes()); // version needed
        facts.extend(file.flags.to_le_bytes());
        facts.extend(file.method.to_le_bytes());
        facts.extend([0; 4]); // time and date
        facts.extend(file.crc.to_le_bytes());
        facts.extend((file.packed.len() as u32).to_le_bytes());
        facts.extend(file.size.to_le_bytes());
        facts.extend((file.name.len() as u16).to_le_bytes());
        facts.extend([0; 2]); // no extra field
        if !file.shares {
            offset = archive.len() as u32;
            archive.extend(b"PK\x03\x04");
            archive.extend(&facts);
            archive.extend(&file.name);
            archive.extend(&file.packed);
        }
        list.extend(b"PK\x01\x02");
        list.extend(20u16.to_le_bytes()); // version made by
        list.extend(&facts);
        list.extend([0; 10]); // comment, disk, attributes
        list.extend(offset.to_le_bytes());
        list.extend(&file.name);
    }
    let (count, at) = (files.len() as u16, archive.len() as u32);
    archive.extend(&list);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count.to_le_bytes(), count.to_le_bytes()].concat());
    archive.extend((list.len() as u32).to_le_bytes());
    archive.extend(at.to_le_bytes());
    archive.extend([0; 2]); // no comment
    archive
}

pub fn crc(bytes: &[u8]) -> u32 {
    let mut crc = flate2::Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// FNV-1a: the same number for the same bytes, on every machine.
pub fn checksum(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, &byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// Damages a file: cuts it, or changes, inserts or removes bytes, early ones more often.
pub fn mutated(bytes: &[u8], rng: &mut Rng) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let place = |rng: &mut Rng, len: usize| if rng.below(2) == 0 { rng.below(len.min(128)) } else { rng.below(len) };
    let at = place(rng, bytes.len());
    let end = (at + 1 + rng.below(15)).min(bytes.len());
    match rng.below(10) {
        0 => bytes.truncate(at),
        1 => drop(bytes.drain(at..end)),
        2 => drop(bytes.splice(at..at, vec![rng.next_u32() as u8; end - at])),
        3 => bytes[at..end].fill([0, 0xff, 0x7f, 0x80][rng.below(4)]),
        _ => {
            for _ in 0..1 + rng.below(6) {
                let at = place(rng, bytes.len());
                bytes[at] = if rng.below(2) == 0 { bytes[at] ^ (1 << rng.below(8)) } else { rng.next_u32() as u8 };
            }
        }
    }
    bytes
}
