//! Fast training: equal to [`super::plain`] to the bit, on any number of threads.
//!
//! A batch is counted on all threads, then each column learns by itself what the batch teaches it.

use super::column::Column;
use super::columns::Columns;
use super::counter::SpikeCounter;
use super::learning::ColumnLearning;
use super::teaching::{Teaching, plan};
use crate::error::Result;
use crate::par;

/// The work space of training; it holds nothing that the further course depends on.
#[derive(Clone, Debug, Default)]
pub struct ColumnTrainer {
    counter: SpikeCounter,
    teachings: Vec<Vec<Teaching>>,
    learnings: Vec<ColumnLearning>,
}

impl ColumnTrainer {
    /// Trains on a batch: images `[examples, receptors]`, labels `[examples]`. Returns the scores before learning
    /// `[examples, classes]`. Fails as [`Columns::check_batch`] does.
    pub fn train_batch(&mut self, columns: &mut Columns, images: &[u8], labels: &[u32]) -> Result<&[u32]> {
        columns.check_batch(images, labels)?;
        self.counter.load(columns);
        let scores = self.counter.scores(images)?;
        self.teachings.resize_with(columns.columns.len(), Vec::new);
        self.learnings.resize_with(columns.columns.len(), Default::default);
        plan(columns, scores, labels, &mut self.teachings);
        let (rule, receptors) = (&columns.rule, columns.sizes.receptors);
        let parts = columns.columns.iter_mut().zip(&mut self.teachings).zip(&mut self.learnings);
        let mut parts: Vec<((&mut Column, &mut Vec<Teaching>), &mut ColumnLearning)> = parts.collect();
        par::each(&mut parts, |_, ((column, teachings), learning)| {
            learning.learn(column, rule, images, receptors, teachings.drain(..));
        });
        for learning in &mut self.learnings {
            columns.counts += std::mem::take(&mut learning.counts);
        }
        Ok(scores)
    }
}
