//! The loss on the shown batch: the chosen example and a few fixed held-out ones.

use super::view::Viewer;
use crate::train::evaluation;

/// Examples in the shown batch besides the chosen one.
const SHOWN_BATCH: usize = 16;

impl Viewer<'_> {
    /// Mean loss on the shown batch; `None` if the data do not fit the network.
    pub fn shown_loss(&mut self) -> Option<f64> {
        let (now, example) = (self.stamps(), self.view.example);
        if let Some((stamps, of, loss)) = self.view.loss
            && (stamps, of) == (now, example)
        {
            return loss;
        }
        let loss = self.run.check_fits(self.data).ok().and_then(|()| {
            let mut examples = self.fixed_examples(SHOWN_BATCH);
            // A letter that is already in the case that is made has no target.
            if self.run.objective().task.partner().is_none() || self.letter_wanted().is_some() {
                examples.push(example as u32);
            }
            (!examples.is_empty()).then(|| evaluation(&self.run.learner.scores(examples, self.data), self.data).loss)
        });
        let loss = loss.filter(|loss| loss.is_finite());
        self.view.loss = Some((now, example, loss));
        loss
    }
}
