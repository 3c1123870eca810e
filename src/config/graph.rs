//! The settings of a free graph.

use super::Config;
use crate::network::preset::GraphRequest;

impl Config {
    /// The free graph that the settings ask for.
    pub fn graph(&self) -> GraphRequest {
        GraphRequest {
            free: self.whole("graph-free"),
            steps: self.whole("graph-steps"),
            most_sources: self.whole("graph-sources"),
            seed: self.seed(),
        }
    }
}
