//! Architectures as text: printing a network, checking a text, and building a network from one.

use serde::Serialize;

use super::built::{Built, initialise, scaling, set_output};
use super::{build, settings};
use crate::config::Config;
use crate::data::Dataset;
use crate::error::Result;
use crate::loss::Loss;
use crate::network::draft::{self, Checked, Surroundings};
use crate::network::{Network, Task, preset};
use crate::progress::Progress;
use crate::surgery;
use crate::train::Objective;

/// Preset name of a network that was built from a text.
const OWN: &str = "own";
/// Settings that it learns with by default.
const SETTINGS: &str = "batch-size=32\nlearning-rate=0.001";

/// A text that was checked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Draft {
    pub lines: Vec<Checked>,
    pub task: Option<Task>,
    pub parameters: usize,
    /// Why it cannot be built.
    pub error: Option<String>,
}

/// Builds the network from the text in the settings, with its first random weights.
pub fn build(config: &Config, data: &Dataset, progress: &Progress) -> Result<Built> {
    let mut built = blank(config, data)?;
    initialise(&mut built.network, &built.config, progress)?;
    Ok(built)
}

/// As [`build`], with all parameters zero.
fn blank(config: &Config, data: &Dataset) -> Result<Built> {
    let mut config = config.clone();
    config.read_recipe_beneath(SETTINGS);
    let around = surroundings(data);
    let (mut network, task) =
        draft::build(config.architecture(), around).map_err(|error| error.within("architecture"))?;
    network.set_scaling(scaling(&config, data)?)?;
    // A loss that was chosen for another task is dropped.
    let loss = settings::loss(&config, task).or_else(|error| {
        config.unset("loss")?;
        settings::loss(&config, task).map_err(|_| error)
    })?;
    let objective = Objective { task, loss };
    if loss == Loss::Bce {
        set_output(&mut network, objective);
    }
    Ok(Built { config, preset: OWN.into(), network, objective })
}

/// Builds the settings' network; layers with the name and sizes of a layer of `old` keep their parameters.
pub fn rebuilt(config: &Config, data: &Dataset, old: &Network, progress: &Progress) -> Result<Built> {
    let built = blank(config, data)?;
    let origin = |name: &str| old.block_named(name);
    let origins: Vec<Option<usize>> = built.network.blocks().iter().map(|block| origin(&block.name)).collect();
    let network = kept(old, &built.network, &origins, config.seed(), progress)?;
    Ok(Built { network, ..built })
}

/// Prints a network as text.
pub fn print(network: &Network, data: &Dataset) -> Result<String> {
    let around = Surroundings { input: network.input(), ..surroundings(data) };
    draft::print(network, around)
}

/// Prints a preset as text, for these data.
pub fn print_preset(name: &str, config: &Config, data: &Dataset) -> Result<String> {
    let request = build::request(config, data);
    draft::print(&preset::find(name)?.build_unallocated(data.shape, request)?, surroundings(data))
}

fn surroundings(data: &Dataset) -> Surroundings {
    let (classes, numbers) = (data.classes.len(), data.numbers.columns.len());
    Surroundings { input: data.shape, classes, numbers, target: data.target_shape(), letters: data.is_of_letters() }
}

/// Checks a text and reports what it would become.
pub fn check(text: &str, data: &Dataset) -> Draft {
    let around = surroundings(data);
    let (lines, task) = draft::check(text, around);
    let parameters = lines.iter().map(|line| line.parameters).sum();
    let error = task.as_ref().err().map(ToString::to_string);
    Draft { lines, task: task.ok(), parameters, error }
}

fn kept(old: &Network, new: &Network, origins: &[Option<usize>], seed: u64, progress: &Progress) -> Result<Network> {
    let mut spec = new.spec();
    for (block, origin) in spec.blocks.iter_mut().zip(origins) {
        block.frozen = origin.is_some_and(|origin| old.blocks()[origin].frozen && 0 < block.layer.ops().param_len());
    }
    Ok(surgery::rebuild(old, &spec, origins, seed, progress)?.0)
}
