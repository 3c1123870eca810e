//! Where things are: panels of cells, the links between them and the connections along these, in scene units.
//!
//! Nothing here has colours or pixels. Painting and hit-testing use the same places.

pub mod cells;
mod choice;
pub mod connections;
pub mod folding;
mod geometry;
mod graph;
mod hit;
pub mod layout;
mod link;
pub mod marks;
mod panel;
mod place;
mod receptive;
mod view;
mod whole;

pub use choice::{By, Mode, Theme};
pub use connections::{ConnectionLine, Connections};
pub use folding::PanelKind;
pub use geometry::{Bezier, Grid, Neuron, Rect};
pub use graph::{Edge, PanelGraph};
pub use link::PanelLink;
pub use marks::{Mark, MarkKind};
pub use panel::Panel;
pub use place::{CellPlace, Nodes};
pub use receptive::{Receptive, read_shape};
pub use view::Viewport;
pub use whole::Scene;
