//! The letters of a face traced from their fields: curves that give the fields back, as a font and as a picture.

use std::fs;

use neurarium::config::Config;
use neurarium::data::letters::{self, Contour, LetterFrame, TracedLetter, Typeface, letter_class, trace};
use neurarium::data::{Dataset, LoadOptions};
use neurarium::session::{Learner, Session};
use skrifa::instance::{LocationRef, Size};
use skrifa::outline::{DrawSettings, OutlinePen};
use skrifa::{FontRef, MetadataProvider};

use crate::common::files::load;
use crate::common::program::{Folder, number};

const FRAME: LetterFrame = LetterFrame { width: 36, height: 36 };

fn values(bytes: &[u8]) -> Vec<f32> {
    bytes.iter().map(|&byte| f32::from(byte) / 255.0).collect()
}

/// One face of a data set as it is.
fn face(data: &Dataset, number: usize) -> Typeface {
    let letter = |class: usize| {
        let field = values(&data.example(52 * number + class));
        TracedLetter { class, contours: trace(&field, FRAME, 0.08) }
    };
    Typeface { name: "Traced & fitted".into(), letters: (0..52).map(letter).collect() }
}

/// The winding number of contours around a point, by their points.
fn is_inside(contours: &[Vec<(f64, f64)>], (x, y): (f64, f64)) -> bool {
    let edges = contours.iter().flat_map(|points| points.iter().zip(points.iter().cycle().skip(1)));
    let crossings = edges.filter(|(a, b)| (a.1 <= y) != (b.1 <= y));
    let right = crossings.filter(|(a, b)| x < a.0 + (y - a.1) / (b.1 - a.1) * (b.0 - a.0));
    right.map(|(a, b)| if a.1 < b.1 { 1 } else { -1 }).sum::<i32>() != 0
}

/// What contours in units of the frame and a field, interpolated and cut at its edge, have in common: intersection over
/// union on a grid four times as fine as the pixels.
fn overlap(contours: &[Vec<(f64, f64)>], field: &[f32]) -> f64 {
    const FINE: usize = 4;
    let ink = letters::ink(field, FRAME, FINE);
    let (mut both, mut either) = (0, 0);
    for (index, &grey) in ink.iter().enumerate() {
        let place = |at: usize| (at as f64 + 0.5) / FINE as f64;
        let (x, y) = (place(index % (FINE * FRAME.width)), place(index / (FINE * FRAME.width)));
        let (one, other) = (grey < 128, is_inside(contours, (x, y)));
        both += u32::from(one && other);
        either += u32::from(one || other);
    }
    if either == 0 { 1.0 } else { f64::from(both) / f64::from(either) }
}

fn dotted(contours: &[Contour]) -> Vec<Vec<(f64, f64)>> {
    contours.iter().map(|contour| contour.points(16)).collect()
}

/// The points of a glyph, in units of the font.
#[derive(Default)]
struct Dots(Vec<Vec<(f64, f64)>>);

impl OutlinePen for Dots {
    fn move_to(&mut self, x: f32, y: f32) {
        self.0.push(vec![(x.into(), y.into())]);
    }
    fn line_to(&mut self, x: f32, y: f32) {
        self.0.last_mut().unwrap().push((x.into(), y.into()));
    }
    fn quad_to(&mut self, cx: f32, cy: f32, x: f32, y: f32) {
        let contour = self.0.last_mut().unwrap();
        let from = *contour.last().unwrap();
        let of = |t: f64, a: f64, b: f32, c: f32| {
            (1.0 - t) * (1.0 - t) * a + 2.0 * t * (1.0 - t) * f64::from(b) + t * t * f64::from(c)
        };
        contour
            .extend((1..=16).map(|part| f64::from(part) / 16.0).map(|t| (of(t, from.0, cx, x), of(t, from.1, cy, y))));
    }
    fn curve_to(&mut self, _: f32, _: f32, _: f32, _: f32, _: f32, _: f32) {
        panic!("TrueType has no cubics");
    }
    fn close(&mut self) {}
}

/// Points of each contour of a letter.
type Contours = Vec<Vec<(f64, f64)>>;

/// The contours of each letter of a font, in units of the frame.
fn read(font: &[u8], baseline: f64) -> Vec<(char, Contours)> {
    let font = FontRef::new(font).unwrap();
    let (charmap, outlines) = (font.charmap(), font.outline_glyphs());
    let mut found = Vec::new();
    for letter in ('A'..='Z').chain('a'..='z') {
        let Some(glyph) = charmap.map(letter) else { continue };
        let mut pen = Dots::default();
        let settings = DrawSettings::unhinted(Size::unscaled(), LocationRef::default());
        outlines.get(glyph).unwrap().draw(settings, &mut pen).unwrap();
        let place = |&(x, y): &(f64, f64)| (9.0 + x / 40.0, baseline - y / 40.0);
        found.push((letter, pen.0.iter().map(|contour| contour.iter().map(place).collect()).collect()));
    }
    found
}

#[test]
fn contours_of_every_built_in_letter_are_its_field_at_the_edge() {
    let data = letters::alphabet(6, FRAME, 3);
    let (mut sum, mut curves) = (0.0, 0);
    for number in 0..6 {
        for letter in face(&data, number).letters {
            let index = 52 * number + letter.class;
            let shared = overlap(&dotted(&letter.contours), &values(&data.example(index)));
            assert!(0.8 < shared, "{}: {shared}", data.names[index]); // strokes may be a pixel wide
            sum += shared;
            curves += letter.contours.iter().map(|contour| contour.curves.len()).sum::<usize>();
        }
    }
    let (mean, curves) = (sum / 312.0, curves / 312);
    assert!(0.94 < mean, "{mean}");
    assert!(curves < 30, "{curves} curves a letter");
}

#[test]
fn a_square_has_four_lines_and_a_ring_two_contours_of_opposite_sense() {
    let field = |distance: fn(f64, f64) -> f64| {
        let depth = |index: usize| distance((index % 36) as f64 - 17.5, (index / 36) as f64 - 17.5);
        (0..36 * 36).map(|index| ((220.0 + 15.0 * depth(index)) / 255.0).clamp(0.0, 1.0) as f32).collect::<Vec<_>>()
    };
    let square = trace(&field(|x, y| 6.3 - x.abs().max(y.abs())), FRAME, 0.08);
    assert_eq!(square.len(), 1);
    assert!(square[0].curves.len() == 4 && square[0].pieces().all(|(from, curve)| curve.is_line(from)), "{square:?}");
    let corner = |x: f64| [18.0 - 6.3, 18.0 + 6.3].iter().any(|side: &f64| (x - side).abs() < 0.05);
    assert!(square[0].curves.iter().all(|curve| corner(curve.end.0) && corner(curve.end.1)), "{square:?}");

    let ring = trace(&field(|x, y| 2.0 - (x.hypot(y) - 7.0).abs()), FRAME, 0.08);
    assert_eq!(ring.len(), 2);
    let radii: Vec<f64> = ring
        .iter()
        .map(|contour| contour.points(8).iter().map(|(x, y)| (x - 18.0).hypot(y - 18.0)).sum::<f64>())
        .zip(&ring)
        .map(|(sum, contour)| sum / contour.points(8).len() as f64)
        .collect();
    assert!((radii[0] - 9.0).abs() < 0.1 && (radii[1] - 5.0).abs() < 0.1, "{radii:?}");
    let turns = |contour: &Contour| {
        let points = contour.points(8);
        points.iter().zip(points.iter().cycle().skip(1)).map(|(a, b)| a.0 * b.1 - b.0 * a.1).sum::<f64>()
    };
    assert!(0.0 < turns(&ring[0]) && turns(&ring[1]) < 0.0);
    assert!(trace(&[0.0; 36 * 36], FRAME, 0.08).is_empty());
}

#[test]
fn a_letter_that_fills_its_frame_ends_there_and_hostile_fields_are_harmless() {
    let full = trace(&[1.0; 36 * 36], FRAME, 0.08);
    assert_eq!(full.len(), 1);
    let [left, top, right, bottom] = full[0].bounds();
    assert!(-0.5 <= left && -0.5 <= top && right <= 36.5 && bottom <= 36.5, "{full:?}");
    // Every kind of square, dust, and pixels beside each other that touch at corners only.
    let chess: Vec<f32> = (0..36 * 36).map(|index| f32::from((index % 36 + index / 36) % 2 == 0)).collect();
    let noise: Vec<f32> =
        (0..36 * 36u32).map(|index| (index.wrapping_mul(2_654_435_761) >> 24) as f32 / 255.0).collect();
    for field in [chess, noise] {
        for contour in trace(&field, FRAME, 0.08) {
            assert!(contour.points(4).iter().all(|(x, y)| x.is_finite() && y.is_finite()));
        }
    }
}

#[test]
fn a_font_of_traced_letters_opens_and_gives_the_fields_back() {
    let data = letters::alphabet(2, FRAME, 5);
    for number in 0..2 {
        let face = face(&data, number);
        let bytes = face.truetype().unwrap();
        let letters = read(&bytes, face.baseline());
        assert_eq!(letters.len(), 52);
        for (class, (letter, contours)) in letters.iter().enumerate() {
            assert_eq!(*letter, letter_class(class));
            let shared = overlap(contours, &values(&data.example(52 * number + class)));
            assert!(0.8 < shared, "{letter}: {shared}");
        }
        // What reads fonts to train on finds the same letters in the same places.
        let again = load(vec![("traced.ttf".into(), bytes)], LoadOptions::default()).unwrap().dataset;
        assert_eq!(again.faces(), ["Traced & fitted Regular"]);
        let mut sum = 0.0;
        for class in 0..52 {
            let (one, other) = (data.example(52 * number + class), again.example(class));
            // Near the edge; deep inside the built-in fields are a little small.
            let near = one.iter().zip(other.iter()).filter(|(one, _)| (190..250).contains(*one));
            let off: Vec<f64> = near.map(|(one, other)| f64::from(one.abs_diff(*other))).collect();
            let mean = off.iter().sum::<f64>() / off.len() as f64;
            // Dots of thin faces are less than a pixel.
            assert!(mean < 14.0, "{}: {mean} grey levels, of which 15 are a pixel", letter_class(class));
            sum += mean;
        }
        assert!(sum / 52.0 < 4.0, "{} grey levels", sum / 52.0);
    }
}

#[test]
fn a_face_that_networks_made_is_what_they_make() {
    let settings =
        "sample=letters\nlimit=208\nmodel=letters\nlearning-rate=0.002\nbatch-size=39\nvalidation-split=0.25\n";
    let mut session = Session::new(Config::parse(settings).unwrap()).unwrap();
    (0..150).for_each(|_| session.step_once(&|| 0.0).unwrap());
    let example = 60;
    let face = session.made_face(example).unwrap();
    assert_eq!(face.letters.len(), 52);
    assert!(face.name.ends_with("remade"), "{}", face.name);
    let data = session.data();
    for run in session.networks() {
        let Learner::Network(learner) = &run.learner else { panic!() };
        let reads = |&index: &u32| run.objective().task.reads(data.labels[index as usize]);
        let read: Vec<u32> = (52..104).filter(reads).collect();
        let mut made = vec![0.0; read.len() * 36 * 36];
        learner.trainer().make(learner.network(), data, &read, &mut made);
        made.iter_mut().for_each(|value| *value = value.clamp(0.0, 1.0));
        for (index, made) in read.into_iter().zip(made.chunks_exact(36 * 36)) {
            let class = (data.labels[index as usize] as usize + 26) % 52;
            assert_eq!(face.letters[class].contours, trace(made, FRAME, 0.08), "{}", letter_class(class));
        }
    }
    assert!(session.made_face(208).unwrap_err().to_string().contains("letter of a face"));
    let other = Session::new(Config::parse("model=classifier-mlp\nlimit=16").unwrap()).unwrap();
    assert!(other.made_face(0).unwrap_err().to_string().contains("two networks"));
}

#[test]
fn the_program_writes_a_font_and_a_picture_and_refuses_other_names() {
    let program = Folder::new("alphabet");
    let data = ["sample=letters", "limit=520", "validation-split=0.2"];
    let train = [&["train", "model=letters", "epochs=2"], &data[..]].concat();
    program.result(&train);
    let model = "models/letters.safetensors";
    for name in ["made.ttf", "made.svg"] {
        let found = program.result(&[&["alphabet", model, name], &data[..]].concat());
        assert_eq!(number(&found, "letters"), 52.0);
        assert!(0.0 < number(&found, "curves"));
    }
    let font = fs::read(program.path("made.ttf")).unwrap();
    assert_eq!(read(&font, 0.0).len(), 52);
    let names = FontRef::new(&font).unwrap().localized_strings(skrifa::string::StringId::FAMILY_NAME);
    assert!(names.english_or_first().unwrap().to_string().contains("remade"));
    let svg = fs::read_to_string(program.path("made.svg")).unwrap();
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n"));
    assert_eq!(svg.matches("<path id=").count(), 52);
    assert!(svg.contains("id=\"capital-A\"") && svg.contains("id=\"small-z\""));
    let told = program.refused(1, &["alphabet", model, "made.otf", "sample=letters"]);
    assert!(told.contains(".ttf or .svg"), "{told}");
    let output = program.run(&[&["alphabet", model, "made.svg", "view-example=999"], &data[..]].concat());
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(told.lines().last().is_some_and(|line| line.contains("a letter of a face")), "{told}");
}
