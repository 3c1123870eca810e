//! Text: two weights of an embedded font. Glyphs are drawn once for each size and cached.
//!
//! The font is a subset of Inter (font/OFL.txt) with figures of equal width: ASCII and the signs
//! multiplication ×, minus −, dash –, dot ·, arrow →, plus-minus ± and ellipsis …
//!
//! A reader of font files would be a twelfth of all code that is sent, so what is embedded are outlines that
//! tests/suite/lettering.rs takes from the font: a line for each letter, the last for those that are missing.
//!
//! ```text
//! em 2048
//! U+0049 530 M 82 0 L 448 0 L 448 1490 L 82 1490     advance; M begins a contour, L is a line and C a cubic curve to the
//!                                                    last of its points; each contour is closed; y points up
//! ```

use std::collections::HashMap;

use ab_glyph_rasterizer::{Point, Rasterizer, point};

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

/// The outlines and every glyph drawn so far.
pub struct Lettering {
    regular: HashMap<char, Outline>,
    medium: HashMap<char, Outline>,
    glyphs: HashMap<(char, FontWeight, u32), Glyph>,
}

impl Default for Lettering {
    fn default() -> Self {
        Self {
            regular: outlines(include_str!("font/inter-regular.outlines")),
            medium: outlines(include_str!("font/inter-medium.outlines")),
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

    /// The text, shortened with an ellipsis if it does not fit; of one word the number at its end stays, by which layers
    /// differ. `None` if not even three letters fit.
    pub fn fitted(&mut self, text: &str, style: Style, room: f32) -> Option<String> {
        if self.width(text, style) <= room {
            return Some(text.to_string());
        }
        let is_word = !text.contains(' ');
        let stem = text.trim_end_matches(|letter: char| is_word && letter.is_ascii_digit());
        let number = &text[stem.len()..];
        let mut short = stem.to_string();
        while 3 < short.chars().count() + number.len() && !short.is_empty() {
            short.pop();
            let candidate = format!("{}…{number}", short.trim_end());
            if self.width(&candidate, style) <= room {
                return Some(candidate);
            }
        }
        None
    }

    fn glyph(&mut self, letter: char, style: Style) -> &Glyph {
        // Sizes are rounded to a quarter of a pixel, which cannot be seen, to keep the cache small.
        let size = (style.size * 4.0).round() as u32;
        let outlines = match style.weight {
            FontWeight::Regular => &self.regular,
            FontWeight::Medium => &self.medium,
        };
        let outline = outlines.get(&letter).unwrap_or(&outlines[&MISSING]);
        self.glyphs.entry((letter, style.weight, size)).or_insert_with(|| outline.drawn(size as f32 / 4.0))
    }
}

/// Stands for all letters that the font does not have.
const MISSING: char = char::REPLACEMENT_CHARACTER;

/// The outline of a letter for an em of 1, y pointing up.
#[derive(Default)]
struct Outline {
    advance: f32,
    pieces: Vec<OutlinePiece>,
}

/// A line, or a curve with two points that bend it.
enum OutlinePiece {
    Line([Point; 2]),
    Cubic([Point; 4]),
}

impl OutlinePiece {
    fn points(&self) -> &[Point] {
        match self {
            Self::Line(points) => points,
            Self::Cubic(points) => points,
        }
    }
}

/// The outlines in a file.
fn outlines(text: &str) -> HashMap<char, Outline> {
    let mut lines = text.lines();
    let em = lines.next().and_then(|line| line.strip_prefix("em ")?.parse().ok()).unwrap_or(1.0);
    let letter = |line: &str| {
        let (code, outline) = line.strip_prefix("U+")?.split_once(' ')?;
        Some((char::from_u32(u32::from_str_radix(code, 16).ok()?)?, Outline::read(outline, em)?))
    };
    lines.map(|line| letter(line).expect("the outlines are read by a test")).collect()
}

impl Outline {
    /// The outline of a line, after the letter.
    fn read(text: &str, em: f32) -> Option<Self> {
        let mut words = text.split(' ');
        let number = |word: Option<&str>| word?.parse::<f32>().ok().map(|number| number / em);
        let mut outline = Self { advance: number(words.next())?, pieces: Vec::new() };
        let (mut begin, mut end) = (point(0.0, 0.0), point(0.0, 0.0));
        let closing = |end: Point, begin: Point| (end != begin).then_some(OutlinePiece::Line([end, begin]));
        while let Some(kind) = words.next() {
            let mut next = || Some(point(number(words.next())?, number(words.next())?));
            match kind {
                "L" => outline.pieces.push(OutlinePiece::Line([end, next()?])),
                "C" => outline.pieces.push(OutlinePiece::Cubic([end, next()?, next()?, next()?])),
                _ => {
                    outline.pieces.extend(closing(end, begin));
                    begin = next()?;
                    end = begin;
                    continue;
                }
            }
            end = outline.pieces.last()?.points().last().copied()?;
        }
        outline.pieces.extend(closing(end, begin));
        Some(outline)
    }

    /// The letter at this height of the em in pixels.
    fn drawn(&self, size: f32) -> Glyph {
        let advance = size * self.advance;
        if self.pieces.is_empty() {
            return Glyph { left: 0, bottom: 0, width: 0, height: 0, advance, cover: Vec::new() };
        }
        let points = || self.pieces.iter().flat_map(OutlinePiece::points);
        let low = |of: fn(&Point) -> f32| (size * points().map(of).fold(f32::INFINITY, f32::min)).floor() as i32;
        let high = |of: fn(&Point) -> f32| (size * points().map(of).fold(f32::NEG_INFINITY, f32::max)).ceil() as i32;
        let (left, bottom, right, top) = (low(|p| p.x), low(|p| p.y), high(|p| p.x), high(|p| p.y));
        let (width, height) = ((right - left) as usize, (top - bottom) as usize);
        let mut rasterizer = Rasterizer::new(width, height);
        let at = |p: Point| point(size * p.x - left as f32, top as f32 - size * p.y);
        for piece in &self.pieces {
            match *piece {
                OutlinePiece::Line([a, b]) => rasterizer.draw_line(at(a), at(b)),
                OutlinePiece::Cubic([a, b, c, d]) => rasterizer.draw_cubic(at(a), at(b), at(c), at(d)),
            }
        }
        let mut cover = vec![0; width * height];
        rasterizer.for_each_pixel(|index, share| cover[index] = (share.clamp(0.0, 1.0) * 255.0 + 0.5) as u8);
        Glyph { left, bottom, width, height, advance, cover }
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
                assert!(font.contains_key(&letter), "{letter} is not in a font");
                let glyph = font[&letter].drawn(14.0);
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
        let room = lettering.width("enc…12", STYLE);
        assert_eq!(lettering.fitted("encode12", STYLE, room).as_deref(), Some("enc…12"));
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
