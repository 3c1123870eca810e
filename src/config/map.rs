//! Settings of a map of all examples.

use super::Config;

impl Config {
    /// The source of the points: `auto`, `pixels`, `code`, `probabilities`, or the name of a layer.
    pub fn map_of(&self) -> &str {
        self.text("map-of")
    }

    /// `tsne`, `umap` or `pca`.
    pub fn map_by(&self) -> &str {
        self.text("map-by")
    }

    /// `all`, or the name of a split.
    pub fn map_splits(&self) -> &str {
        self.text("map-splits")
    }

    pub fn map_perplexity(&self) -> f32 {
        self.number("map-perplexity") as f32
    }

    pub fn map_neighbours(&self) -> usize {
        self.whole("map-neighbours")
    }

    pub fn map_min_dist(&self) -> f32 {
        self.number("map-min-dist") as f32
    }
}
