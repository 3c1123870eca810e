//! Changing a free graph by hand: neurons and connections come, go and move; everything that stays keeps what it learnt.

use super::settings::Resized;
use super::undo_stack::{Edit, GraphPatch};
use crate::error::Result;
use crate::layer::GraphChange;
use crate::session::notice::Notice;
use crate::session::session::Session;
use crate::surgery;

impl Session {
    /// Changes a free graph, and puts the edit on the undo stack.
    pub(super) fn rewire(
        &mut self,
        block: usize,
        change: &GraphChange,
        text: String,
        loss: Option<f64>,
    ) -> Result<(String, usize, Option<Notice>)> {
        let network = self.network();
        let old = surgery::free_graph(network, block)?.clone();
        let weights = &network.theta[network.blocks()[block].params.clone()][..old.wiring.len()];
        let changed = old.changed(change, weights)?;
        let back = changed.inverse(&old);
        let there = GraphPatch { block, changed };
        let resized = self.put_graph(&there)?;
        let touched = resized.touched();
        let (mut undo, mut redo) = self.patches(&resized)?;
        undo.graph = Some(Box::new(GraphPatch { block, changed: back }));
        redo.graph = Some(Box::new(there));
        self.edits.undo.push(Edit { step: self.run().step(), text: text.clone(), undo, redo, loss_before: loss });
        Ok((text, touched, None))
    }

    /// Puts a changed graph in the place of the current one.
    pub(super) fn put_graph(&mut self, GraphPatch { block, changed }: &GraphPatch) -> Result<Resized> {
        let seed = self.config.seed();
        let (network, remap) = surgery::rewire(self.network(), *block, changed, seed, &self.progress)?;
        self.take_reshaped(network, remap)
    }
}
