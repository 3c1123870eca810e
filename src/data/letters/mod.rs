//! Letters: the shapes of A to Z and a to z, as pictures of their distance to the edge.
//!
//! font file -> [`read_faces`] -> [`FontFile`] of faces, or strokes -> [`alphabet`]; both are drawn in one [`LetterFrame`].
//! The modules in reading order:

mod frame;

mod distance;
mod outline;

mod cases;
mod face;
mod font_file;
mod woff;

mod alphabet;
mod skeleton;

mod family;

mod partners;

mod ink;

pub use alphabet::alphabet;
pub use family::{FaceMark, Families, near_copies};
pub use font_file::{FaceFields, FontFile, LeftOut, is_font, read_faces};
pub use frame::{LETTERS, LetterFrame, is_inside, letter_class, letter_name};
pub use ink::{field, ink};
pub use partners::ALONE;
pub use skeleton::strokes;
