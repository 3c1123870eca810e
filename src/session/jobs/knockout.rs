//! What each unit of a layer contributes: the loss without it, its values held at 0, beside the loss with all.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job::{Job, JobContext, JobRequest};
use crate::data::{Batch, Split};
use crate::error::{Error, Result};
use crate::evenly::evenly;
use crate::layer::{Call, LOOK};
use crate::network::{Network, Pass};
use crate::session::data::Data;
use crate::session::run::Run;
use crate::session::stamp::Stamp;
use crate::surgery::{check_layer, unit_count};
use crate::train::Objective;

/// Most images, and images in one pass.
const IMAGES: usize = 512;
const TOGETHER: usize = 64;

/// Requests the contribution of each unit of a layer, measured on held-out images, or where there are none on those of
/// training.
#[derive(Clone, Copy, Debug, Deserialize)]
pub struct Knockout {
    pub block: usize,
}

pub struct KnockingOut {
    network: Network,
    objective: Objective,
    block: usize,
    pass: Pass,
    images: Vec<u32>,
    batch: Batch,
    /// Values of the layer with all units, for the images of the pass.
    values: Vec<f32>,
    /// Images before those of the pass, and units that were left out for these.
    first: usize,
    unit: usize,
    /// Sums of the losses with all units, and without each.
    whole: f64,
    without: Vec<f64>,
}

/// The mean loss with all units of a layer, and without each.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Contributions {
    pub images: usize,
    pub loss: f64,
    pub without: Vec<f64>,
    /// The units that are missed least first.
    pub ranked: Vec<usize>,
}

impl JobRequest for Knockout {
    const KIND: &'static str = "knockout";
    type Job = KnockingOut;

    fn begin(self, at: &mut JobContext) -> Result<KnockingOut> {
        let (run, data, block) = (at.viewer.run, at.viewer.data, self.block);
        run.check_can_train(data)?;
        if run.objective().task.partner().is_some() {
            let expected = "a network that does not learn from another one";
            return Err(Error::expected("contributions of neurons", expected, "one of two networks for letters"));
        }
        let network = run.supervised()?.network().clone();
        check_layer(&network, block)?;
        let held_out = data.indices(data.held_out());
        let all = if held_out.is_empty() { data.indices(Split::Train) } else { held_out };
        let images: Vec<u32> = evenly(all.len(), IMAGES).map(|number| all[number]).collect();
        let pass = Pass::forward_only(&network, TOGETHER.min(images.len()).max(1));
        let without = vec![0.0; unit_count(&network, block)];
        Ok(KnockingOut {
            network,
            objective: run.objective(),
            block,
            pass,
            images,
            batch: Batch::default(),
            values: Vec::new(),
            first: 0,
            unit: 0,
            whole: 0.0,
            without,
        })
    }
}

impl KnockingOut {
    /// Runs the next images through the whole network.
    fn look(&mut self, data: &Data) -> Result<()> {
        let images = &self.images[self.first..self.images.len().min(self.first + TOGETHER)];
        data.prepare(images, images.len())?;
        data.batch(images, &mut self.batch);
        data.check_read()?;
        let call = Call { examples: images.len(), ..LOOK };
        self.network.read(&mut self.pass, &self.batch.x, &call);
        self.network.forward(&mut self.pass, &call);
        self.values = self.pass.values(self.block).to_vec();
        self.whole += self.loss();
        Ok(())
    }

    fn loss(&self) -> f64 {
        let Self { objective, network, pass, batch, .. } = self;
        objective.loss.evaluate(pass.output(), network.output(), &objective.target(batch), 0.0, &mut [])
    }

    /// The results so far.
    pub fn found(&self) -> Contributions {
        let images = self.images.len();
        let mean = |sum: f64| sum / images.max(1) as f64;
        let mut ranked: Vec<usize> = (0..self.without.len()).collect();
        ranked.sort_by(|&a, &b| self.without[a].total_cmp(&self.without[b]));
        let without = self.without.iter().map(|&sum| mean(sum)).collect();
        Contributions { images, loss: mean(self.whole), without, ranked }
    }
}

impl Job for KnockingOut {
    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        let units = self.without.len();
        if self.unit == 0 {
            self.look(at.viewer.data)?;
        }
        let values = self.pass.values_mut(self.block);
        values.copy_from_slice(&self.values);
        values.iter_mut().skip(self.unit).step_by(units).for_each(|y| *y = 0.0);
        let examples = values.len() / self.network.shape(self.block).len();
        self.network.forward_from(self.block, &mut self.pass, &Call { examples, ..LOOK });
        self.without[self.unit] += self.loss();
        self.unit += 1;
        if self.unit == units {
            (self.unit, self.first) = (0, self.first + examples);
        }
        Ok(self.first < self.images.len())
    }

    fn progress(&self) -> (usize, usize) {
        let units = self.without.len();
        let passes = self.images.len().div_ceil(TOGETHER);
        (self.first.div_ceil(TOGETHER) * units + self.unit, passes * units)
    }

    fn result(&self) -> Value {
        // A list that grows would travel with every report of the progress.
        if self.first < self.images.len() { Value::Null } else { json!(self.found()) }
    }

    fn depends_on(&self, run: &Run, data: &Data) -> Vec<Stamp> {
        let learner = run.learner.stamps();
        vec![learner.structure, learner.objective, data.stamps().images, data.stamps().labels]
    }
}
