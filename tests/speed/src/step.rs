//! One training step of a workload: whole, its two directions apart, and long after everything was learnt.

use neurarium::layer::Call;
use neurarium::loss::Target;
use neurarium::network::{Pass, Task};
use neurarium::par;
use neurarium::recorder::{HistogramFrame, HistogramHistory};
use serde::Serialize;

use crate::measure::{Times, measure};
use crate::workload::Workload;

#[derive(Clone, Debug, Serialize)]
pub struct Step {
    pub workload: String,
    pub batch: usize,
    pub threads: usize,
    pub parameters: usize,
    /// Numbers in all blocks for one example.
    pub values: usize,
    /// Floating-point operations of a step, as `Workload::operations` counts them.
    pub operations: f64,
    /// Losses of the first steps, to be compared between engines.
    pub losses: Vec<f64>,
    pub step: Times,
    /// Bytes of parameters, gradients, moments and buffers.
    pub bytes: usize,
}

pub fn step(name: &str, batch: usize, budget: f64, clock: &dyn Fn() -> f64) -> Option<Step> {
    let workload = Workload::new(name, batch)?;
    let mut trainer = workload.trainer();
    let mut network = workload.network.clone();
    let losses = (0..3).map(|_| trainer.step(&mut network, &workload.data).loss).collect();
    // Slices as the page has them, so that threads come together as often as they do there.
    let mut times = Vec::new();
    let begin = clock();
    while clock() - begin < budget {
        times.push(par::together(|| {
            measure(budget / 4.0, clock, || {
                trainer.step(&mut network, &workload.data);
            })
        }));
    }
    let best = times.into_iter().min_by(|a, b| a.best.total_cmp(&b.best))?;
    Some(Step {
        workload: name.into(),
        batch,
        threads: par::threads(),
        parameters: network.param_len(),
        values: (0..network.blocks().len()).map(|block| network.shape(block).len()).sum(),
        operations: workload.operations(),
        losses,
        step: best,
        bytes: trainer.bytes() + 4 * network.param_len(),
    })
}

/// What the statistics of the layers cost.
#[derive(Clone, Debug, Serialize)]
pub struct Observed {
    pub workload: String,
    pub batch: usize,
    pub threads: usize,
    /// Milliseconds of a step without and with them, medians of pairs.
    pub plain: f64,
    pub observed: f64,
    /// Share of a run's time that they take, where their steps are as frequent as in [`EPOCHS`] of the sample set.
    pub share: f64,
}

/// Epochs and training images of the run.
const EPOCHS: usize = 10;
const IMAGES: usize = 1600;

pub fn observed(name: &str, batch: usize, budget: f64, clock: &dyn Fn() -> f64) -> Option<Observed> {
    let workload = Workload::new(name, batch)?;
    let mut trainer = workload.trainer();
    let mut network = workload.network.clone();
    let mut step = |observes: bool| {
        let begin = clock();
        par::together(|| {
            trainer.observe(observes);
            trainer.step(&mut network, &workload.data);
            std::hint::black_box(trainer.take_observed());
        });
        clock() - begin
    };
    let (mut plain, mut observed) = (Vec::new(), Vec::new());
    let begin = clock();
    while plain.len() < 12 || clock() - begin < budget {
        // In turns, each sometimes first.
        let is_first = plain.len().is_multiple_of(2);
        let (one, other) = (step(is_first), step(!is_first));
        let (with, without) = if is_first { (one, other) } else { (other, one) };
        plain.push(without);
        observed.push(with);
    }
    let median = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let (plain, observed) = (median(&mut plain), median(&mut observed));
    let (per_epoch, mut history) = (IMAGES.div_ceil(batch) as u64, HistogramHistory::default());
    let steps = EPOCHS as u64 * per_epoch;
    let mut frames = 0;
    for step in 1..=steps {
        if history.is_due(step, step.is_multiple_of(per_epoch)) {
            history.push(HistogramFrame { step, epoch: 0.0, layers: Vec::new() });
            frames += 1;
        }
    }
    let share = frames as f64 / steps as f64 * (observed - plain) / plain;
    Some(Observed { workload: name.into(), batch, threads: par::threads(), plain, observed, share })
}

/// Milliseconds of each direction over the whole batch, cut into as many shards as there may be threads.
#[derive(Clone, Debug, Serialize)]
pub struct Directions {
    pub forward: Times,
    pub backward: Times,
}

const SHARDS: usize = 4;

pub fn directions(name: &str, batch: usize, budget: f64, clock: &dyn Fn() -> f64) -> Option<Directions> {
    let workload = Workload::new(name, batch)?;
    let network = &workload.network;
    let examples = batch / SHARDS;
    let call = Call { examples, training: true, seed: 0, first_example: 0, tiles: false, prepared: &[] };
    let mut x = neurarium::data::Batch::default();
    workload.data.batch(&(0..examples as u32).collect::<Vec<_>>(), &mut x);
    let mut shards: Vec<_> =
        (0..SHARDS).map(|_| (Pass::for_training(network, None, examples), vec![0.0; network.param_len()])).collect();
    for (pass, _) in &mut shards {
        pass.input(examples).copy_from_slice(&x.x);
    }
    let forward = par::together(|| {
        measure(budget, clock, || par::each(&mut shards, |_, (pass, _)| network.forward(pass, &call)))
    });
    let target = match workload.objective.task {
        Task::Autoencoder => Target::Values { y: &x.x, mask: &[] },
        Task::Regressor => Target::Values { y: &x.numbers, mask: &[] },
        Task::ImageToImage | Task::MakeLowercase | Task::MakeUppercase => {
            Target::Values { y: &x.target.y, mask: &x.target.mask }
        }
        Task::Classifier => Target::Classes(&x.labels),
    };
    let backward = par::together(|| {
        measure(budget, clock, || {
            par::each(&mut shards, |_, (pass, gradient)| {
                // Backward turns dL/dy into dL/dz where it lies, so it is written anew each time; that is part of it.
                let (y, dy) = pass.output_and_gradient();
                workload.objective.loss.evaluate(y, network.output(), &target, 1.0 / batch as f32, dy);
                gradient.fill(0.0);
                network.backward(pass, gradient, &call);
            });
        })
    });
    Some(Directions { forward, backward })
}

/// Milliseconds of a step of mlp on one batch, at first and after it was learnt for some seconds: no slower, unless
/// numbers have become denormal.
#[derive(Clone, Debug, Serialize)]
pub struct Settled {
    pub first: f64,
    pub last: f64,
    pub loss: f64,
}

pub fn settled(seconds: f64, clock: &dyn Fn() -> f64) -> Option<Settled> {
    let workload = Workload::new("mlp", 32)?;
    let mut trainer = workload.trainer();
    let mut network = workload.network.clone();
    let (begin, mut samples, mut loss) = (clock(), Vec::new(), 0.0);
    par::together(|| {
        while clock() - begin < 1000.0 * seconds {
            let start = clock();
            for _ in 0..10 {
                loss = trainer.step(&mut network, &workload.data).loss;
            }
            samples.push((start - begin, (clock() - start) / 10.0));
        }
    });
    // The best of the second second (the first is the browser's compiler's) and of the last one.
    let best = |from: f64, to: f64| {
        let within = samples.iter().filter(|(at, _)| (1000.0 * from..1000.0 * to).contains(at));
        within.map(|&(_, time)| time).fold(f64::INFINITY, f64::min)
    };
    Some(Settled { first: best(1.0, 2.0), last: best(seconds - 1.0, seconds), loss })
}
