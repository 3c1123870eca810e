//! Text: an embedded font of two weights. Glyphs are drawn once for each size and cached.
//!
//! The font is a subset of Inter (font/OFL.txt) with figures of equal width: ASCII and the signs
//! multiplication ×, minus −, dash –, dot ·, arrow →, plus-minus ± and ellipsis …

use std::collections::HashMap;

use ab_glyph_rasterizer::{Point, Rasterizer, point};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider};

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
    regular: FontRef<'static>,
    medium: FontRef<'static>,
    glyphs: HashMap<(char, FontWeight, u32), Glyph>,
}

impl Default for Lettering {
    fn default() -> Self {
        let load = |bytes| FontRef::new(bytes).expect("the embedded font is read by a test");
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
        self.glyphs.entry((letter, style.weight, size)).or_insert_with(|| draw(font, letter, size as f32 / 4.0))
    }
}

/// Draws a letter of `font` at this height of the em.
fn draw(font: &FontRef, letter: char, size: f32) -> Glyph {
    let (size, place) = (Size::new(size), LocationRef::default());
    let id = font.charmap().map(letter).unwrap_or_default();
    let mut outline = Outline::default();
    if let Some(glyph) = font.outline_glyphs().get(id) {
        let drawn = glyph.draw(DrawSettings::unhinted(size, place), &mut outline);
        drawn.expect("the embedded font is read by a test");
    }
    Glyph { advance: font.glyph_metrics(size, place).advance_width(id).unwrap_or_default(), ..outline.covered() }
}

/// An outline on its way from the font to the rasteriser, in pixels, y pointing up.
#[derive(Default)]
struct Outline {
    pieces: Vec<OutlinePiece>,
    /// Where the contour began, and where the last piece ended.
    begin: Point,
    end: Point,
}

/// A line, or a curve with one or two points that bend it.
enum OutlinePiece {
    Line([Point; 2]),
    Quad([Point; 3]),
    Cubic([Point; 4]),
}

impl OutlinePiece {
    fn points(&self) -> &[Point] {
        match self {
            Self::Line(points) => points,
            Self::Quad(points) => points,
            Self::Cubic(points) => points,
        }
    }
}

impl Outline {
    fn push(&mut self, piece: OutlinePiece, end: Point) {
        self.pieces.push(piece);
        self.end = end;
    }

    /// The pixels that it covers, with no advance.
    fn covered(&self) -> Glyph {
        let points = || self.pieces.iter().flat_map(OutlinePiece::points);
        let low = |of: fn(&Point) -> f32| points().map(of).fold(f32::INFINITY, f32::min).floor() as i32;
        let high = |of: fn(&Point) -> f32| points().map(of).fold(f32::NEG_INFINITY, f32::max).ceil() as i32;
        if self.pieces.is_empty() {
            return Glyph { left: 0, bottom: 0, width: 0, height: 0, advance: 0.0, cover: Vec::new() };
        }
        let (left, bottom, right, top) = (low(|p| p.x), low(|p| p.y), high(|p| p.x), high(|p| p.y));
        let (width, height) = ((right - left) as usize, (top - bottom) as usize);
        let mut rasterizer = Rasterizer::new(width, height);
        let at = |p: Point| point(p.x - left as f32, top as f32 - p.y);
        for piece in &self.pieces {
            match *piece {
                OutlinePiece::Line([a, b]) => rasterizer.draw_line(at(a), at(b)),
                OutlinePiece::Quad([a, b, c]) => rasterizer.draw_quad(at(a), at(b), at(c)),
                OutlinePiece::Cubic([a, b, c, d]) => rasterizer.draw_cubic(at(a), at(b), at(c), at(d)),
            }
        }
        let mut cover = vec![0; width * height];
        rasterizer.for_each_pixel(|index, share| cover[index] = (share.clamp(0.0, 1.0) * 255.0 + 0.5) as u8);
        Glyph { left, bottom, width, height, advance: 0.0, cover }
    }
}

impl OutlinePen for Outline {
    fn move_to(&mut self, x: f32, y: f32) {
        (self.begin, self.end) = (point(x, y), point(x, y));
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.push(OutlinePiece::Line([self.end, point(x, y)]), point(x, y));
    }

    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        self.push(OutlinePiece::Quad([self.end, point(cx, cy), point(x, y)]), point(x, y));
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.push(OutlinePiece::Cubic([self.end, point(ax, ay), point(bx, by), point(x, y)]), point(x, y));
    }

    fn close(&mut self) {
        self.push(OutlinePiece::Line([self.end, self.begin]), self.begin);
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
        for letter in (' '..='~').chain("×−–·→±…".chars()) {
            for font in [&lettering.regular, &lettering.medium] {
                assert!(font.charmap().map(letter).is_some(), "{letter} is not in a font");
                let glyph = draw(font, letter, 14.0);
                let ink: u32 = glyph.cover.iter().map(|&cover| u32::from(cover)).sum();
                assert_eq!(ink == 0, letter == ' ', "{letter} covers {ink}");
                let Glyph { left, bottom, width, advance, .. } = glyph;
                let fits = left.abs() < 4 && bottom.abs() < 12 && width < 20 && 0.0 < advance;
                assert!(fits, "{letter}: left {left}, bottom {bottom}, width {width}, advance {advance}");
            }
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
