//! The kinds of TIFF that the general decoder leaves out: an index into a table of colours for each pixel, grey of 2 or 4
//! bits, grey floats in 0..=1, and grey with alpha.
//!
//! Rows of less than 8 bits a pixel are packed, the first pixel in the highest bits, and begin with a byte of their own.

use std::io::Cursor;

use image::error::{DecodingError, LimitError, LimitErrorKind, UnsupportedError, UnsupportedErrorKind};
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageResult};
use tiff::TiffError;
use tiff::decoder::{Decoder, DecodingResult, Limits};

use super::tiff::{COLOURS, Directory, PHOTOMETRIC, PLANES};

/// Values of the tag [`PHOTOMETRIC`].
const BLACK_IS_ZERO: u8 = 1;
const INDICES: u32 = 3;

enum Content {
    /// Bits of each index, and the colours.
    Indices(u8, Vec<[u8; 3]>),
    /// Bits of each value.
    Grey(u8),
    Floats,
    /// Bytes of each value.
    WithAlpha(usize),
}

/// The type of the reader is that of the general decoder, so that their code is there once.
pub struct GreyTiff<'a> {
    decoder: Decoder<Cursor<&'a [u8]>>,
    size: (u32, u32),
    content: Content,
}

/// The same file with its indices as grey, since the decoder knows no tables of colours.
pub fn without_colours(bytes: &[u8]) -> Option<Vec<u8>> {
    let directory = Directory::first(bytes).filter(is_indexed)?;
    let mut file = bytes.to_vec();
    *directory.low_byte(PHOTOMETRIC, &mut file)? = BLACK_IS_ZERO;
    Some(file)
}

fn is_indexed(directory: &Directory) -> bool {
    directory.value(PHOTOMETRIC) == Some(INDICES)
}

impl<'a> GreyTiff<'a> {
    /// A decoder for the file as it came and [without its colours](without_colours), which takes at most `limit` bytes;
    /// `None` for a TIFF of another kind.
    pub fn new(bytes: &[u8], without_colours: &'a [u8], limit: usize) -> Option<Self> {
        let directory = Directory::first(bytes)?;
        let indexed = is_indexed(&directory);
        let mut limits = Limits::default();
        (limits.decoding_buffer_size, limits.intermediate_buffer_size) = (limit, limit);
        let mut decoder = Decoder::new(Cursor::new(without_colours)).ok()?.with_limits(limits);
        let content = match decoder.colortype().ok()? {
            tiff::ColorType::Gray(bits @ (1 | 2 | 4 | 8)) if indexed => {
                Content::Indices(bits, colours(&directory, 1 << bits)?)
            }
            _ if indexed => return None,
            tiff::ColorType::Gray(bits @ (2 | 4)) => Content::Grey(bits),
            tiff::ColorType::Gray(32) => Content::Floats,
            tiff::ColorType::Multiband { bit_depth: bits @ (8 | 16), num_samples: 2 }
                if directory.value(PLANES) != Some(2) =>
            {
                Content::WithAlpha(usize::from(bits) / 8)
            }
            _ => return None,
        };
        let size = decoder.dimensions().ok()?;
        Some(Self { decoder, size, content })
    }
}

/// The table of `count` colours: all red values, then all green and all blue ones, of 16 bits.
fn colours(directory: &Directory, count: usize) -> Option<Vec<[u8; 3]>> {
    let values = directory.shorts(COLOURS)?;
    if values.len() != 3 * count {
        return None;
    }
    Some((0..count).map(|n| [0, 1, 2].map(|channel| (values[channel * count + n] >> 8) as u8)).collect())
}

impl ImageDecoder for GreyTiff<'_> {
    fn dimensions(&self) -> (u32, u32) {
        self.size
    }

    fn color_type(&self) -> ColorType {
        match self.content {
            Content::Indices(..) => ColorType::Rgb8,
            Content::Grey(_) | Content::Floats => ColorType::L8,
            Content::WithAlpha(1) => ColorType::La8,
            Content::WithAlpha(_) => ColorType::La16,
        }
    }

    fn read_image(mut self, pixels: &mut [u8]) -> ImageResult<()> {
        let mut read = DecodingResult::U8(Vec::new());
        self.decoder.read_image_to_buffer(&mut read).map_err(in_terms_of_images)?;
        let width = self.size.0 as usize;
        let values: Vec<u8> = match (&self.content, read) {
            (Content::Indices(bits, colours), DecodingResult::U8(bytes)) => {
                unpacked(&bytes, width, *bits).flat_map(|index| colours[usize::from(index)]).collect()
            }
            (Content::Grey(bits), DecodingResult::U8(bytes)) => {
                let step = 255 / ((1 << bits) - 1);
                unpacked(&bytes, width, *bits).map(|value| step * value).collect()
            }
            (Content::Floats, DecodingResult::F32(values)) => {
                values.iter().map(|value| (value.clamp(0.0, 1.0) * 255.0 + 0.5) as u8).collect()
            }
            (Content::WithAlpha(1), DecodingResult::U8(bytes)) => bytes,
            (Content::WithAlpha(_), DecodingResult::U16(words)) => words.iter().flat_map(|w| w.to_ne_bytes()).collect(),
            _ => return Err(unsupported("numbers of a type that has no range")),
        };
        if values.len() != pixels.len() {
            return Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into());
        }
        pixels.copy_from_slice(&values);
        Ok(())
    }

    fn read_image_boxed(self: Box<Self>, pixels: &mut [u8]) -> ImageResult<()> {
        (*self).read_image(pixels)
    }
}

/// The values of rows of `width` values of this many bits.
fn unpacked(bytes: &[u8], width: usize, bits: u8) -> impl Iterator<Item = u8> + '_ {
    let bits = usize::from(bits);
    let value = move |row: &[u8], at: usize| (row[at / 8] << (at % 8)) >> (8 - bits);
    let rows = bytes.chunks_exact((width * bits).div_ceil(8).max(1));
    rows.flat_map(move |row| (0..width).map(move |x| value(row, bits * x)))
}

fn unsupported(what: &str) -> ImageError {
    let kind = UnsupportedErrorKind::GenericFeature(what.into());
    ImageError::Unsupported(UnsupportedError::from_format_and_kind(ImageFormat::Tiff.into(), kind))
}

fn in_terms_of_images(error: TiffError) -> ImageError {
    match error {
        TiffError::IoError(error) => error.into(),
        TiffError::UnsupportedError(error) => unsupported(&error.to_string()),
        TiffError::LimitsExceeded => ImageError::Limits(LimitError::from_kind(LimitErrorKind::InsufficientMemory)),
        error => ImageError::Decoding(DecodingError::new(ImageFormat::Tiff.into(), error)),
    }
}
