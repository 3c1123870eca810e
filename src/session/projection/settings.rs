//! The settings of t-SNE and UMAP, which may change while a map is made.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};
use crate::inspect::{Affinity, TsneSettings};

#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct LayoutSettings {
    /// t-SNE: about how many neighbours count.
    pub perplexity: f32,
    /// t-SNE: how much stronger neighbours attract each other in the first 250 iterations.
    pub exaggeration: f32,
    /// t-SNE: `None` for the number of points / 12, at least 200.
    pub learning_rate: Option<f32>,
    /// UMAP: neighbours of a point, itself included.
    pub neighbours: usize,
    /// UMAP: how near points may come.
    pub min_dist: f32,
}

impl Default for LayoutSettings {
    fn default() -> Self {
        Self { perplexity: 30.0, exaggeration: 12.0, learning_rate: None, neighbours: 15, min_dist: 0.1 }
    }
}

impl LayoutSettings {
    /// Fails where a value is out of its range.
    pub fn checked(self) -> Result<Self> {
        let within = |name: &str, value: f32, least: f32, most: f32| {
            let expected = || Error::expected(name, format!("a number from {least} to {most}"), value);
            if (least..=most).contains(&value) { Ok(()) } else { Err(expected()) }
        };
        within("perplexity", self.perplexity, 2.0, 200.0)?;
        within("exaggeration", self.exaggeration, 1.0, 100.0)?;
        within("learning rate", self.learning_rate.unwrap_or(1.0), 0.01, 1e6)?;
        within("neighbours", self.neighbours as f32, 2.0, 200.0)?;
        within("min-dist", self.min_dist, 0.0, 0.99)?;
        Ok(self)
    }

    pub(in crate::session) fn perplexity_affinity(self) -> Affinity {
        Affinity::Perplexity(self.perplexity)
    }

    pub(in crate::session) fn fuzzy_affinity(self) -> Affinity {
        Affinity::Fuzzy(self.neighbours)
    }

    pub(in crate::session) fn tsne(self) -> TsneSettings {
        TsneSettings { exaggeration: self.exaggeration, learning_rate: self.learning_rate }
    }
}
