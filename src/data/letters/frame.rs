//! The frame of a letter: where it stands in its picture, and which grey a distance becomes.
//!
//! In units of the frame, which is 36 wide and 36 high, the line of a face from its ascent to its descent is 25 high, with
//! 2 above and 9 below it, and letters begin 9 from the left; y points down. A picture of another size shows the same
//! frame, scaled and centred. grey = 220 + 15 d, with d the distance of the middle of the pixel to the edge in units of
//! the frame, positive inside, rounded and clamped to 0..=255. The frame is that of Murphy, "Lowestcase and
//! uppestcase letters" (SIGBOVIK 2021).

use crate::shape::Shape;

/// The letters in the order of their classes: A to Z, then a to z.
pub const LETTERS: usize = 52;

/// Units of the frame in its width and its height.
pub const SIDE: usize = 36;
/// The place at which the line of a face begins, from the top, and letters do, from the left.
pub const TOP: f64 = 2.0;
pub const LEFT: f64 = 9.0;
/// Height of the line: what is left of the side without 2 above and 9 below.
pub const LINE: f64 = 25.0;
const EDGE: f64 = 220.0;
const FALLOFF: f64 = 15.0;

/// The letter of a class.
pub fn letter_class(class: usize) -> char {
    let (first, place) = if class < 26 { (b'A', class) } else { (b'a', class - 26) };
    char::from(first + place.min(25) as u8)
}

/// The name of a letter among the names of examples, other than those of all other letters even where capitals do not
/// count: `capital A`, `small a`.
pub fn letter_name(class: usize) -> String {
    let size = if class < 26 { "capital" } else { "small" };
    format!("{size} {}", letter_class(class))
}

/// The size of the pictures of letters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LetterFrame {
    pub width: usize,
    pub height: usize,
}

impl Default for LetterFrame {
    fn default() -> Self {
        Self { width: SIDE, height: SIDE }
    }
}

impl LetterFrame {
    /// Pixels of one letter.
    pub fn area(self) -> usize {
        self.width * self.height
    }

    pub fn shape(self) -> Shape {
        Shape::from_whc(self.width, self.height, 1)
    }

    /// The side of a pixel in units of the frame.
    pub fn pixel(self) -> f64 {
        SIDE as f64 / self.width.min(self.height).max(1) as f64
    }

    /// The middle of a pixel in units of the frame.
    pub fn place(self, x: usize, y: usize) -> (f64, f64) {
        self.place_at(x as f64, y as f64)
    }

    /// A place among the middles of the pixels in units of the frame.
    pub fn place_at(self, x: f64, y: f64) -> (f64, f64) {
        let unit = self.pixel();
        let centred = |pixel: f64, side: usize| unit * (pixel + 0.5 - 0.5 * side as f64) + 0.5 * SIDE as f64;
        (centred(x, self.width), centred(y, self.height))
    }
}

/// The place of a letter's design in the frame: x = LEFT + scale x', y = baseline - scale y'.
#[derive(Clone, Copy, Debug)]
pub struct LetterPlacement {
    pub scale: f64,
    pub baseline: f64,
}

impl LetterPlacement {
    /// The place in a face with a line from `ascent` to `descent`, which is below 0 as a rule; `None` for a line of no height.
    pub fn of_line(ascent: f64, descent: f64) -> Option<Self> {
        let height = ascent - descent;
        let scale = LINE / height;
        (0.0 < height && scale.is_finite()).then_some(Self { scale, baseline: TOP + scale * ascent })
    }

    pub fn place(self, x: f64, y: f64) -> (f64, f64) {
        (LEFT + self.scale * x, self.baseline - self.scale * y)
    }
}

/// The grey of a signed distance in units of the frame, positive inside.
pub fn grey(distance: f64) -> u8 {
    (EDGE + FALLOFF * distance).round().clamp(0.0, 255.0) as u8
}

/// How deep inside the letter a value of a field is, in units of the frame; below 0 outside.
pub fn depth(value: f32) -> f32 {
    (255.0 * value - EDGE as f32) / FALLOFF as f32
}

/// A value made for a field, within 0..=1; one that is no number, of a network that has diverged, is paper.
pub fn clamped(value: f32) -> f32 {
    if 0.0 < value { value.min(1.0) } else { 0.0 }
}

/// Whether a value of a field, in 0..=1, is inside the letter.
pub fn is_inside(value: f32) -> bool {
    0.0 <= depth(value)
}

/// Whether ink from (`left`, `top`) to (`right`, `bottom`) covers no middle of a pixel outside the frame.
pub fn holds(left: f64, top: f64, right: f64, bottom: f64) -> bool {
    let most = SIDE as f64 + 0.5;
    -0.5 <= left && -0.5 <= top && right <= most && bottom <= most
}
