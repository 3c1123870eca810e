//! Changing settings: at once, by surgery, or by building another network, as [`Effect`] says.

use std::ops::Range;

use super::command::Command;
use super::undo_stack::{Edit, Flags, Patch};
use crate::config::{Config, Effect, Key};
use crate::data::LoadOptions;
use crate::error::Result;
use crate::network::Network;
use crate::optim::Optim;
use crate::recorder::EventKind;
use crate::remap::Remap;
use crate::session::notice::Notice;
use crate::session::run::{DivergenceGuard, Learner, architecture, build, settings};
use crate::session::session::Session;
use crate::surgery;
use crate::train::Trainer;
use crate::words::counted;

/// The result of changing a setting.
#[derive(Default)]
pub struct Change {
    pub notice: Notice,
    resized: Option<Resized>,
    /// The previous state of the optimiser, if its method changed.
    forgotten: Option<Optim>,
}

impl From<Notice> for Change {
    fn from(notice: Notice) -> Self {
        Self { notice, ..Self::default() }
    }
}

/// The state before the number of parameters changed, and where the parameters come from.
pub(super) struct Resized {
    network: Network,
    optim: Optim,
    remap: Remap,
}

impl Resized {
    /// Number of parameters that came or went.
    pub fn touched(&self) -> usize {
        let len = |ranges: Vec<Range<usize>>| ranges.iter().map(Range::len).sum::<usize>();
        len(self.remap.lost(self.network.param_len())) + len(self.remap.fresh())
    }
}

/// Keys that may postpone the end of training.
const MAY_GO_ON: &[&str] = &[
    "learning-rate",
    "schedule",
    "schedule-end",
    "schedule-drops",
    "schedule-factor",
    "warmup-steps",
    "batch-size",
    "epochs",
    "max-minutes",
    "monitor",
    "min-delta",
    "plateau-patience",
    "stop-patience",
];
/// Keys that do not restart the loss monitor: a rate that is too high must not count as a new beginning.
const KEEP_GUARD: &[&str] = &["learning-rate", "optimizer", "momentum", "clip-norm", "batch-size"];

impl Session {
    /// Changes one setting. Settings that can take effect during training do; the notice says what others cost. On an
    /// error everything stays as it was.
    pub fn set(&mut self, key: &str, value: &str) -> Result<Notice> {
        let before = self.config.get(key)?.to_string();
        let loss = self.viewer().shown_loss();
        let Change { notice, resized, forgotten } = self.put_setting(key, value)?;
        let after = self.config.get(key)?.to_string();
        if before == after || notice.rebuilt || notice.reload || !Key::find(key)?.group.is_recipe() {
            return Ok(notice);
        }
        let (mut undo, mut redo) = (Patch::default(), Patch::default());
        // Surgery may cut parameters away, and another optimiser loses its state; undo restores both.
        if let Some(resized) = resized {
            (undo, redo) = self.patches(&resized)?;
        }
        undo.optim = forgotten.map(Box::new);
        undo.setting = Some((key.into(), before.clone()));
        redo.setting = Some((key.into(), after.clone()));
        let text = format!("{key} from {before} to {after}");
        self.edits.undo.push(Edit { step: self.run().step(), text, undo, redo, loss_before: loss });
        let losses = loss.zip(self.viewer().shown_loss());
        let command = Command::Setting { key: key.into(), value: after };
        self.edits.journal.push(self.run().step(), command, false, losses);
        Ok(notice)
    }

    /// What undo and redo of a change of the number of parameters restore: those that went, and those that came.
    pub(super) fn patches(&self, Resized { network, optim, remap }: &Resized) -> Result<(Patch, Patch)> {
        let learner = self.run().supervised()?;
        let indices = |ranges: Vec<Range<usize>>| ranges.into_iter().flatten().map(|index| index as u32).collect();
        let (lost, fresh): (Vec<u32>, Vec<u32>) = (indices(remap.lost(network.param_len())), indices(remap.fresh()));
        let mut undo = Patch::capture(&lost, network, Some(optim));
        let mut redo = Patch::capture(&fresh, self.network(), Some(&learner.trainer().optim));
        (undo.flags, redo.flags) = (Some(Flags::of(network)), Some(Flags::of(self.network())));
        Ok((undo, redo))
    }

    /// As [`Session::set`], without an entry on the undo stack.
    pub fn put_setting(&mut self, key: &str, value: &str) -> Result<Change> {
        let mut config = self.config.clone();
        config.set(key, value)?;
        let key = Key::find(key)?;
        let name = key.name;
        let (before, after) = (self.config.get(name)?.to_string(), config.get(name)?.to_string());
        // The key may name a preset while the network comes from a file or a text.
        let is_other_model = name == "model" && self.run().preset != after;
        if before == after && !is_other_model {
            self.config = config;
            return Ok(Change::default());
        }
        let change = self.apply(key, config)?;
        if !KEEP_GUARD.contains(&name) {
            self.runs.iter_mut().for_each(|run| run.policy.guard = DivergenceGuard::default());
        }
        let step = self.run().step();
        if change.notice.rebuilt {
            self.run_mut().recorder.event(step, EventKind::Model, change.notice.text.clone());
        } else if 0 < step {
            self.run_mut().recorder.setting(step, name, &before, &after);
        }
        Ok(change)
    }

    /// Applies the settings `config`, which differ from the current ones in `key`. On an error nothing has changed.
    fn apply(&mut self, key: &Key, mut config: Config) -> Result<Change> {
        match key.effect {
            Effect::Live => self.set_live(key.name, config).map(Change::from),
            Effect::Reorder => {
                for run in &mut self.runs {
                    run.learner.set_config(&config)?;
                    run.learner.set_data(&self.data);
                }
                self.config = config;
                Ok(Notice::kept("The current epoch starts again, in another order".into()).into())
            }
            Effect::Divide => {
                self.config = config;
                Ok(Notice::kept(self.divide_again()).into())
            }
            Effect::Reload => {
                self.config = config;
                Ok(Notice { reload: true, ..Notice::kept("The images are reloaded with this setting".into()) }.into())
            }
            Effect::Optimiser => {
                let method = settings::method(&config)?;
                let mut forgotten = None;
                for (index, run) in self.runs.iter_mut().enumerate() {
                    let Ok(learner) = run.supervised_mut() else { continue }; // it applies to the next network
                    let (trainer, network) = learner.trainer_mut();
                    let before = trainer.optim.set_method(method, network.param_len());
                    settings::apply_to(&mut trainer.optim, &config);
                    if index == self.focus {
                        forgotten = before;
                    }
                }
                self.config = config;
                Ok(Change { forgotten, ..Change::default() })
            }
            Effect::Surgery => self.resize_embedding(config),
            Effect::Rebuild => {
                if key.name == "model" {
                    config.unset("architecture")?;
                }
                self.rebuild(key.name, config).map(Change::from)
            }
            Effect::Door => {
                self.config = config;
                Ok(Change::default())
            }
        }
    }

    /// Applies a setting that takes effect during training.
    fn set_live(&mut self, name: &str, config: Config) -> Result<Notice> {
        let loss = settings::loss(&config, self.objective().task)?;
        for run in &mut self.runs {
            run.learner.set_config(&config)?;
            run.learner.weigh(&self.data);
            match name {
                "learning-rate" => run.learner.reset_rate(),
                "monitor" | "min-delta" | "plateau-patience" | "stop-patience" => {
                    run.policy.early_stopping.begin_again(name == "monitor");
                }
                "column-filters" => {
                    if let Ok(learner) = run.columns_mut() {
                        learner.choose_filters(&config, &self.data)?;
                    }
                }
                "loss" => {
                    if let Ok(learner) = run.supervised_mut() {
                        learner.set_loss(loss);
                        run.reset_policy();
                    }
                }
                _ => {}
            }
            if MAY_GO_ON.contains(&name) && !run.learner.is_finished() && run.out_of_time(&config).is_none() {
                run.finished = None;
            }
        }
        self.config = config;
        let waits = name == "schedule" && self.config.epochs() == 0 && self.config.schedule() != "constant";
        Ok(if waits {
            Notice::kept("The schedule takes effect once the number of epochs is set".into())
        } else {
            Notice::default()
        })
    }

    /// Builds another network; the current one is set aside.
    fn rebuild(&mut self, name: &str, config: Config) -> Result<Notice> {
        self.check_shelf()?;
        if name == "architecture" && !config.architecture().is_empty() {
            let built = architecture::rebuilt(&config, &self.data, self.network(), &self.progress)?;
            self.take_run(built.on(&self.data)?, "other layers were built");
            let parameters = counted(self.network().param_len(), "parameter");
            return Ok(Notice::rebuilt(format!(
                "A network of {parameters} was built; layers of unchanged size kept their weights"
            )));
        }
        if name == "seed" {
            // A checkpoint of this run must divide by this seed.
            self.data.divide(&config);
        }
        let new = build::build(&config, &self.data, &self.progress);
        if new.is_err() && name == "seed" {
            self.data.divide(&self.config);
        }
        let new = new?;
        let why =
            if name == "model" { "another model was chosen".into() } else { format!("another {name} was chosen") };
        let size = |config: &Config| {
            let LoadOptions { width, height, channels, .. } = config.load_options();
            (width, height, channels)
        };
        let before = size(&self.config);
        self.take_run(new, &why);
        // Columns see images in a size of their own.
        let reload = before != size(&self.config);
        let text = match (&self.run().learner, name) {
            (Learner::Columns(_), "model") => "Spiking columns were made; they begin without connections".into(),
            (Learner::Columns(_), _) => format!("Spiking columns were made with this {name}"),
            (Learner::Network(_), "model") => {
                format!("A new {} was built; training starts from random weights", self.run().preset)
            }
            (Learner::Network(_), _) => format!("A new network was built with this {name}"),
        };
        Ok(Notice { reload, ..Notice::rebuilt(text) })
    }

    /// Widens or narrows the embedding; all other parameters and their moments stay.
    fn resize_embedding(&mut self, config: Config) -> Result<Change> {
        let Some(block) = self.network().embedding else {
            self.config = config;
            self.branch();
            let text =
                format!("{} has no embedding; the size applies to the next model that has one", self.run().preset);
            return Ok(Notice::kept(text).into());
        };
        let outputs = config.embedding();
        let run = self.run();
        let learner = run.supervised()?;
        let (start, Optim { m, v, .. }) = (learner.start(), &learner.trainer().optim);
        self.progress.expect(start.len() + m.len() + v.len()); // beside the network's own parameters
        match surgery::resize(run.network(), block, outputs, config.seed(), &self.progress) {
            Ok((network, remap)) => {
                let resized = Some(self.take_reshaped(network, remap)?);
                self.config = config;
                let text = format!("The embedding now has {outputs} values; all other weights were kept");
                Ok(Change { notice: Notice::kept(text), resized, ..Change::default() })
            }
            Err(error) if error.is_cancelled() => Err(error),
            Err(_) => {
                self.check_shelf()?;
                let new = build::build(&config, &self.data, &self.progress)?;
                self.branch();
                self.take_run(new, "another embedding was chosen");
                Ok(Notice::rebuilt(format!("A new network with an embedding of {outputs} values was built")).into())
            }
        }
    }

    /// Takes over a network whose parameters come from those of the current one, with their moments.
    pub(super) fn take_reshaped(&mut self, network: Network, remap: Remap) -> Result<Resized> {
        let start = remap.carry(self.run().start(), 0.0, &self.progress)?;
        let Self { runs, focus, progress, data, .. } = self;
        let run = &mut runs[*focus];
        let follow = |trainer: &mut Trainer, network: &Network| trainer.follow(network, &remap, progress);
        let (network, optim) = run.supervised_mut()?.reshape(network, start, follow)?;
        run.branch(data);
        run.reset_policy();
        Ok(Resized { network, optim, remap })
    }
}
