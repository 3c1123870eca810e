//! One training step of a workload, whole and in its parts.

use neurarium::par;
use serde::Serialize;

use crate::measure::{Times, measure};
use crate::workload::Workload;

#[derive(Clone, Debug, Serialize)]
pub struct Step {
    pub workload: String,
    pub batch: usize,
    pub threads: usize,
    pub parameters: usize,
    /// Floating-point operations of a step, as `Workload::operations` counts them.
    pub operations: f64,
    /// Losses of the first steps, to be compared between engines.
    pub losses: Vec<f64>,
    pub step: Times,
    /// Bytes of parameters, gradients, moments and buffers.
    pub bytes: usize,
}

pub fn step(name: &str, batch: usize, budget: f64, clock: &dyn Fn() -> f64) -> Option<Step> {
    let mut workload = Workload::new(name, batch)?;
    let mut trainer = workload.trainer();
    let mut network = workload.network.clone();
    let losses = (0..3).map(|_| trainer.step(&mut network, &workload.data).loss).collect();
    // The page trains in slices, in which the threads stay together; here the whole measurement is one.
    let times = par::together(|| {
        measure(budget, clock, || {
            trainer.step(&mut network, &workload.data);
        })
    });
    workload.network = network;
    Some(Step {
        workload: name.into(),
        batch,
        threads: par::threads(),
        parameters: workload.network.param_len(),
        operations: workload.operations(),
        losses,
        step: times,
        bytes: trainer.bytes() + 4 * workload.network.param_len(),
    })
}
