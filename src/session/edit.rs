//! Editing by hand: every command is carried out between two mini-batches, journalled, and can be taken back.

use serde::Serialize;

use super::command::Command;
use super::guard::DivergenceGuard;
use super::history::{Edit, Flags, Patch};
use super::{Notice, Session};
use crate::error::{Error, Result};
use crate::network::{Held, Network, Neuron};
use crate::progress::Progress;
use crate::rng::{Purpose, Rng};

/// What an edit did.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edited {
    /// One clause.
    pub text: String,
    /// Steps taken before it.
    pub step: u64,
    /// Mean loss on the shown batch.
    pub loss_before: Option<f64>,
    pub loss_after: Option<f64>,
    /// Number of parameters that were written.
    pub touched: usize,
    pub undo: Option<String>,
    pub redo: Option<String>,
    /// Of a changed setting.
    pub notice: Option<Notice>,
}

/// The edits so far, for people.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct EditLog {
    pub undo: Option<String>,
    pub redo: Option<String>,
    /// In order, those taken back at the end.
    pub entries: Vec<LoggedEdit>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LoggedEdit {
    pub step: u64,
    pub text: String,
    pub undone: bool,
}

/// Edits told, the last ones.
const MOST_TOLD: usize = 50;
/// Examples of the shown batch beside the chosen one.
const SHOWN_BATCH: usize = 16;

impl Session {
    /// Carries out a command. With `merge` it goes on with the last edit, as when a slider is dragged.
    /// On an error everything stays as it was.
    pub fn edit(&mut self, command: &Command, merge: bool) -> Result<Edited> {
        command.check(&self.network)?;
        let before = self.shown_loss();
        let (text, touched, notice) = match command {
            Command::Undo => self.step_back(true)?,
            Command::Redo => self.step_back(false)?,
            Command::Setting { key, value } => {
                let notice = self.set(key, value)?;
                return Ok(self.edited(command.told(&self.network, false), before, 0, Some(notice)));
            }
            Command::Data { name } => {
                return Err(Error::new(format!("the data were changed for {name} here, which cannot be done again")));
            }
            Command::Relabel { .. } | Command::Move { .. } => self.edit_data(command, before)?,
            _ => self.carry_out(command, merge, before)?,
        };
        self.refresh_after_edit();
        let step = self.trainer.step;
        let edited = self.edited(text, before, touched, notice);
        let told = match (edited.loss_before, edited.loss_after) {
            (Some(before), Some(after)) => format!("{}: loss {} to {}", edited.text, brief(before), brief(after)),
            _ => edited.text.clone(),
        };
        self.recorder.edit(step, told, merge);
        self.journal.push(step, command.clone(), merge, edited.loss_before.zip(edited.loss_after));
        Ok(edited)
    }

    /// What undo and redo would do, and the last edits.
    pub fn history(&self) -> EditLog {
        let (undo, redo) = self.next_edits();
        let told = |edit: &Edit, undone| LoggedEdit { step: edit.step, text: edit.text.clone(), undone };
        let done = self.history.done();
        let done = done[done.len().saturating_sub(MOST_TOLD)..].iter().map(|edit| told(edit, false));
        let undone = self.history.undone().iter().rev().take(MOST_TOLD).map(|edit| told(edit, true));
        EditLog { undo, redo, entries: done.chain(undone).collect() }
    }

    /// Mean loss on the shown batch: the chosen example and a few fixed ones that are held out. `None` where the data
    /// do not fit the network.
    pub fn shown_loss(&mut self) -> Option<f64> {
        let key = (self.trainer.step, self.viewer.example);
        if let Some((known, loss)) = self.shown_loss
            && known == key
        {
            return loss;
        }
        let loss = self.fits().ok().and_then(|()| {
            let mut examples = self.fixed_examples(SHOWN_BATCH);
            examples.push(self.viewer.example as u32);
            (!self.data.is_empty()).then(|| self.trainer.evaluate(examples, &self.network, &self.data).loss)
        });
        let loss = loss.filter(|loss| loss.is_finite());
        self.shown_loss = Some((key, loss));
        loss
    }

    fn edited(&mut self, text: String, loss_before: Option<f64>, touched: usize, notice: Option<Notice>) -> Edited {
        let loss_after = self.shown_loss();
        let (undo, redo) = self.next_edits();
        Edited { text, step: self.trainer.step, loss_before, loss_after, touched, undo, redo, notice }
    }

    /// The numbers or the freedom of something changed: what was computed from them is no longer true.
    pub(super) fn refresh_after_edit(&mut self) {
        self.trainer.retarget(&self.network);
        self.judge.guard = DivergenceGuard::default();
        self.viewer.is_stale = true;
        (self.shown_loss, self.probe) = (None, None);
    }

    /// A command that changes parameters or flags, into the history. Nothing has happened until all is known.
    fn carry_out(
        &mut self,
        command: &Command,
        merge: bool,
        loss: Option<f64>,
    ) -> Result<(String, usize, Option<Notice>)> {
        let (undo, redo) = match moved(command, &self.network, &self.progress)? {
            Some((parameters, values)) => {
                // New random numbers owe nothing to old gradients.
                let fresh = matches!(command, Command::Reinitialise { .. });
                let undo = Patch::capture(&parameters, &self.network, fresh.then_some(&self.trainer.optim));
                let moments = undo.moments.as_ref().map(|(m, v)| (vec![0.0; m.len()], vec![0.0; v.len()]));
                (undo, Patch { parameters, values, moments, ..Patch::default() })
            }
            None => {
                let mut after = Flags::of(&self.network);
                let before = after.clone();
                flag(command, &self.network, &mut after, &self.progress)?;
                let patch = |flags| Patch { flags: Some(flags), ..Patch::default() };
                (patch(before), patch(after))
            }
        };
        self.branch();
        redo.write(&mut self.network, &mut self.trainer.optim)?;
        let touched = redo.parameters.len();
        let text = command.told(&self.network, merge);
        let edit = Edit { step: self.trainer.step, text: text.clone(), undo, redo, loss_before: loss };
        if merge {
            self.history.merge(edit)
        } else {
            self.history.push(edit)
        }
        Ok((text, touched, None))
    }

    /// What undo would take back, and what redo would do again: edits, and behind them another network.
    fn next_edits(&self) -> (Option<String>, Option<String>) {
        let (undo, redo) = self.history.next();
        let (undo, redo) = (undo.map(str::to_string), redo.map(str::to_string));
        (undo.or_else(|| self.told_past(true)), redo.or_else(|| self.told_past(false)))
    }

    /// Undo or redo.
    fn step_back(&mut self, back: bool) -> Result<(String, usize, Option<Notice>)> {
        let (undo, redo) = self.history.next();
        if if back { undo.is_none() } else { redo.is_none() }
            && let Some((text, notice)) = self.swap_past(back)?
        {
            return Ok((text, 0, Some(notice)));
        }
        let edit = self.history.take(back)?;
        let (patch, word) = if back { (&edit.undo, "undone") } else { (&edit.redo, "done again") };
        let (text, touched) = (format!("{word}: {}", edit.text), patch.parameters.len());
        match self.put_patch(patch) {
            Ok(notice) => {
                if notice.as_ref().is_none_or(|notice| !notice.rebuilt) {
                    self.history.put(edit, back);
                }
                Ok((text, touched, notice))
            }
            Err(error) => {
                self.history.put(edit, !back);
                Err(error)
            }
        }
    }

    /// One side of an edit. On an error nothing has happened.
    pub(super) fn put_patch(&mut self, patch: &Patch) -> Result<Option<Notice>> {
        let setting = patch.setting.as_ref().map(|(key, value)| self.put_setting(key, value)).transpose()?;
        let notice = setting.map(|change| change.notice);
        if notice.as_ref().is_some_and(|notice| notice.rebuilt) {
            return Ok(notice); // nothing is left of the parameters that it was about
        }
        self.branch();
        if let Some(by_hand) = &patch.by_hand {
            self.put_by_hand(by_hand.clone());
        }
        patch.write(&mut self.network, &mut self.trainer.optim)?;
        Ok(notice)
    }
}

/// Parameters and their new values, for a command that sets some; each of them once.
fn moved(command: &Command, network: &Network, progress: &Progress) -> Result<Option<(Vec<u32>, Vec<f32>)>> {
    let theta = &network.theta;
    let all = |parameters: Vec<usize>, value: &dyn Fn(f32) -> f32| {
        let parameters = unique(parameters);
        let values = parameters.iter().map(|&index| value(theta[index])).collect();
        (parameters, values)
    };
    let (parameters, values): (Vec<usize>, Vec<f32>) = match command {
        Command::Set { parameters, values } if values.len() == 1 => all(parameters.clone(), &|_| values[0]),
        Command::Set { parameters, values } => (parameters.clone(), values.clone()),
        Command::Add { parameters, amount } => all(parameters.clone(), &|w| w + amount),
        Command::SetBias { value, .. } => {
            let biases: Vec<usize> = command.neurons().filter_map(|neuron| network.bias(neuron)).collect();
            expect_some(&biases, "a neuron with a bias")?;
            all(biases, &|_| *value)
        }
        Command::ScaleIncoming { factor, .. } => all(incoming(command, network, progress)?, &|w| w * factor),
        Command::AddIncoming { amount, .. } => all(incoming(command, network, progress)?, &|w| w + amount),
        Command::ScaleOutgoing { factor, .. } => {
            let weights = gather(command, progress, |neuron, found| {
                network.outgoing(neuron, &mut |wire| found.extend(wire.parameter()));
            })?;
            expect_some(&weights, "a neuron whose outgoing connections have weights")?;
            all(weights, &|w| w * factor)
        }
        Command::Reinitialise { seed, .. } => drawn(command, *seed, network, progress)?,
        _ => return Ok(None),
    };
    if let Some(value) = values.iter().find(|value| !value.is_finite()) {
        return Err(Error::expected("edit", "finite parameters after it", value));
    }
    Ok(Some((parameters.into_iter().map(|index| index as u32).collect(), values)))
}

fn incoming(command: &Command, network: &Network, progress: &Progress) -> Result<Vec<usize>> {
    let weights = gather(command, progress, |neuron, found| {
        network.incoming(neuron, &mut |wire| found.extend(wire.parameter()));
    })?;
    expect_some(&weights, "a neuron whose incoming connections have weights")?;
    Ok(weights)
}

/// The parameters that `visit` finds for each neuron of a command. Neurons of one map share theirs, so doubles are
/// dropped on the way before they fill the memory.
fn gather(
    command: &Command,
    progress: &Progress,
    mut visit: impl FnMut(Neuron, &mut Vec<usize>),
) -> Result<Vec<usize>> {
    let (mut found, mut limit) = (Vec::new(), 1 << 20);
    progress.expect(command.neurons().count());
    for neuron in command.neurons() {
        visit(neuron, &mut found);
        progress.count(1)?;
        if limit < found.len() {
            found = unique(found);
            limit = 2 * found.len().max(1 << 19);
        }
    }
    Ok(unique(found))
}

/// First random numbers for everything that makes these neurons; of parameters they share, those of the last neuron.
fn drawn(command: &Command, seed: u64, network: &Network, progress: &Progress) -> Result<(Vec<usize>, Vec<f32>)> {
    let mut found = std::collections::BTreeMap::new();
    progress.expect(command.neurons().count());
    for neuron in command.neurons() {
        let parameters = unique(network.parameters_of(neuron));
        let stream = (neuron.block as u64) << 32 | neuron.index as u64;
        let mut rng = Rng::new(seed, Purpose::Surgery, stream);
        for block in network.chain(neuron).into_iter().map(|link| link.block) {
            for (tensor, range) in network.tensors(block) {
                let (from, to) =
                    (parameters.partition_point(|p| *p < range.start), parameters.partition_point(|p| *p < range.end));
                let mut values = vec![0.0; to - from];
                tensor.init.fill(&mut values, &mut rng);
                found.extend(parameters[from..to].iter().copied().zip(values));
            }
        }
        progress.count(1)?;
    }
    expect_some(&found.keys().collect::<Vec<_>>(), "a neuron with parameters")?;
    Ok(found.into_iter().unzip())
}

/// Pins, holds and frozen blocks as the command wants them.
fn flag(command: &Command, network: &Network, flags: &mut Flags, progress: &Progress) -> Result<()> {
    match command {
        Command::Pin { parameters, pinned, .. } => {
            let of_neurons = gather(command, progress, |neuron, found| found.extend(network.parameters_of(neuron)))?;
            let all = [parameters.as_slice(), &of_neurons].concat();
            expect_some(&all, "something with parameters")?;
            flags.pins.set(&all, *pinned);
        }
        Command::Hold { value, channel, .. } => hold(command, *channel, Some(*value), network, flags),
        Command::Release { channel, .. } => hold(command, *channel, None, network, flags),
        Command::Freeze { blocks, frozen } => blocks.iter().for_each(|&block| flags.frozen[block] = *frozen),
        _ => {}
    }
    Ok(())
}

fn hold(command: &Command, channel: bool, value: Option<f32>, network: &Network, flags: &mut Flags) {
    for picked in command.picked() {
        let channels = network.shape(picked.block).channels;
        let held = |&index: &usize| if channel { Held::Channel(index % channels) } else { Held::Neuron(index) };
        flags.holds.set(picked.block, &picked.indices.iter().map(held).collect::<Vec<_>>(), value);
    }
}

fn unique(mut indices: Vec<usize>) -> Vec<usize> {
    indices.sort_unstable();
    indices.dedup();
    indices
}

fn expect_some<T>(found: &[T], what: &str) -> Result<()> {
    if found.is_empty() { Err(Error::expected("edit", what, "none")) } else { Ok(()) }
}

/// Four digits are enough to follow.
fn brief(value: f64) -> String {
    let places = if value == 0.0 { 1 } else { (3 - value.abs().log10().floor() as i32).clamp(0, 9) as usize };
    format!("{value:.places$}")
}
