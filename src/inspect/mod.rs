//! Looking into what a network has learnt: reads values and never writes a parameter.
//!
//! A map of points goes from the top to the bottom: [`Reduction`] to principal components, [`NeighbourSearch`],
//! [`GraphBuilder`], a layout ([`Tsne`] or [`Umap`]), [`QualityMeter`]. [`Tour`] shows the points themselves from all sides.
//!
//! A class score, and the response of a unit, are values before the activation: the caller passes a copy of the network
//! whose last block in question is linear.

mod ascent;
mod attribution;
mod drivers;
mod fft;
mod heat_map;
mod islands;
mod map_frame;
mod map_quality;
mod neighbour_graph;
mod neighbours;
mod novelty;
pub mod pca;
mod pyramid;
mod reduction;
mod repulsion;
mod tour;
mod tsne;
mod umap;
mod unit;

pub use ascent::{Ascent, STEPS, WantedPicture};
pub use attribution::{Attribution, AttributionMethod, averaged_block, last_map_block, map_blocks, methods};
pub use drivers::{Driver, Drivers};
pub use heat_map::HeatMap;
pub use islands::islands;
pub use map_frame::map_frame;
pub use map_quality::{MapQuality, QualityMeter};
pub use neighbour_graph::{Affinity, GraphBuilder, NeighbourGraph};
pub use neighbours::{NeighbourSearch, Neighbours};
pub use novelty::Novelty;
pub use pca::{Pca, Solver};
pub use reduction::{ReducedPoints, Reduction};
pub use tour::{MOST_AXES, Tour};
pub use tsne::{Tsne, TsneSettings};
pub use umap::Umap;
pub use unit::Unit;
