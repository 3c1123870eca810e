//! What becomes of a font file: its faces as distance fields.

use serde::{Deserialize, Serialize};

/// How a packed font begins.
pub const WOFF: &[u8; 4] = b"wOFF";
pub const WOFF2: &[u8; 4] = b"wOF2";

/// A face as distance fields.
#[derive(Clone, Debug, PartialEq)]
pub struct FaceFields {
    pub family: String,
    pub style: String,
    /// `[52, height, width]`.
    pub pixels: Vec<u8>,
}

/// A face that cannot be used, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LeftOut {
    pub face: String,
    pub reason: String,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct FontFile {
    pub faces: Vec<FaceFields>,
    pub left_out: Vec<LeftOut>,
}

/// Whether a file is a font, by its first bytes.
pub fn is_font(head: &[u8]) -> bool {
    const MAGIC: [&[u8; 4]; 6] = [b"\0\x01\0\0", b"OTTO", b"true", b"ttcf", WOFF, WOFF2];
    MAGIC.iter().any(|magic| head.starts_with(*magic))
}
