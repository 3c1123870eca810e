//! The paths of a run's files, named `NAME`, `NAME-last`, `NAME-best`, `NAME-epoch-0005`.

use std::path::{Path, PathBuf};

use neurarium::error::Result;

use super::output::folder;

/// Endings of a run's checkpoints.
pub const LAST: &str = "-last";
pub const BEST: &str = "-best";
const EPOCH: &str = "-epoch-";

pub struct OutputPaths {
    models: PathBuf,
    /// For an autoencoder.
    pub pictures: Option<PathBuf>,
    pub name: String,
}

impl OutputPaths {
    /// Creates the folders that do not exist.
    pub fn new(models: &str, pictures: Option<&str>, name: String) -> Result<Self> {
        let models = folder("model-directory", models)?;
        let pictures = pictures.map(|pictures| folder("output-directory", pictures)).transpose()?;
        Ok(Self { models, pictures, name })
    }

    /// The model file with this ending.
    pub fn model(&self, ending: &str) -> PathBuf {
        model_path(&self.models, &self.name, ending)
    }

    pub fn snapshot(&self, epoch: u64) -> PathBuf {
        self.model(&format!("{EPOCH}{epoch:04}"))
    }
}

pub fn model_path(folder: impl AsRef<Path>, name: &str, ending: &str) -> PathBuf {
    folder.as_ref().join(format!("{name}{ending}.safetensors"))
}

/// The name of the run that a checkpoint belongs to: the name of its file without the ending.
pub fn run_name(stem: &str) -> String {
    let numbered = stem.rsplit_once(EPOCH).filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
    stem.strip_suffix(LAST).or(numbered.map(|(name, _)| name)).unwrap_or(stem).into()
}
