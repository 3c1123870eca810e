//! Changing spiking columns by hand, a neuron at a time.

use super::undo_stack::{ColumnPatch, Edit, Patch};
use crate::columns::ColumnChange;
use crate::error::Result;
use crate::session::notice::Notice;
use crate::session::session::Session;

impl Session {
    /// Changes the neuron of a column, and puts the edit on the undo stack.
    pub(super) fn change_column(
        &mut self,
        (column, neuron): (usize, usize),
        change: &ColumnChange,
        text: String,
        loss: Option<f64>,
    ) -> Result<(String, usize, Option<Notice>)> {
        let before = self.run().columns()?.columns().neuron(column, neuron)?;
        let patch = |state| Patch { column: Some(Box::new(ColumnPatch { column, neuron, state })), ..Patch::default() };
        let (redo, undo) = (patch(before.changed(change)?), patch(before));
        self.put_patch(&redo)?;
        self.edits.undo.push(Edit { step: self.run().step(), text: text.clone(), undo, redo, loss_before: loss });
        Ok((text, 1, None))
    }

    /// Puts a neuron in the place of the current one.
    pub(super) fn put_column(&mut self, ColumnPatch { column, neuron, state }: &ColumnPatch) -> Result<()> {
        self.run_mut().columns_mut()?.set_neuron(*column, *neuron, state)
    }
}
