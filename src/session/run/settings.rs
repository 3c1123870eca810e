//! The settings that a run uses: its training configuration, optimiser and loss.

use super::column_learner;
use crate::config::{COLUMNS, Config, KEYS, Key};
use crate::error::{Error, Result};
use crate::file::Moments;
use crate::loss::Loss;
use crate::network::{Network, Task, preset};
use crate::optim::{Method, Optim};
use crate::schedule::{Curve, Schedule};
use crate::train::{InputPipeline, TrainConfig};

/// Defaults that suit a preset, where they differ from those of the table: pairs of key and value.
pub fn suited(preset: &str) -> Vec<(&'static str, String)> {
    let (usual, mut suited) = (Config::default(), Config::default());
    let settings = if preset == COLUMNS { column_learner::SETTINGS } else { "" };
    suited.read_recipe_beneath(preset::find(preset).map_or(settings, |preset| preset.settings));
    let value = |config: &Config, key: &Key| config.get(key.name).unwrap_or_default().to_string();
    let differs = KEYS.iter().filter(|key| value(&usual, key) != value(&suited, key));
    differs.map(|key| (key.name, value(&suited, key))).collect()
}

/// The trainer's part of the settings.
pub fn train_config(config: &Config) -> Result<TrainConfig> {
    Ok(TrainConfig {
        learning_rate: config.learning_rate(),
        schedule: Schedule { curve: curve(config)?, warmup_steps: config.warmup_steps() },
        batch_len: config.batch_size(),
        epochs: config.epochs() as u64,
        seed: config.seed(),
        shuffle_window: config.shuffle_window(),
        pipeline: InputPipeline {
            augment: config.augment(),
            denoise: config.denoise(),
            balanced: config.balances_classes(),
        },
        structure: config.structure(),
        inversion_share: config.inversion_share(),
        feature_memory: config.feature_memory(),
    })
}

fn curve(config: &Config) -> Result<Curve> {
    Ok(match Curve::parse(config.schedule())? {
        Curve::Exponential { .. } => Curve::Exponential { end: config.schedule_end() },
        Curve::Step { .. } => Curve::Step { drops: config.schedule_drops(), factor: config.schedule_factor() },
        other => other,
    })
}

/// Creates the optimiser that the settings ask for: with `moments` if they are of its kind, otherwise before its first
/// step.
pub fn optim(config: &Config, network: &Network, moments: Option<Moments>) -> Result<Optim> {
    let (method, param_len) = (method(config)?, network.param_len());
    let of_its_kind = moments.filter(|Moments { m, v, .. }| method.moments(m.len()) == (m.len(), v.len()));
    let mut optim = match of_its_kind {
        Some(Moments { m, v, t }) => Optim { first: param_len - m.len(), m, v, t, ..Optim::new(method, 0) },
        None => Optim::new(method, 0),
    };
    optim.begin_at(network.learns_from(), param_len);
    apply_to(&mut optim, config);
    Ok(optim)
}

pub fn method(config: &Config) -> Result<Method> {
    match config.optimizer() {
        "adam" => Ok(Method::ADAM),
        "adamw" => Ok(Method::ADAMW),
        "sgd" => Ok(Method::Sgd { momentum: config.momentum() }),
        other => Err(Error::expected("optimizer", "adam, adamw or sgd", other)),
    }
}

pub fn apply_to(optim: &mut Optim, config: &Config) {
    optim.weight_decay = config.weight_decay();
    optim.clip_norm = config.clip_norm();
}

/// The loss that the settings ask for; `auto` is the usual loss of the task.
pub fn loss(config: &Config, task: Task) -> Result<Loss> {
    let loss = match (config.loss(), task) {
        ("auto", Task::Classifier) => Loss::CrossEntropy,
        ("auto", _) => Loss::Mse,
        (name, _) => Loss::parse(name)?,
    };
    match (loss.classifies(), task) {
        (true, Task::Regressor) => Err(Error::expected("loss", "mse, l1 or huber for numbers", loss)),
        (false, Task::Regressor) if loss == Loss::Bce => {
            Err(Error::expected("loss", "mse, l1 or huber for numbers", loss))
        }
        (false, task) if loss == Loss::Permissive && task.partner().is_none() => {
            Err(Error::expected("loss", "mse, l1, huber or bce for a network that makes no letters", loss))
        }
        (false, Task::Classifier) => Err(Error::expected("loss", "cross-entropy or hinge for a classifier", loss)),
        (true, task) if task != Task::Classifier => {
            Err(Error::expected("loss", "mse, l1, huber or bce for a network that outputs images", loss))
        }
        _ => Ok(loss),
    }
}
