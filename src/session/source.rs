//! Data for a session: the built-in sample set, and splits drawn as the settings say.

use crate::config::Config;
use crate::data::{Loaded, Report, toy};

/// Number of pictures in the built-in sample set, and their side in pixels.
const SAMPLES: usize = 2000;
const SAMPLE_SIDE: usize = 32;

/// Data with their splits drawn, and what there is to know about that.
pub(super) fn divided(config: &Config, mut loaded: Loaded) -> (Loaded, Option<String>) {
    let note = loaded.dataset.divide(&config.division());
    (loaded, note)
}

pub(super) fn sample_set(config: &Config) -> Loaded {
    let count = if config.limit() == 0 { SAMPLES } else { config.limit().min(SAMPLES) };
    let dataset = toy::shapes(count, SAMPLE_SIDE, config.seed());
    let report = Report {
        files: dataset.len(),
        used: dataset.len(),
        bytes: dataset.pixels.memory_bytes() as u64,
        ..Report::default()
    };
    Loaded { dataset, report }
}
