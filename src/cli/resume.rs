//! The key `resume`: which checkpoint a run continues from.

use std::path::{Path, PathBuf};

use neurarium::config::Config;
use neurarium::error::{Error, Result};
use neurarium::session::FOR_PAIRS;

use super::model_source::{ModelSource, read_run};
use super::output_paths::{BEST, LAST, model_path, run_name};
use super::progress::note;

/// The checkpoint that `resume` names, or `None` for a new run.
pub fn checkpoint(config: &Config) -> Result<Option<ModelSource>> {
    let path = match config.resume() {
        "" => return Ok(None),
        "auto" => {
            let name = ModelSource::find(config.model())?.name(config);
            let path = model_path(config.model_directory(), &name, LAST);
            // Pairs of images, which are not read yet, bring a model of their own where none is chosen.
            let of_pairs = model_path(config.model_directory(), FOR_PAIRS, LAST);
            let chosen = config.is_chosen("model") || !config.architecture().is_empty();
            let found = [&path, &of_pairs].into_iter().take(if chosen { 1 } else { 2 }).filter(|path| path.exists());
            let Some(newest) = found.max_by_key(|path| path.metadata().and_then(|about| about.modified()).ok()) else {
                note(&format!("{} does not exist yet; starting a new run", path.display()));
                return Ok(None);
            };
            newest.clone()
        }
        path => PathBuf::from(path),
    };
    read_run(&path).map(Some).map_err(|error| point_at_best(&path, error))
}

/// The error of a checkpoint that cannot be read, with the file that may take its place.
fn point_at_best(path: &Path, error: Error) -> Error {
    let name = run_name(&path.file_stem().unwrap_or_default().to_string_lossy());
    let best = model_path(path.parent().unwrap_or(Path::new("")), &name, BEST);
    if best == path || !best.exists() {
        return error;
    }
    Error::new(format!("{error}; model={} continues from the best epoch instead", best.display()))
}
