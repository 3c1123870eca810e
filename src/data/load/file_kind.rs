//! The kind of a file, recognised by its first bytes; the name only matters for TGA, which has no signature.

use image::ImageFormat;

use super::{ico, idx, zip_records};
use crate::data::letters;

/// Bytes at the beginning of a file that are enough to recognise it.
pub const HEAD: usize = 512;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileKind {
    Picture(ImageFormat),
    Font,
    Zip,
    Gzip,
    Idx,
    /// Not supported; the reason, for the list of skipped files.
    Other(&'static str),
}

/// The kind of a whole file. A zip may come after other data, such as the program that unpacks it.
pub fn of_file(name: &str, bytes: &[u8]) -> FileKind {
    match kind(name, &bytes[..bytes.len().min(HEAD)]) {
        FileKind::Other(_) if zip_records::ends_as_zip(bytes) => FileKind::Zip,
        kind => kind,
    }
}

/// The kind of a file that begins with `head`.
pub fn kind(name: &str, head: &[u8]) -> FileKind {
    if head.is_empty() {
        return FileKind::Other("an empty file");
    }
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return FileKind::Zip;
    }
    if head.starts_with(&[0x1f, 0x8b]) {
        return FileKind::Gzip;
    }
    if idx::looks_like(head) {
        return FileKind::Idx;
    }
    if letters::is_font(head) {
        return FileKind::Font;
    }
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    match image::guess_format(head) {
        Ok(ImageFormat::Avif) => FileKind::Other("an AVIF image, which is not supported; try a PNG or JPEG"),
        Ok(ImageFormat::Dds | ImageFormat::OpenExr) => {
            FileKind::Other("an image format that is not supported; try a PNG or JPEG")
        }
        // Texts may begin with "P5", too; in an image white space follows.
        Ok(ImageFormat::Pnm) if !head.get(2).is_some_and(u8::is_ascii_whitespace) => FileKind::Other("not an image"),
        Ok(format) => FileKind::Picture(format),
        Err(_) if ico::is_pointer(head) => FileKind::Picture(ImageFormat::Ico),
        Err(_) if extension.eq_ignore_ascii_case("tga") && is_tga(head) => FileKind::Picture(ImageFormat::Tga),
        Err(_) => FileKind::Other(model(name).unwrap_or_else(|| other(head))),
    }
}

/// Words for models among images, by their names.
fn model(name: &str) -> Option<&'static str> {
    let ends = |ending: &str| name.len() > ending.len() && name.to_ascii_lowercase().ends_with(ending);
    if [".onnx.data", ".onnx_data"].into_iter().any(ends) {
        return Some("the numbers of a model, which belong to the .onnx file beside it");
    }
    [".onnx", ".safetensors", ".pt", ".pth", ".h5", ".keras", ".tflite"]
        .into_iter()
        .any(ends)
        .then_some("a model, not an image")
}

/// Words for the files people are likely to drop by mistake.
fn other(head: &[u8]) -> &'static str {
    let starts = |magic: &[u8]| head.starts_with(magic);
    let brand = if head.get(4..8) == Some(b"ftyp") { head.get(8..12).unwrap_or(&[]) } else { &[] };
    let text = String::from_utf8_lossy(head).to_ascii_lowercase();
    match () {
        _ if matches!(brand, b"heic" | b"heix" | b"mif1" | b"msf1" | b"hevc") => {
            "a HEIC image, which is not supported; try a PNG or JPEG"
        }
        _ if matches!(brand, b"avif" | b"avis") => "an AVIF image, which is not supported; try a PNG or JPEG",
        _ if !brand.is_empty() => "a video, not an image",
        _ if starts(b"8BPS") => "a Photoshop document, which is not supported; try a PNG or JPEG",
        _ if starts(b"\0\0\0\x0cjP  ") || starts(b"\xff\x4f\xff\x51") => {
            "a JPEG 2000 image, which is not supported; try a PNG or JPEG"
        }
        _ if starts(b"\0\0\0\x0cJXL ") || starts(b"\xff\x0a") => {
            "a JPEG XL image, which is not supported; try a PNG or JPEG"
        }
        _ if starts(b"%PDF") => "a PDF document, not an image",
        _ if starts(b"Rar!") || starts(b"7z\xbc\xaf") || starts(b"\xfd7zXZ") || starts(b"BZh") => {
            "an archive that is not supported; try a zip"
        }
        _ if head.get(257..262) == Some(b"ustar") => "a tar archive, which is not supported; try a zip",
        _ if starts(b"version https://git-lfs") => {
            "a pointer of Git LFS, not the image itself; get the images with git lfs pull"
        }
        _ if text.contains("<svg") => "a vector drawing (SVG), which is not supported; try a PNG or JPEG",
        _ if text.contains("<html") || text.contains("<!doctype") => "a web page, not an image",
        _ if head.iter().all(|byte| matches!(byte, 9 | 10 | 12 | 13 | 32..=126 | 128..)) => "a text file, not an image",
        _ => "not an image",
    }
}

/// Whether the fixed fields of a TGA header have values that occur.
fn is_tga(head: &[u8]) -> bool {
    let [_, map, kind, ..] = *head else { return false };
    let depth = head.get(16).copied().unwrap_or(0);
    map <= 1 && matches!(kind, 1..=3 | 9..=11) && matches!(depth, 8 | 15 | 16 | 24 | 32)
}
