//! The network as a picture: scene + values + view -> RGBA.
//!
//! A [`Scene`] says where every neuron is; drawing and hit-testing both ask it. The caller fills one number for each
//! value of each block ([`cells`]) and chooses the strongest [`Connections`]; a [`Painter`] draws them as a [`View`]
//! wants to see them. Nothing here knows what is trained, or changes a network.

pub mod cells;
mod cellwork;
mod connections;
mod draw;
mod geometry;
mod hit;
mod label;
mod layout;
mod pixmap;
mod scene;
mod stroke;
mod theme;
mod view;

pub use cells::Mode;
pub use connections::{By, Connections, Line};
pub use draw::{Painter, Values, draw};
pub use geometry::{Curve, Grid, Neuron, Rect};
pub use layout::Kind;
pub use pixmap::Pixmap;
pub use scene::{Link, Panel, Scene};
pub use theme::{Colours, Rgb, Scale, Theme};
pub use view::View;
