//! What a preset is asked for: the user's choices, and what the data have.

use crate::layer::{EdgeWeights, ManifoldStart, NeuronKind, SequenceOf};
use crate::shape::Shape;

/// The user's choices, and what the data have.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Request {
    /// Number of classes of a classifier.
    pub classes: usize,
    /// Number of columns of numbers that belong to each image.
    pub numbers: usize,
    /// Shape of the picture that belongs to each image, if there is one.
    pub target: Option<Shape>,
    /// Whether the images are letters in both cases.
    pub letters: bool,
    /// Length of an autoencoder's code.
    pub embedding: usize,
    /// Share of values that are dropped before the last layer of a classifier, 0..1.
    pub dropout: f32,
    pub manifold: ManifoldRequest,
    pub graph: GraphRequest,
}

/// The choices for a free graph; 0 stands for what suits the data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GraphRequest {
    pub free: usize,
    pub steps: usize,
    pub most_sources: usize,
    /// Start of the random numbers that draw the sources.
    pub seed: u64,
}

impl Default for GraphRequest {
    fn default() -> Self {
        Self { free: 0, steps: 4, most_sources: 64, seed: 1 }
    }
}

impl Request {
    /// Number of values of a target.
    pub fn outputs(&self) -> usize {
        if self.numbers == 0 { self.classes } else { self.numbers }
    }
}

/// The choices for a manifold; 0 and `None` stand for what suits the data.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ManifoldRequest {
    pub hidden: usize,
    pub period: f32,
    pub start: Option<ManifoldStart>,
    pub width_factor: f32,
    pub bumps: usize,
    pub centre_rate: f32,
    pub edges: EdgeWeights,
    pub squared: bool,
    pub sequence: SequenceOf,
    pub feedback: usize,
    pub neuron: NeuronKind,
    pub random_share: f32,
}

impl Default for ManifoldRequest {
    fn default() -> Self {
        Self {
            hidden: 0,
            period: 0.0,
            start: None,
            width_factor: 1.0,
            bumps: 1,
            centre_rate: 1.0,
            edges: EdgeWeights::Curve,
            squared: false,
            sequence: SequenceOf::None,
            feedback: 0,
            neuron: NeuronKind::Plain,
            random_share: 0.0,
        }
    }
}
