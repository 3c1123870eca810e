//! The influence of single inputs on the outputs, measured on held-out examples.
//!
//! An input is exchanged between examples while the others stay; its influence is the mean squared change of the
//! outputs, as a share of the sum over all inputs.

use super::session::Session;
use crate::data::Batch;
use crate::error::Result;
use crate::layer::{Call, LOOK};
use crate::network::Pass;

/// Most inputs that are measured, and examples that they are measured on.
const MOST_INPUTS: usize = 64;
const MOST_EXAMPLES: usize = 1000;

impl Session {
    /// The share of each input, in order; empty for networks of many inputs, for other learners, and where nothing is held out.
    pub fn influence(&self) -> Result<Vec<f64>> {
        let run = self.run();
        run.check_fits(&self.data)?;
        let Ok(learner) = run.supervised() else { return Ok(Vec::new()) };
        let network = learner.network();
        let (len, examples) = (network.input().len(), self.data.indices(self.data.held_out()));
        let examples = &examples[..examples.len().min(MOST_EXAMPLES)];
        if MOST_INPUTS < len || examples.len() < 2 {
            return Ok(Vec::new());
        }
        let (mut batch, mut pass) = (Batch::default(), Pass::forward_only(network, examples.len()));
        self.data.batch(examples, &mut batch);
        let call = Call { examples: examples.len(), ..LOOK };
        let mut outputs = |x: &[f32]| {
            network.read(&mut pass, x, &call);
            network.forward(&mut pass, &call);
            pass.output().to_vec()
        };
        let before = outputs(&batch.x);
        let mut changes: Vec<f64> = (0..len)
            .map(|input| {
                let mut x = batch.x.clone();
                for example in 0..examples.len() {
                    x[example * len + input] = batch.x[(example + 1) % examples.len() * len + input];
                }
                let after = outputs(&x);
                before.iter().zip(&after).map(|(before, after)| f64::from(before - after).powi(2)).sum()
            })
            .collect();
        let sum: f64 = changes.iter().sum();
        changes.iter_mut().for_each(|change| *change /= sum.max(f64::MIN_POSITIVE));
        Ok(changes)
    }
}
