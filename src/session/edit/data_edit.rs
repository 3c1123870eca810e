//! Changing the data by hand: other classes, other splits, excluded images. Training continues with the rest.

use super::command::{Command, images};
use super::edits::Edited;
use super::undo_stack::{Edit, Patch};
use crate::data::{Overrides, OverridesPatch, Split};
use crate::error::{Error, Result};
use crate::session::notice::Notice;
use crate::session::session::Session;
use crate::words::thousands;

impl Session {
    /// Changes the class of examples.
    pub fn relabel(&mut self, examples: Vec<u32>, class: u32) -> Result<Edited> {
        self.edit(&Command::Relabel { examples, of: self.data.len(), class }, false)
    }

    /// Moves examples to another split.
    pub fn move_to(&mut self, examples: Vec<u32>, split: Split) -> Result<Edited> {
        self.edit(&Command::Move { examples, of: self.data.len(), split }, false)
    }

    /// Excludes examples; [`Session::move_to`] or undo includes them again.
    pub fn drop_examples(&mut self, examples: Vec<u32>) -> Result<Edited> {
        self.move_to(examples, Split::Dropped)
    }

    /// The changes made to the data by hand, to be applied again by [`Session::set_by_hand`].
    pub fn by_hand(&self) -> &Overrides {
        &self.data.overrides
    }

    /// Applies the changes that an earlier session made to the same data.
    pub fn set_by_hand(&mut self, by_hand: Overrides) {
        self.put_overrides(by_hand);
    }

    /// Divides the examples as the settings now say, and describes the result.
    pub(in crate::session) fn divide_again(&mut self) -> String {
        self.data.divide(&self.config);
        self.take_splits();
        let [train, held_out, test] =
            [Split::Train, Split::Validation, Split::Test].map(|split| thousands(self.data.count(split)));
        let test = if test == "0" { String::new() } else { format!(", {test} for testing") };
        let note = self.data.division_note().map(|note| format!("; {note}")).unwrap_or_default();
        format!("{train} images for training, {held_out} for validation{test}{note}")
    }

    /// Carries out a command about examples, and puts it on the undo stack.
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
                format!("{} relabelled as {}", images(examples), self.data.classes[*class as usize])
            }
            Command::Move { split, .. } => {
                self.data.move_to(examples, *split)?;
                command.describe(self.network(), false)
            }
            _ => String::new(),
        };
        if self.data.count(Split::Train) == 0 {
            self.data.set_overrides(before);
            return Err(Error::expected("edit", "at least one training image left", "none"));
        }
        self.branch();
        let of = match command {
            Command::Move { .. } => OverridesPatch::splits,
            _ => OverridesPatch::labels,
        };
        let [undo, redo] = [&before, &self.data.overrides]
            .map(|overrides| Patch { overrides: Some(of(examples, overrides)), ..Patch::default() });
        self.edits.undo.push(Edit { step: self.run().step(), text: text.clone(), undo, redo, loss_before: loss });
        match command {
            Command::Move { .. } => self.take_splits(),
            _ => self.take_labels(examples),
        }
        Ok((text, 0, None))
    }

    pub(in crate::session) fn put_overrides(&mut self, overrides: Overrides) {
        let before = self.data.overrides.clone();
        self.data.set_overrides(overrides);
        let now = &self.data.overrides;
        let all = before.labels.keys().chain(now.labels.keys()).copied();
        let relabelled: Vec<u32> = all.filter(|index| before.labels.get(index) != now.labels.get(index)).collect();
        if before.splits != now.splits {
            self.take_splits();
        }
        self.take_labels(&relabelled);
    }

    /// Follows a change of the labels of some examples.
    fn take_labels(&mut self, examples: &[u32]) {
        // The class of a letter says which of two networks reads it, and which letter is its target.
        if self.run().objective().task.partner().is_some() {
            self.take_splits();
        }
        let Self { runs, focus, data, scores, .. } = self;
        runs.iter_mut().for_each(|run| run.learner.weigh(data));
        scores.rescore(examples, &runs[*focus], data);
    }

    /// Starts the current epoch again with the current training examples.
    pub(in crate::session) fn take_splits(&mut self) {
        let Self { runs, data, .. } = self;
        for run in runs {
            run.evaluator = None;
            // Figures from other images do not measure progress.
            run.reset_policy();
            run.learner.set_data(data);
        }
    }
}
