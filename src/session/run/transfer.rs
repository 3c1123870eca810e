//! A trained network as the base of a classifier of the session's classes.

use super::built::{Built, stand_in};
use super::settings;
use crate::config::Config;
use crate::data::Dataset;
use crate::error::{Error, Result};
use crate::network::{Network, Task};
use crate::progress::Progress;
use crate::surgery::{self, Cut, Freeze, Head, Transfer};
use crate::train::Objective;

/// Suffix of the preset name of a network on a base.
const WITH_HEAD: &str = "+head";

/// Describes a new head in one sentence: the layers below it, and how many of these are frozen.
pub fn summary(network: &Network) -> String {
    let blocks = network.blocks();
    let head = surgery::head_of(network);
    let base = with_parameters(network, head);
    let (frozen, base) = (base.iter().filter(|&&block| blocks[block].frozen).count(), base.len());
    let classes = network.output().len();
    let state = match frozen {
        0 => "all of which learn".into(),
        _ if frozen == base => "all frozen".into(),
        _ => format!("{frozen} of them frozen"),
    };
    format!("New head for {classes} classes on {base} layers, {state}")
}

/// The blocks that the settings freeze in a model that is continued as it is.
pub fn blocks_to_freeze(config: &Config, network: &Network) -> Result<Vec<usize>> {
    let end = match Freeze::parse(config.freeze()) {
        Freeze::None => 0,
        Freeze::All => surgery::head_of(network),
        Freeze::UpTo(name) => match network.block_named(&name) {
            Some(block) => block + 1,
            None => return Err(Error::expected("freeze", "none, all, or a block of the model", name)),
        },
    };
    Ok(with_parameters(network, end))
}

/// Settings that a classifier on a base learns with by default.
const SETTINGS: &str = "batch-size=32\nlearning-rate=0.001";

pub fn build(config: &Config, data: &Dataset, base: &Network, preset: &str, progress: &Progress) -> Result<Built> {
    let mut config = config.clone();
    config.read_recipe_beneath(SETTINGS);
    let head = match config.head() {
        "hidden" => Head::Hidden,
        "pool" => Head::Pool,
        _ => Head::Dense,
    };
    let wish = Transfer {
        cut: if config.cut() == "none" { Cut::Auto } else { Cut::parse(config.cut()) },
        freeze: Freeze::parse(config.freeze()),
        head,
        classes: data.classes.len(),
        dropout: config.dropout(),
        input: data.shape,
        seed: config.seed(),
    };
    let (mut network, _) = surgery::transfer(base, &wish, progress)?;
    // The base keeps the scaling that it was trained with.
    config.set("scaling", network.scaling().kind.name())?;
    if config.is_gradual() {
        freeze_base(&mut network);
    }
    let objective = Objective { task: Task::Classifier, loss: settings::loss(&config, Task::Classifier)? };
    // The cut and the head were made and are not repeated when the network is trained further.
    for key in ["cut", "freeze", "head"] {
        config.unset(key)?;
    }
    config.unset("architecture")?;
    config.set("model", stand_in(Task::Classifier))?;
    let preset = format!("{}{WITH_HEAD}", preset.trim_end_matches(WITH_HEAD));
    Ok(Built { config, preset, network, objective })
}

/// The blocks with parameters before `end`.
fn with_parameters(network: &Network, end: usize) -> Vec<usize> {
    (0..end).filter(|&block| !network.blocks()[block].params.is_empty()).collect()
}

pub fn freeze_base(network: &mut Network) {
    for block in with_parameters(network, surgery::head_of(network)) {
        network.set_frozen(block, true);
    }
}
