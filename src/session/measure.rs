//! How good the network is, example by example: the whole of a split, measured in slices between others.
//!
//! The validation split is measured at the end of every epoch, the others when somebody asks. What was measured is kept
//! until the network or the data are others; classes and splits are those of today, so an example that is given another
//! class or moved away is counted anew at once.

use serde::Serialize;

use super::{Advance, Session};
use crate::data::Split;
use crate::error::{Error, Result};
use crate::metrics::{ClassScore, Confusion, Evaluation, Interval, Scored};
use crate::network::Network;
use crate::par;
use crate::train::{Evaluator, Objective, confusion};

/// What was measured, and what is being measured.
#[derive(Default)]
pub(super) struct Measures {
    /// The latest of each split.
    done: Vec<Measured>,
    job: Option<Measuring>,
}

struct Measured {
    split: Split,
    /// Steps taken when it was measured.
    step: u64,
    scored: Vec<Scored>,
}

/// All examples are measured with the network of one step, whatever training does meanwhile.
struct Measuring {
    split: Split,
    step: u64,
    network: Network,
    objective: Objective,
    evaluator: Evaluator,
}

impl Measures {
    pub fn keep(&mut self, split: Split, step: u64, evaluator: Evaluator) {
        self.done.retain(|measured| measured.split != split);
        self.done.push(Measured { split, step, scored: evaluator.into_scored() });
    }
}

/// The figures of a split with their 95 % intervals.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measurement {
    pub split: &'static str,
    pub step: u64,
    /// Steps taken since.
    pub stale: u64,
    pub figures: Evaluation,
    pub loss_interval: Option<Interval>,
    pub accuracy_interval: Option<Interval>,
    pub psnr_interval: Option<Interval>,
    pub ssim_interval: Option<Interval>,
    /// Of a classifier.
    pub classes: Option<Vec<ClassReport>>,
    #[serde(skip)]
    pub confusion: Option<Confusion>,
    /// The classes that are mixed up most: true, named, how often.
    pub mixed_up: Vec<(usize, usize, u32)>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassReport {
    pub name: String,
    #[serde(flatten)]
    pub score: ClassScore,
}

/// Which of the measured examples are wanted.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ExampleFilter {
    pub truth: Option<u32>,
    pub named: Option<u32>,
    /// Without those whose class was named right.
    pub wrong: bool,
}

/// One of the measured examples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasuredExample {
    pub example: u32,
    pub name: String,
    pub loss: f64,
    /// Its class and the one that was named, with the probability given to that.
    pub truth: Option<u32>,
    pub named: Option<u32>,
    pub confidence: Option<f32>,
    pub psnr: Option<f32>,
    pub ssim: Option<f32>,
}

/// Pairs of classes told as mixed up.
const MOST_MIXED_UP: usize = 50;

impl Session {
    /// Begins to measure a split; one that was being measured is given up.
    pub fn measure(&mut self, split: Split) -> Result<()> {
        self.fits()?;
        let examples = self.data.indices(split);
        if examples.is_empty() {
            return Err(Error::expected(&self.data.name, format!("some {} images to measure", split.name()), "none"));
        }
        let (network, step) = (self.network.clone(), self.trainer.step);
        let evaluator = Evaluator::new(examples);
        self.measures.job = Some(Measuring { split, step, network, objective: self.objective, evaluator });
        Ok(())
    }

    /// Goes on measuring for about `budget` milliseconds of `clock`.
    pub fn measure_advance(&mut self, budget: f64, clock: &dyn Fn() -> f64) -> Result<Advance> {
        let begin = clock();
        let Some(mut job) = self.measures.job.take() else {
            return Ok(Advance::default());
        };
        if job.objective != self.objective || job.network.param_len() != self.network.param_len() {
            return Err(Error::new("the network was changed while it was measured; measure it again"));
        }
        par::together(|| {
            while !job.evaluator.is_done() {
                self.trainer.evaluate_some(&mut job.evaluator, &job.network, &self.data);
                if budget <= clock() - begin {
                    break;
                }
            }
        });
        self.data.check_read()?;
        let (done, total) = job.evaluator.progress();
        let pending = !job.evaluator.is_done();
        if pending {
            self.measures.job = Some(job);
        } else {
            self.measures.keep(job.split, job.step, job.evaluator);
        }
        Ok(Advance { done, total, pending })
    }

    pub fn measure_cancel(&mut self) {
        self.measures.job = None;
    }

    /// The examples of a split that were measured and still belong to it; the step they were measured at.
    fn measured(&self, split: Split) -> Option<(u64, Vec<Scored>)> {
        let measured = self.measures.done.iter().find(|measured| measured.split == split)?;
        let belongs = |scored: &&Scored| self.data.splits.get(scored.example as usize) == Some(&split);
        Some((measured.step, measured.scored.iter().filter(belongs).copied().collect()))
    }

    /// The figures of a split as they were measured last; `None` before that.
    pub fn measurement(&self, split: Split) -> Option<Measurement> {
        let (step, scored) = self.measured(split)?;
        let confusion = confusion(&scored, &self.data);
        let of_mean = |value: fn(&Scored) -> Option<f64>| Interval::of_mean(scored.iter().filter_map(value));
        let class = |(index, name): (usize, &String)| ClassReport {
            name: name.clone(),
            score: confusion.as_ref().map(|confusion| confusion.score(index)).expect("only asked where there is one"),
        };
        Some(Measurement {
            split: split.name(),
            step,
            stale: self.trainer.step.saturating_sub(step),
            figures: Evaluation::of(&scored, confusion.as_ref()),
            loss_interval: of_mean(|one| Some(one.loss)),
            accuracy_interval: confusion.as_ref().and_then(|found| Interval::of_share(found.right(), found.examples())),
            psnr_interval: of_mean(|one| one.psnr().map(f64::from)),
            ssim_interval: of_mean(|one| one.ssim().map(f64::from)),
            classes: confusion.as_ref().map(|_| self.data.classes.iter().enumerate().map(class).collect()),
            mixed_up: confusion.as_ref().map_or_else(Vec::new, |found| found.worst(MOST_MIXED_UP)),
            confusion,
        })
    }

    /// The measured examples of a split that are wanted, from place `first` on, those of the largest loss first; and how
    /// many there are in all.
    pub fn worst(
        &self,
        split: Split,
        wanted: ExampleFilter,
        first: usize,
        count: usize,
    ) -> (usize, Vec<MeasuredExample>) {
        let truth = |one: &Scored| one.named().and_then(|_| self.data.labels.get(one.example as usize).copied());
        let is_wanted = |one: &Scored| {
            wanted.truth.is_none_or(|class| truth(one) == Some(class))
                && wanted.named.is_none_or(|class| one.named() == Some(class))
                && !(wanted.wrong && truth(one) == one.named())
        };
        let mut scored = self.measured(split).map_or_else(Vec::new, |(_, scored)| scored);
        scored.retain(is_wanted);
        scored.sort_by(|a, b| b.loss.total_cmp(&a.loss).then(a.example.cmp(&b.example)));
        let told = scored.iter().skip(first).take(count).map(|one| MeasuredExample {
            example: one.example,
            name: self.data.names[one.example as usize].clone(),
            loss: one.loss,
            truth: truth(one),
            named: one.named(),
            confidence: one.confidence(),
            psnr: one.psnr(),
            ssim: one.ssim(),
        });
        (scored.len(), told.collect())
    }
}
