//! A font file: TrueType or OpenType, a collection of several fonts, or one of them packed as WOFF or WOFF2.
//!
//! Each font is a face; a variable font is one for each of its named instances, at most [`MOST_INSTANCES`].

use serde::{Deserialize, Serialize};
use skrifa::instance::{Location, LocationRef};
use skrifa::raw::FileRef;
use skrifa::{FontRef, MetadataProvider};

use super::face;
use super::frame::LetterFrame;
use super::woff;
use crate::error::{Error, Result};

/// Most fonts of a collection and most faces of a variable font; hostile files may name any number.
const MOST_FONTS: usize = 64;
const MOST_INSTANCES: usize = 16;

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
    const MAGIC: [&[u8; 4]; 6] = [b"\0\x01\0\0", b"OTTO", b"true", b"ttcf", woff::WOFF, woff::WOFF2];
    MAGIC.iter().any(|magic| head.starts_with(*magic))
}

/// Reads a font file and draws its letters.
///
/// # Errors
/// The file is damaged, or no font.
pub fn read_faces(bytes: &[u8], frame: LetterFrame) -> Result<FontFile> {
    let unpacked = woff::unpacked(bytes)?;
    let damaged = |error: &dyn std::fmt::Display| Error::new(format!("a font that cannot be read ({error})"));
    let fonts: Vec<FontRef> = match FileRef::new(&unpacked).map_err(|error| damaged(&error))? {
        FileRef::Font(font) => vec![font],
        FileRef::Collection(fonts) => {
            let all = fonts.iter().take(MOST_FONTS).collect::<std::result::Result<_, _>>();
            all.map_err(|error| damaged(&error))?
        }
    };
    let mut file = FontFile::default();
    for font in &fonts {
        file.add(font, frame);
    }
    Ok(file)
}

impl FontFile {
    fn add(&mut self, font: &FontRef, frame: LetterFrame) {
        let (family, style) = face::names(font);
        for (style, location) in instances(font, style) {
            match face::draw(font, &location, frame) {
                Ok(pixels) => self.faces.push(FaceFields { family: family.clone(), style, pixels }),
                Err(reason) => {
                    self.left_out.push(LeftOut { face: format!("{family} {style}"), reason });
                    break; // other instances have the same letters
                }
            }
        }
    }
}

/// The named instances of a variable font, its default first; another font is one, of this `style`.
fn instances(font: &FontRef, style: String) -> Vec<(String, Location)> {
    let mut found = vec![(style, Location::default())];
    for instance in font.named_instances().iter().take(MOST_INSTANCES) {
        let location = instance.location();
        let Some(name) = face::name(font, instance.subfamily_name_id()) else { continue };
        if LocationRef::from(&location).is_default() {
            found[0].0 = name;
        } else if found.iter().all(|(_, other)| other.coords() != location.coords()) {
            found.push((name, location));
        }
    }
    found
}
