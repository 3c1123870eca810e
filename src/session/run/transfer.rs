//! A trained network as the base of a classifier of the session's classes.

use super::built::{Built, scaling, stand_in};
use super::{few_images, settings};
use crate::config::Config;
use crate::data::{Dataset, Split};
use crate::error::Result;
use crate::layer::LayerRole;
use crate::loss::Loss;
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
        Freeze::UpTo(name) => 1 + network.find_block("freeze", "none, all, or a block of the model", &name)?,
    };
    Ok(with_parameters(network, end))
}

/// Settings that a classifier on a base learns with by default.
const SETTINGS: &str = "batch-size=32\nlearning-rate=0.001";

pub fn build(config: &Config, data: &Dataset, base: &Network, preset: &str, progress: &Progress) -> Result<Built> {
    let mut config = config.clone();
    choose_schedule(&mut config, data)?;
    config.read_recipe_beneath(if config.is_for_few_images() { few_images::SETTINGS } else { SETTINGS });
    let head = match config.head() {
        "hidden" => Head::Hidden,
        "pool" => Head::Pool,
        _ => Head::Dense,
    };
    let wish = Transfer {
        cut: Cut::parse(config.cut()),
        freeze: Freeze::parse(config.freeze()),
        head,
        classes: data.classes.len(),
        dropout: config.dropout(),
        input: data.shape,
        seed: config.seed(),
    };
    let (mut network, _) = surgery::transfer(base, &wish, progress)?;
    // The base keeps the scaling that it was trained with, unless another is asked for.
    if config.is_chosen("scaling") && config.scaling() != network.scaling().kind.name() {
        network.set_scaling(scaling(&config, data)?)?;
    }
    config.set("scaling", network.scaling().kind.name())?;
    if config.is_gradual() || config.is_for_few_images() {
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

/// Whether the classes of the data have few training images each.
pub fn are_few(data: &Dataset) -> bool {
    data.count(Split::Train) <= few_images::FEW * data.classes.len()
}

/// Whether a network reads values of 0..=1 as they are and does not scale them before the first layer that sums.
pub fn scales_nowhere(network: &Network) -> bool {
    let role = |block: usize| network.blocks()[block].layer.ops().role();
    let scales = |block: &usize| matches!(role(*block), LayerRole::Normalises | LayerRole::Stretches);
    let sums = |block: &usize| role(*block) == LayerRole::Computes && !network.blocks()[*block].params.is_empty();
    let first = (1..network.blocks().len()).find(|block| scales(block) || sums(block));
    network.scaling().is_unit() && network.input().channels == 3 && !first.is_some_and(|first| scales(&first))
}

/// Chooses the schedule that suits the number of images, where none was chosen.
fn choose_schedule(config: &mut Config, data: &Dataset) -> Result<()> {
    if config.get("transfer-schedule")? != "auto" {
        return Ok(());
    }
    config.unset("transfer-schedule")?;
    // The page trains without an end by default.
    let is_endless = config.epochs() == 0;
    let is_free = !config.is_chosen("freeze") && (is_endless || !config.is_chosen("epochs"));
    let is_for_fit = matches!(settings::loss(config, Task::Classifier), Ok(Loss::CrossEntropy));
    let is_for_few = are_few(data) && is_free && is_for_fit;
    if is_for_few && is_endless {
        config.unset("epochs")?;
        config.unset("schedule")?;
    }
    let schedule = if is_for_few { "few-images" } else { "none" };
    config.read_recipe_beneath(&format!("transfer-schedule={schedule}"));
    Ok(())
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
