//! Building the network that the settings ask for: a preset, or layers written as text.

use super::built::{Built, FOR_PAIRS, initialise, scaling, set_output};
use super::column_learner::{self, ColumnLearner};
use super::learner::Learner;
use super::new_run::NewRun;
use super::{architecture, settings};
use crate::config::{COLUMNS, Config};
use crate::data::Dataset;
use crate::error::Result;
use crate::network::{Task, preset};
use crate::progress::Progress;
use crate::train::Objective;

/// Returns what other presets set to the defaults, where nothing was chosen.
fn forget_other_presets(config: &mut Config) -> Result<()> {
    let of_presets = preset::PRESETS.iter().flat_map(|preset| [preset.settings, preset.settings_for_rows]);
    let lines = of_presets.chain([column_learner::SETTINGS]).flat_map(str::lines);
    for (key, _) in lines.filter_map(|line| line.split_once('=')) {
        if !config.is_chosen(key) {
            config.unset(key)?;
        }
    }
    Ok(())
}

/// Chooses the model that suits the data, where none was chosen.
fn choose_model(config: &mut Config, data: &Dataset) -> Result<()> {
    if !config.is_chosen("model") {
        config.unset("model")?;
        if data.target_shape().is_some() {
            config.read_recipe_beneath(&format!("model={FOR_PAIRS}"));
        }
    }
    Ok(())
}

/// Whether a network for this task is what the data are for: pairs are not for one that ignores their targets, unless it
/// was chosen.
pub fn suits(config: &Config, task: Task, data: &Dataset) -> bool {
    config.is_chosen("model") || data.target_shape().is_none() || task == Task::ImageToImage
}

/// What the settings and the data ask of a preset.
pub fn request(config: &Config, data: &Dataset) -> preset::Request {
    preset::Request {
        classes: data.classes.len(),
        numbers: data.numbers.columns.len(),
        target: data.target_shape(),
        letters: data.is_of_letters(),
        embedding: config.embedding(),
        dropout: config.dropout(),
        manifold: config.manifold(),
        graph: config.graph(),
    }
}

/// The values of the key `model` that can learn from these data.
pub fn kinds(config: &Config, data: &Dataset) -> Vec<&'static str> {
    let request = request(config, data);
    let presets = preset::PRESETS.iter().filter(|preset| preset.task(&request).is_ok()).map(|preset| preset.name);
    presets.chain(data.is_labelled().then_some(COLUMNS)).collect()
}

/// Begins what the settings ask for on these data, with its first random weights.
pub fn build(config: &Config, data: &Dataset, progress: &Progress) -> Result<NewRun> {
    if !config.architecture().is_empty() {
        return architecture::build(config, data, progress)?.on(data);
    }
    if config.asks_for_columns() {
        return columns(config, data);
    }
    let mut config = config.clone();
    choose_model(&mut config, data)?;
    let preset = preset::find(config.model())?;
    forget_other_presets(&mut config)?;
    config.read_recipe_beneath(preset.settings);
    if data.shape.height == 1 {
        config.read_recipe_beneath(preset.settings_for_rows);
    }
    let request = request(&config, data);
    let task = preset.task(&request)?;
    let objective = Objective { task, loss: settings::loss(&config, task)? };
    let mut network = preset.build(data.shape, request)?;
    initialise(&mut network, &config, progress)?;
    network.set_scaling(scaling(&config, data)?)?;
    if config.scaling() == "auto" {
        // What was decided for these data is part of the network from now on.
        config.unset("scaling")?;
        config.read_recipe_beneath(&format!("scaling={}", network.scaling().kind.name()));
    }
    set_output(&mut network, objective);
    Built { config, preset: preset.name.into(), network, objective }.on(data)
}

/// Begins spiking columns without connections.
fn columns(config: &Config, data: &Dataset) -> Result<NewRun> {
    let mut config = config.clone();
    forget_other_presets(&mut config)?;
    config.read_recipe_beneath(column_learner::SETTINGS);
    let learner = Learner::Columns(ColumnLearner::empty(&config, data)?);
    Ok(NewRun { config, preset: COLUMNS.into(), learner, partner: None })
}
