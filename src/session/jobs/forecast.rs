//! Forecasts what training costs, by two steps on a copy of the network that leave no trace.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::job::{Job, JobContext, JobRequest};
use crate::error::Result;
use crate::network::Network;
use crate::session::run::settings;
use crate::train::Trainer;

/// The first step also allocates the buffers, so its time says little.
const STEPS: usize = 2;
/// A copy has parameters, gradients and moments. Twice their size must be free, so that the trial leaves enough for the
/// run.
const COPIES: u64 = 8;
/// Share of the free memory that a batch may use.
const HEAD_ROOM: f64 = 0.9;
/// The largest batch size that can be set.
const MOST_BATCH: usize = 4096;

/// Requests a forecast of what training costs.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
pub struct PlanMemory {}

pub struct Trial {
    /// The copy that takes the steps; `None` if there is no memory for one, and after the last step.
    copy: Option<TrialCopy>,
    steps: usize,
    /// Milliseconds of the fastest step.
    fastest: f64,
    pub forecast: Option<Forecast>,
}

struct TrialCopy {
    network: Network,
    trainer: Trainer,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Forecast {
    pub parameters: usize,
    /// Bytes of memory that training takes: pixels, parameters, gradients, moments, passes.
    pub memory: u64,
    /// Bytes of memory available to it, including what it already holds.
    pub free: u64,
    /// Bytes of all pixels, and the most of them that are in memory.
    pub pixels: u64,
    pub pixels_in_memory: u64,
    /// Bytes on disk.
    pub disk: u64,
    /// Training alone, without evaluation.
    pub seconds_per_epoch: f64,
    pub milliseconds_per_step: f64,
    pub batch_size: usize,
    /// The largest power of two that fits into memory; 0 if not even one example does.
    pub largest_batch: usize,
}

impl JobRequest for PlanMemory {
    const KIND: &'static str = "forecast";
    type Job = Trial;

    fn begin(self, at: &mut JobContext) -> Result<Trial> {
        let (run, data, config) = (at.viewer.run, at.viewer.data, at.viewer.config);
        run.check_can_train(data)?;
        let network = run.supervised()?.network();
        let mut trial = Trial { copy: None, steps: 0, fastest: f64::INFINITY, forecast: None };
        if COPIES * 4 * network.param_len() as u64 <= at.free_memory {
            let network = network.clone();
            let optim = settings::optim(config, &network, None)?;
            let trainer = Trainer::new(&network, data, run.objective(), settings::train_config(config)?, optim);
            trial.copy = Some(TrialCopy { network, trainer });
        }
        Ok(trial)
    }
}

impl Job for Trial {
    fn advance(&mut self, at: &mut JobContext) -> Result<bool> {
        let data = at.viewer.data;
        let Some(copy) = &mut self.copy else { return Ok(false) };
        let begin = (at.clock)();
        copy.trainer.prepare(data)?;
        copy.trainer.step(&mut copy.network, data);
        self.fastest = self.fastest.min((at.clock)() - begin);
        self.steps += 1;
        if self.steps < STEPS {
            return Ok(true);
        }
        if let Some(copy) = self.copy.take() {
            self.forecast = Some(copy.forecast(self.fastest, at));
        }
        Ok(false)
    }

    fn progress(&self) -> (usize, usize) {
        (self.steps, STEPS)
    }

    fn result(&self) -> Value {
        json!(self.forecast)
    }
}

impl TrialCopy {
    fn forecast(&self, fastest: f64, at: &JobContext) -> Forecast {
        let (network, trainer, run, data) = (&self.network, &self.trainer, at.viewer.run, at.viewer.data);
        let pixels = data.pixel_bytes();
        let pixels_in_memory = data.most_memory_bytes();
        // The parameters, and their values at the start of the run.
        let fixed = pixels_in_memory + 8 * network.param_len() as u64;
        let batch_size = trainer.config.batch_len;
        // Memory that the session already holds is not free, but training can use it.
        let held = data.memory_bytes() as u64 + run.learner.bytes() as u64;
        let free = at.free_memory + held;
        let most = free as f64 * HEAD_ROOM;
        let fits = |batch: &usize| (fixed + trainer.bytes_with(network, *batch)) as f64 <= most;
        let sizes = std::iter::successors(Some(MOST_BATCH), |size| (1 < *size).then_some(size / 2));
        Forecast {
            parameters: network.param_len(),
            memory: fixed + trainer.bytes_with(network, batch_size),
            free,
            pixels,
            pixels_in_memory,
            disk: data.pixels.stored_bytes(),
            seconds_per_epoch: fastest * trainer.steps_per_epoch() as f64 / 1000.0,
            milliseconds_per_step: fastest,
            batch_size,
            largest_batch: sizes.into_iter().find(fits).unwrap_or(0),
        }
    }
}
