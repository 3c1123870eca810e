//! One face of a font: its names, and its 52 letters drawn as distance fields.

use skrifa::instance::{Location, Size};
use skrifa::outline::DrawSettings;
use skrifa::raw::TableProvider;
use skrifa::string::StringId;
use skrifa::{FontRef, MetadataProvider};

use super::cases;
use super::edge_pen::EdgePen;
use crate::data::letters::distance::{Fill, bounds};
use crate::data::letters::frame::{LETTERS, LetterFrame, LetterPlacement, holds, letter_class};
use crate::data::letters::points::paint_in;

/// Letters of a name; hostile ones may be long.
const MOST_NAME: usize = 64;
/// The family kind of PANOSE for pictures and signs.
const PANOSE_PICTORIAL: u8 = 5;

/// The names of a face: that of the family, under which faces are kept together, and that of the style.
pub fn names(font: &FontRef) -> (String, String) {
    let first = |ids: [StringId; 2]| ids.into_iter().find_map(|id| name(font, id));
    let family = first([StringId::TYPOGRAPHIC_FAMILY_NAME, StringId::FAMILY_NAME]);
    let style = first([StringId::TYPOGRAPHIC_SUBFAMILY_NAME, StringId::SUBFAMILY_NAME]);
    (family.unwrap_or_default(), style.unwrap_or_else(|| "Regular".into()))
}

/// A text of the font's table of names, on one line.
pub fn name(font: &FontRef, id: StringId) -> Option<String> {
    let text = font.localized_strings(id).english_or_first()?;
    let shown = text.chars().filter(|letter| !letter.is_control()).take(MOST_NAME).collect::<String>();
    let shown = shown.trim().to_string();
    (!shown.is_empty()).then_some(shown)
}

/// The letters of a face as distance fields `[52, height, width]`.
///
/// # Errors
/// The reason why the face is left out: signs instead of letters, letters that are missing, damaged or leave the frame,
/// or small letters that look as the capitals.
pub fn draw(font: &FontRef, location: &Location, frame: LetterFrame) -> Result<Vec<u8>, String> {
    let letters = fills(font, location)?;
    if cases::are_same(&letters) {
        return Err("its small letters have the shapes of its capitals".into());
    }
    let mut pixels = vec![0; LETTERS * frame.area()];
    for (letter, pixels) in letters.iter().zip(pixels.chunks_exact_mut(frame.area().max(1))) {
        paint_in(frame, pixels, |frame, pixels| letter.paint(frame, pixels));
    }
    Ok(pixels)
}

/// The outlines of the letters in their frame.
fn fills(font: &FontRef, location: &Location) -> Result<Vec<Fill>, String> {
    let charmap = font.charmap();
    let is_pictorial = font.os2().is_ok_and(|table| table.panose_10().first() == Some(&PANOSE_PICTORIAL));
    if charmap.is_symbol() || is_pictorial {
        return Err("a font of signs and pictures, not of letters".into());
    }
    let glyph = |class: usize| charmap.map(letter_class(class)).filter(|glyph| glyph.to_u32() != 0);
    let missing: String = (0..LETTERS).filter(|&class| glyph(class).is_none()).map(letter_class).collect();
    if !missing.is_empty() {
        return Err(match missing.len() {
            LETTERS => "it has no letters A to Z and a to z".into(),
            _ => format!("it lacks letters: {missing}"),
        });
    }
    let metrics = font.metrics(Size::unscaled(), location);
    let placement = LetterPlacement::of_line(f64::from(metrics.ascent), f64::from(metrics.descent));
    let placement = placement.ok_or("its lines have no height")?;
    let outlines = font.outline_glyphs();
    let mut fills = Vec::with_capacity(LETTERS);
    for class in 0..LETTERS {
        let letter = letter_class(class);
        let outline = glyph(class).and_then(|glyph| outlines.get(glyph));
        let outline = outline.ok_or_else(|| format!("{letter} has no outline"))?;
        let mut pen = EdgePen::new(placement);
        let drawn = outline.draw(DrawSettings::unhinted(Size::unscaled(), location), &mut pen);
        drawn.map_err(|error| format!("the outline of {letter} is damaged ({error})"))?;
        let edges = pen.finish().ok_or_else(|| format!("the outline of {letter} has too many points"))?;
        let [left, top, right, bottom] = bounds(&edges);
        if !holds(left, top, right, bottom) {
            return Err(format!("{letter} leaves the frame"));
        }
        let fill = Fill::new(edges).ok_or_else(|| format!("the outline of {letter} crosses itself too often"))?;
        if fill.is_empty() {
            return Err(format!("{letter} is blank"));
        }
        fills.push(fill);
    }
    Ok(fills)
}
