//! Changing the data by hand: other classes, other splits, images left out. Training goes on with what is left.

use super::command::{Command, images};
use super::history::{Edit, Patch};
use super::judge::RunPolicy;
use super::{Edited, Notice, Session};
use crate::data::{Overrides, Split};
use crate::error::{Error, Result};
use crate::words::thousands;

impl Session {
    /// Gives examples another class.
    pub fn relabel(&mut self, examples: Vec<u32>, class: u32) -> Result<Edited> {
        self.edit(&Command::Relabel { examples, of: self.data.len(), class }, false)
    }

    /// Puts examples into another split.
    pub fn move_to(&mut self, examples: Vec<u32>, split: Split) -> Result<Edited> {
        self.edit(&Command::Move { examples, of: self.data.len(), split }, false)
    }

    /// Leaves examples out; [`Session::move_to`] or undo takes them in again.
    pub fn drop_examples(&mut self, examples: Vec<u32>) -> Result<Edited> {
        self.move_to(examples, Split::Dropped)
    }

    /// What was changed of the data by hand, so that it can be done again with [`Session::set_by_hand`].
    pub fn by_hand(&self) -> &Overrides {
        &self.data.overrides
    }

    /// Changes of the data as an earlier session of the same data left them.
    pub fn set_by_hand(&mut self, by_hand: Overrides) {
        self.put_by_hand(by_hand);
    }

    /// Draws the splits as the settings now say; tells what came of it.
    pub(super) fn divide_anew(&mut self) -> String {
        self.division_note = self.data.divide(&self.config.division());
        self.take_splits();
        let [train, held_out, test] =
            [Split::Train, Split::Validation, Split::Test].map(|split| thousands(self.data.count(split)));
        let test = if test == "0" { String::new() } else { format!(", {test} for the test") };
        let note = self.division_note.as_ref().map(|note| format!("; {note}")).unwrap_or_default();
        format!("{train} images to learn from, {held_out} held out{test}{note}")
    }

    /// A command about examples, into the history.
    pub(super) fn edit_data(
        &mut self,
        command: &Command,
        loss: Option<f64>,
    ) -> Result<(String, usize, Option<Notice>)> {
        let (Command::Relabel { examples, of, .. } | Command::Move { examples, of, .. }) = command else {
            return Err(Error::expected("edit", "a command about images", "another"));
        };
        if *of != self.data.len() {
            return Err(Error::expected(&self.data.name, format!("the {of} images that were edited"), self.data.len()));
        }
        let before = self.data.overrides.clone();
        let text = match command {
            Command::Relabel { class, .. } => {
                self.data.relabel(examples, *class)?;
                format!("{} given class {}", images(examples), self.data.classes[*class as usize])
            }
            Command::Move { split, .. } => {
                self.data.move_to(examples, *split)?;
                command.told(&self.network, false)
            }
            _ => String::new(),
        };
        if self.data.count(Split::Train) == 0 {
            self.data.set_overrides(before);
            return Err(Error::expected("edit", "some images left to learn from", "none"));
        }
        self.branch();
        let undo = Patch { by_hand: Some(before), ..Patch::default() };
        let redo = Patch { by_hand: Some(self.data.overrides.clone()), ..Patch::default() };
        self.history.push(Edit { step: self.trainer.step, text: text.clone(), undo, redo, loss_before: loss });
        self.take_changed(matches!(command, Command::Move { .. }));
        Ok((text, 0, None))
    }

    pub(super) fn put_by_hand(&mut self, by_hand: Overrides) {
        let moved = self.data.overrides.splits != by_hand.splits;
        self.data.set_overrides(by_hand);
        self.take_changed(moved);
    }

    /// The data are the same examples with other classes or, if some were `moved`, in other splits.
    fn take_changed(&mut self, moved: bool) {
        if moved {
            self.take_splits();
        } else {
            self.trainer.weigh(&self.data);
            self.forget_shown();
        }
    }

    /// The running epoch begins again with the training examples there are now.
    pub(super) fn take_splits(&mut self) {
        self.evaluator = None;
        // Figures of other images are no measure of progress.
        self.judge = RunPolicy::default();
        self.trainer.set_data(&self.data);
        self.forget_shown();
    }

    fn forget_shown(&mut self) {
        (self.shown_loss, self.probe) = (None, None);
        self.viewer.is_stale = true;
    }
}
