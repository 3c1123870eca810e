//! What happens when a setting changes: at once, by surgery, or by building the network anew.

use std::ops::Range;

use super::command::Command;
use super::guard::DivergenceGuard;
use super::history::{Edit, Flags, Patch};
use super::judge::RunPolicy;
use super::{Notice, Session, model};
use crate::config::{Config, Key};
use crate::error::{Error, Result};
use crate::file::Moments;
use crate::loss::Loss;
use crate::network::{Network, Task};
use crate::optim::{Method, Optim};
use crate::recorder::EventKind;
use crate::remap::Remap;
use crate::schedule::{Curve, Schedule};
use crate::surgery;
use crate::train::{InputPipeline, TrainConfig};
use crate::words::counted;

/// What became of a setting.
#[derive(Default)]
pub(super) struct Change {
    pub notice: Notice,
    resized: Option<Resized>,
    /// The optimiser as it was, where another one forgot what it knew.
    forgotten: Option<Optim>,
}

impl From<Notice> for Change {
    fn from(notice: Notice) -> Self {
        Self { notice, ..Self::default() }
    }
}

/// What there was before the number of parameters changed, and where they came from.
struct Resized {
    network: Network,
    optim: Optim,
    remap: Remap,
}

/// Settings that build another network, and with it begin another run.
const REBUILDING: [&str; 5] = ["model", "seed", "dropout", "architecture", "scaling"];

/// What the trainer needs of the settings.
pub(super) fn recipe(config: &Config) -> Result<TrainConfig> {
    Ok(TrainConfig {
        learning_rate: config.learning_rate(),
        schedule: Schedule { curve: curve(config)?, warmup_steps: config.warmup_steps() },
        batch_len: config.batch_size(),
        epochs: config.epochs() as u64,
        seed: config.seed(),
        shuffle_window: config.shuffle_window(),
        feed: InputPipeline {
            augment: config.augment(),
            denoise: config.denoise(),
            balanced: config.balances_classes(),
        },
    })
}

fn curve(config: &Config) -> Result<Curve> {
    Ok(match Curve::parse(config.schedule())? {
        Curve::Exponential { .. } => Curve::Exponential { end: config.schedule_end() },
        Curve::Step { .. } => Curve::Step { drops: config.schedule_drops(), factor: config.schedule_factor() },
        other => other,
    })
}

/// The optimiser that the settings ask for: with what it remembers where that is of its kind, else before its first step.
pub(super) fn optim(config: &Config, network: &Network, moments: Option<Moments>) -> Result<Optim> {
    let (method, param_len) = (method(config)?, network.param_len());
    let of_its_kind = moments.filter(|Moments { m, v, .. }| method.moments(param_len) == (m.len(), v.len()));
    let mut optim = match of_its_kind {
        Some(Moments { m, v, t }) => Optim { m, v, t, ..Optim::new(method, 0) },
        None => Optim::new(method, param_len),
    };
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
        let Change { notice, resized, forgotten } = self.put_setting(key, value)?;
        let after = self.config.get(key)?.to_string();
        if before == after || notice.rebuilt || notice.reload || !Key::find(key)?.group.is_recipe() {
            return Ok(notice);
        }
        let (mut undo, mut redo) = (Patch::default(), Patch::default());
        // Surgery may cut numbers away, another optimiser forgets what the old one knew; undo will want them back.
        if let Some(Resized { network, optim, remap }) = resized {
            let indices = |ranges: Vec<Range<usize>>| ranges.into_iter().flatten().map(|index| index as u32).collect();
            let (lost, fresh): (Vec<u32>, Vec<u32>) =
                (indices(remap.lost(network.param_len())), indices(remap.fresh()));
            undo = Patch::capture(&lost, &network, Some(&optim));
            redo = Patch::capture(&fresh, &self.network, Some(&self.trainer.optim));
            (undo.flags, redo.flags) = (Some(Flags::of(&network)), Some(Flags::of(&self.network)));
        }
        undo.memory = forgotten.map(Box::new);
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

    /// As [`Session::set`], without a place in the history.
    pub(super) fn put_setting(&mut self, key: &str, value: &str) -> Result<Change> {
        let mut config = self.config.clone();
        config.set(key, value)?;
        let (before, after) = (self.config.get(key)?.to_string(), config.get(key)?.to_string());
        // The key may name a preset while the network is one of a file or of a text.
        let other = Key::find(key)?.name == "model" && self.preset != after;
        if before == after && !other {
            self.config = config;
            return Ok(Change::default());
        }
        // Undo brings back a network that makes room for another, with the settings it had.
        let name = Key::find(key)?.name;
        let past = REBUILDING.contains(&name).then(|| self.as_past(false)).flatten();
        let old = std::mem::replace(&mut self.config, config);
        let done = match name {
            "embedding" => self.resize_embedding(),
            "optimizer" | "momentum" | "weight-decay" | "clip-norm" => self.change_optimiser(),
            name => self.apply(name).map(Change::from),
        };
        let change = match done {
            Ok(change) => change,
            Err(error) => {
                self.config = old;
                if name == "seed" {
                    self.division_note = self.data.divide(&self.config.division());
                }
                return Err(error);
            }
        };
        if !matches!(name, "learning-rate" | "optimizer" | "momentum" | "clip-norm" | "batch-size") {
            // Another loss may be as right; a rate that is too high is none.
            self.judge.guard = DivergenceGuard::default();
        }
        if change.notice.rebuilt && REBUILDING.contains(&name) {
            self.past = past;
        }
        if change.notice.rebuilt {
            self.recorder.event(self.trainer.step, EventKind::Model, change.notice.text.clone());
        } else if 0 < self.trainer.step {
            self.recorder.setting(self.trainer.step, key, &before, &after);
        }
        Ok(change)
    }

    fn change_optimiser(&mut self) -> Result<Change> {
        let forgotten = self.trainer.optim.set_method(method(&self.config)?, self.network.param_len());
        apply_to(&mut self.trainer.optim, &self.config);
        Ok(Change { forgotten, ..Change::default() })
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
            "loss" => {
                self.objective.loss = loss(&self.config, self.objective.task)?;
                self.trainer.objective = self.objective;
                model::set_output(&mut self.network, self.objective.loss);
                self.judge = RunPolicy::default();
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
                    // A checkpoint of this run divides by this seed.
                    self.division_note = self.data.divide(&self.config.division());
                }
                let built = model::build(&self.config, &self.data, &self.progress)?;
                if key == "seed" {
                    self.take_splits();
                }
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
    fn resize_embedding(&mut self) -> Result<Change> {
        let Some(block) = self.network.embedding else {
            self.branch();
            let text = format!("{} has no embedding; the size waits for a model that has one", self.preset);
            return Ok(Notice::kept(text).into());
        };
        let outputs = self.config.embedding();
        let Optim { m, v, .. } = &self.trainer.optim;
        self.progress.expect(self.start.len() + m.len() + v.len()); // what goes with the network's own numbers
        match surgery::resize(&self.network, block, outputs, self.config.seed(), &self.progress) {
            Ok((network, remap)) => {
                let start = remap.carry(&self.start, 0.0, &self.progress)?;
                let optim = self.trainer.follow(&network, &remap, &self.progress)?;
                self.branch();
                self.start = start;
                let network = std::mem::replace(&mut self.network, network);
                self.judge = RunPolicy::default();
                self.viewer.rebuild(&self.network);
                self.forget_measured();
                let text = format!("The embedding now has {outputs} values; all other weights were kept");
                let resized = Some(Resized { network, optim, remap });
                Ok(Change { notice: Notice::kept(text), resized, ..Change::default() })
            }
            Err(error) if error.is_cancelled() => Err(error),
            Err(_) => {
                let built = model::build(&self.config, &self.data, &self.progress)?;
                self.branch();
                self.past = self.as_past(false);
                self.take_network(built)?;
                Ok(Notice::rebuilt(format!("A new network with an embedding of {outputs} values was built")).into())
            }
        }
    }
}
