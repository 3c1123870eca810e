//! Spiking columns of 79,200 slots: examples a second that are counted, and that are also learnt from, by the fast form
//! and by the plain rule.
//!
//! Ten classes of 28 x 28 pixels, a fifth of them lit, as in MNIST: those of an example are those of its class, but for
//! one in three.

use neurarium::columns::{ColumnSizes, ColumnTrainer, Columns, Rule, SpikeCounter, plain};
use neurarium::par;
use serde::Serialize;

use crate::measure::measure;
use crate::workload::hash;

#[derive(Clone, Debug, Serialize)]
pub struct ColumnSpeed {
    pub threads: usize,
    /// Presentations a second, counted and learnt from.
    pub fast: f64,
    pub plain: f64,
    /// Presentations a second whose spikes are counted alone.
    pub counted: f64,
    pub counted_plain: f64,
}

const SIZES: ColumnSizes = ColumnSizes { classes: 10, neurons: 792, slots: 10, receptors: 784 };
const EXAMPLES: usize = 20_000;
/// Batches that are learnt before anything is measured, so that the slots are in use.
const BEFORE: usize = 400;
/// Batches that are learnt in one measurement: one alone would soon have nothing more to teach.
const FAST: usize = 20;
const PLAIN: usize = 2;

pub fn columns(budget: f64, clock: &dyn Fn() -> f64) -> Option<ColumnSpeed> {
    let images: Vec<Vec<u8>> = (0..EXAMPLES).map(image).collect();
    let mut columns = Columns::new(SIZES, Rule { adjust_true: 5_000, ..Rule::default() }, 1).ok()?;
    let mut trainer = ColumnTrainer::default();
    let next = |columns: &Columns| {
        let chosen = columns.next_batch(EXAMPLES);
        let batch: Vec<u8> = chosen.iter().flat_map(|&example| &images[example as usize]).copied().collect();
        (batch, chosen.iter().map(|example| example % 10).collect::<Vec<u32>>())
    };
    for _ in 0..BEFORE {
        let (images, labels) = next(&columns);
        trainer.train_batch(&mut columns, &images, &labels).ok()?;
    }
    // Both forms must answer alike, or their times say nothing.
    let mut twin = columns.clone();
    for _ in 0..PLAIN {
        let (images, labels) = next(&columns);
        trainer.train_batch(&mut columns, &images, &labels).ok()?;
        plain::train_batch(&mut twin, &images, &labels).ok()?;
    }
    if columns != twin {
        return None;
    }
    let examples = columns.rule().batch;
    let speed = |batches: usize, milliseconds: f64| 1000.0 * (batches * examples) as f64 / milliseconds;
    let fast = par::together(|| {
        measure(budget, clock, || {
            for _ in 0..FAST {
                let (images, labels) = next(&columns);
                trainer.train_batch(&mut columns, &images, &labels).ok();
            }
        })
    });
    let plain = measure(budget / 4.0, clock, || {
        for _ in 0..PLAIN {
            let (images, labels) = next(&twin);
            plain::train_batch(&mut twin, &images, &labels).ok();
        }
    });
    let (shown, _) = next(&columns);
    let mut counter = SpikeCounter::new(&columns);
    let counted = par::together(|| {
        measure(budget / 2.0, clock, || {
            counter.scores(&shown).ok();
        })
    });
    let one = &shown[..SIZES.receptors];
    let counted_plain = measure(budget / 4.0, clock, || {
        plain::scores(&columns, one);
    });
    Some(ColumnSpeed {
        threads: par::threads(),
        fast: speed(FAST, fast.best),
        plain: speed(PLAIN, plain.best),
        counted: speed(1, counted.best),
        counted_plain: 1000.0 / counted_plain.best,
    })
}

fn image(example: usize) -> Vec<u8> {
    let class = example % 10;
    let pixel = |at: usize| {
        let of_class = hash(at, 2000 + class) < 0.2;
        let is_other = hash(784 * example + at, 3000) < 0.33;
        let is_lit = if is_other { hash(at, 4000 + example) < 0.2 } else { of_class };
        if is_lit { (64.0 + 191.0 * hash(at, 5000 + class)) as u8 } else { 0 }
    };
    (0..SIZES.receptors).map(pixel).collect()
}
