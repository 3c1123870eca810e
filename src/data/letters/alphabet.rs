//! The built-in alphabet: faces drawn from a seed, as distance fields in the frame of those of fonts.
//!
//! A face gives the skeletons of the letters a weight, widths, heights, a slant, contrast, rounder or squarer curves, and
//! serifs or none. The distance to a letter is the smallest to any of its parts: lines are boxes, curves and joints have
//! round ends. Outside it is exact; deep inside, where parts overlap, it is a little small.
//! Only + - * / and square roots occur, so a seed gives the same bytes natively and in the browser. Face n depends only on
//! (seed, n), so a larger alphabet begins with the smaller one.

use super::family::Families;
use super::frame::{self, LEFT, LETTERS, LetterFrame, letter_class, letter_name};
use super::points::paint_in;
use super::skeleton::{OTHERS, SKELETONS, Stroke, strokes};
use crate::data::dataset::Dataset;
use crate::data::frame::Frame;
use crate::data::numbers::NumberTargets;
use crate::data::overrides::Overrides;
use crate::data::pictures::PictureTargets;
use crate::data::split::Split;
use crate::par;
use crate::rng::{Purpose, Rng};

/// Half of the thickness of the thinnest strokes.
const LEAST: f64 = 0.35;

/// The letters of `faces` faces, for training until the set is divided; each face is a family of its own.
pub fn alphabet(faces: usize, frame: LetterFrame, seed: u64) -> Dataset {
    let mut pixels = vec![0; faces * LETTERS * frame.area()];
    let mut each: Vec<&mut [u8]> = pixels.chunks_mut((LETTERS * frame.area()).max(1)).collect();
    par::each(&mut each, |number, pixels| {
        let face = Face::new(seed, number);
        for (class, pixels) in pixels.chunks_exact_mut(frame.area()).enumerate() {
            paint_in(frame, pixels, |frame, pixels| face.paint(class, frame, pixels));
        }
    });
    let count = faces * LETTERS;
    let family = |number: usize| format!("Face {}", number + 1);
    let families: Vec<String> = (0..faces).map(family).collect();
    Dataset {
        name: "built-in alphabet".into(),
        shape: frame.shape(),
        pixels: pixels.into(),
        frames: vec![Frame::whole(frame.shape()); count],
        labels: (0..count).map(|example| (example % LETTERS) as u32).collect(),
        classes: (0..LETTERS).map(|class| letter_class(class).to_string()).collect(),
        numbers: NumberTargets::default(),
        pictures: PictureTargets::default(),
        families: Families::new((0..count).map(|example| Some(families[example / LETTERS].as_str()))),
        splits: vec![Split::Train; count],
        names: (0..count)
            .map(|example| format!("{}/{}", families[example / LETTERS], letter_name(example % LETTERS)))
            .collect(),
        has_validation: false,
        has_test: false,
        overrides: Overrides::default(),
    }
}

/// The manner of a face; lengths in units of the frame.
struct Face {
    /// Half of the thickness of an upright stroke.
    weight: f64,
    /// The share of its thickness that a level stroke lacks.
    contrast: f64,
    slant: f64,
    baseline: f64,
    capital: f64,
    small: f64,
    ascender: f64,
    descender: f64,
    /// Widths of H and of n.
    capital_width: f64,
    small_width: f64,
    /// Amount by which curves bulge beyond ellipses.
    square: f64,
    /// Length of a serif beyond its stroke; 0: none.
    serif: f64,
    /// Distance by which points are off, as in handwriting, and the source of these numbers.
    shake: f64,
    own: Rng,
    has_other_shapes: bool,
}

/// A part of a letter: all points within `radius` of the line from `a` to `b`, or a box along it.
struct Part {
    a: (f64, f64),
    b: (f64, f64),
    radius: f64,
    is_box: bool,
}

impl Face {
    fn new(seed: u64, number: usize) -> Self {
        let mut rng = Rng::new(seed, Purpose::Alphabet, number as u64);
        let mut range = |low: f64, high: f64| low + (high - low) * f64::from(rng.uniform());
        let capital = range(13.0, 17.0);
        let small = capital * range(0.58, 0.72);
        let ascender = capital * range(0.98, 1.12);
        let weight = range(0.45, 0.85) + range(0.0, 1.0) * range(0.0, 1.3);
        let slanted = range(0.0, 1.0) < 0.35;
        let has_serifs = range(0.0, 1.0) < 0.4;
        let is_shaky = range(0.0, 1.0) < 0.25;
        Self {
            weight,
            contrast: range(0.0, 1.0) * range(0.0, 0.65),
            slant: if slanted { range(0.08, 0.28) } else { 0.0 },
            baseline: 2.0 + ascender + range(1.5, 3.5),
            capital,
            small,
            ascender,
            descender: range(4.0, 6.0),
            capital_width: range(7.5, 13.0),
            small_width: range(6.0, 10.0),
            square: range(0.0, 1.0) * range(0.0, 0.8),
            serif: if has_serifs { weight * 0.6 + range(0.5, 1.4) } else { 0.0 },
            shake: if is_shaky { range(0.1, 0.45) } else { 0.0 },
            has_other_shapes: range(0.0, 1.0) < 0.45,
            own: Rng::new(seed, Purpose::Alphabet, (1 << 32) + number as u64),
        }
    }

    fn paint(&self, class: usize, frame: LetterFrame, pixels: &mut [u8]) {
        let parts = self.parts(class);
        for (index, pixel) in pixels.iter_mut().enumerate() {
            let at = frame.place(index % frame.width, index / frame.width);
            let distance = parts.iter().map(|part| part.distance(at)).fold(f64::INFINITY, f64::min);
            *pixel = frame::grey(-distance);
        }
    }

    /// The parts of a letter, placed in the frame.
    fn parts(&self, class: usize) -> Vec<Part> {
        let other = OTHERS.iter().find(|&&(other, ..)| other == class && self.has_other_shapes);
        let (width, skeleton) = other.map_or(SKELETONS[class], |&(_, width, skeleton)| (width, skeleton));
        let is_small = 26 <= class;
        let width = width * if is_small { self.small_width } else { self.capital_width };
        let mut rng = self.own.at(1000 * class as u64);
        let mut shaken = || f64::from(rng.range(-1.0, 1.0)) * self.shake;
        let mut parts = Vec::new();
        for stroke in strokes(skeleton, self.square) {
            let place = |&(x, y): &(f64, f64)| {
                let height = self.height(y, is_small);
                (LEFT + self.weight + x * width + self.slant * height, self.baseline - height)
            };
            let mut placed: Vec<(f64, f64)> = stroke.points.iter().map(place).collect();
            let off = (shaken(), shaken());
            placed.iter_mut().for_each(|point| *point = (point.0 + off.0, point.1 + off.1));
            self.add_stroke(&placed, &stroke, &mut parts);
            self.add_serifs(&placed, &stroke, &mut parts);
        }
        parts
    }

    /// The height above the baseline of a height in a skeleton.
    fn height(&self, y: f64, is_small: bool) -> f64 {
        match y {
            _ if !is_small => y * self.capital,
            y if y < 0.0 => y * self.descender,
            y if y <= 1.0 => y * self.small,
            y => self.small + (y - 1.0) * (self.ascender - self.small),
        }
    }

    fn add_stroke(&self, placed: &[(f64, f64)], stroke: &Stroke, parts: &mut Vec<Part>) {
        let mut before = None;
        for (ends, &straight) in placed.windows(2).zip(&stroke.straight) {
            let (a, b) = (ends[0], ends[1]);
            let radius = self.radius(a, b);
            if let Some(before) = before {
                let joint = f64::min(before, radius);
                parts.push(Part { a, b: a, radius: joint, is_box: false });
            }
            parts.push(Part { a, b, radius, is_box: straight });
            before = Some(radius);
        }
    }

    /// Half of the thickness of a line: level ones are thinner.
    fn radius(&self, a: (f64, f64), b: (f64, f64)) -> f64 {
        let (dx, dy) = (b.0 - a.0, b.1 - a.1);
        let level = dx * dx / (dx * dx + dy * dy).max(1e-9);
        (self.weight * (1.0 - self.contrast * level)).max(LEAST)
    }

    /// Level bars at ends of upright lines.
    fn add_serifs(&self, placed: &[(f64, f64)], stroke: &Stroke, parts: &mut Vec<Part>) {
        let (Some(&first), Some(&last)) = (stroke.straight.first(), stroke.straight.last()) else { return };
        let count = placed.len();
        if self.serif == 0.0 {
            return;
        }
        for (is_straight, end, next) in [(first, 0, 1), (last, count - 1, count - 2)] {
            let ((x, y), next, height) = (placed[end], placed[next], stroke.points[end].1);
            let (dx, dy) = (next.0 - x, next.1 - y);
            let is_line = [-1.0, 0.0, 1.0, 2.0].contains(&height);
            if !is_straight || !is_line || dy * dy < dx * dx {
                continue;
            }
            let radius = (0.8 * self.weight * (1.0 - self.contrast)).max(LEAST);
            let y = if dy < 0.0 { y - radius } else { y + radius };
            let reach = self.weight + self.serif;
            parts.push(Part { a: (x - reach, y), b: (x + reach, y), radius, is_box: true });
        }
    }
}

impl Part {
    /// The distance of a point, negative inside.
    fn distance(&self, (x, y): (f64, f64)) -> f64 {
        let (dx, dy) = (self.b.0 - self.a.0, self.b.1 - self.a.1);
        let (px, py) = (x - self.a.0, y - self.a.1);
        let square = dx * dx + dy * dy;
        if self.is_box && 0.0 < square {
            let length = square.sqrt();
            let along = ((px * dx + py * dy) / length - 0.5 * length).abs() - 0.5 * length;
            let across = ((px * dy - py * dx) / length).abs() - self.radius;
            let (out_along, out_across) = (along.max(0.0), across.max(0.0));
            return (out_along * out_along + out_across * out_across).sqrt() + along.max(across).min(0.0);
        }
        let share = if 0.0 < square { ((px * dx + py * dy) / square).clamp(0.0, 1.0) } else { 0.0 };
        let (ex, ey) = (px - share * dx, py - share * dy);
        (ex * ex + ey * ey).sqrt() - self.radius
    }
}
