//! Encodes bytes `[height, width, channels]` as a PNG file.

use image::codecs::png::{CompressionType, FilterType, PngEncoder};
use image::{ExtendedColorType, ImageEncoder};

use crate::error::{Error, Result};

/// A PNG with 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels of 8 bits.
pub fn encode_png(width: usize, height: usize, channels: usize, pixels: &[u8]) -> Result<Vec<u8>> {
    let colour = match channels {
        1 => ExtendedColorType::L8,
        2 => ExtendedColorType::La8,
        3 => ExtendedColorType::Rgb8,
        4 => ExtendedColorType::Rgba8,
        _ => return Err(Error::expected("PNG", "1 to 4 channels", channels)),
    };
    let len = width.checked_mul(height).and_then(|area| area.checked_mul(channels));
    if len != Some(pixels.len()) || pixels.is_empty() {
        let wanted = format!("{width} x {height} x {channels} bytes");
        return Err(Error::expected("PNG", wanted, pixels.len()));
    }
    let (Ok(width), Ok(height)) = (u32::try_from(width), u32::try_from(height)) else {
        return Err(Error::expected("PNG", "sides that fit 32 bits", format!("{width} x {height}")));
    };
    let mut file = Vec::new();
    PngEncoder::new_with_quality(&mut file, CompressionType::Default, FilterType::Adaptive)
        .write_image(pixels, width, height, colour)
        .map_err(|error| Error::new(format!("PNG: {error}")))?;
    Ok(file)
}
