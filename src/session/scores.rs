//! Scores of single examples over whole splits, and the figures computed from them.
//!
//! The validation split is evaluated at the end of every epoch, other splits on request. Scores are valid while the
//! network's structure, its loss and the images are unchanged. Labels and splits are the current ones, so an example
//! that was relabelled or moved counts as such at once.

use std::collections::BTreeSet;

use serde::Serialize;

use super::data::Data;
use super::run::{LearnerStamps, Run};
use super::stamp::Stamp;
use crate::data::Split;
use crate::metrics::{Calibration, CalibrationBin, ClassScore, Confusion, Evaluation, Interval, Scored};
use crate::train::{calibration, confusion, evaluation};

/// The latest scores of each split.
#[derive(Default)]
pub struct Scores {
    done: Vec<SplitScores>,
}

struct SplitScores {
    split: Split,
    /// Step and stamps of the network that was evaluated, and stamp of the images.
    step: u64,
    learner: LearnerStamps,
    /// Stamp of the parameters, if they were still the evaluated ones when the evaluation ended.
    theta: Option<Stamp>,
    images: Stamp,
    scored: Vec<Scored>,
}

impl SplitScores {
    fn are_valid(&self, run: &Run, data: &Data) -> bool {
        let now = run.learner.stamps();
        let of = |stamps: LearnerStamps| (stamps.structure, stamps.objective);
        of(self.learner) == of(now) && self.images == data.stamps().images
    }
}

/// The figures of a split with their 95 % intervals.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Measurement {
    pub split: &'static str,
    pub step: u64,
    /// Steps between the network that was evaluated and the one that is shown.
    pub stale: u64,
    pub figures: Evaluation,
    pub loss_interval: Option<Interval>,
    pub accuracy_interval: Option<Interval>,
    pub psnr_interval: Option<Interval>,
    pub ssim_interval: Option<Interval>,
    pub mse_interval: Option<Interval>,
    /// Set for a classifier.
    pub classes: Option<Vec<ClassReport>>,
    pub calibration: Option<CalibrationReport>,
    #[serde(skip)]
    pub confusion: Option<Confusion>,
    /// The pairs of classes confused most: label, prediction, count.
    pub mixed_up: Vec<(usize, usize, u32)>,
}

/// How far a classifier is as often right as it is sure; see [`Calibration`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CalibrationReport {
    /// Expected calibration error, 0..=1.
    pub ece: f64,
    /// Bins of confidence, of equal width from 0 to 1.
    pub bins: Vec<CalibrationBin>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ClassReport {
    pub name: String,
    #[serde(flatten)]
    pub score: ClassScore,
}

/// Selects measured examples.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ExampleFilter {
    pub label: Option<u32>,
    pub predicted: Option<u32>,
    /// Leaves out correct predictions.
    pub wrong: bool,
}

/// One of the measured examples.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MeasuredExample {
    pub example: u32,
    pub name: String,
    pub loss: f64,
    /// Its label, and the predicted class with its probability.
    pub label: Option<u32>,
    pub predicted: Option<u32>,
    pub confidence: Option<f32>,
    pub psnr: Option<f32>,
    /// For a pair: the PSNR of its input.
    pub identity: Option<f32>,
    pub ssim: Option<f32>,
    /// Mean squared and mean absolute error of its numbers.
    pub mse: Option<f32>,
    pub mae: Option<f32>,
}

/// Limit of the confused pairs that are listed.
const MOST_MIXED_UP: usize = 50;

impl CalibrationReport {
    /// `None` without predictions.
    pub fn new(found: &Calibration) -> Option<Self> {
        Some(Self { ece: found.ece()?, bins: found.bins.into() })
    }
}

impl Scores {
    /// Keeps the scores of a split, computed by the run's network at `step`; `is_current` says whether that network is
    /// still unchanged.
    pub fn keep(&mut self, split: Split, step: u64, is_current: bool, (run, data): (&Run, &Data), scored: Vec<Scored>) {
        let (learner, images) = (run.learner.stamps(), data.stamps().images);
        let theta = is_current.then_some(learner.theta);
        self.done.retain(|found| found.split != split);
        self.done.push(SplitScores { split, step, learner, theta, images, scored });
    }

    /// Follows a change of labels, since the losses of these examples belong to their old labels. They are scored again
    /// if the network is still the evaluated one, otherwise left out until their split is evaluated again; letters, too,
    /// which the network may not read any more.
    pub fn rescore(&mut self, examples: &[u32], run: &Run, data: &Data) {
        let examples: BTreeSet<u32> = examples.iter().copied().collect();
        for found in self.done.iter_mut().filter(|found| found.are_valid(run, data)) {
            let is_relabelled = |scored: &Scored| examples.contains(&scored.example);
            let relabelled: Vec<u32> =
                found.scored.iter().filter(|one| is_relabelled(one)).map(|one| one.example).collect();
            if relabelled.is_empty() {
                continue;
            }
            let is_letter = run.objective().task.partner().is_some();
            if is_letter || found.theta != Some(run.learner.stamps().theta) {
                found.scored.retain(|scored| !is_relabelled(scored));
                continue;
            }
            let rescored = run.learner.scores(relabelled, data);
            for scored in &mut found.scored {
                if let Some(new) = rescored.iter().find(|new| new.example == scored.example) {
                    *scored = *new;
                }
            }
        }
    }

    /// The measured examples that still belong to a split, and the step at which they were measured.
    fn of_split(&self, split: Split, run: &Run, data: &Data) -> Option<(u64, Vec<Scored>)> {
        let found = self.done.iter().find(|found| found.split == split && found.are_valid(run, data))?;
        let belongs = |scored: &&Scored| data.splits.get(scored.example as usize) == Some(&split);
        Some((found.step, found.scored.iter().filter(belongs).copied().collect()))
    }

    /// The figures of a split from its latest evaluation; `None` before the first.
    pub fn measurement(&self, split: Split, run: &Run, data: &Data) -> Option<Measurement> {
        let (step, scored) = self.of_split(split, run, data)?;
        let confusion = confusion(&scored, data);
        let of_mean = |value: fn(&Scored) -> Option<f64>| Interval::of_mean(scored.iter().filter_map(value));
        let class = |(index, name): (usize, &String)| ClassReport {
            name: name.clone(),
            score: confusion
                .as_ref()
                .map(|confusion| confusion.score(index))
                .expect("a class has a score only where there is a confusion matrix"),
        };
        Some(Measurement {
            split: split.name(),
            step,
            stale: run.shown_step().abs_diff(step),
            figures: evaluation(&scored, data),
            loss_interval: of_mean(|one| Some(one.loss)),
            accuracy_interval: confusion
                .as_ref()
                .and_then(|found| Interval::of_share(found.correct(), found.examples())),
            psnr_interval: of_mean(|one| one.psnr().map(f64::from)),
            ssim_interval: of_mean(|one| one.ssim().map(f64::from)),
            mse_interval: of_mean(|one| one.mse().map(f64::from)),
            classes: confusion.as_ref().map(|_| data.classes.iter().enumerate().map(class).collect()),
            calibration: CalibrationReport::new(&calibration(&scored, data)),
            mixed_up: confusion.as_ref().map_or_else(Vec::new, |found| found.worst(MOST_MIXED_UP)),
            confusion,
        })
    }

    /// The measured examples of a split that pass the filter, from place `first` on, by falling loss; and how many
    /// there are in all.
    pub fn worst(
        &self,
        split: Split,
        filter: ExampleFilter,
        (first, count): (usize, usize),
        (run, data): (&Run, &Data),
    ) -> (usize, Vec<MeasuredExample>) {
        let label = |one: &Scored| one.predicted().and_then(|_| data.labels.get(one.example as usize).copied());
        let passes = |one: &Scored| {
            filter.label.is_none_or(|class| label(one) == Some(class))
                && filter.predicted.is_none_or(|class| one.predicted() == Some(class))
                && !(filter.wrong && label(one) == one.predicted())
        };
        let mut scored = self.of_split(split, run, data).map_or_else(Vec::new, |(_, scored)| scored);
        scored.retain(passes);
        scored.sort_by(|a, b| b.loss.total_cmp(&a.loss).then(a.example.cmp(&b.example)));
        let listed = scored.iter().skip(first).take(count).map(|one| MeasuredExample::new(one, data));
        (scored.len(), listed.collect())
    }

    /// The latest valid score of each example of the data; `None` where it was not measured.
    pub fn of_examples(&self, run: &Run, data: &Data) -> Vec<Option<Scored>> {
        let mut scores = vec![None; data.len()];
        for one in self.done.iter().filter(|found| found.are_valid(run, data)).flat_map(|found| &found.scored) {
            scores[one.example as usize] = Some(*one);
        }
        scores
    }
}

impl MeasuredExample {
    pub fn new(one: &Scored, data: &Data) -> Self {
        Self {
            example: one.example,
            name: data.names[one.example as usize].clone(),
            loss: one.loss,
            label: one.predicted().and_then(|_| data.labels.get(one.example as usize).copied()),
            predicted: one.predicted(),
            confidence: one.confidence(),
            psnr: one.psnr(),
            identity: one.identity(),
            ssim: one.ssim(),
            mse: one.mse(),
            mae: one.mae(),
        }
    }
}
