//! Decodes a JPEG, and refuses one of which a part is missing.
//!
//! A decoder that shows what it can fills the rest with grey, which would mislead training. Files are therefore decoded
//! strictly, without their end marker, at which a decoder would make up what is missing. What a strict decoder refuses is
//! decoded again with an alpha channel: decoded pixels have alpha 255, filled ones 128. A file without filled pixels is
//! used, as browsers do, whatever its headers look like.

use std::borrow::Cow;

use image::ColorType;
use zune_jpeg::JpegDecoder;
use zune_jpeg::zune_core::bytestream::ZCursor;
use zune_jpeg::zune_core::colorspace::ColorSpace;
use zune_jpeg::zune_core::options::DecoderOptions;

use crate::error::{Error, Result};

/// The value of pixels that a decoder fills in.
const FILLED: u8 = 128;

const START_OF_SCAN: u8 = 0xda;
const ADOBE: u8 = 0xee;

/// Bytes in place of the end marker, for a decoder that reads ahead.
const AHEAD: [u8; 16] = [0; 16];

/// The pixels: grey for a file of one component, else RGB.
pub fn decode(bytes: &[u8]) -> Result<(ColorType, Vec<u8>)> {
    let Some(end) = end_of_scans(bytes) else { return Err(Error::new("an incomplete JPEG image")) };
    if has_thirds(bytes) {
        return Err(Error::new("an unsupported kind of JPEG (colours that have a third of the rows)"));
    }
    if is_progressive(bytes) {
        return read(bytes, None, true); // scan after scan refines the whole image, so what is missing cannot be seen
    }
    let bytes = [&bytes[..end], &AHEAD].concat();
    read(&bytes, None, true).or_else(|_| {
        let (_, mut pixels) = read(&bytes, Some(ColorSpace::RGBA), false)?;
        let missing = pixels.chunks_exact(4).filter(|pixel| pixel[3] == FILLED).count();
        if missing != 0 {
            let percent = (100 * missing as u64).div_ceil(pixels.len() as u64 / 4);
            return Err(Error::new(format!("a damaged JPEG image, of which {percent} % cannot be decoded")));
        }
        for n in 0..pixels.len() / 4 {
            pixels.copy_within(4 * n..4 * n + 3, 3 * n);
        }
        pixels.truncate(pixels.len() / 4 * 3);
        Ok((ColorType::Rgb8, pixels))
    })
}

/// Decodes to `space`, or to grey or RGB.
fn read(bytes: &[u8], space: Option<ColorSpace>, strict: bool) -> Result<(ColorType, Vec<u8>)> {
    let damaged = |error| Error::new(format!("a damaged JPEG image ({error})"));
    let options =
        DecoderOptions::default().set_strict_mode(strict).set_max_width(usize::MAX).set_max_height(usize::MAX);
    let mut decoder = JpegDecoder::new_with_options(ZCursor::new(bytes), options);
    decoder.decode_headers().map_err(damaged)?;
    let grey = decoder.input_colorspace() == Some(ColorSpace::Luma);
    let space = space.unwrap_or(if grey { ColorSpace::Luma } else { ColorSpace::RGB });
    decoder.set_options(options.jpeg_set_out_colorspace(space));
    let pixels = decoder.decode().map_err(damaged)?;
    Ok((if space == ColorSpace::Luma { ColorType::L8 } else { ColorType::Rgb8 }, pixels))
}

/// The segments of a JPEG up to and including the first scan: the marker, and the data behind its length as far as they
/// are there.
pub fn segments(bytes: &[u8]) -> impl Iterator<Item = (u8, &[u8])> + '_ {
    positions(bytes).map(|(marker, start, end)| (marker, bytes.get(start..end.min(bytes.len())).unwrap_or(&[])))
}

/// Each segment: its marker, and where its data begin and end; the end may be behind that of the file.
fn positions(bytes: &[u8]) -> impl Iterator<Item = (u8, usize, usize)> + '_ {
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
        scanned = marker == START_OF_SCAN;
        Some((marker, start + 2, at.max(start + 2)))
    })
}

pub fn is_progressive(bytes: &[u8]) -> bool {
    // SOF2, SOF6, SOF10, SOF14. A file too odd to recognise counts as progressive: that only raises the estimate.
    !positions(bytes).any(|(marker, ..)| matches!(marker, 0xc0 | 0xc1 | 0xc9))
}

/// Whether a component has three rows where another has one: the decoder refuses thirds across, but panics on those down.
fn has_thirds(bytes: &[u8]) -> bool {
    // The factors are behind precision, height, width and the number of components: number, factors, table of each.
    let frame = segments(bytes).find(|(marker, _)| matches!(marker, 0xc0..=0xc2));
    let components = frame.and_then(|(_, data)| data.get(6..)).unwrap_or(&[]);
    components.chunks_exact(3).any(|component| component[1] & 15 == 3)
}

/// Position of the end marker; `None` for an incomplete file. (That of an embedded preview is before, inside a segment.)
fn end_of_scans(bytes: &[u8]) -> Option<usize> {
    let (_, mut at, _) = positions(bytes).find(|&(marker, ..)| marker == START_OF_SCAN)?;
    loop {
        at += bytes.get(at..)?.iter().position(|&byte| byte == 0xff)?;
        match bytes.get(at + 1)? {
            0xd9 => return Some(at),
            0 | 0xff | 0xd0..=0xd7 => at += 1, // a value, filling, or a restart
            _ => {
                let length = bytes.get(at + 2..at + 4)?;
                at += 2 + usize::from(u16::from_be_bytes([length[0], length[1]])); // a segment between scans
            }
        }
    }
}

/// The same file without Adobe segments that are too short to say anything: browsers ignore them, the decoder refuses them.
pub fn without_short_adobe(bytes: &[u8]) -> Cow<'_, [u8]> {
    let short = |&(marker, start, end): &(u8, usize, usize)| marker == ADOBE && end - start < 12 && end <= bytes.len();
    if !positions(bytes).any(|segment| short(&segment)) {
        return bytes.into();
    }
    let (mut kept, mut from) = (Vec::with_capacity(bytes.len()), 0);
    for (_, start, end) in positions(bytes).filter(short) {
        kept.extend_from_slice(&bytes[from..start - 4]);
        from = end;
    }
    kept.extend_from_slice(&bytes[from..]);
    kept.into()
}
