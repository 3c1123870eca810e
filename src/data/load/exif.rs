//! The orientation of an image, from the EXIF data in its bytes.
//!
//! Decoders read such data as long as they claim to be, so they are found here, inside the bytes that are there: in the
//! APP1 segment of a JPEG, in a chunk of a PNG or WebP, or in the directory of a TIFF. Damaged data are no reason to
//! refuse an image: it then counts as upright.

use image::ImageFormat;
use image::metadata::Orientation;

use super::tiff::{Directory, ORIENTATION};
use super::{jpeg, webp};

/// Before the data in a JPEG always, in a WebP or PNG sometimes.
const PREFIX: &[u8] = b"Exif\0\0";

pub fn orientation(bytes: &[u8], format: ImageFormat) -> Orientation {
    let data = match format {
        ImageFormat::Jpeg => of_jpeg(bytes),
        ImageFormat::Png => of_png(bytes),
        ImageFormat::WebP => of_webp(bytes),
        ImageFormat::Tiff => Some(bytes),
        _ => None,
    };
    let value = data.and_then(|data| {
        Directory::first(data.strip_prefix(PREFIX).unwrap_or(data)).and_then(|directory| directory.value(ORIENTATION))
    });
    let value = value.and_then(|value| u8::try_from(value).ok());
    value.and_then(Orientation::from_exif).unwrap_or(Orientation::NoTransforms)
}

fn of_jpeg(bytes: &[u8]) -> Option<&[u8]> {
    jpeg::segments(bytes).find_map(|(marker, data)| (marker == 0xe1 && data.starts_with(PREFIX)).then_some(data))
}

/// Chunks of a PNG: u32 length, 4 letters, data, u32 checksum; big-endian, behind 8 bytes of signature.
fn of_png(bytes: &[u8]) -> Option<&[u8]> {
    let mut rest = bytes.get(8..)?;
    loop {
        let (head, behind) = rest.split_first_chunk::<8>()?;
        let [a, b, c, d, name @ ..] = *head;
        let length = usize::try_from(u32::from_be_bytes([a, b, c, d])).ok()?;
        if name == *b"eXIf" {
            return behind.get(..length);
        }
        rest = behind.get(length.checked_add(4)?..)?;
    }
}

fn of_webp(bytes: &[u8]) -> Option<&[u8]> {
    webp::chunks_of_file(bytes).find_map(|(name, data)| (name == *b"EXIF").then_some(data))
}
