//! The network as a picture: scene + values + view -> RGBA.
//!
//! A [`Scene`] holds the place of every neuron; drawing and hit-testing both use it. The caller provides a number for
//! each value of each block ([`cells`]) and chooses the strongest [`Connections`]; a [`Painter`] draws the part of the
//! scene that a [`Viewport`] selects. A [`PanelGraph`] of free neurons has a scene, too. Nothing here depends on
//! training or changes a network.

mod paint;
mod scene;

pub use paint::{
    ColourScale, Colours, DrawnValues, FramePart, LevelGraph, LevelMarks, MapPicture, Painter, Patches, Pixmap, Rgb,
    adjacency, adjacency_changes, draw,
};
pub use scene::{
    Bezier, By, CellPlace, ConnectionLine, Connections, Edge, Grid, Mark, MarkKind, Mode, Neuron, Nodes, Panel,
    PanelGraph, PanelKind, PanelLink, Receptive, Rect, Scene, Theme, Viewport, cells, marks, read_shape,
};
