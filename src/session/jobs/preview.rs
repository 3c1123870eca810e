//! Shows what an operation would do, before it is done: the sizes, the work, and the largest change of an output over 1,000
//! inputs and more.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job::{Job, JobContext, JobRequest};
use super::probe_inputs::{ProbeInputs, TOGETHER};
use crate::error::Result;
use crate::layer::{Call, LOOK};
use crate::network::{Network, Pass};
use crate::surgery::{Operation, operate};

/// Least number of inputs, and most images of the data among them.
const INPUTS: usize = 1000;
const IMAGES: usize = 512;

/// Requests a preview of an operation.
#[derive(Clone, Debug, Deserialize)]
pub struct PreviewOperation {
    pub operation: Operation,
}

pub struct Previewing {
    networks: [Network; 2],
    passes: [Pass; 2],
    inputs: ProbeInputs,
    done: usize,
    pub effect: OperationEffect,
}

/// What an operation does to a network, before and after it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct OperationEffect {
    pub parameters: [usize; 2],
    /// Parameters that are held at their values.
    pub pinned: [usize; 2],
    /// Multiply-adds for one input.
    pub work: [u64; 2],
    /// Milliseconds for one input, by the fastest batch: others share the machine with training.
    pub milliseconds: [f64; 2],
    pub inputs: usize,
    /// The largest difference of an output; `None` if it is not finite.
    pub difference: Option<f32>,
    /// The largest output, without its sign.
    pub largest: f32,
    /// Whether every bit of every output is the same.
    pub is_equal: bool,
}

impl JobRequest for PreviewOperation {
    const KIND: &'static str = "preview";
    type Job = Previewing;

    fn begin(self, at: &mut JobContext) -> Result<Previewing> {
        let (run, data) = (at.viewer.run, at.viewer.data);
        let old = run.supervised()?.network().clone();
        let (new, _) = operate(&old, &self.operation, at.progress)?;
        new.check_work(at.viewer.config.work_limit())?;
        let inputs = ProbeInputs::new(&old, data, IMAGES, false, INPUTS);
        let effect = OperationEffect {
            parameters: [old.param_len(), new.param_len()],
            pinned: [old.pins().len(), new.pins().len()],
            work: [old.connections(), new.connections()],
            milliseconds: [f64::INFINITY; 2],
            inputs: inputs.len(),
            difference: Some(0.0),
            largest: 0.0,
            is_equal: true,
        };
        let passes = [&old, &new].map(|network| Pass::forward_only(network, TOGETHER));
        Ok(Previewing { networks: [old, new], passes, inputs, done: 0, effect })
    }
}

impl Job for Previewing {
    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        let x = self.inputs.batch(self.done, at.viewer.data)?;
        let call = Call { examples: TOGETHER, ..LOOK };
        for (number, (network, pass)) in self.networks.iter().zip(&mut self.passes).enumerate() {
            let begin = (at.clock)();
            network.read(pass, &x, &call);
            network.forward(pass, &call);
            let each = ((at.clock)() - begin) / TOGETHER as f64;
            let fastest = &mut self.effect.milliseconds[number];
            *fastest = fastest.min(each);
        }
        let [before, after] = &self.passes;
        for (before, after) in before.output().iter().zip(after.output()) {
            let effect = &mut self.effect;
            effect.is_equal &= before.to_bits() == after.to_bits();
            effect.largest = effect.largest.max(before.abs());
            let difference = (before - after).abs();
            effect.difference = effect.difference.filter(|_| difference.is_finite()).map(|most| most.max(difference));
        }
        self.done += TOGETHER;
        Ok(self.done < self.inputs.len())
    }

    fn progress(&self) -> (usize, usize) {
        (self.done, self.inputs.len())
    }

    fn result(&self) -> Value {
        json!(self.effect)
    }
}
