//! What is written for PyTorch.

use crate::data::Dataset;
use crate::file::model::ModelMeta;
use crate::network::Network;
use crate::train::Trainer;

/// A training that goes on elsewhere.
#[derive(Clone, Copy)]
pub struct PythonRun<'a> {
    pub network: &'a Network,
    pub trainer: &'a Trainer,
    pub meta: &'a ModelMeta,
    pub data: &'a Dataset,
}
