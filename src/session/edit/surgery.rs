//! Surgery on the layers of the network: everything that stays keeps what it learnt, its moments and its place in undo.

use super::command::Command;
use super::journal::JournalEntry;
use super::settings::Resized;
use super::undo_stack::{Edit, SurgeryPatch};
use crate::error::Result;
use crate::session::notice::Notice;
use crate::session::run::Growth;
use crate::session::session::Session;
use crate::surgery::{Operation, operate, restored};

impl Session {
    /// Carries an operation out, and puts the edit on the undo stack.
    pub(super) fn operate(
        &mut self,
        operation: &Operation,
        text: String,
        loss: Option<f64>,
    ) -> Result<(String, usize, Option<Notice>)> {
        let before = self.network();
        let back = before.spec();
        let (network, remap) = operate(before, operation, &self.progress)?;
        network.check_work(self.config.work_limit())?;
        let growth = Growth::new(&network, operation.block(), operation.new_units(&network), self.run().step());
        let there = SurgeryPatch { spec: network.spec(), remap: remap.clone() };
        let back = SurgeryPatch { spec: back, remap: remap.inverse(before.param_len()) };
        let resized = self.take_reshaped(network, remap)?;
        let touched = resized.touched();
        let (mut undo, mut redo) = self.patches(&resized)?;
        undo.surgery = Some(Box::new(back));
        redo.surgery = Some(Box::new(there));
        self.run_mut().growths.extend(growth);
        self.edits.undo.push(Edit { step: self.run().step(), text: text.clone(), undo, redo, loss_before: loss });
        Ok((text, touched, None))
    }

    /// Watches the new neurons of a resumed run again, as its journal lists them.
    pub(in crate::session) fn resume_growths(&mut self) {
        let (network, step) = (self.network(), self.run().step());
        // What was undone since is gone.
        let since = self.edits.journal.entries.rsplit(|entry| entry.command == Command::Undo).next();
        let growth = |entry: &JournalEntry| match &entry.command {
            Command::Operate { operation } => {
                Growth::new(network, operation.block(), operation.new_units(network), entry.step)
            }
            _ => None,
        };
        let growths: Vec<Growth> =
            since.unwrap_or_default().iter().filter_map(growth).filter(|growth| !growth.is_due(step)).collect();
        self.run_mut().growths = growths;
    }

    /// Puts a network of another structure in the place of the current one.
    pub(super) fn put_surgery(&mut self, SurgeryPatch { spec, remap }: &SurgeryPatch) -> Result<Resized> {
        let network = restored(spec, self.network(), remap, &self.progress)?;
        self.take_reshaped(network, remap.clone())
    }
}
