//! Network and trainer at one moment, to go back to.

use super::Session;
use crate::error::Result;
use crate::optim::Optim;
use crate::progress::Progress;
use crate::train::TrainerPosition;

#[derive(Clone, Debug, PartialEq)]
pub(super) struct Snapshot {
    theta: Vec<f32>,
    m: Vec<f32>,
    v: Vec<f32>,
    t: u64,
    pub position: TrainerPosition,
}

impl Session {
    pub(super) fn state(&self, progress: &Progress) -> Result<Snapshot> {
        let (theta, Optim { m, v, t, .. }) = (&self.network.theta, &self.trainer.optim);
        progress.expect(theta.len() + m.len() + v.len());
        Ok(Snapshot {
            theta: progress.copied(theta)?,
            m: progress.copied(m)?,
            v: progress.copied(v)?,
            t: *t,
            position: self.trainer.position(),
        })
    }

    /// Bytes of it.
    pub(super) fn state_bytes(&self) -> usize {
        let Optim { m, v, .. } = &self.trainer.optim;
        4 * (self.network.param_len() + m.len() + v.len())
    }

    /// Puts back weights and moments; where the run is stays. A state of another network is none.
    pub(super) fn put_back(&mut self, state: &Snapshot) {
        if state.theta.len() != self.network.param_len() {
            return;
        }
        self.network.theta.clone_from(&state.theta);
        let optim = &mut self.trainer.optim;
        if (optim.m.len(), optim.v.len()) == (state.m.len(), state.v.len()) {
            optim.m.clone_from(&state.m);
            optim.v.clone_from(&state.v);
            optim.t = state.t;
        } else {
            // Another optimiser was chosen since.
            optim.reset(state.theta.len());
        }
        self.trainer.retarget(&self.network);
        self.viewer.is_stale = true;
        (self.shown_loss, self.probe) = (None, None);
    }
}
