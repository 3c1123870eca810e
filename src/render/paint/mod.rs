//! How things look: a scene and its numbers become pixels.
//!
//! A [`Painter`] decides what is drawn of each panel and draws lines, cells, images, marks and text on a canvas. All
//! threads take part, each with rows of its own.

mod adjacency;
mod canvas;
mod cellwork;
mod images;
mod lettering;
mod levels;
mod lines;
mod map_picture;
mod marks;
mod painter;
mod panels;
mod pixmap;
mod stroke;
mod text;
mod theme;
mod tiles;
mod values;

pub use adjacency::{adjacency, adjacency_changes};
pub use levels::{LevelGraph, LevelMarks};
pub use map_picture::MapPicture;
pub use painter::{Painter, Patches, draw};
pub use pixmap::Pixmap;
pub use theme::{ColourScale, Colours, Rgb};
pub use tiles::FramePart;
pub use values::DrawnValues;
