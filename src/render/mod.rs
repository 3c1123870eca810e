//! The network as a picture: scene + values + view -> RGBA.
//!
//! A [`Scene`] says where every neuron is; drawing and hit-testing both ask it. The caller fills one number for each
//! value of each block ([`cells`]) and chooses the strongest [`Connections`]; a [`Painter`] draws them as a [`Viewport`]
//! wants to see them. A [`Graph`] of free neurons has a scene as a network of layers has. Nothing here knows what is
//! trained, or changes a network.

mod paint;
mod scene;

pub use paint::{ColourScale, Colours, DrawnValues, FramePart, Painter, Patches, Pixmap, Rgb, draw};
pub use scene::{
    Bezier, By, CellPlace, ConnectionLine, Connections, Edge, Grid, Mark, MarkKind, Mode, Neuron, Nodes, Panel,
    PanelGraph, PanelKind, PanelLink, Receptive, Rect, Scene, Theme, Viewport, cells, marks, read_shape,
};
