//! A typeface as a TrueType font.
//!
//! An em is 1000 units, the line of the frame; so a unit of the frame is 40. The letters stand on the baseline and begin
//! where the frame has its left margin. Fields do not say how far a letter is from the next, so it has as much space
//! behind it as before it, and at least [`LEAST_SPACE`]. Glyph 0 stands for characters that are missing, glyph 1 is the
//! space, and the letters follow.

use skrifa::raw::tables::glyf::CurvePoint;
use write_fonts::tables::cmap::Cmap;
use write_fonts::tables::glyf::{Bbox, Contour as GlyphContour, GlyfLocaBuilder, SimpleGlyph};
use write_fonts::tables::head::{Flags, Head};
use write_fonts::tables::hhea::Hhea;
use write_fonts::tables::hmtx::{Hmtx, LongMetric};
use write_fonts::tables::loca::LocaFormat;
use write_fonts::tables::maxp::Maxp;
use write_fonts::tables::name::{Name, NameRecord};
use write_fonts::tables::os2::{Os2, SelectionFlags};
use write_fonts::tables::post::Post;
use write_fonts::types::{Fixed, GlyphId, NameId, Tag};
use write_fonts::{FontBuilder, OffsetMarker};

use super::contour::Contour;
use super::frame::{LEFT, LINE, TOP, letter_class};
use super::typeface::{TracedLetter, Typeface};
use crate::error::{Error, Result};

const EM: f64 = 1000.0;
/// Units of the frame between a letter and the next.
const LEAST_SPACE: f64 = 1.5;
/// Widths of the space and of what stands for missing characters.
const SPACE: u16 = 260;
const MISSING: u16 = 500;
/// Platform, encoding and language of the names: Windows, Unicode, English.
const ENGLISH: (u16, u16, u16) = (3, 1, 0x409);
/// Longest name for PostScript.
const MOST_NAME: usize = 63;

/// A glyph and its place on the line.
struct PlacedGlyph {
    glyph: SimpleGlyph,
    advance: u16,
}

impl Typeface {
    /// The font as a file.
    ///
    /// # Errors
    /// No letter, or one with more points than a font can have.
    pub fn truetype(&self) -> Result<Vec<u8>> {
        if self.letters.is_empty() {
            return Err(Error::expected(&self.name, "letters", "none"));
        }
        self.compiled().map_err(|error| Error::new(format!("{}: no font can be made ({error})", self.name)))
    }

    fn compiled(&self) -> std::result::Result<Vec<u8>, Box<dyn std::error::Error>> {
        let baseline = self.baseline();
        let blank = |advance| PlacedGlyph { glyph: SimpleGlyph::default(), advance };
        let letters = self.letters.iter().map(|letter| placed(letter, baseline));
        let glyphs: Vec<PlacedGlyph> = [blank(MISSING), blank(SPACE)].into_iter().chain(letters).collect();
        if glyphs.iter().any(|placed| usize::from(u16::MAX) < point_count(&placed.glyph)) {
            return Err("a letter has more than 65535 points".into());
        }

        let mut outlines = GlyfLocaBuilder::new();
        for PlacedGlyph { glyph, .. } in &glyphs {
            outlines.add_glyph(glyph)?;
        }
        let (glyf, loca, format) = outlines.build();
        let characters = self.letters.iter().map(|letter| letter_class(letter.class));
        let mapped = (1u32..).zip([' '].into_iter().chain(characters));
        let cmap = Cmap::from_mappings(mapped.map(|(glyph, character)| (character, GlyphId::new(glyph))))?;

        let boxes = || glyphs.iter().filter(|placed| !placed.glyph.contours.is_empty()).map(|placed| placed.glyph.bbox);
        let of_boxes = |of: fn(&Bbox) -> i16, most: bool| {
            let all = boxes().map(|bbox| of(&bbox));
            (if most { all.max() } else { all.min() }).unwrap_or_default()
        };
        let (x_min, x_max) = (of_boxes(|bbox| bbox.x_min, false), of_boxes(|bbox| bbox.x_max, true));
        let (y_min, y_max) = (of_boxes(|bbox| bbox.y_min, false), of_boxes(|bbox| bbox.y_max, true));
        let ascent = units(baseline - TOP);
        let descent = ascent - EM as i16;
        let advance = glyphs.iter().map(|placed| placed.advance);
        let widest = advance.clone().max().unwrap_or_default();
        let count = glyphs.len() as u16;

        let head = Head {
            font_revision: Fixed::from_f64(1.0),
            flags: Flags::BASELINE_AT_Y_0 | Flags::LSB_AT_X_0,
            units_per_em: EM as u16,
            lowest_rec_ppem: 8,
            index_to_loc_format: i16::from(format == LocaFormat::Long),
            x_min,
            y_min,
            x_max,
            y_max,
            ..Head::default()
        };
        let right = |placed: &PlacedGlyph| placed.advance as i16 - placed.glyph.bbox.x_max;
        let hhea = Hhea {
            ascender: ascent.into(),
            descender: descent.into(),
            advance_width_max: widest.into(),
            min_left_side_bearing: x_min.into(),
            min_right_side_bearing: glyphs.iter().map(right).min().unwrap_or_default().into(),
            x_max_extent: x_max.into(),
            caret_slope_rise: 1,
            number_of_h_metrics: count,
            ..Hhea::default()
        };
        let metric = |placed: &PlacedGlyph| LongMetric::new(placed.advance, placed.glyph.bbox.x_min);
        let hmtx = Hmtx::new(glyphs.iter().map(metric).collect(), Vec::new());
        let os2 = Os2 {
            x_avg_char_width: (advance.map(usize::from).sum::<usize>() / glyphs.len()) as i16,
            ul_unicode_range_1: 1, // Basic Latin
            ach_vend_id: Tag::new(b"NONE"),
            fs_selection: SelectionFlags::REGULAR | SelectionFlags::USE_TYPO_METRICS,
            us_first_char_index: u16::from(b' '),
            us_last_char_index: self.letters.last().map_or(0, |letter| letter_class(letter.class) as u16),
            s_typo_ascender: ascent,
            s_typo_descender: descent,
            us_win_ascent: ascent.max(y_max).max(0) as u16,
            us_win_descent: (-descent.min(y_min)).max(0) as u16,
            ul_code_page_range_1: Some(1), // Latin 1
            ul_code_page_range_2: Some(0),
            ..Os2::default()
        };
        let names: Vec<String> = self.letters.iter().map(|letter| letter_class(letter.class).to_string()).collect();
        let order = [".notdef", "space"].into_iter().chain(names.iter().map(String::as_str));
        let mut font = FontBuilder::new();
        font.add_table(&head)?.add_table(&hhea)?.add_table(&maxp(&glyphs))?.add_table(&os2)?.add_table(&hmtx)?;
        font.add_table(&cmap)?.add_table(&loca)?.add_table(&glyf)?.add_table(&self.names())?;
        font.add_table(&Post::new_v2(order))?;
        Ok(font.build())
    }

    fn names(&self) -> Name {
        let plain = self.name.chars().filter(char::is_ascii_alphanumeric).take(MOST_NAME).collect::<String>();
        let postscript = if plain.is_empty() { "Letters".into() } else { plain };
        let all = [
            (NameId::FAMILY_NAME, self.name.clone()),
            (NameId::SUBFAMILY_NAME, "Regular".into()),
            (NameId::UNIQUE_ID, format!("Neurarium {}", self.name)),
            (NameId::FULL_NAME, self.name.clone()),
            (NameId::VERSION_STRING, "Version 1.000".into()),
            (NameId::POSTSCRIPT_NAME, postscript),
        ];
        let (platform, encoding, language) = ENGLISH;
        let record = |(id, text)| NameRecord::new(platform, encoding, language, id, OffsetMarker::new(text));
        Name::new(all.map(record).to_vec())
    }
}

/// Units of the font for units of the frame.
fn units(length: f64) -> i16 {
    (length * EM / LINE).round() as i16
}

fn placed(letter: &TracedLetter, baseline: f64) -> PlacedGlyph {
    let contours = letter.contours.iter().map(|contour| points(contour, baseline)).collect();
    let mut glyph = SimpleGlyph { contours, ..SimpleGlyph::default() };
    glyph.recompute_bounding_box();
    let [left, _, right, _] = letter.bounds().unwrap_or([LEFT; 4]);
    let behind = (left - LEFT).max(LEAST_SPACE);
    PlacedGlyph { glyph, advance: units(right - LEFT + behind).max(0) as u16 }
}

/// The points of a contour, y pointing up. Lines have no control.
fn points(contour: &Contour, baseline: f64) -> GlyphContour {
    let at = |(x, y): (f64, f64), on_curve| CurvePoint::new(units(x - LEFT), units(baseline - y), on_curve);
    let mut points = Vec::with_capacity(2 * contour.curves.len());
    for (from, curve) in contour.pieces() {
        if !curve.is_line(from) {
            points.push(at(curve.control, false));
        }
        points.push(at(curve.end, true));
    }
    points.into()
}

fn point_count(glyph: &SimpleGlyph) -> usize {
    glyph.contours.iter().map(GlyphContour::len).sum()
}

fn maxp(glyphs: &[PlacedGlyph]) -> Maxp {
    let most = |of: fn(&SimpleGlyph) -> usize| {
        let all = glyphs.iter().map(|placed| of(&placed.glyph));
        Some(all.max().unwrap_or_default() as u16)
    };
    let zero = Some(0);
    Maxp {
        num_glyphs: glyphs.len() as u16,
        max_points: most(point_count),
        max_contours: most(|glyph| glyph.contours.len()),
        max_zones: Some(1),
        max_composite_points: zero,
        max_composite_contours: zero,
        max_twilight_points: zero,
        max_storage: zero,
        max_function_defs: zero,
        max_instruction_defs: zero,
        max_stack_elements: zero,
        max_size_of_instructions: zero,
        max_component_elements: zero,
        max_component_depth: zero,
    }
}
