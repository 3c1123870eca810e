//! The map of all examples' codes: where they are, and along which directions they spread most.

use crate::inspect::Pca;

pub struct LatentMap {
    /// The step at which the codes were computed.
    pub step: u64,
    pub examples: Vec<u32>,
    /// `[examples, length]`.
    pub codes: Vec<f32>,
    /// The smallest and the largest of each value.
    pub low: Vec<f32>,
    pub high: Vec<f32>,
    pub pca: Pca,
    /// Positions along the first two directions.
    pub x: Vec<f32>,
    pub y: Vec<f32>,
}
