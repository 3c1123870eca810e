//! The paths of a run's files, named `NAME`, `NAME-last`, `NAME-best`, `NAME-epoch-0005`.

use std::path::{Path, PathBuf};

use neurarium::error::Result;

use super::output::{folder, probe};
use super::progress::note;
use super::run_lock::RunLock;

/// Endings of a run's checkpoints.
pub const LAST: &str = "-last";
pub const BEST: &str = "-best";
const EPOCH: &str = "-epoch-";

pub struct OutputPaths {
    models: PathBuf,
    /// For an autoencoder.
    pub pictures: Option<PathBuf>,
    lock: RunLock,
}

impl OutputPaths {
    /// Creates the folders that do not exist and tries every place that will be written, so that a mistake shows before
    /// hours of training and not after. While another program trains a run of this name here, this one gets another.
    pub fn new(models: &str, pictures: Option<&str>, name: &str) -> Result<Self> {
        let models = folder("model-directory", models)?;
        let pictures = pictures.map(|pictures| folder("output-directory", pictures)).transpose()?;
        probe(&model_path(&models, name, ""))?;
        let lock = RunLock::take(&models, name)?;
        if lock.name != name {
            note(&format!("another program is training {name} in this folder, so this run is called {}", lock.name));
        }
        let paths = Self { models, pictures, lock };
        ["", LAST, BEST].iter().try_for_each(|ending| probe(&paths.model(ending)))?;
        if let Some(pictures) = &paths.pictures {
            probe(&pictures.join(format!("{}.png", paths.name())))?;
        }
        Ok(paths)
    }

    pub fn name(&self) -> &str {
        &self.lock.name
    }

    /// The model file with this ending.
    pub fn model(&self, ending: &str) -> PathBuf {
        model_path(&self.models, self.name(), ending)
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
