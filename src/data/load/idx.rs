//! IDX, the format of MNIST and similar data sets: uncompressed, though the file is often gzipped, and sometimes twice.
//!
//! ```text
//! 00 00   always zero
//! 08      the type of the values: 08 bytes, for labels also 09, 0b, 0c integers of 8, 16, 32 bits
//! NN      number of dimensions: 3 pictures [count, height, width], 4 [count, height, width, 3], 1 labels [count],
//!         2 labels [count, columns] as QMNIST has them: the class, then where the digit came from
//! u32     each dimension, then the values row by row
//! ```
//! Numbers are big-endian. Some programs write them little-endian, with the first four bytes turned or not: dimensions
//! that make no sense in one order are read in the other.
//! Images and labels are separate files, paired by their names (such as `train-images-idx3-ubyte.gz` and
//! `train-labels.idx1-ubyte`), which also give the split.

use std::io::{Cursor, Read};
use std::mem;

use flate2::read::MultiGzDecoder;

use super::foreign;
use super::paths::split_of;
use crate::data::limits::MOST_BYTES;
use crate::data::split::Split;
use crate::error::{Error, Result};
use crate::words::counted;

/// Deflate compresses 1032-fold at best, so a file that claims more is broken.
const MOST_RATIO: usize = 1032;
/// Most layers of gzip around a file.
const MOST_LAYERS: u32 = 3;

#[derive(Debug, PartialEq, Eq)]
pub enum Idx {
    /// `[count, height, width, channels]`, channels 1 or 3
    Pictures {
        count: usize,
        width: usize,
        height: usize,
        channels: usize,
        pixels: Vec<u8>,
    },
    Labels(Vec<u8>),
}

/// Whether this is an IDX file of any kind, including those that [`read`] refuses.
pub fn looks_like(head: &[u8]) -> bool {
    matches!(
        head,
        [0, 0, 0x08 | 0x09 | 0x0b..=0x0e, 1..=4, _, _, _, _, ..]
            | [1..=4, 0x08 | 0x09 | 0x0b..=0x0e, 0, 0, _, _, _, _, ..]
    )
}

/// Reads a whole file.
pub fn read(bytes: &[u8]) -> Result<Idx> {
    let header = IdxHeader::read(bytes)?;
    let values = &bytes[header.len..];
    if values.len() < header.bytes() {
        return Err(header.too_short(values.len()));
    }
    let values = values[..header.bytes()].to_vec();
    header.build(values)
}

type Gzip = MultiGzDecoder<Box<dyn Read + Send + Sync>>;

/// Unpacks a gzipped file in parts. Memory grows with the bytes that come out, never with what a header claims.
pub struct Unpacker {
    unpacked: Gzip,
    /// Bytes of the compressed file.
    packed: usize,
    /// Layers of gzip that were found around the file.
    layers: u32,
    header: Option<IdxHeader>,
    values: Vec<u8>,
}

impl Unpacker {
    pub fn new(bytes: Vec<u8>) -> Self {
        let packed = bytes.len();
        let unpacked = MultiGzDecoder::new(Box::new(Cursor::new(bytes)) as _);
        Self { unpacked, packed, layers: 1, header: None, values: Vec::new() }
    }

    /// Unpacks at most `most` further bytes; returns the file when it is complete.
    pub fn advance(&mut self, most: usize) -> Result<Option<Idx>> {
        foreign::caught("a gzip file", || self.unpack(most))
    }

    fn unpack(&mut self, most: usize) -> Result<Option<Idx>> {
        let header = match self.header.take() {
            Some(header) => header,
            None => self.read_header()?.0,
        };
        let left = header.bytes() - self.values.len();
        let (part, mut values) = (left.min(most), mem::take(&mut self.values));
        let came = self.read(part, &mut values)?;
        if came < part {
            return Err(header.too_short(values.len()));
        }
        if part == left {
            return header.build(values).map(Some);
        }
        (self.header, self.values) = (Some(header), values);
        Ok(None)
    }

    /// Unpacks the whole file, which is then a plain IDX file.
    pub fn unpacked(&mut self) -> Result<Vec<u8>> {
        foreign::caught("a gzip file", || {
            let (header, mut bytes) = self.read_header()?;
            let came = self.read(header.bytes(), &mut bytes)?;
            if came < header.bytes() { Err(header.too_short(came)) } else { Ok(bytes) }
        })
    }

    /// The header, and its bytes.
    fn read_header(&mut self) -> Result<(IdxHeader, Vec<u8>)> {
        let mut head = Vec::new();
        self.read(4, &mut head)?;
        while head.starts_with(&[0x1f, 0x8b]) && self.layers < MOST_LAYERS {
            self.enter(mem::take(&mut head));
            self.read(4, &mut head)?;
        }
        let dimensions = head.first().copied().unwrap_or(0).max(head.get(3).copied().unwrap_or(0));
        if head.len() == 4 && dimensions <= 4 {
            self.read(4 * usize::from(dimensions), &mut head)?;
        }
        if !looks_like(&head) {
            return Err(Error::new("a gzip file without IDX images or labels inside"));
        }
        let header = IdxHeader::read(&head)?;
        let most = MOST_RATIO.saturating_pow(self.layers).saturating_mul(self.packed);
        if most < header.bytes() {
            return Err(header.too_short(most));
        }
        Ok((header, head))
    }

    /// Goes on within a gzip file that was found inside, and begins with `head`.
    fn enter(&mut self, head: Vec<u8>) {
        let nothing: Gzip = MultiGzDecoder::new(Box::new(std::io::empty()));
        let outer = mem::replace(&mut self.unpacked, nothing);
        self.unpacked = MultiGzDecoder::new(Box::new(Cursor::new(head).chain(outer)));
        self.layers += 1;
    }

    /// Appends the next `count` bytes, or as many as there are; returns how many.
    fn read(&mut self, count: usize, to: &mut Vec<u8>) -> Result<usize> {
        let damaged = |error: std::io::Error| Error::new(format!("a damaged gzip file: {error}"));
        self.unpacked.by_ref().take(count as u64).read_to_end(to).map_err(damaged)
    }
}

/// The name of an IDX file without the parts for images or labels: `emnist-train` for `EMNIST-train-labels.gz`.
pub fn stem(path: &str) -> String {
    let lower = path.to_ascii_lowercase();
    let (folder, name) = lower.rsplit_once('/').unwrap_or(("", &lower));
    let parts = name.split(['-', '.', '_', ' ']).filter(|part| {
        !matches!(
            *part,
            "images"
                | "image"
                | "labels"
                | "label"
                | "idx1"
                | "idx2"
                | "idx3"
                | "idx4"
                | "idx"
                | "ubyte"
                | "int"
                | "gz"
                | "x"
                | "y"
        )
    });
    format!("{folder}/{}", parts.collect::<Vec<_>>().join("-"))
}

/// The split that a part of the name or of its folders names.
pub fn split(path: &str) -> Option<Split> {
    path.rsplit(['/', '-', '.', '_', ' ']).find_map(split_of)
}

/// Whether the images are stored with rows and columns exchanged: EMNIST does so, and only the file name shows it.
pub fn is_transposed(path: &str) -> bool {
    path.to_ascii_lowercase().contains("emnist")
}

/// Exchanges rows and columns: `[count, height, width, channels]` becomes `[count, width, height, channels]`.
pub fn transposed(pixels: &[u8], width: usize, height: usize, channels: usize) -> Vec<u8> {
    let mut transposed = Vec::with_capacity(pixels.len());
    for picture in pixels.chunks_exact(width * height * channels) {
        for x in 0..width {
            for y in 0..height {
                transposed.extend_from_slice(&picture[(y * width + x) * channels..][..channels]);
            }
        }
    }
    transposed
}

struct IdxHeader {
    /// The type of the values, by the numbers of the format.
    kind: u8,
    is_little: bool,
    dimensions: Vec<usize>,
    /// Number of values that follow; their bytes are at most [`MOST_BYTES`].
    values: usize,
    /// Bytes of the header itself.
    len: usize,
}

/// Bytes of a value, and what it is.
fn value_type(kind: u8) -> Option<(usize, &'static str)> {
    match kind {
        0x08 => Some((1, "bytes")),
        0x09 => Some((1, "integers of 8 bits")),
        0x0b => Some((2, "integers of 16 bits")),
        0x0c => Some((4, "integers of 32 bits")),
        0x0d => Some((4, "floats of 32 bits")),
        0x0e => Some((8, "floats of 64 bits")),
        _ => None,
    }
}

impl IdxHeader {
    fn read(bytes: &[u8]) -> Result<Self> {
        let (kind, count, is_turned) = match *bytes {
            [0, 0, kind, count, ..] => (kind, usize::from(count), false),
            [count, kind, 0, 0, ..] => (kind, usize::from(count), true),
            _ => return Err(Error::new("not an IDX file")),
        };
        let Some((size, what)) = value_type(kind) else {
            return Err(Error::expected("IDX", "values of a known type", format!("type {kind:#04x}")));
        };
        let Some(places) = bytes[4..].get(..4 * count) else {
            return Err(Error::new("an IDX file that ends within its header"));
        };
        let header = |is_little: bool| -> Result<Self> {
            let number =
                |place: &[u8; 4]| if is_little { u32::from_le_bytes(*place) } else { u32::from_be_bytes(*place) };
            let dimensions: Vec<usize> = places.as_chunks::<4>().0.iter().map(|place| number(place) as usize).collect();
            let is_whole = matches!(kind, 0x08 | 0x09 | 0x0b | 0x0c);
            match dimensions[..] {
                [_] if is_whole => {}
                [_, 1..=64] if is_whole && kind != 0x08 => {}
                [_, _, _] | [_, _, _, 1 | 3] if kind == 0x08 => {}
                [_, _, _] | [_, _, _, 1 | 3] => {
                    return Err(Error::expected(
                        "IDX",
                        "images of bytes (type 0x08)",
                        format!("{what} (type {kind:#04x})"),
                    ));
                }
                _ => {
                    let got = format!("{dimensions:?} of {what}");
                    return Err(Error::expected("IDX", "labels [n] or images [n, height, width]", got));
                }
            }
            let values = dimensions.iter().try_fold(1usize, |product, &d| product.checked_mul(d));
            match values {
                Some(values) if (1..=MOST_BYTES / size).contains(&values) => {
                    Ok(Self { kind, is_little, dimensions, values, len: 4 + 4 * count })
                }
                _ => Err(Error::expected("IDX", format!("1 to {MOST_BYTES} values"), format!("{dimensions:?}"))),
            }
        };
        header(is_turned).or_else(|error| header(!is_turned).map_err(|_| error))
    }

    /// Bytes of all values.
    fn bytes(&self) -> usize {
        self.values * value_type(self.kind).map_or(1, |(size, _)| size)
    }

    fn build(self, values: Vec<u8>) -> Result<Idx> {
        Ok(match self.dimensions[..] {
            [count, height, width] => Idx::Pictures { count, width, height, channels: 1, pixels: values },
            [count, height, width, channels] => Idx::Pictures { count, width, height, channels, pixels: values },
            _ if self.kind == 0x08 => Idx::Labels(values),
            _ => Idx::Labels(self.labels(&values)?),
        })
    }

    /// The first value of each row, which is the class.
    fn labels(&self, values: &[u8]) -> Result<Vec<u8>> {
        let (size, _) = value_type(self.kind).unwrap_or((1, ""));
        let row = size * self.dimensions.get(1).copied().unwrap_or(1);
        let label = |row: &[u8]| {
            let mut bytes = row[..size].to_vec();
            if self.is_little {
                bytes.reverse();
            }
            match bytes.split_last() {
                Some((&last, [])) if last < 128 => Ok(last),
                Some((&last, first)) if !first.is_empty() && first.iter().all(|&byte| byte == 0) => Ok(last),
                _ => Err(Error::expected("IDX", "labels of 0 to 255", format!("the bytes {bytes:02x?}"))),
            }
        };
        values.chunks_exact(row).map(label).collect()
    }

    fn too_short(&self, got: usize) -> Error {
        let size = self.bytes() / self.values;
        Error::expected("an incomplete IDX file", counted(self.values, "value"), format!("at most {}", got / size))
    }
}
