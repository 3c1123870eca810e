//! Architectures as text: what the network is in words, what a text would become, and networks built from one.

use serde::Serialize;

use super::built::{Built, initialise, scaling, set_output};
use super::settings;
use crate::config::Config;
use crate::data::Dataset;
use crate::error::Result;
use crate::loss::Loss;
use crate::network::draft::{self, Checked, Surroundings};
use crate::network::{Network, Task, preset};
use crate::progress::Progress;
use crate::surgery;
use crate::train::Objective;

/// What a network that was built from a text is called.
const OWN: &str = "own";
/// The settings it learns with where nobody says otherwise.
const SETTINGS: &str = "batch-size=32\nlearning-rate=0.001";

/// A text, looked at.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Draft {
    pub lines: Vec<Checked>,
    pub task: Option<Task>,
    pub parameters: usize,
    /// Why it cannot be built.
    pub error: Option<String>,
}

/// The network of the settings' text, with its first random weights.
pub fn build(config: &Config, data: &Dataset, progress: &Progress) -> Result<Built> {
    let mut built = blank(config, data)?;
    initialise(&mut built.network, &built.config, progress)?;
    Ok(built)
}

/// The same with all parameters zero.
fn blank(config: &Config, data: &Dataset) -> Result<Built> {
    let mut config = config.clone();
    config.read_beneath(SETTINGS);
    let around = Surroundings { input: data.shape, classes: data.classes.len() };
    let (mut network, task) =
        draft::build(config.architecture(), around).map_err(|error| error.within("architecture"))?;
    network.set_scaling(scaling(&config, data)?)?;
    // A loss that was chosen for another task gives way.
    let loss = settings::loss(&config, task).or_else(|error| {
        config.unset("loss")?;
        settings::loss(&config, task).map_err(|_| error)
    })?;
    if task == Task::Autoencoder && loss == Loss::Bce {
        set_output(&mut network, loss);
    }
    Ok(Built { config, preset: OWN.into(), network, objective: Objective { task, loss } })
}

/// The settings' network, in which layers that have the name and sizes of one of `old` keep their parameters.
pub fn rebuilt(config: &Config, data: &Dataset, old: &Network, progress: &Progress) -> Result<Built> {
    let built = blank(config, data)?;
    let origin = |name: &str| old.block_named(name);
    let origins: Vec<Option<usize>> = built.network.blocks().iter().map(|block| origin(&block.name)).collect();
    let network = kept(old, &built.network, &origins, config.seed(), progress)?;
    Ok(Built { network, ..built })
}

/// A network as text.
pub fn print(network: &Network, data: &Dataset) -> Result<String> {
    draft::print(network, data.classes.len())
}

/// A preset as text, for these data.
pub fn print_preset(name: &str, config: &Config, data: &Dataset) -> Result<String> {
    let classes = data.classes.len();
    let request = preset::Request { classes, embedding: config.embedding(), dropout: config.dropout() };
    draft::print(&preset::find(name)?.build_unallocated(data.shape, request)?, classes)
}

/// What would become of a text.
pub fn check(text: &str, data: &Dataset) -> Draft {
    let around = Surroundings { input: data.shape, classes: data.classes.len() };
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
