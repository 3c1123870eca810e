//! The undo stack: for every edit the values before and after it, bit for bit.
//!
//! Undo gives the edited parameters the values they had before the edit, whatever training has done to them since; all
//! others stay as they are. Redo gives them the values they had right after it.

use crate::columns::ColumnNeuron;
use crate::data::OverridesPatch;
use crate::error::{Error, Result};
use crate::layer::ChangedGraph;
use crate::network::{Holds, Network, NetworkSpec, Pins};
use crate::optim::Optim;
use crate::remap::Remap;

/// Restrictions on training.
#[derive(Clone, Debug, PartialEq)]
pub struct Flags {
    pub pins: Pins,
    pub holds: Holds,
    pub frozen: Vec<bool>,
}

impl Flags {
    pub fn of(network: &Network) -> Self {
        let frozen = network.blocks().iter().map(|block| block.frozen).collect();
        Self { pins: network.pins().clone(), holds: network.holds().clone(), frozen }
    }

    pub fn write(&self, network: &mut Network) -> Result<()> {
        network.set_pins(self.pins.clone())?;
        network.set_holds(self.holds.clone())?;
        self.frozen.iter().enumerate().for_each(|(block, &frozen)| network.set_frozen(block, frozen));
        Ok(())
    }
}

/// A changed graph in a block.
#[derive(Clone, Debug, PartialEq)]
pub struct GraphPatch {
    pub block: usize,
    pub changed: ChangedGraph,
}

impl GraphPatch {
    pub fn bytes(&self) -> usize {
        4 * self.changed.graph.wiring.len() + 16 * (self.changed.rows.len() + self.changed.connections.len())
    }
}

/// A network of another structure, whose parameters come from those of the current one.
#[derive(Clone, Debug, PartialEq)]
pub struct SurgeryPatch {
    pub spec: NetworkSpec,
    pub remap: Remap,
}

impl SurgeryPatch {
    /// Lists of sparse layers count, although both networks may share them.
    fn bytes(&self) -> usize {
        let lists =
            self.spec.blocks.iter().filter_map(|block| block.layer.sparse()).map(|sparse| sparse.sources().len());
        size_of_val(self.remap.runs()) + 4 * lists.sum::<usize>()
    }
}

/// A neuron of a column.
#[derive(Clone, Debug, PartialEq)]
pub struct ColumnPatch {
    pub column: usize,
    pub neuron: usize,
    pub state: ColumnNeuron,
}

/// One side of an edit, applied in the order of its fields.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Patch {
    /// Key and value.
    pub setting: Option<(String, String)>,
    /// A free graph, with other neurons or connections.
    pub graph: Option<Box<GraphPatch>>,
    /// Other layers, or layers of other sizes.
    pub surgery: Option<Box<SurgeryPatch>>,
    pub column: Option<Box<ColumnPatch>>,
    /// The whole state of the optimiser, if the method changed.
    pub optim: Option<Box<Optim>>,
    pub parameters: Vec<u32>,
    pub values: Vec<f32>,
    /// Moments of the parameters, if the edit changes them; empty if the optimiser has none.
    pub moments: Option<(Vec<f32>, Vec<f32>)>,
    pub flags: Option<Flags>,
    /// Labels or splits of edited images; applied by the caller.
    pub overrides: Option<OverridesPatch>,
}

impl Patch {
    /// Captures the current values of these parameters.
    pub fn capture(parameters: &[u32], network: &Network, optim: Option<&Optim>) -> Self {
        Self {
            parameters: parameters.to_vec(),
            values: parameters.iter().map(|&index| network.theta[index as usize]).collect(),
            moments: optim.map(|optim| optim.moments_of(parameters)),
            ..Self::default()
        }
    }

    /// Writes flags, parameters and moments; the caller applies the setting.
    pub fn write(&self, network: &mut Network, optim: &mut Optim) -> Result<()> {
        if let Some(flags) = &self.flags {
            flags.write(network)?;
            // Frozen layers have no moments: they go, or there is room for them again.
            optim.begin_at(network.learns_from(), network.param_len());
        }
        if let Some(state) = &self.optim
            && (state.m.len(), state.v.len()) == (optim.m.len(), optim.v.len())
        {
            optim.take_moments(&state.m, &state.v, state.t);
        }
        let parameters = self.parameters.iter().map(|&index| index as usize);
        parameters.clone().zip(&self.values).for_each(|(index, &value)| network.theta[index] = value);
        if let Some((m, v)) = &self.moments {
            optim.set_moments(parameters, m, v);
        }
        Ok(())
    }

    fn bytes(&self) -> usize {
        let moments = self.moments.as_ref().map_or(0, |(m, v)| m.len() + v.len());
        let state = self.optim.as_ref().map_or(0, |optim| optim.m.len() + optim.v.len());
        let data = self.overrides.as_ref().map_or(0, OverridesPatch::bytes);
        let graph = self.graph.as_ref().map_or(0, |graph| graph.bytes());
        let surgery = self.surgery.as_ref().map_or(0, |surgery| surgery.bytes());
        let column = self.column.as_ref().map_or(0, |patch| 12 * patch.state.slots.len());
        data + graph + surgery + column + 4 * (self.parameters.len() + self.values.len() + moments + state)
    }
}

#[derive(Clone, Debug, PartialEq)]
pub struct Edit {
    /// The step before which it was made.
    pub step: u64,
    pub text: String,
    pub undo: Patch,
    pub redo: Patch,
    /// Loss on the shown batch before it.
    pub loss_before: Option<f64>,
}

/// Limits in edits and in bytes; the oldest edits are dropped first, but never the last one.
const MOST_EDITS: usize = 1000;
const MOST_BYTES: usize = 128 << 20;

#[derive(Clone, Debug, Default)]
pub struct UndoStack {
    done: Vec<Edit>,
    undone: Vec<Edit>,
    /// Whether nothing was dropped and nothing will be.
    is_whole: bool,
}

impl UndoStack {
    /// Creates a stack that keeps every edit.
    pub fn whole() -> Self {
        Self { is_whole: true, ..Self::default() }
    }

    /// Whether it still keeps every edit; a new run begins with another stack.
    pub fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Appends the done and undone edits of another stack.
    pub fn join(&mut self, later: Self) {
        if later.done.is_empty() && later.undone.is_empty() {
            return;
        }
        later.done.into_iter().for_each(|edit| self.push(edit));
        self.undone = later.undone;
    }

    pub fn push(&mut self, edit: Edit) {
        self.undone.clear();
        self.done.push(edit);
        if self.is_whole {
            return;
        }
        let bytes = |edit: &Edit| edit.undo.bytes() + edit.redo.bytes();
        let mut all: usize = self.done.iter().map(bytes).sum();
        let mut dropped = 0;
        while dropped + 1 < self.done.len() && (MOST_BYTES < all || MOST_EDITS < self.done.len() - dropped) {
            all -= bytes(&self.done[dropped]);
            dropped += 1;
        }
        self.done.drain(..dropped);
    }

    /// The parameters that an edit changes once it is merged into the last one; ascending.
    pub fn merged_parameters(&self, next: &Edit) -> Vec<usize> {
        let last = self.done.last().filter(|last| self.undone.is_empty() && joins(last, next));
        let mut parameters: Vec<u32> =
            last.iter().flat_map(|last| &last.redo.parameters).chain(&next.redo.parameters).copied().collect();
        parameters.sort_unstable();
        parameters.dedup();
        parameters.into_iter().map(|index| index as usize).collect()
    }

    /// Merges an edit into the last one, as when a slider is dragged; pushes it if that is not possible.
    pub fn merge(&mut self, next: Edit) {
        let Some(mut last) = self.done.pop().filter(|last| self.undone.is_empty() && joins(last, &next)) else {
            return self.push(next);
        };
        let known: std::collections::HashSet<u32> = last.undo.parameters.iter().copied().collect();
        // The values before are those before the first edit of a parameter; the values after are those of the last
        // edit.
        for (at, &index) in next.undo.parameters.iter().enumerate().filter(|(_, index)| !known.contains(index)) {
            last.undo.parameters.push(index);
            last.undo.values.push(next.undo.values[at]);
        }
        last.redo.parameters.extend(&next.redo.parameters);
        last.redo.values.extend(&next.redo.values);
        if last.undo.parameters == next.redo.parameters {
            // The usual drag changes the same parameters each time.
            (last.redo.parameters, last.redo.values) = (next.redo.parameters, next.redo.values);
        }
        (last.undo.flags, last.redo.flags) = (last.undo.flags.or(next.undo.flags), next.redo.flags.or(last.redo.flags));
        last.text = next.text;
        self.push(last);
    }

    /// Texts of the edits that undo and redo would apply.
    pub fn next(&self) -> (Option<&str>, Option<&str>) {
        (self.done.last().map(|edit| edit.text.as_str()), self.undone.last().map(|edit| edit.text.as_str()))
    }

    pub fn done(&self) -> &[Edit] {
        &self.done
    }

    /// The undone edits; the next to be redone is last.
    pub fn undone(&self) -> &[Edit] {
        &self.undone
    }

    /// Takes out the edit to undo (`back`) or to redo, which may be too large to copy. [`UndoStack::put`] returns it.
    pub fn take(&mut self, back: bool) -> Result<Edit> {
        let (from, missing) = match back {
            true => (&mut self.done, "there is no edit to undo"),
            false => (&mut self.undone, "there is no edit to redo"),
        };
        from.pop().ok_or_else(|| Error::new(missing))
    }

    /// Returns an edit that was taken out: as the next to redo if it was undone, otherwise as the last one done.
    pub fn put(&mut self, edit: Edit, back: bool) {
        if back { self.undone.push(edit) } else { self.done.push(edit) }
    }

    pub fn clear(&mut self) {
        *self = Self::default();
    }
}

/// Whether an edit can be merged into another: neither changes a setting, a graph, columns or the data, and neither
/// touches moments.
fn joins(last: &Edit, next: &Edit) -> bool {
    let plain = |edit: &Edit| {
        edit.undo.setting.is_none()
            && edit.undo.graph.is_none()
            && edit.undo.column.is_none()
            && edit.undo.overrides.is_none()
            && edit.undo.moments.is_none()
    };
    plain(last) && plain(next)
}
