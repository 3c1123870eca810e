//! What training would cost, found out before it begins: by two steps on a copy of the network, which leave no trace.

use serde::Serialize;

use super::{Session, settings};
use crate::error::Result;
use crate::network::Network;
use crate::train::Trainer;

/// The first step also makes the buffers, so it tells little about time.
const STEPS: usize = 2;
/// A copy has parameters, gradients and moments; twice that is asked for, so that the trial takes no run's memory.
const COPIES: u64 = 8;
/// Part of the free memory that a batch may be planned for.
const HEAD_ROOM: f64 = 0.9;
/// The largest batch that there is a setting for.
const MOST_BATCH: usize = 4096;

/// The copy that the steps are tried on.
pub(super) struct Trial {
    network: Network,
    trainer: Trainer,
    steps: usize,
    /// Milliseconds of the quickest step.
    quickest: f64,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Forecast {
    pub parameters: usize,
    /// Bytes of memory that training takes: pixels, parameters, gradients, moments, passes.
    pub memory: u64,
    /// Bytes of memory that are left for it, what it takes already included.
    pub free: u64,
    /// Bytes of all pixels, and how many of them lie in memory at most.
    pub pixels: u64,
    pub pixels_in_memory: u64,
    /// Bytes on disk.
    pub disk: u64,
    /// Of training, without measuring.
    pub seconds_per_epoch: f64,
    pub milliseconds_per_step: f64,
    pub batch_size: usize,
    /// The largest power of two for which the memory is enough; 0 where it is not even for one example.
    pub largest_batch: usize,
}

impl Session {
    /// Begins to try; nothing that is there changes. Where the `free` bytes are too few for a copy nothing begins.
    pub fn forecast_begin(&mut self, free: u64) -> Result<()> {
        self.check_can_train()?;
        self.trial = None;
        if free < COPIES * 4 * self.network.param_len() as u64 {
            return Ok(());
        }
        let network = self.network.clone();
        let (recipe, optim) = (settings::recipe(&self.config)?, settings::optim(&self.config, &network, None)?);
        let trainer = Trainer::new(&network, &self.data, self.objective, recipe, optim);
        self.trial = Some(Trial { network, trainer, steps: 0, quickest: f64::INFINITY });
        Ok(())
    }

    /// Whether there are steps of a trial left.
    pub fn is_forecasting(&self) -> bool {
        self.trial.is_some()
    }

    /// One step of the trial, timed by `clock` (milliseconds). The forecast when there were enough; `free` are the
    /// bytes of memory that the door says are left.
    pub fn forecast_advance(&mut self, free: u64, clock: &dyn Fn() -> f64) -> Result<Option<Forecast>> {
        let Some(mut trial) = self.trial.take() else { return Ok(None) };
        if self.fits().is_err() || trial.network.input() != self.network.input() {
            return Ok(None); // other data or another network came meanwhile
        }
        let begin = clock();
        trial.trainer.prepare(&self.data)?;
        trial.trainer.step(&mut trial.network, &self.data);
        trial.quickest = trial.quickest.min(clock() - begin);
        trial.steps += 1;
        if trial.steps < STEPS {
            self.trial = Some(trial);
            return Ok(None);
        }
        Ok(Some(self.forecast(&trial, free)))
    }

    fn forecast(&self, trial: &Trial, free: u64) -> Forecast {
        let (network, trainer) = (&trial.network, &trial.trainer);
        let pixels = self.data.pixel_bytes();
        let pixels_in_memory = self.data.pixels.most_memory_bytes();
        // The parameters, and those of the start of the run.
        let fixed = pixels_in_memory + 8 * network.param_len() as u64;
        let batch_size = trainer.recipe.batch_len;
        // What the session holds already is not free, but it is training's.
        let held =
            self.data.pixels.memory_bytes() as u64 + 8 * network.param_len() as u64 + self.trainer.bytes() as u64;
        let free = free + held;
        let most = free as f64 * HEAD_ROOM;
        let fits = |batch: &usize| (fixed + trainer.bytes_with(network, *batch)) as f64 <= most;
        let sizes = std::iter::successors(Some(MOST_BATCH), |size| (1 < *size).then_some(size / 2));
        Forecast {
            parameters: network.param_len(),
            memory: fixed + trainer.bytes_with(network, batch_size),
            free,
            pixels,
            pixels_in_memory,
            disk: self.data.pixels.stored_bytes(),
            seconds_per_epoch: trial.quickest * trainer.steps_per_epoch() as f64 / 1000.0,
            milliseconds_per_step: trial.quickest,
            batch_size,
            largest_batch: sizes.into_iter().find(fits).unwrap_or(0),
        }
    }
}
