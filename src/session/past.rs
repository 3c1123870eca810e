//! The beginning of this run, and the run before it: another network takes its place, but undo brings it back as it was, to the last bit.

use super::{Notice, Session, model};
use crate::error::Result;
use crate::network::Network;
use crate::progress::Progress;
use crate::recorder::EventKind;
use crate::words::{counted, thousands};

/// A larger one is not kept: it would take the memory that the new one needs.
const MOST_PARAMETERS: usize = 8 << 20;

/// One run, as a checkpoint.
#[derive(Clone, Debug)]
pub(super) struct Past {
    checkpoint: Vec<u8>,
    /// Which network it is.
    name: String,
    /// It was left by undo, and redo leads to it.
    is_ahead: bool,
}

impl Session {
    /// A new network of the same kind from the same seed; the curves start again.
    pub fn reset(&mut self) -> Result<Notice> {
        let (built, from) = if self.is_preset() {
            (model::build(&self.config, &self.data, &self.progress)?, "the first random weights")
        } else {
            (self.as_begun(), "the weights that this run began with")
        };
        self.past = self.as_past(false);
        self.take_network(built)?;
        let notice = Notice::rebuilt(format!("Training starts again from {from}"));
        self.recorder.event(0, EventKind::Model, notice.text.clone());
        Ok(notice)
    }

    /// The run as it is, before another begins.
    pub(super) fn as_past(&self, is_ahead: bool) -> Option<Past> {
        if MOST_PARAMETERS < self.network.param_len() {
            return None;
        }
        let name = told(&self.preset, &self.network);
        // It is small enough to be written in no time, and nobody asked for it.
        self.checkpoint_with_progress(&Progress::default()).ok().map(|checkpoint| Past { checkpoint, name, is_ahead })
    }

    /// What undo (or redo) would do once there is no edit left.
    pub(super) fn told_past(&self, back: bool) -> Option<String> {
        let past = self.past.as_ref().filter(|past| past.is_ahead != back)?;
        Some(format!("the change from {}", if back { &past.name } else { "that network" }))
    }

    /// Changes places with the run that was kept.
    pub(super) fn swap_past(&mut self, back: bool) -> Result<Option<(String, Notice)>> {
        let Some(past) = self.past.clone().filter(|past| past.is_ahead != back) else { return Ok(None) };
        self.branch();
        let here = self.as_past(back);
        self.resume_as_it_was(&past.checkpoint, None)?;
        self.past = here;
        let text = format!("back at {}, step {}", past.name, thousands(self.trainer.step as usize));
        Ok(Some((text.clone(), Notice::rebuilt(text))))
    }
}

fn told(preset: &str, network: &Network) -> String {
    format!("{preset} of {}", counted(network.blocks().len() - 1, "layer"))
}
