//! The letters of a face as contours, to be saved: as one picture in SVG, or as a font.
//!
//! The picture shows the frame of each letter, 13 in a row, in the order of the classes; the path of a letter has its name
//! as its id, `capital-A`.

use std::fmt::Write;

use super::contour::Contour;
use super::frame::{SIDE, letter_name};

/// Frames in a row of the picture.
const ROW: usize = 13;

#[derive(Clone, Debug, PartialEq)]
pub struct TracedLetter {
    pub class: usize,
    pub contours: Vec<Contour>,
}

#[derive(Clone, Debug, PartialEq)]
pub struct Typeface {
    pub name: String,
    /// In the order of the classes, each at most once.
    pub letters: Vec<TracedLetter>,
}

impl TracedLetter {
    /// Left, top, right and bottom of the ink; `None` for a blank letter.
    pub fn bounds(&self) -> Option<[f64; 4]> {
        let joined = |[a, b, c, d]: [f64; 4], [e, f, g, h]: [f64; 4]| [a.min(e), b.min(f), c.max(g), d.max(h)];
        self.contours.iter().map(Contour::bounds).reduce(joined)
    }
}

impl Typeface {
    /// Number of curves and lines.
    pub fn curves(&self) -> usize {
        self.letters.iter().flat_map(|letter| &letter.contours).map(|contour| contour.curves.len()).sum()
    }

    /// The height of the baseline from the top of the frame: most letters end there.
    pub fn baseline(&self) -> f64 {
        let mut bottoms: Vec<f64> = self.letters.iter().filter_map(|letter| Some(letter.bounds()?[3])).collect();
        bottoms.sort_by(f64::total_cmp);
        bottoms.get(bottoms.len() / 2).copied().unwrap_or(SIDE as f64)
    }

    /// The letters as one picture.
    pub fn svg(&self) -> String {
        let (width, height) = (ROW * SIDE, self.letters.len().div_ceil(ROW) * SIDE);
        let mut svg = format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{}\" height=\"{}\">\n\
             <title>{}</title>\n",
            2 * width,
            2 * height,
            escaped(&self.name)
        );
        for (number, letter) in self.letters.iter().enumerate() {
            let (x, y) = (number % ROW * SIDE, number / ROW * SIDE);
            let (id, path) = (letter_name(letter.class).replace(' ', "-"), path(&letter.contours));
            let _ = writeln!(svg, "<path id=\"{id}\" transform=\"translate({x} {y})\" d=\"{path}\"/>");
        }
        svg + "</svg>\n"
    }
}

/// The commands of a path.
fn path(contours: &[Contour]) -> String {
    let mut path = String::new();
    for contour in contours {
        let rounded = |(x, y): (f64, f64)| format!("{} {}", (1e3 * x).round() / 1e3, (1e3 * y).round() / 1e3);
        for (number, (from, curve)) in contour.pieces().enumerate() {
            if number == 0 {
                let _ = write!(path, "M{}", rounded(from));
            }
            let _ = match curve.is_line(from) {
                true => write!(path, "L{}", rounded(curve.end)),
                false => write!(path, "Q{} {}", rounded(curve.control), rounded(curve.end)),
            };
        }
        path += "Z";
    }
    path
}

fn escaped(text: &str) -> String {
    let plain = text.chars().filter(|letter| !letter.is_control()).collect::<String>();
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
