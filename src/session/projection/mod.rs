//! Projections: all examples as points in a plane, by what they are (their pixels) or what a network makes of them.

mod projections;
mod settings;
mod source;
mod tour_view;

pub use projections::{Projection, ProjectionMethod, Projections, TruePoint};
pub use settings::LayoutSettings;
pub use source::{ProjectionSource, SourceReader};
pub use tour_view::TourView;
