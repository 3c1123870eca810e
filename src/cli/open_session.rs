//! Opens a session: the network of a [`ModelSource`] with the images of `input-directory`.

use std::path::Path;

use neurarium::config::Config;
use neurarium::data::Loaded;
use neurarium::error::{Error, Result};
use neurarium::file::{Model, ONNX};
use neurarium::network::Task;
use neurarium::session::Session;
use neurarium::shape::Shape;
use neurarium::words::counted_as;

use super::data;
use super::model_source::ModelSource;
use super::output::Outcome;
use super::progress::note;

/// An `input-directory` that begins so is a built-in set.
const TOY: &str = "toy:";

/// A session with this network and the images of `input-directory`, or the sample set where that is empty. Notes how they
/// were divided.
pub fn open_session(source: ModelSource, config: Config) -> Result<Session> {
    let session = opened(source, config)?;
    session.data_notes().iter().for_each(|text| note(text));
    Ok(session)
}

fn opened(source: ModelSource, mut config: Config) -> Result<Session> {
    if let Some(sample) = config.input_directory().strip_prefix(TOY).map(String::from) {
        config.set("sample", &sample).map_err(|error| error.within("input-directory"))?;
        config.unset("input-directory")?;
    }
    match source {
        ModelSource::Preset(name) if config.transfers() => {
            Err(Error::expected("model", "a model file as the base for a new head", name))
        }
        ModelSource::Preset(name) => {
            if config.model() != name {
                config.set("model", name)?;
            }
            match load(&config)? {
                Some(loaded) => Session::with_data(config, loaded),
                None => Session::new(config),
            }
        }
        ModelSource::File { path, model } if config.transfers() => {
            prefer_preprocessing(&mut config, &model).map_err(|error| error.within(path.display()))?;
            let loaded = load(&config)?;
            on_base(config, loaded, &model)
        }
        ModelSource::File { path, model } => {
            config.read_recipe_beneath(&model.meta.settings);
            adopt_preprocessing(&mut config, &model).map_err(|error| error.within(path.display()))?;
            let loaded = load(&config)?;
            let mut session = Session::with_model(config.clone(), loaded, *model)?;
            // The model brings its own loss and code; settings on the command line override them without losing what
            // was learnt.
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
            config.read_recipe_beneath(&model.meta.settings);
            let loaded = load(&config)?;
            Session::with_run(config, loaded, *model).map_err(|error| error.within(path.display()))
        }
        ModelSource::Project { path, model, images } => {
            config.read_recipe_beneath(&model.meta.settings);
            let loaded = Some(load(&config)?.unwrap_or(*images));
            Session::with_run(config, loaded, *model).map_err(|error| error.within(path.display()))
        }
    }
}

/// As [`open_session`], to train: a classifier of another program gets a new head where the images have other classes than it
/// names.
pub fn open_to_train(source: ModelSource, config: Config) -> Result<Session> {
    let is_candidate = !config.transfers() && !config.input_directory().starts_with(TOY);
    let ModelSource::File { path, model } = source else { return open_session(source, config) };
    if !is_candidate || model.meta.preset != ONNX || model.meta.task != Task::Classifier {
        return open_session(ModelSource::File { path, model }, config);
    }
    let mut preferred = config.clone();
    prefer_preprocessing(&mut preferred, &model).map_err(|error| error.within(path.display()))?;
    let loaded = load(&preferred)?;
    match loaded {
        Some(loaded) if 1 < loaded.dataset.classes.len() && loaded.dataset.classes != model.meta.classes => {
            let classes = counted_as(loaded.dataset.classes.len(), "class", "classes");
            note(&format!("the images have {classes} that {} does not name: a new head is trained", path.display()));
            preferred.set("head", "dense")?;
            on_base(preferred, Some(loaded), &model)
        }
        _ => open_session(ModelSource::File { path, model }, config),
    }
}

fn on_base(config: Config, loaded: Option<Loaded>, model: &Model) -> Result<Session> {
    let session = Session::with_base(config, loaded, model)?;
    session.recorder().events().iter().for_each(|event| note(&event.text));
    Ok(session)
}

fn load(config: &Config) -> Result<Option<Loaded>> {
    if config.input_directory().is_empty() {
        return Ok(None);
    }
    let loaded = data::load(Path::new(config.input_directory()), config).map_err(|failed| {
        data::note_skipped(&failed.report);
        failed.error
    })?;
    data::note_loaded(&loaded, config);
    Ok(Some(loaded))
}

/// Sets the preprocessing that the model was trained with; an error where another one is asked for.
pub fn adopt_preprocessing(config: &mut Config, model: &Model) -> Result<()> {
    let wanted = &model.meta.preprocessing;
    let [red, green, blue] = wanted.background;
    let target = model.meta.task.target_of(&model.network).map(|Shape { width, height, channels }| {
        [("target-width", width), ("target-height", height), ("target-channels", channels)]
    });
    let targets = target.into_iter().flatten().map(|(key, size)| (key, size.to_string()));
    let settings = [
        ("width", wanted.width.to_string()),
        ("height", wanted.height.to_string()),
        ("channels", wanted.channels.to_string()),
        ("resize", wanted.resize.clone()),
        ("background", format!("#{red:02x}{green:02x}{blue:02x}")),
        ("scaling", model.network.scaling().kind.name().to_string()),
    ];
    for (key, value) in settings.into_iter().chain(targets) {
        if config.is_chosen(key) && config.get(key)? != value {
            return Err(Error::expected(key, format!("{value}, as the model was trained with"), config.get(key)?));
        }
        config.set(key, &value)?;
    }
    config.unset("model")
}

/// Sets the preprocessing that a base was trained with, except where another one is asked for.
fn prefer_preprocessing(config: &mut Config, base: &Model) -> Result<()> {
    let mut own = Config::default();
    adopt_preprocessing(&mut own, base)?;
    for key in ["width", "height", "channels", "resize", "background"] {
        if !config.is_chosen(key) {
            config.set(key, own.get(key)?)?;
        }
    }
    config.unset("model")
}

/// Adds the figures that every command on a session reports.
pub fn add_network(outcome: &mut Outcome, session: &Session) {
    outcome.count("images", session.data().len());
    outcome.count("parameters", session.run().learner.param_len());
    outcome.count("connections", session.run().learner.connections());
    if let Some(structure) = session.structure() {
        outcome.count("edges", structure.edges);
        outcome.number("edge_share", structure.edge_share);
    }
}
