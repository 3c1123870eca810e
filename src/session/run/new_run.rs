//! What a run begins with: settings and a learner on its data.

use super::built::Built;
use super::learner::Learner;
use super::run::Run;
use super::supervised::Supervised;
use crate::config::Config;
use crate::data::Dataset;
use crate::error::Result;

/// What a run begins with.
pub struct NewRun {
    pub config: Config,
    pub preset: String,
    pub learner: Learner,
    /// The network for letters that undoes what the first makes, for a run of its own beside the first.
    pub partner: Option<Learner>,
}

impl Built {
    /// A run that trains the network on these data. Fails if the network is too large.
    pub fn on(self, data: &Dataset) -> Result<NewRun> {
        let Self { config, preset, network, objective } = self;
        let learner = Supervised::new(network, objective, None, &config, data)?;
        let partner = learner.partner(&config, data).transpose()?.map(Learner::Network);
        Ok(NewRun { config, preset, learner: Learner::Network(learner), partner })
    }
}

impl Run {
    /// A run that goes on with what this one has learnt on data with more classes; `None` if this learner cannot.
    pub fn with_new_classes(&self, config: &Config, data: &Dataset) -> Result<Option<NewRun>> {
        let Learner::Columns(learner) = &self.learner else { return Ok(None) };
        let learner = learner.with_new_classes(&self.classes, config, data)?.map(Learner::Columns);
        let (config, preset) = (config.clone(), self.preset.clone());
        Ok(learner.map(|learner| NewRun { config, preset, learner, partner: None }))
    }
}
