//! Carrying out commands: each takes effect between two mini-batches, is journalled, and can be undone.

use super::command::Command;
use super::edits::{EditLog, Edited};
use super::parameters::{new_values, write_flags};
use super::undo_stack::{Edit, Flags, Patch};
use crate::config::Key;
use crate::error::{Error, Result};
use crate::session::notice::Notice;
use crate::session::run::DivergenceGuard;
use crate::session::session::Session;

impl Session {
    /// Carries out a command. With `merge` it continues the last edit, as when a slider is dragged. On an error
    /// everything stays as it was.
    pub fn edit(&mut self, command: &Command, merge: bool) -> Result<Edited> {
        if command.is_about_layers() {
            self.run().supervised()?;
        }
        command.check(self.network())?;
        let before = self.viewer().shown_loss();
        let (text, touched, notice) = match command {
            Command::Undo => self.step_back(true)?,
            Command::Redo => self.step_back(false)?,
            Command::Setting { key, value } => {
                check_recipe(key)?;
                let notice = self.set(key, value)?;
                return Ok(self.edited(command.describe(self.network(), false), before, 0, Some(notice)));
            }
            Command::Data { name } => {
                return Err(Error::new(format!(
                    "the run continued with other data here ({name}), which cannot be replayed"
                )));
            }
            Command::Relabel { .. } | Command::Move { .. } => self.edit_data(command, before)?,
            Command::Rewire { block, change } => {
                self.rewire(*block, change, command.describe(self.network(), false), before)?
            }
            Command::Operate { operation } => {
                self.operate(operation, command.describe(self.network(), false), before)?
            }
            Command::ChangeColumn { column, neuron, change } => {
                self.change_column((*column, *neuron), change, command.describe(self.network(), false), before)?
            }
            _ => self.carry_out(command, merge, before)?,
        };
        let step = self.run().step();
        let edited = self.edited(text, before, touched, notice);
        let message = match (edited.loss_before, edited.loss_after) {
            (Some(before), Some(after)) => format!("{}: loss {} to {}", edited.text, brief(before), brief(after)),
            _ => edited.text.clone(),
        };
        self.run_mut().recorder.edit(step, message, merge);
        // Switching to another run belongs to neither run's journal.
        let is_other_run = edited.notice.as_ref().is_some_and(|notice| notice.rebuilt);
        if !is_other_run {
            self.edits.journal.push(step, command.clone(), merge, edited.loss_before.zip(edited.loss_after));
        }
        Ok(edited)
    }

    /// What undo and redo would do, and the last edits.
    pub fn edit_log(&self) -> EditLog {
        self.edits.log(self.next_edits())
    }

    fn edited(&mut self, text: String, loss_before: Option<f64>, touched: usize, notice: Option<Notice>) -> Edited {
        let loss_after = self.viewer().shown_loss();
        let (undo, redo) = self.next_edits();
        Edited { text, step: self.run().step(), loss_before, loss_after, touched, undo, redo, notice }
    }

    /// Carries out a command that changes parameters or flags, and puts it on the undo stack. Nothing is written before
    /// everything is computed.
    fn carry_out(
        &mut self,
        command: &Command,
        merge: bool,
        loss: Option<f64>,
    ) -> Result<(String, usize, Option<Notice>)> {
        let (undo, redo) = match new_values(command, self.network(), &self.progress)? {
            Some((parameters, values)) => {
                // New random values have no old gradients.
                let fresh = matches!(command, Command::Reinitialise { .. });
                let learner = self.run().supervised()?;
                let undo = Patch::capture(&parameters, self.network(), fresh.then_some(&learner.trainer().optim));
                let moments = undo.moments.as_ref().map(|(m, v)| (vec![0.0; m.len()], vec![0.0; v.len()]));
                (undo, Patch { parameters, values, moments, ..Patch::default() })
            }
            None => {
                let mut after = Flags::of(self.network());
                let before = after.clone();
                write_flags(command, self.network(), &mut after, &self.progress)?;
                // Layers that are frozen from here on lose their moments, which undo brings back.
                let [from, to] =
                    [&before, &after].map(|flags| self.network().would_learn_from(|block| flags.frozen[block]));
                let parameters: Vec<u32> = (from as u32..to as u32).collect();
                let optim = self.run().supervised().ok().map(|learner| &learner.trainer().optim);
                let moments = optim.filter(|_| from < to).map(|optim| optim.moments_of(&parameters));
                let undo = Patch { flags: Some(before), parameters, moments, ..Patch::default() };
                (undo, Patch { flags: Some(after), ..Patch::default() })
            }
        };
        self.branch();
        self.write_patch(&redo)?;
        let touched = redo.parameters.len();
        let mut edit = Edit { step: self.run().step(), text: String::new(), undo, redo, loss_before: loss };
        edit.text = match command {
            // The text of a stroke over many weights counts all of them.
            Command::Add { amount, .. } if merge => {
                Command::Add { parameters: self.edits.undo.merged_parameters(&edit), amount: *amount }
                    .describe(self.network(), true)
            }
            _ => command.describe(self.network(), merge),
        };
        let text = edit.text.clone();
        if merge {
            self.edits.undo.merge(edit)
        } else {
            self.edits.undo.push(edit)
        }
        Ok((text, touched, None))
    }

    /// What undo and redo would do: the next edit, or when no edit is left, a change of runs.
    fn next_edits(&self) -> (Option<String>, Option<String>) {
        let (undo, redo) = self.edits.undo.next();
        let run = |id: Option<u32>| id.and_then(|id| self.shelf.name(id));
        let undo = undo.map(str::to_string).or_else(|| Some(format!("the change from {}", run(self.edits.previous)?)));
        let redo = redo.map(str::to_string).or_else(|| Some(format!("the change to {}", run(self.edits.next)?)));
        (undo, redo)
    }

    /// Undoes or redoes.
    fn step_back(&mut self, back: bool) -> Result<(String, usize, Option<Notice>)> {
        let (undo, redo) = self.edits.undo.next();
        if if back { undo.is_none() } else { redo.is_none() }
            && let Some(notice) = self.restore_next(back)?
        {
            return Ok((notice.text.clone(), 0, Some(notice)));
        }
        let edit = self.edits.undo.take(back)?;
        let (patch, word) = if back { (&edit.undo, "undone") } else { (&edit.redo, "redone") };
        let (text, touched) = (format!("{word}: {}", edit.text), patch.parameters.len());
        match self.put_patch(patch) {
            Ok(notice) => {
                if notice.as_ref().is_none_or(|notice| !notice.rebuilt) {
                    self.edits.undo.put(edit, back);
                }
                Ok((text, touched, notice))
            }
            Err(error) => {
                self.edits.undo.put(edit, !back);
                Err(error)
            }
        }
    }

    /// Applies one side of an edit. On an error nothing has changed.
    pub(in crate::session) fn put_patch(&mut self, patch: &Patch) -> Result<Option<Notice>> {
        let setting = patch.setting.as_ref().map(|(key, value)| self.put_setting(key, value)).transpose()?;
        let notice = setting.map(|change| change.notice);
        if notice.as_ref().is_some_and(|notice| notice.rebuilt) {
            return Ok(notice); // the edited parameters no longer exist
        }
        self.branch();
        if let Some(graph) = &patch.graph {
            self.put_graph(graph)?;
        }
        if let Some(surgery) = &patch.surgery {
            self.put_surgery(surgery)?;
        }
        if let Some(column) = &patch.column {
            self.put_column(column)?;
        }
        if let Some(overrides) = &patch.overrides {
            self.put_overrides(overrides.on(&self.data.overrides));
        }
        self.write_patch(patch)?;
        Ok(notice)
    }

    /// Writes parameters, moments and flags. The loss monitor starts again, since earlier losses no longer compare.
    fn write_patch(&mut self, patch: &Patch) -> Result<()> {
        let run = self.run_mut();
        run.policy.guard = DivergenceGuard::default();
        match run.supervised_mut() {
            Ok(learner) => learner.write(|network, optim| patch.write(network, optim)),
            Err(_) => Ok(()), // other learners have no parameters or flags in their patches
        }
    }
}

/// Refuses settings of this machine: the command may come from a journal from elsewhere.
fn check_recipe(key: &str) -> Result<()> {
    let key = Key::find(key)?;
    if key.group.is_recipe() {
        return Ok(());
    }
    Err(Error::expected(
        "setting",
        "one of the data, the model or the training",
        format!("{}, of this machine", key.name),
    ))
}

/// Formats a loss with four significant digits.
fn brief(value: f64) -> String {
    let places = if value == 0.0 { 1 } else { (3 - value.abs().log10().floor() as i32).clamp(0, 9) as usize };
    format!("{value:.places$}")
}
