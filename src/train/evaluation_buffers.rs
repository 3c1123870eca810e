//! Buffers of evaluation, separate from those of training, so that evaluation only reads the trainer.

use super::object_pool::ObjectPool;
use super::prepared::Prepared;
use super::shard::Workspace;

#[derive(Default)]
pub(super) struct EvaluationBuffers {
    pub prepared: Prepared,
    pub workspaces: ObjectPool<Workspace>,
    pub scratch: ObjectPool<Vec<f32>>,
}

impl EvaluationBuffers {
    pub fn bytes(&self) -> usize {
        let scratch: usize = self.scratch.all().iter().map(Vec::len).sum();
        self.workspaces.all().iter().map(Workspace::bytes).sum::<usize>() + 4 * (self.prepared.len() + scratch)
    }
}
