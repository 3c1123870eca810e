//! What happens when a setting changes: at once, by surgery, or by building the network anew.

use super::command::Command;
use super::guard::Guard;
use super::history::{Edit, Flags, Patch};
use super::judge::Judge;
use super::{Notice, Session, model};
use crate::config::{Config, Key};
use crate::error::{Error, Result};
use crate::loss::Loss;
use crate::network::{Network, Task};
use crate::optim::{Method, Optim};
use crate::recorder::EventKind;
use crate::remap::Remap;
use crate::schedule::{Curve, Schedule};
use crate::surgery;
use crate::train::{Feed, Recipe};
use crate::words::counted;

/// What the trainer needs of the settings.
pub(super) fn recipe(config: &Config) -> Result<Recipe> {
    Ok(Recipe {
        learning_rate: config.learning_rate(),
        schedule: Schedule { curve: curve(config)?, warmup_steps: config.warmup_steps() },
        batch_len: config.batch_size(),
        epochs: config.epochs() as u64,
        seed: config.seed(),
        shuffle_window: config.shuffle_window(),
        feed: Feed { augment: config.augment(), denoise: config.denoise(), balanced: config.balances_classes() },
    })
}

fn curve(config: &Config) -> Result<Curve> {
    Ok(match Curve::parse(config.schedule())? {
        Curve::Exponential { .. } => Curve::Exponential { end: config.schedule_end() },
        Curve::Step { .. } => Curve::Step { drops: config.schedule_drops(), factor: config.schedule_factor() },
        other => other,
    })
}

/// The optimiser that the settings ask for, before its first step.
pub(super) fn optim(config: &Config, network: &Network) -> Result<Optim> {
    let mut optim = Optim::new(method(config)?, network.param_len());
    apply_to(&mut optim, config);
    Ok(optim)
}

fn method(config: &Config) -> Result<Method> {
    match config.optimizer() {
        "adam" => Ok(Method::ADAM),
        "adamw" => Ok(Method::ADAMW),
        "sgd" => Ok(Method::Sgd { momentum: config.momentum() }),
        other => Err(Error::expected("optimizer", "adam, adamw or sgd", other)),
    }
}

fn apply_to(optim: &mut Optim, config: &Config) {
    optim.weight_decay = config.weight_decay();
    optim.clip_norm = config.clip_norm();
}

/// The loss that the settings ask for; `auto` is what the task wants.
pub(super) fn loss(config: &Config, task: Task) -> Result<Loss> {
    let loss = match (config.loss(), task) {
        ("auto", Task::Autoencoder) => Loss::Mse,
        ("auto", Task::Classifier) => Loss::CrossEntropy,
        (name, _) => Loss::parse(name)?,
    };
    match (loss.classifies(), task) {
        (true, Task::Autoencoder) => Err(Error::expected("loss", "mse, l1, huber or bce for an autoencoder", loss)),
        (false, Task::Classifier) => Err(Error::expected("loss", "cross-entropy for a classifier", loss)),
        _ => Ok(loss),
    }
}

impl Session {
    /// Changes one setting. Settings that can act while training runs do; the others say what they cost.
    /// On an error everything stays as it was.
    pub fn set(&mut self, key: &str, value: &str) -> Result<Notice> {
        let before = self.config.get(key)?.to_string();
        let loss = self.shown_loss();
        // Surgery may cut numbers away, another optimiser forgets what the old one knew; undo will want them back.
        let name = Key::find(key)?.name;
        let old_network = (name == "embedding").then(|| self.network.clone());
        let old_optim = ["embedding", "optimizer", "momentum"].contains(&name).then(|| self.trainer.optim.clone());
        let (notice, remap) = self.put_setting(key, value)?;
        let after = self.config.get(key)?.to_string();
        if before == after || notice.rebuilt || notice.reload || !Key::find(name)?.group.is_recipe() {
            return Ok(notice);
        }
        let (mut undo, mut redo) = (Patch::default(), Patch::default());
        if let (Some(network), Some(optim), Some(remap)) = (&old_network, &old_optim, remap) {
            let (lost, fresh) = (remap.lost(network.param_len()), remap.fresh_indices());
            undo = Patch::capture(&lost, network, Some(optim));
            redo = Patch::capture(&fresh, &self.network, Some(&self.trainer.optim));
            (undo.flags, redo.flags) = (Some(Flags::of(network)), Some(Flags::of(&self.network)));
        } else {
            // With the same moments nothing was forgotten.
            let kept = |optim: &Optim| {
                (optim.m.len(), optim.v.len()) == (self.trainer.optim.m.len(), self.trainer.optim.v.len())
            };
            undo.memory = old_optim.filter(|optim| !kept(optim)).map(Box::new);
        }
        undo.setting = Some((key.into(), before.clone()));
        redo.setting = Some((key.into(), after.clone()));
        let text = format!("{key} from {before} to {after}");
        self.history.push(Edit { step: self.trainer.step, text, undo, redo, loss_before: loss });
        self.shown_loss = None;
        let losses = loss.zip(self.shown_loss());
        let command = Command::Setting { key: key.into(), value: after };
        self.journal.push(self.trainer.step, command, false, losses);
        Ok(notice)
    }

    /// As [`Session::set`], without a place in the history. Tells where the parameters came from if their number changed.
    pub(super) fn put_setting(&mut self, key: &str, value: &str) -> Result<(Notice, Option<Remap>)> {
        let mut config = self.config.clone();
        config.set(key, value)?;
        let (before, after) = (self.config.get(key)?.to_string(), config.get(key)?.to_string());
        // The key may name a preset while the network is one of a file or of a text.
        let other = Key::find(key)?.name == "model" && self.preset != after;
        if before == after && !other {
            self.config = config;
            return Ok((Notice::default(), None));
        }
        // Undo brings back a network that makes room for another, with the settings it had.
        let rebuilds = ["model", "seed", "dropout", "architecture"].contains(&Key::find(key)?.name);
        let past = rebuilds.then(|| self.as_past(false)).flatten();
        let old = std::mem::replace(&mut self.config, config);
        if !matches!(Key::find(key)?.name, "learning-rate" | "optimizer" | "momentum" | "clip-norm" | "batch-size") {
            // Another loss may be as right; a rate that is too high is none.
            self.judge.guard = Guard::default();
        }
        let done = match Key::find(key)?.name {
            "embedding" => self.resize_embedding(),
            key => self.apply(key).map(|notice| (notice, None)),
        };
        if done.is_err() {
            self.config = old;
        }
        let (notice, remap) = done?;
        if notice.rebuilt && rebuilds {
            self.past = past;
        }
        if notice.rebuilt {
            self.recorder.event(self.trainer.step, EventKind::Model, notice.text.clone());
        } else if 0 < self.trainer.step {
            self.recorder.setting(self.trainer.step, key, &before, &after);
        }
        Ok((notice, remap))
    }

    fn apply(&mut self, key: &str) -> Result<Notice> {
        match key {
            "learning-rate" | "schedule" | "schedule-end" | "schedule-drops" | "schedule-factor" | "warmup-steps"
            | "batch-size" | "epochs" => {
                self.trainer.set_recipe(recipe(&self.config)?, &self.network);
                if key == "learning-rate" {
                    self.trainer.rate_factor = 1.0;
                }
                if !self.trainer.is_finished() {
                    self.finished = None;
                }
                let waits = key == "schedule" && self.config.epochs() == 0 && self.config.schedule() != "constant";
                Ok(if waits {
                    Notice::kept("The schedule begins once epochs says where the run ends".into())
                } else {
                    Notice::default()
                })
            }
            "monitor" | "min-delta" | "plateau-patience" | "stop-patience" => {
                self.judge.patience.begin_again(key == "monitor");
                if !self.trainer.is_finished() {
                    self.finished = None;
                }
                Ok(Notice::default())
            }
            "optimizer" | "momentum" | "weight-decay" | "clip-norm" => {
                self.trainer.optim.set_method(method(&self.config)?, self.network.param_len());
                apply_to(&mut self.trainer.optim, &self.config);
                Ok(Notice::default())
            }
            "loss" => {
                self.objective.loss = loss(&self.config, self.objective.task)?;
                self.trainer.objective = self.objective;
                model::set_output(&mut self.network, self.objective.loss);
                self.judge = Judge::default();
                self.viewer.is_stale = true;
                Ok(Notice::default())
            }
            "architecture" if !self.config.architecture().is_empty() => {
                let built = self.rebuilt_from_text()?;
                self.take_network(built)?;
                let parameters = counted(self.network.param_len(), "parameter");
                Ok(Notice::rebuilt(format!(
                    "Your network of {parameters} was built; layers whose sizes stayed keep what they learnt"
                )))
            }
            "model" | "seed" | "dropout" | "architecture" | "scaling" => {
                if key == "model" {
                    self.config.unset("architecture")?;
                }
                if key == "seed" {
                    self.divide_anew(); // a checkpoint of this run divides by this seed
                }
                let built = model::build(&self.config, &self.data)?;
                self.take_network(built)?;
                Ok(Notice::rebuilt(match key {
                    "model" => {
                        format!("A new {} was built; training starts from its first random weights", self.preset)
                    }
                    _ => format!("The network was built anew with this {key}"),
                }))
            }
            "shuffle-window" => {
                self.trainer.set_recipe(recipe(&self.config)?, &self.network);
                self.trainer.set_data(&self.data);
                Ok(Notice::kept("The running epoch begins again, in another order".into()))
            }
            "validation-split" | "test-split" | "split-by" | "split-group" => Ok(Notice::kept(self.divide_anew())),
            key if key.starts_with("augment-") || ["denoise", "class-weights"].contains(&key) => {
                self.trainer.set_recipe(recipe(&self.config)?, &self.network);
                self.trainer.weigh(&self.data);
                Ok(Notice::default())
            }
            "width" | "height" | "channels" | "resize" | "background" | "limit" | "memory-cap" => {
                Ok(Notice { reload: true, ..Notice::kept("The images are read again with this setting".into()) })
            }
            _ => Ok(Notice::default()),
        }
    }

    /// Widens or cuts the embedding; all other parameters and their moments stay.
    fn resize_embedding(&mut self) -> Result<(Notice, Option<Remap>)> {
        self.branch();
        let Some(block) = self.network.embedding else {
            let text = format!("{} has no embedding; the size waits for a model that has one", self.preset);
            return Ok((Notice::kept(text), None));
        };
        let outputs = self.config.embedding();
        match surgery::resize(&self.network, block, outputs, self.config.seed()) {
            Ok((network, remap)) => {
                self.start = remap.carry(&self.start, 0.0);
                self.network = network;
                self.trainer.follow(&self.network, &remap);
                self.judge = Judge::default();
                self.viewer.rebuild(&self.network);
                self.forget_measured();
                let text = format!("The embedding now has {outputs} values; all other weights were kept");
                Ok((Notice::kept(text), Some(remap)))
            }
            Err(_) => {
                let built = model::build(&self.config, &self.data)?;
                self.take_network(built)?;
                Ok((Notice::rebuilt(format!("A new network with an embedding of {outputs} values was built")), None))
            }
        }
    }
}
