//! Encodes bytes `[height, width, channels]` as a PNG file.

use png::{BitDepth, ColorType, Compression, Encoder, EncodingError, Filter};

use crate::error::{Error, Result};

/// A PNG with 1 (grey), 2 (grey, alpha), 3 (RGB) or 4 (RGBA) channels of 8 bits.
pub fn encode_png(width: usize, height: usize, channels: usize, pixels: &[u8]) -> Result<Vec<u8>> {
    let colour = match channels {
        1 => ColorType::Grayscale,
        2 => ColorType::GrayscaleAlpha,
        3 => ColorType::Rgb,
        4 => ColorType::Rgba,
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
    let mut encoder = Encoder::new(&mut file, width, height);
    encoder.set_color(colour);
    encoder.set_depth(BitDepth::Eight);
    encoder.set_compression(Compression::Balanced);
    encoder.set_filter(Filter::Adaptive);
    let write = || -> std::result::Result<(), EncodingError> {
        let mut writer = encoder.write_header()?;
        writer.write_image_data(pixels)?;
        writer.finish()
    };
    write().map_err(|error| Error::new(format!("PNG: {error}")))?;
    Ok(file)
}
