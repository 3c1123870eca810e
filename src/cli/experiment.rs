//! What train, eval and render have in common: the model and the images that the settings name, in one session.

use std::path::{Path, PathBuf};

use neurarium::config::Config;
use neurarium::data::Loaded;
use neurarium::error::{Error, Result};
use neurarium::file::{self, Model};
use neurarium::network::preset;
use neurarium::session::Session;

use super::output::Outcome;
use super::progress::note;
use super::{checkpoint, data, walk};

/// Where the network comes from.
pub enum ModelSource {
    /// The name of a preset: a new network.
    Preset(&'static str),
    /// A model file that was read.
    File { path: PathBuf, model: Box<Model> },
    /// A checkpoint that was read: the run goes on as if it had never stopped.
    Run { path: PathBuf, model: Box<Model> },
}

impl ModelSource {
    /// What `text` names: a preset, else a model file.
    pub fn find(text: &str) -> Result<Self> {
        match preset::find(text) {
            Ok(preset) => Ok(ModelSource::Preset(preset.name)),
            Err(_) if Path::new(text).exists() => Self::open(Path::new(text)),
            Err(error) => Err(Error::new(format!("{error}, which is no file either"))),
        }
    }

    pub fn open(path: &Path) -> Result<Self> {
        Ok(ModelSource::File { path: path.into(), model: Box::new(read_model(path)?) })
    }

    /// What files made from it are called. What grows on a base does not take its place.
    pub fn name(&self, config: &Config) -> String {
        match self {
            ModelSource::Preset(_) if !config.architecture().is_empty() => "own".into(),
            ModelSource::Preset(name) => (*name).into(),
            ModelSource::File { path, .. } if config.transfers() => format!("{}-head", stem(path)),
            ModelSource::File { path, .. } => stem(path),
            ModelSource::Run { path, .. } => checkpoint::name_of(&stem(path)),
        }
    }
}

fn stem(path: &Path) -> String {
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

pub fn read_model(path: &Path) -> Result<Model> {
    let bytes = walk::read_named(path)?;
    file::read(&bytes).map_err(|error| error.within(path.display()))
}

/// A session with this network and the images of `input-directory`, or the sample set where that is empty.
pub fn session(source: ModelSource, mut config: Config) -> Result<Session> {
    match source {
        ModelSource::Preset(name) if config.transfers() => {
            Err(Error::expected("model", "a model file as the base to be cut and given a new head", name))
        }
        ModelSource::Preset(name) => {
            config.set("model", name)?;
            match load(&config)? {
                Some(loaded) => Session::with_data(config, loaded),
                None => Session::new(config),
            }
        }
        ModelSource::File { path, model } if config.transfers() => {
            see_as(&mut config, &model).map_err(|error| error.within(path.display()))?;
            let loaded = load(&config)?;
            let session = Session::with_base(config, loaded, &model)?;
            session.recorder().events().iter().for_each(|event| note(&event.text));
            Ok(session)
        }
        ModelSource::File { path, model } => {
            config.read_beneath(&model.meta.settings);
            fit_to(&mut config, &model).map_err(|error| error.within(path.display()))?;
            let loaded = load(&config)?;
            let mut session = Session::with_model(config.clone(), loaded, *model)?;
            // The model brings its own loss and code; who asked for others gets them, and nothing learnt is lost.
            if config.is_chosen("loss") {
                session.set("loss", "auto")?; // or else the session sees no change
                session.set("loss", config.loss())?;
            }
            if config.is_chosen("embedding") {
                session.set("embedding", config.get("embedding")?)?;
            }
            session.freeze_as_set()?;
            Ok(session)
        }
        ModelSource::Run { path, model } => {
            config.read_beneath(&model.meta.settings);
            let loaded = load(&config)?;
            Session::with_run(config, loaded, *model).map_err(|error| error.within(path.display()))
        }
    }
}

fn load(config: &Config) -> Result<Option<Loaded>> {
    if config.input_directory().is_empty() {
        return Ok(None);
    }
    let loaded = data::load(Path::new(config.input_directory()), config).map_err(|failed| {
        data::tell_skipped(&failed.report);
        failed.error
    })?;
    data::tell(&loaded, config);
    Ok(Some(loaded))
}

/// Reads images the way the model learnt to see them; who asked for another way is told.
pub fn fit_to(config: &mut Config, model: &Model) -> Result<()> {
    let wanted = &model.meta.preprocessing;
    let [red, green, blue] = wanted.background;
    let settings = [
        ("width", wanted.width.to_string()),
        ("height", wanted.height.to_string()),
        ("channels", wanted.channels.to_string()),
        ("resize", wanted.resize.clone()),
        ("background", format!("#{red:02x}{green:02x}{blue:02x}")),
        ("scaling", model.network.scaling().kind.name().to_string()),
    ];
    for (key, value) in settings {
        if config.is_chosen(key) && config.get(key)? != value {
            return Err(Error::expected(key, format!("{value}, as the model was trained with"), config.get(key)?));
        }
        config.set(key, &value)?;
    }
    config.unset("model")
}

/// Reads images the way a base learnt to see them, where nobody asks for another.
fn see_as(config: &mut Config, base: &Model) -> Result<()> {
    let mut own = Config::default();
    fit_to(&mut own, base)?;
    for key in ["width", "height", "channels", "resize", "background"] {
        if !config.is_chosen(key) {
            config.set(key, own.get(key)?)?;
        }
    }
    config.unset("model")
}

/// The figures that train and eval both tell.
pub fn tell_network(outcome: &mut Outcome, session: &Session) {
    outcome.count("images", session.data().len());
    outcome.count("parameters", session.network().param_len());
    outcome.count("connections", session.network().connections());
}
