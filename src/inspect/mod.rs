//! Looking into what a network has learnt: reads values and never writes a parameter.
//!
//! A map of points goes from the top to the bottom: [`Reduction`] to principal components, [`NeighbourSearch`],
//! [`GraphBuilder`], a layout ([`Tsne`] or [`Umap`]), [`QualityMeter`]. [`Tour`] shows the points themselves from all sides.

mod fft;
mod map_frame;
mod map_quality;
mod neighbour_graph;
mod neighbours;
pub mod pca;
mod reduction;
mod repulsion;
mod tour;
mod tsne;
mod umap;

pub use map_frame::map_frame;
pub use map_quality::{MapQuality, QualityMeter};
pub use neighbour_graph::{Affinity, GraphBuilder, NeighbourGraph};
pub use neighbours::{NeighbourSearch, Neighbours};
pub use pca::{Pca, Solver};
pub use reduction::{ReducedPoints, Reduction};
pub use tour::{MOST_AXES, Tour};
pub use tsne::{Tsne, TsneSettings};
pub use umap::Umap;
