//! How things look: a scene and its numbers become pixels.
//!
//! A [`Painter`] settles what is drawn of each panel; lines, cells, images, marks and text are painted on a canvas, by all
//! threads at once, each on rows of its own.

mod canvas;
mod cellwork;
mod images;
mod lettering;
mod lines;
mod marks;
mod painter;
mod panels;
mod pixmap;
mod stroke;
mod text;
mod theme;
mod tiles;
mod values;

pub use painter::{Painter, Patches, draw};
pub use pixmap::Pixmap;
pub use theme::{ColourScale, Colours, Rgb};
pub use tiles::FramePart;
pub use values::DrawnValues;
