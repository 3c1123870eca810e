//! Decodes an image file to 8-bit grey or RGB, with transparency composited onto the background.
//!
//! - The size in the header is checked before anything is decoded ([`MOST_PIXELS`], [`MOST_COST`]).
//! - Animations give their first frame, icons their best image.
//! - 16 bits are rounded to 8; CMYK and YCCK become RGB as the decoder converts them, without colour profiles.
//! - Values are used as encoded (sRGB): profiles and gamma chunks are not applied. Only Radiance HDR, which stores linear
//!   light, is encoded, with gamma 2.
//! - An incomplete JPEG is refused, though a decoder could fill the rest with grey: half an image would mislead training.

use std::io::Cursor;

use image::metadata::Orientation;
use image::{ColorType, ImageDecoder, ImageError, ImageFormat, ImageReader, Limits};

use crate::error::{Error, Result};

/// Most pixels of an image; phones reach 108 million.
pub const MOST_PIXELS: u64 = 120_000_000;

/// Most bytes that decoding may take: for one image, and for all that are decoded at the same time.
pub const MOST_COST: u64 = 512 << 20;

/// Deflate compresses 1032 bytes of 8 pixels each into one at best; no other compression comes near.
const MOST_PIXELS_PER_BYTE: u64 = 8 * 1032;

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

pub fn header(bytes: &[u8], format: ImageFormat) -> Result<PictureHeader> {
    let mut decoder = decoder(bytes, format)?;
    let cost = checked_cost(&decoder, bytes, format)?;
    let (mut width, mut height) = decoder.dimensions();
    if turns_sides(decoder.orientation().unwrap_or(Orientation::NoTransforms)) {
        (width, height) = (height, width);
    }
    Ok(PictureHeader { width: width as usize, height: height as usize, cost })
}

/// Decodes an image; `background` shows where it is transparent.
pub fn decode(bytes: &[u8], format: ImageFormat, background: [u8; 3]) -> Result<Picture> {
    let mut decoder = decoder(bytes, format)?;
    checked_cost(&decoder, bytes, format)?;
    if format == ImageFormat::Jpeg && jpeg_is_incomplete(bytes) {
        return Err(Error::new("an incomplete JPEG image"));
    }
    // Damaged metadata is no reason to refuse an image.
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let (width, height) = decoder.dimensions();
    let colour = decoder.color_type();
    let mut pixels = vec![0; decoder.total_bytes() as usize];
    decoder.read_image(&mut pixels).map_err(|error| in_words(error, format))?;
    let (channels, pixels) = flatten(pixels, colour, background, format == ImageFormat::Hdr);
    Ok(Picture { width: width as usize, height: height as usize, channels, pixels, orientation })
}

/// Whether this orientation exchanges width and height.
pub fn turns_sides(orientation: Orientation) -> bool {
    use Orientation::{Rotate90, Rotate90FlipH, Rotate270, Rotate270FlipH};
    matches!(orientation, Rotate90 | Rotate270 | Rotate90FlipH | Rotate270FlipH)
}

fn decoder(bytes: &[u8], format: ImageFormat) -> Result<impl ImageDecoder + '_> {
    let (bytes, format) = match format {
        ImageFormat::Ico => png_of_icon(bytes).map_or((bytes, format), |png| (png, ImageFormat::Png)),
        _ => (bytes, format),
    };
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::no_limits();
    limits.max_alloc = Some(MOST_COST);
    reader.limits(limits);
    reader.into_decoder().map_err(|error| in_words(error, format))
}

/// The approximate bytes that decoding takes; an error if that, or the image, exceeds the limits.
fn checked_cost(decoder: &impl ImageDecoder, bytes: &[u8], format: ImageFormat) -> Result<u64> {
    let (width, height) = decoder.dimensions();
    let pixels = u64::from(width) * u64::from(height);
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
    // Besides its output a decoder holds the coefficients of a progressive JPEG (2 bytes x 3), the planes and the canvas
    // of a WebP or GIF, the strips of a TIFF, or the whole of a PNM.
    let working = match format {
        ImageFormat::Jpeg if jpeg_is_progressive(bytes) => 6 * pixels,
        ImageFormat::Jpeg | ImageFormat::Png | ImageFormat::Bmp | ImageFormat::Qoi => 0,
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

/// The best image of an icon, if it is a PNG: icons may contain any kind of PNG, but the icon decoder reads only RGBA.
///
/// Header: 0, type 1, count as u16; then 16 bytes for each image: width, height (0 is 256), 2 unused, u16 planes,
/// u16 bits per pixel, u32 length, u32 position. Little-endian.
fn png_of_icon(bytes: &[u8]) -> Option<&[u8]> {
    let count = usize::from(u16::from_le_bytes([*bytes.get(4)?, *bytes.get(5)?]));
    let side = |side: u8| if side == 0 { 256 } else { u32::from(side) };
    let entries = bytes.get(6..)?.chunks_exact(16).take(count);
    let best = entries.max_by_key(|e| (u16::from_le_bytes([e[6], e[7]]), side(e[0]) * side(e[1])))?;
    let length = u32::from_le_bytes([best[8], best[9], best[10], best[11]]) as usize;
    let position = u32::from_le_bytes([best[12], best[13], best[14], best[15]]) as usize;
    let picture = bytes.get(position..position.checked_add(length)?)?;
    picture.starts_with(b"\x89PNG").then_some(picture)
}

/// The segments of a JPEG: (marker, position after the marker), up to and including the first scan.
fn jpeg_segments(bytes: &[u8]) -> impl Iterator<Item = (u8, usize)> + '_ {
    let mut at = 2;
    let mut scanned = false;
    std::iter::from_fn(move || {
        while bytes.get(at) == Some(&0xff) && bytes.get(at + 1) == Some(&0xff) {
            at += 1; // fill bytes
        }
        let (&[0xff, marker], false) = (bytes.get(at..at + 2)?, scanned) else { return None };
        let start = at + 2;
        let length = bytes.get(start..start + 2).map_or(0, |l| usize::from(u16::from_be_bytes([l[0], l[1]])));
        at = start + length;
        scanned = marker == 0xda;
        Some((marker, start))
    })
}

fn jpeg_is_progressive(bytes: &[u8]) -> bool {
    // SOF2, SOF6, SOF10, SOF14. A file too odd to recognise counts as progressive: that only raises the estimate.
    !jpeg_segments(bytes).any(|(marker, _)| matches!(marker, 0xc0 | 0xc1 | 0xc9))
}

/// Whether there is no end marker after the first scan. (That of an embedded preview is before, inside a segment.)
fn jpeg_is_incomplete(bytes: &[u8]) -> bool {
    match jpeg_segments(bytes).find(|&(marker, _)| marker == 0xda) {
        Some((_, scan)) => !bytes[scan..].windows(2).any(|pair| pair == [0xff, 0xd9]),
        None => false, // the decoder reports that itself
    }
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
    // The cause without the decoder's own preamble, on one line whatever bytes it quotes.
    let cause = |error: &dyn std::error::Error| {
        let cause = error.source().map_or_else(|| error.to_string(), |source| source.to_string());
        let plain = cause.replace(|c: char| c.is_control() || c == char::REPLACEMENT_CHARACTER, " ");
        plain.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').to_string()
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
