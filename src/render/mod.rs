//! The network as a picture: scene + values + view -> RGBA.
//!
//! A [`Scene`] says where every neuron is; drawing and hit-testing both ask it. The caller fills one number for each
//! value of each block ([`cells`]) and chooses the strongest [`Connections`]; a [`Painter`] draws them as a [`Viewport`]
//! wants to see them. A [`Graph`] of free neurons has a scene as a network of layers has. Nothing here knows what is
//! trained, or changes a network.

mod canvas;
pub mod cells;
mod cellwork;
mod connections;
mod draw;
mod geometry;
mod graph;
mod hit;
mod images;
mod label;
mod layout;
mod lines;
pub mod marks;
mod panels;
mod pixmap;
mod place;
mod receptive;
mod scene;
mod stroke;
mod text;
mod theme;
mod tiles;
mod view;

pub use cells::Mode;
pub use connections::{By, ConnectionLine, Connections};
pub use draw::{DrawnValues, Painter, Patches, draw};
pub use geometry::{Bezier, Grid, Neuron, Rect};
pub use graph::{Edge, PanelGraph};
pub use layout::PanelKind;
pub use marks::{Mark, MarkKind};
pub use pixmap::Pixmap;
pub use place::{CellPlace, Nodes};
pub use receptive::{Receptive, read_shape};
pub use scene::{Panel, PanelLink, Scene};
pub use theme::{ColourScale, Colours, Rgb, Theme};
pub use tiles::FramePart;
pub use view::Viewport;
