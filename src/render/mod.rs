//! The network as a picture: scene + values + view -> RGBA.
//!
//! A [`Scene`] says where every neuron is; drawing and hit-testing both ask it. The caller fills one number for each
//! value of each block ([`cells`]) and chooses the strongest [`Connections`]; a [`Painter`] draws them as a [`View`]
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
pub use connections::{By, Connections, Line};
pub use draw::{Painter, Patches, Values, draw};
pub use geometry::{Curve, Grid, Neuron, Rect};
pub use graph::{Edge, Graph};
pub use layout::Kind;
pub use marks::{Mark, MarkKind};
pub use pixmap::Pixmap;
pub use place::{Nodes, Place};
pub use receptive::{Receptive, read_shape};
pub use scene::{Link, Panel, Scene};
pub use theme::{Colours, Rgb, Scale, Theme};
pub use tiles::Part;
pub use view::View;
