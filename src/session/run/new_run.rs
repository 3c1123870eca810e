//! What a run begins with: settings and a learner on its data.

use super::built::Built;
use super::learner::Learner;
use super::supervised::Supervised;
use crate::config::Config;
use crate::data::Dataset;
use crate::error::Result;

/// What a run begins with.
pub struct NewRun {
    pub config: Config,
    pub preset: String,
    pub learner: Learner,
}

impl Built {
    /// A run that trains the network on these data. Fails if the network is too large.
    pub fn on(self, data: &Dataset) -> Result<NewRun> {
        let Self { config, preset, network, objective } = self;
        let learner = Supervised::new(network, objective, None, &config, data).map(Learner::Network)?;
        Ok(NewRun { config, preset, learner })
    }
}
