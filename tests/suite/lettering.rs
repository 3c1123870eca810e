//! The outlines of the letters on the drawn network are those of the font beside them.

use std::fmt::Write;
use std::path::Path;

use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, GlyphId, MetadataProvider};

/// Writes an outline as src/render/paint/lettering.rs reads it.
struct Written(String);

impl Written {
    fn piece(&mut self, kind: char, points: &[f32]) {
        write!(self.0, " {kind}").unwrap();
        points.iter().for_each(|place| write!(self.0, " {place}").unwrap());
    }
}

impl OutlinePen for Written {
    fn move_to(&mut self, x: f32, y: f32) {
        self.piece('M', &[x, y]);
    }

    fn line_to(&mut self, x: f32, y: f32) {
        self.piece('L', &[x, y]);
    }

    fn quad_to(&mut self, _: f32, _: f32, _: f32, _: f32) {
        panic!("the font has cubic curves");
    }

    fn curve_to(&mut self, ax: f32, ay: f32, bx: f32, by: f32, x: f32, y: f32) {
        self.piece('C', &[ax, ay, bx, by, x, y]);
    }

    fn close(&mut self) {}
}

fn outlines(font: &FontRef) -> String {
    let (size, place) = (Size::unscaled(), LocationRef::default());
    let metrics = font.glyph_metrics(size, place);
    let mut text = format!("em {}\n", font.metrics(size, place).units_per_em);
    let mut letters: Vec<(u32, GlyphId)> = font.charmap().mappings().collect();
    letters.sort_unstable();
    letters.push((char::REPLACEMENT_CHARACTER.into(), GlyphId::NOTDEF));
    for (letter, id) in letters {
        let mut outline = Written(format!("U+{letter:04X} {}", metrics.advance_width(id).unwrap()));
        let glyph = font.outline_glyphs().get(id).unwrap();
        glyph.draw(DrawSettings::unhinted(size, place), &mut outline).unwrap();
        writeln!(text, "{}", outline.0).unwrap();
    }
    text
}

/// NEURARIUM_BLESS=1 writes them again.
#[test]
fn the_embedded_outlines_are_those_of_the_font() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/render/paint/font");
    for weight in ["regular", "medium"] {
        let font = std::fs::read(folder.join(format!("inter-{weight}-subset.otf"))).unwrap();
        let expected = outlines(&FontRef::new(&font).unwrap());
        let path = folder.join(format!("inter-{weight}.outlines"));
        if std::env::var_os("NEURARIUM_BLESS").is_some() {
            std::fs::write(&path, &expected).unwrap();
        }
        assert!(std::fs::read_to_string(&path).unwrap() == expected, "{weight}");
    }
}
