//! A learner from a model file.

use super::column_learner::ColumnLearner;
use super::learner::Learner;
use super::supervised::Supervised;
use crate::columns::Columns;
use crate::config::Config;
use crate::data::Dataset;
use crate::error::Result;
use crate::file::{ModelMeta, Moments};
use crate::network::Network;
use crate::train::Objective;

/// The learner in a file: its network, or columns with their input. Constants of columns that were not chosen in
/// `config` are those of the file from now on.
pub fn learner(
    config: &mut Config,
    (network, columns, moments): (Network, Option<Box<Columns>>, Option<Moments>),
    meta: &ModelMeta,
    data: &Dataset,
) -> Result<Learner> {
    if let Some(columns) = columns {
        config.adopt_columns(columns.sizes(), columns.rule())?;
        return ColumnLearner::new(*columns, network.input(), config, data).map(Learner::Columns);
    }
    let objective = Objective { task: meta.task, loss: meta.loss };
    Supervised::new(network, objective, moments, config, data).map(Learner::Network)
}
