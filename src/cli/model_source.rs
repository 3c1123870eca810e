//! The source of a command's network: a preset, a model file, or a checkpoint.

use std::path::{Component, Path, PathBuf};

use neurarium::config::{COLUMNS, Config};
use neurarium::data::Loaded;
use neurarium::error::{Error, Result};
use neurarium::file::{self, FilesBeside, Model, project};
use neurarium::network::preset;
use neurarium::progress::Progress;
use neurarium::session::project_images;

use super::input_files;
use super::output_paths::run_name;

/// Suffix of the name of a network with a new head.
pub const HEAD: &str = "-head";

pub enum ModelSource {
    /// The name of a preset: a new network.
    Preset(&'static str),
    /// A model file, already read.
    File { path: PathBuf, model: Box<Model> },
    /// A checkpoint, already read: the run continues as if it had never stopped.
    Run { path: PathBuf, model: Box<Model> },
    /// A project, already read: such a run with its images.
    Project { path: PathBuf, model: Box<Model>, images: Box<Loaded> },
}

impl ModelSource {
    /// The preset named `text`, else the model file at that path.
    pub fn find(text: &str) -> Result<Self> {
        if text == COLUMNS {
            return Ok(Self::Preset(COLUMNS));
        }
        match preset::find(text) {
            Ok(preset) => Ok(Self::Preset(preset.name)),
            Err(_) if Path::new(text).exists() => Self::open(Path::new(text)),
            Err(error) => Err(Error::new(format!("{error}, which is no file either"))),
        }
    }

    pub fn open(path: &Path) -> Result<Self> {
        Ok(Self::File { path: path.into(), model: Box::new(read_model(path)?) })
    }

    /// The name of files made from it. A network grown on a base does not overwrite the base.
    pub fn name(&self, config: &Config) -> String {
        match self {
            Self::Preset(_) if !config.architecture().is_empty() => "own".into(),
            Self::Preset(name) => (*name).into(),
            Self::File { path, .. } if config.transfers() => stem(path) + HEAD,
            Self::File { path, .. } => stem(path),
            Self::Run { path, .. } | Self::Project { path, .. } => run_name(&stem(path)),
        }
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The model in a file, and in those beside it that it names. A missing one is an error where its numbers are needed.
pub fn read_model(path: &Path) -> Result<Model> {
    let bytes = input_files::read_path(path)?;
    let mut beside = FilesBeside::new();
    for name in file::files_beside(&bytes) {
        let folder = path.parent().unwrap_or(Path::new(""));
        // A name that leads out of the folder is not followed.
        let is_below =
            Path::new(&name).components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
        if is_below && folder.join(&name).exists() {
            beside.insert(name.clone(), input_files::read_path(&folder.join(&name))?);
        }
    }
    file::read_with(&bytes, &beside, &Progress::default()).map_err(|error| error.within(path.display()))
}

/// A run to go on with: of a checkpoint, or of a project, which brings its images.
pub fn read_run(path: &Path) -> Result<ModelSource> {
    let bytes = input_files::read_path(path)?;
    let named = |error: Error| error.within(path.display());
    let is_project = project::sniff(&bytes);
    let (run, images) = match is_project {
        true => project::read(&bytes).map(|project| (project.run, project.images)).map_err(named)?,
        false => (&bytes[..], None),
    };
    let model = Box::new(file::read(run).map_err(named)?);
    if model.run.is_none() {
        let got = "a model without its run, which model=FILE trains further";
        return Err(Error::expected(path.display(), "a checkpoint", got));
    }
    let path = path.to_path_buf();
    Ok(match images {
        Some(images) => {
            let images = project_images(images).map_err(|error| error.within(path.display()))?;
            ModelSource::Project { path, model, images: Box::new(images) }
        }
        None => ModelSource::Run { path, model },
    })
}
