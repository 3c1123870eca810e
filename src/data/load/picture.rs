//! Decodes an image file to 8-bit grey or RGB, with transparency composited onto the background.
//!
//! - The size in the header is checked before anything is decoded ([`MOST_PIXELS`], [`MOST_COST`]).
//! - Animations give their first frame, icons their best image.
//! - 16 bits are rounded to 8; CMYK and YCCK become RGB as the decoder converts them, without colour profiles.
//! - Values are used as encoded (sRGB): profiles and gamma chunks are not applied. Only Radiance HDR, which stores linear
//!   light, is encoded, with gamma 2.
//! - An incomplete or damaged JPEG is refused ([`jpeg`]).

use std::borrow::Cow;
use std::io::Cursor;

use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use super::grey_tiff::{self, GreyTiff};
use super::tiff::{self, Directory};
use super::{bmp, exif, gif, ico, jpeg, webp};
use crate::error::{Error, Result};

/// Most pixels of an image; phones reach 108 million.
pub const MOST_PIXELS: u64 = if cfg!(fuzzing) { 1_000_000 } else { 120_000_000 };

/// Most bytes that decoding may take: for one image, and for all that are decoded at the same time.
pub const MOST_COST: u64 = if cfg!(fuzzing) { 16 << 20 } else { 512 << 20 };

/// Deflate compresses 1032 bytes of 8 pixels each into one at best; no other compression comes near.
const MOST_PIXELS_PER_BYTE: u64 = 8 * 1032;

/// Most values of a pixel in a TIFF: its decoder multiplies them with other numbers of the file.
const MOST_SAMPLES: u32 = 16;

/// The header of an image, checked against the limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PictureHeader {
    /// Sides of the upright image, after its orientation is applied.
    pub width: usize,
    pub height: usize,
    /// Approximate upper bound of the bytes that decoding takes.
    pub cost: u64,
}

/// A decoded image, not turned upright yet: that is cheaper after resizing.
#[derive(Clone, Debug, PartialEq)]
pub struct Picture {
    pub width: usize,
    pub height: usize,
    /// 1 grey, 3 RGB.
    pub channels: usize,
    pub pixels: Vec<u8>, // [height, width, channels]
    pub orientation: Orientation,
}

impl Picture {
    /// The header, once it is decoded: that costs no more.
    pub fn header(&self) -> PictureHeader {
        let turned = turns_sides(self.orientation);
        let (width, height) = if turned { (self.height, self.width) } else { (self.width, self.height) };
        PictureHeader { width, height, cost: 0 }
    }

    /// Whether it has all of its pixels, and some.
    pub fn is_whole(&self) -> bool {
        let len = self.width.checked_mul(self.height).and_then(|area| area.checked_mul(self.channels));
        matches!(self.channels, 1 | 3) && !self.pixels.is_empty() && len == Some(self.pixels.len())
    }
}

pub fn header(bytes: &[u8], format: ImageFormat) -> Result<PictureHeader> {
    let (original, bytes) = (bytes, &mended(bytes, format)?);
    let decoder = decoder(original, bytes, format)?;
    let cost = checked_cost(&decoder, bytes, format)?;
    let (mut width, mut height) = decoder.dimensions();
    if turns_sides(exif::orientation(bytes, format)) {
        (width, height) = (height, width);
    }
    Ok(PictureHeader { width: width as usize, height: height as usize, cost })
}

/// Decodes an image; `background` shows where it is transparent.
pub fn decode(bytes: &[u8], format: ImageFormat, background: [u8; 3]) -> Result<Picture> {
    let (original, bytes) = (bytes, &mended(bytes, format)?);
    let decoder = decoder(original, bytes, format)?;
    checked_cost(&decoder, bytes, format)?;
    let (width, height) = decoder.dimensions();
    let (colour, pixels) = if format == ImageFormat::Jpeg {
        jpeg::decode(bytes)?
    } else {
        let (colour, mut pixels) = (decoder.color_type(), vec![0; decoder.total_bytes() as usize]);
        decoder.read_image(&mut pixels).map_err(|error| in_words(error, format))?;
        (colour, pixels)
    };
    let (channels, pixels) = flatten(pixels, colour, background, format == ImageFormat::Hdr);
    let orientation = exif::orientation(bytes, format);
    Ok(Picture { width: width as usize, height: height as usize, channels, pixels, orientation })
}

/// The file as its decoder can read it: some need a small change.
fn mended(bytes: &[u8], format: ImageFormat) -> Result<Cow<'_, [u8]>> {
    if format == ImageFormat::Tiff
        && let Some(directory) = Directory::first(bytes)
    {
        if directory.value(tiff::PLANES) == Some(2) && directory.value(tiff::TILE_WIDTH).is_some() {
            return Err(Error::new("an unsupported kind of TIFF (tiles with the colours one after the other)"));
        }
        if directory.value(tiff::SAMPLES).is_some_and(|samples| MOST_SAMPLES < samples) {
            return Err(Error::new(format!(
                "an unsupported kind of TIFF (more than {MOST_SAMPLES} values for a pixel)"
            )));
        }
        if directory.claims_too_much() {
            return Err(Error::new("a damaged TIFF image (a list that is longer than the file)"));
        }
    }
    Ok(match format {
        ImageFormat::Jpeg => jpeg::without_short_adobe(bytes),
        ImageFormat::Ico => ico::mended(bytes),
        ImageFormat::Tiff => grey_tiff::without_colours(bytes).map_or(bytes.into(), Cow::Owned),
        ImageFormat::Bmp => bmp::with_usual_header(bytes).map_or(bytes.into(), Cow::Owned),
        _ => bytes.into(),
    })
}

/// Whether this orientation exchanges width and height.
pub fn turns_sides(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

/// The decoder of a file, of which `bytes` are the [mended](mended) form.
fn decoder<'a>(original: &'a [u8], bytes: &'a [u8], format: ImageFormat) -> Result<Box<dyn ImageDecoder + 'a>> {
    if format == ImageFormat::Tiff
        && let Some(grey) = GreyTiff::new(original, bytes, MOST_COST as usize)
    {
        return Ok(Box::new(grey));
    }
    let (bytes, format) = match format {
        ImageFormat::Tiff => (original, format), // only the other decoder knows indices
        ImageFormat::Ico => ico::best_png(bytes).map_or((bytes, format), |png| (png, ImageFormat::Png)),
        _ => (bytes, format),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_COST);
    reader.limits(limits);
    match reader.into_decoder() {
        Ok(decoder) => Ok(Box::new(decoder)),
        Err(error) => Err(in_words(error, format)),
    }
}

/// The approximate bytes that decoding takes; an error if that, or the image, exceeds the limits.
fn checked_cost(decoder: &impl ImageDecoder, bytes: &[u8], format: ImageFormat) -> Result<u64> {
    let (width, height) = decoder.dimensions();
    let area = |(width, height)| u64::from(width) * u64::from(height);
    let frame = match format {
        ImageFormat::Gif => gif::frame(bytes),
        ImageFormat::WebP => webp::largest_frame(bytes),
        _ => None,
    };
    let (width, height) = frame.filter(|&frame| area((width, height)) < area(frame)).unwrap_or((width, height));
    let pixels = area((width, height));
    if pixels == 0 {
        return Err(Error::new(format!("a {} image of {width} x {height} pixels", name(format))));
    }
    // A file that claims more pixels than it can contain must not cost memory. (A WebP of one colour is tiny.)
    if format != ImageFormat::WebP && MOST_PIXELS_PER_BYTE * (bytes.len() as u64) < pixels {
        return Err(Error::new(format!(
            "claims {width} x {height} pixels, far more than {} bytes can contain",
            bytes.len()
        )));
    }
    // Besides its output a decoder holds the coefficients of a progressive JPEG (2 bytes x 3), an alpha channel to check a
    // JPEG, the planes and the canvas of a WebP or GIF, the strips of a TIFF, or the whole of a PNM.
    let working = match format {
        ImageFormat::Jpeg if jpeg::is_progressive(bytes) => 7 * pixels,
        ImageFormat::Jpeg => pixels,
        ImageFormat::Png | ImageFormat::Bmp | ImageFormat::Qoi => 0,
        ImageFormat::Gif | ImageFormat::WebP => 4 * pixels,
        ImageFormat::Tiff => decoder.total_bytes().max(4 * pixels), // floats become bytes
        _ => decoder.total_bytes(),
    };
    let cost = decoder.total_bytes().saturating_add(working);
    if MOST_PIXELS < pixels || MOST_COST < cost {
        let most = MOST_PIXELS / 1_000_000;
        return Err(Error::new(format!("too large: {width} x {height} pixels, at most {most} million are allowed")));
    }
    Ok(cost)
}

/// Converts to 8 bits, no alpha, 1 or 3 channels; in place unless the image grows.
fn flatten(mut pixels: Vec<u8>, colour: ColorType, background: [u8; 3], linear: bool) -> (usize, Vec<u8>) {
    let channels = usize::from(colour.channel_count());
    match colour {
        ColorType::L16 | ColorType::La16 | ColorType::Rgb16 | ColorType::Rgba16 => narrow(&mut pixels),
        ColorType::Rgb32F | ColorType::Rgba32F => pixels = from_floats(&pixels, channels, linear),
        _ => {}
    }
    let over = |value: u8, alpha: u8, behind: u8| {
        let (value, alpha, behind) = (u32::from(value), u32::from(alpha), u32::from(behind));
        ((value * alpha + behind * (255 - alpha) + 127) / 255) as u8
    };
    let [red, green, blue] = background;
    match channels {
        2 if red == green && green == blue => {
            for n in 0..pixels.len() / 2 {
                pixels[n] = over(pixels[2 * n], pixels[2 * n + 1], red);
            }
            pixels.truncate(pixels.len() / 2);
            (1, pixels)
        }
        2 => (3, pixels.chunks_exact(2).flat_map(|p| background.map(|behind| over(p[0], p[1], behind))).collect()),
        4 => {
            for n in 0..pixels.len() / 4 {
                let alpha = pixels[4 * n + 3];
                for (c, behind) in background.into_iter().enumerate() {
                    pixels[3 * n + c] = over(pixels[4 * n + c], alpha, behind);
                }
            }
            pixels.truncate(pixels.len() / 4 * 3);
            (3, pixels)
        }
        channels => (channels, pixels),
    }
}

/// Rounds 16 bits (in native byte order, as the decoder writes them) to 8, in place.
fn narrow(pixels: &mut Vec<u8>) {
    for n in 0..pixels.len() / 2 {
        let value = u32::from(u16::from_ne_bytes([pixels[2 * n], pixels[2 * n + 1]]));
        pixels[n] = ((value * 255 + 32_767) / 65_535) as u8;
    }
    pixels.truncate(pixels.len() / 2);
}

/// Converts floats in 0..=1 to bytes; brighter than white is white, and NaN is black.
fn from_floats(pixels: &[u8], channels: usize, linear: bool) -> Vec<u8> {
    let values = pixels.chunks_exact(4).map(|b| f32::from_ne_bytes([b[0], b[1], b[2], b[3]]).clamp(0.0, 1.0));
    let byte = |value: f32| (value * 255.0 + 0.5) as u8;
    // The square root is gamma 2, close to sRGB; alpha is never gamma encoded.
    let encoded = |(n, value): (usize, f32)| byte(if linear && n % channels < 3 { value.sqrt() } else { value });
    values.enumerate().map(encoded).collect()
}

/// `a PNG image`, for sentences.
pub fn what(format: ImageFormat) -> String {
    format!("a {} image", name(format))
}

fn name(format: ImageFormat) -> String {
    match format {
        ImageFormat::WebP => "WebP".into(),
        ImageFormat::Farbfeld => "farbfeld".into(),
        _ => format!("{format:?}").to_ascii_uppercase(),
    }
}

/// The decoder's error in our words.
fn in_words(error: ImageError, format: ImageFormat) -> Error {
    let name = name(format);
    // The cause without the decoder's own preamble or its state, on one line whatever bytes it quotes.
    let cause = |error: &dyn std::error::Error| {
        let cause = error.source().map_or_else(|| error.to_string(), |source| source.to_string());
        let plain = cause.replace(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER, " ");
        let line = plain.split_whitespace().collect::<Vec<_>>().join(" ");
        let what = line.split(" while decoding ").next().unwrap_or_default();
        let what = what.rsplit(" does not support the ").next().unwrap_or_default();
        what.trim_start_matches("format features ").trim_end_matches('.').to_string()
    };
    Error::new(match error {
        ImageError::Limits(_) => format!("too large: a {name} image that needs more memory than allowed"),
        ImageError::Unsupported(error) => format!("an unsupported kind of {name} ({})", cause(&error)),
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            format!("an incomplete {name} image")
        }
        ImageError::Decoding(error) => format!("a damaged {name} image ({})", cause(&error)),
        error => format!("a damaged {name} image ({})", cause(&error)),
    })
}
