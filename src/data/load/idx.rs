//! IDX, the format of MNIST and similar data sets: big-endian, uncompressed (though the file is often gzipped).
//!
//! ```text
//! 00 00   always zero
//! 08      the type of the values; 08 is bytes, the only one supported
//! NN      number of dimensions: 3 pictures [count, height, width], 4 [count, height, width, 3], 1 labels [count]
//! u32     each dimension, then the values row by row
//! ```
//! Images and labels are separate files, paired by their names (such as `train-images-idx3-ubyte.gz` and
//! `train-labels.idx1-ubyte`), which also give the split.

use std::io::{Cursor, Read};

use flate2::read::MultiGzDecoder;

use super::foreign;
use super::paths::split_of;
use crate::data::limits::MOST_BYTES;
use crate::data::split::Split;
use crate::error::{Error, Result};
use crate::words::counted;

/// Deflate compresses 1032-fold at best, so a file that claims more is broken.
const MOST_RATIO: u64 = 1032;

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
    matches!(head, [0, 0, 0x08 | 0x09 | 0x0b..=0x0e, 1..=4, _, _, _, _, ..])
}

/// Reads a whole file.
pub fn read(bytes: &[u8]) -> Result<Idx> {
    let header = IdxHeader::read(bytes)?;
    let values = &bytes[header.len..];
    if values.len() < header.values {
        return Err(header.too_short(values.len()));
    }
    let values = values[..header.values].to_vec();
    Ok(header.build(values))
}

/// Unpacks a gzipped file in parts. Memory grows with the bytes that come out, never with what a header claims.
pub struct Unpacker {
    unpacked: MultiGzDecoder<Cursor<Vec<u8>>>,
    /// Bytes of the compressed file.
    packed: usize,
    header: Option<IdxHeader>,
    values: Vec<u8>,
}

impl Unpacker {
    pub fn new(bytes: Vec<u8>) -> Self {
        let packed = bytes.len();
        Self { unpacked: MultiGzDecoder::new(Cursor::new(bytes)), packed, header: None, values: Vec::new() }
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
        let left = header.values - self.values.len();
        let (part, mut values) = (left.min(most), std::mem::take(&mut self.values));
        let came = self.read(part, &mut values)?;
        if came < part {
            return Err(header.too_short(values.len()));
        }
        if part == left {
            return Ok(Some(header.build(values)));
        }
        (self.header, self.values) = (Some(header), values);
        Ok(None)
    }

    /// Unpacks the whole file, which is then a plain IDX file.
    pub fn unpacked(&mut self) -> Result<Vec<u8>> {
        foreign::caught("a gzip file", || {
            let (header, mut bytes) = self.read_header()?;
            let came = self.read(header.values, &mut bytes)?;
            if came < header.values { Err(header.too_short(came)) } else { Ok(bytes) }
        })
    }

    /// The header, and its bytes.
    fn read_header(&mut self) -> Result<(IdxHeader, Vec<u8>)> {
        let mut head = Vec::new();
        self.read(4, &mut head)?;
        let dimensions = head.get(3).copied().unwrap_or(0);
        if head.len() == 4 && dimensions <= 4 {
            self.read(4 * usize::from(dimensions), &mut head)?;
        }
        if !looks_like(&head) {
            return Err(Error::new("a gzip file without IDX images or labels inside"));
        }
        let header = IdxHeader::read(&head)?;
        if header.values as u64 > MOST_RATIO * self.packed as u64 {
            return Err(header.too_short(self.packed.saturating_mul(MOST_RATIO as usize)));
        }
        Ok((header, head))
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
            "images" | "image" | "labels" | "label" | "idx1" | "idx3" | "idx4" | "idx" | "ubyte" | "gz" | "x" | "y"
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
    dimensions: Vec<usize>,
    /// Number of values that follow, at most [`MOST_BYTES`].
    values: usize,
    /// Bytes of the header itself.
    len: usize,
}

impl IdxHeader {
    fn read(bytes: &[u8]) -> Result<Self> {
        let [0, 0, kind, dimensions, rest @ ..] = bytes else {
            return Err(Error::new("not an IDX file"));
        };
        if *kind != 8 {
            return Err(Error::expected("IDX", "values of one byte (type 0x08)", format!("type {kind:#04x}")));
        }
        let count = usize::from(*dimensions);
        if rest.len() < 4 * count {
            return Err(Error::new("an IDX file that ends within its header"));
        }
        let dimensions: Vec<usize> =
            rest.chunks_exact(4).take(count).map(|d| u32::from_be_bytes([d[0], d[1], d[2], d[3]]) as usize).collect();
        match dimensions[..] {
            [_] | [_, _, _] | [_, _, _, 1 | 3] => {}
            _ => {
                let got = format!("{dimensions:?}");
                return Err(Error::expected("IDX", "labels [n] or images [n, height, width]", got));
            }
        }
        let values = dimensions.iter().try_fold(1usize, |product, &d| product.checked_mul(d));
        match values {
            Some(values) if 0 < values && values <= MOST_BYTES => Ok(Self { dimensions, values, len: 4 + 4 * count }),
            _ => Err(Error::expected("IDX", format!("1 to {MOST_BYTES} values"), format!("{dimensions:?}"))),
        }
    }

    fn build(self, values: Vec<u8>) -> Idx {
        match self.dimensions[..] {
            [count, height, width] => Idx::Pictures { count, width, height, channels: 1, pixels: values },
            [count, height, width, channels] => Idx::Pictures { count, width, height, channels, pixels: values },
            _ => Idx::Labels(values),
        }
    }

    fn too_short(&self, got: usize) -> Error {
        Error::expected("an incomplete IDX file", counted(self.values, "value"), format!("at most {got}"))
    }
}
