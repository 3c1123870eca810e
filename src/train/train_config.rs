//! The settings of training.

use super::input_pipeline::InputPipeline;
use super::structure_config::StructureConfig;
use crate::schedule::Schedule;

/// Settings that can change while training runs.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainConfig {
    pub learning_rate: f32,
    pub schedule: Schedule,
    /// Examples in a mini-batch.
    pub batch_len: usize,
    /// Passes over the training examples; 0: until stopped.
    pub epochs: u64,
    /// Seed of all random numbers.
    pub seed: u64,
    /// Bytes of examples that are shuffled as a whole.
    pub shuffle_window: usize,
    pub pipeline: InputPipeline,
    pub structure: StructureConfig,
    /// Share of inversions among the examples of a step, for letters; below 1.
    pub inversion_share: f32,
    /// Most bytes of features of frozen layers that are kept.
    pub feature_memory: usize,
}
