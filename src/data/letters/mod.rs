//! Letters: the shapes of A to Z and a to z, as pictures of their distance to the edge.
//!
//! font file -> [`read_faces`] -> [`FontFile`] of faces, or strokes -> [`alphabet`]; both are drawn in one [`LetterFrame`].
//! In the frame of 254 x 1 a letter is not a field but the points of its contours.
//! field -> [`trace`] -> [`Contour`]s -> [`Typeface`] -> a picture in SVG, or a font.
//! The modules in reading order:

mod frame;

mod distance;
mod outline;

#[cfg(feature = "decoders")]
mod font;
mod font_file;

mod alphabet;
mod skeleton;

mod family;

mod partners;

mod ink;

mod contour;
mod fit;
mod trace;

mod points;

mod assignment;
mod form;

#[cfg(not(target_arch = "wasm32"))]
mod truetype;
mod typeface;

pub use alphabet::alphabet;
pub use assignment::{assigned, assigned_curves};
pub use contour::{Contour, Quadratic};
pub use family::{FaceMark, Families, near_copies};
#[cfg(feature = "decoders")]
pub use font::read_faces;
pub use font_file::{FaceFields, FontFile, LeftOut, is_font};
pub use frame::{LETTERS, LetterFrame, clamped, is_inside, letter_class, letter_name};
pub use ink::{field, ink};
pub use partners::{ALONE, other_case};
pub use points::{POINT_VALUES, are_points, contours, field_of, points, seen, shown_in, used};
pub use skeleton::strokes;
pub use trace::trace;
pub use typeface::{TracedLetter, Typeface};
