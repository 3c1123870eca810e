//! Text: an embedded font of two weights. Glyphs are drawn once for each size and cached.
//!
//! The font is a subset of Inter (font/OFL.txt) with figures of equal width: ASCII and the signs
//! multiplication ×, minus −, dash –, dot ·, arrow →, plus-minus ± and ellipsis …

use std::collections::HashMap;

use fontdue::{Font, FontSettings};

use super::canvas::Canvas;
use super::theme::Rgb;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FontWeight {
    Regular,
    Medium,
}

/// The style of a text.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Style {
    pub weight: FontWeight,
    /// Height of the em in device pixels.
    pub size: f32,
    pub colour: Rgb,
}

/// A letter as coverage: how much of each pixel it covers.
struct Glyph {
    left: i32,
    /// Row of its lowest pixels above the baseline.
    bottom: i32,
    width: usize,
    height: usize,
    advance: f32,
    cover: Vec<u8>,
}

/// The fonts and every glyph drawn so far.
pub struct Lettering {
    regular: Font,
    medium: Font,
    glyphs: HashMap<(char, FontWeight, u32), Glyph>,
}

impl Default for Lettering {
    fn default() -> Self {
        let load = |bytes: &[u8]| {
            let settings = FontSettings { scale: 14.0, ..FontSettings::default() };
            Font::from_bytes(bytes, settings).expect("the embedded font is read by a test")
        };
        Self {
            regular: load(include_bytes!("font/inter-regular-subset.otf")),
            medium: load(include_bytes!("font/inter-medium-subset.otf")),
            glyphs: HashMap::new(),
        }
    }
}

impl Lettering {
    /// Width in device pixels.
    pub fn width(&mut self, text: &str, style: Style) -> f32 {
        text.chars().map(|letter| self.glyph(letter, style).advance).sum()
    }

    /// Draws one line of text from `left` on. The baseline is rounded to a whole pixel and so is each letter, to keep
    /// stems sharp.
    pub fn draw(&mut self, canvas: &mut Canvas, text: &str, left: f32, baseline: f32, style: Style) {
        let baseline = baseline.round() as i32;
        let mut pen = left;
        for letter in text.chars() {
            let glyph = self.glyph(letter, style);
            let x = pen.round() as i32 + glyph.left;
            let y = baseline - glyph.bottom - glyph.height as i32;
            for (row, cover) in glyph.cover.chunks_exact(glyph.width.max(1)).enumerate() {
                for (column, &cover) in cover.iter().enumerate().filter(|(_, cover)| 0 < **cover) {
                    canvas.blend(x + column as i32, y + row as i32, style.colour, cover as f32 / 255.0);
                }
            }
            pen += glyph.advance;
        }
    }

    /// The text, shortened with an ellipsis if it does not fit; `None` if not even three letters fit.
    pub fn fitted(&mut self, text: &str, style: Style, room: f32) -> Option<String> {
        if self.width(text, style) <= room {
            return Some(text.to_string());
        }
        let mut short = text.to_string();
        while 3 < short.chars().count() {
            short.pop();
            let candidate = format!("{}…", short.trim_end());
            if self.width(&candidate, style) <= room {
                return Some(candidate);
            }
        }
        None
    }

    fn glyph(&mut self, letter: char, style: Style) -> &Glyph {
        // Sizes are rounded to a quarter of a pixel, which cannot be seen, to keep the cache small.
        let size = (style.size * 4.0).round() as u32;
        let font = match style.weight {
            FontWeight::Regular => &self.regular,
            FontWeight::Medium => &self.medium,
        };
        self.glyphs.entry((letter, style.weight, size)).or_insert_with(|| {
            let (metrics, cover) = font.rasterize(letter, size as f32 / 4.0);
            Glyph {
                left: metrics.xmin,
                bottom: metrics.ymin,
                width: metrics.width,
                height: metrics.height,
                advance: metrics.advance_width,
                cover,
            }
        })
    }
}

/// A number in few letters: `0.123`, `−12.3`, `4.1e−5`.
pub fn short(value: f32) -> String {
    let size = value.abs();
    let text = if !value.is_finite() {
        return if value.is_nan() {
            "NaN".into()
        } else if 0.0 < value {
            "inf".into()
        } else {
            "−inf".into()
        };
    } else if size == 0.0 {
        "0".into()
    } else if !(0.0005..99_999.5).contains(&size) {
        format!("{value:.1e}")
    } else {
        let decimals = if size < 9.995 {
            3
        } else if size < 99.95 {
            2
        } else if size < 999.5 {
            1
        } else {
            0
        };
        format!("{value:.decimals$}")
    };
    text.replace('-', "−")
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style { weight: FontWeight::Regular, size: 12.0, colour: [255; 3] };

    #[test]
    fn every_letter_used_is_in_both_fonts() {
        let lettering = Lettering::default();
        let signs = (' '..='~').chain("×−–·→±…".chars());
        for letter in signs {
            assert_ne!(lettering.regular.lookup_glyph_index(letter), 0, "{letter} is not in the regular font");
            assert_ne!(lettering.medium.lookup_glyph_index(letter), 0, "{letter} is not in the medium font");
        }
    }

    #[test]
    fn figures_are_of_one_width() {
        let mut lettering = Lettering::default();
        assert_eq!(lettering.width("1111", STYLE), lettering.width("8888", STYLE));
    }

    #[test]
    fn text_without_room_is_shortened_then_dropped() {
        let mut lettering = Lettering::default();
        let room = lettering.width("transposed", STYLE);
        assert_eq!(lettering.fitted("dense", STYLE, room).as_deref(), Some("dense"));
        let short = lettering.fitted("transposed conv 3x3", STYLE, room).unwrap();
        assert!(short.starts_with("trans") && short.ends_with('…'), "{short}");
        assert_eq!(lettering.fitted("transposed", STYLE, 8.0), None);
    }

    #[test]
    fn numbers_read_well() {
        let shorts = [(0.0, "0"), (-0.1234, "−0.123"), (12.345, "12.35"), (1e-5, "1.0e−5"), (-12345.6, "−12346")];
        for (value, text) in shorts {
            assert_eq!(short(value), text);
        }
    }
}
