//! Reads a font file: TrueType or OpenType, a collection of several fonts, or one of them packed as WOFF or WOFF2.
//!
//! Each font is a face; a variable font is one for each of its named instances, at most [`MOST_INSTANCES`].

mod cases;
mod edge_pen;
mod face;
mod woff;

use skrifa::instance::{Location, LocationRef};
use skrifa::raw::FileRef;
use skrifa::{FontRef, MetadataProvider};

use super::font_file::{FaceFields, FontFile, LeftOut};
use super::frame::LetterFrame;
use crate::error::{Error, Result};

/// Most fonts of a collection and most faces of a variable font; hostile files may name any number.
const MOST_FONTS: usize = 64;
const MOST_INSTANCES: usize = 16;

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
        add(&mut file, font, frame);
    }
    Ok(file)
}

/// Draws the faces of a font into `file`.
fn add(file: &mut FontFile, font: &FontRef, frame: LetterFrame) {
    let (family, style) = face::names(font);
    for (style, location) in instances(font, style) {
        match face::draw(font, &location, frame) {
            Ok(pixels) => file.faces.push(FaceFields { family: family.clone(), style, pixels }),
            Err(reason) => {
                file.left_out.push(LeftOut { face: format!("{family} {style}"), reason });
                break; // other instances have the same letters
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
