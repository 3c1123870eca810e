//! What a classifier answered over a run: how often each class was predicted, the confusion matrix of a kept evaluation,
//! and what flowed from cell to cell between two.

use serde::Serialize;

use super::scores::CalibrationReport;
use super::session::Session;
use crate::data::Split;
use crate::error::{Error, Result};
use crate::metrics::Confusion;
use crate::recorder::{ClassAnswer, ClassFlow, ClassFrame};

/// Flows that are listed.
const MOST_FLOWS: usize = 60;

/// The evaluations that are kept, and the classes of the images.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ClassTimeline {
    pub steps: Vec<u64>,
    pub epochs: Vec<f64>,
    /// Index of the latest evaluation up to the network that is shown; `None` before the first.
    pub shown: Option<usize>,
    pub accuracy: Vec<f64>,
    pub ece: Vec<f64>,
    /// Images of each class, for each split that has some.
    pub splits: Vec<SplitClasses>,
    /// How often each class was predicted `[evaluations, classes]`.
    #[serde(skip)]
    pub predicted: Vec<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SplitClasses {
    pub split: &'static str,
    pub counts: Vec<usize>,
}

/// One evaluation.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeptEvaluation {
    pub step: u64,
    pub epoch: f64,
    pub accuracy: Option<f64>,
    pub calibration: Option<CalibrationReport>,
    #[serde(skip)]
    pub confusion: Confusion,
}

/// What changed between two evaluations, of the images that both have.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConfusionFlow {
    /// Images that became right, became wrong, and changed from one wrong class to another.
    pub mended: usize,
    pub broken: usize,
    pub moved: usize,
    /// The largest flows.
    pub flows: Vec<CellFlow>,
}

#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CellFlow {
    pub label: u16,
    pub before: u16,
    pub after: u16,
    pub examples: Vec<u32>,
}

impl Session {
    /// The evaluations of the run, with what was predicted for the images of a class, or of all.
    pub fn class_timeline(&self, label: Option<u16>) -> ClassTimeline {
        let (history, classes) = (self.recorder().classes(), self.data.classes.len());
        let frames = history.frames();
        let mut predicted = vec![0; frames.len() * classes];
        for (counts, frame) in predicted.chunks_exact_mut(classes.max(1)).zip(frames) {
            for answer in frame.answers.iter().filter(|answer| label.is_none_or(|label| label == answer.label)) {
                if let Some(count) = counts.get_mut(usize::from(answer.predicted)) {
                    *count += 1;
                }
            }
        }
        let accuracy = |frame: &ClassFrame| {
            let known = |class: u16| usize::from(class) < classes;
            let answers = || frame.answers.iter().filter(|answer| known(answer.label) && known(answer.predicted));
            answers().filter(|answer| answer.label == answer.predicted).count() as f64 / answers().count() as f64
        };
        ClassTimeline {
            steps: frames.iter().map(|frame| frame.step).collect(),
            epochs: frames.iter().map(|frame| frame.epoch).collect(),
            shown: history.at(self.run().shown_step()),
            accuracy: frames.iter().map(accuracy).collect(),
            ece: frames.iter().map(|frame| frame.calibration.ece().unwrap_or(f64::NAN)).collect(),
            splits: self.split_classes(),
            predicted,
        }
    }

    fn split_classes(&self) -> Vec<SplitClasses> {
        let all = [Split::Train, Split::Validation, Split::Test];
        let there = all.into_iter().filter(|&split| 0 < self.data.count(split));
        there
            .map(|split| {
                let mut counts = vec![0; self.data.classes.len()];
                for example in self.data.indices(split) {
                    if let Some(&label) = self.data.labels.get(example as usize) {
                        counts[label as usize] += 1;
                    }
                }
                SplitClasses { split: split.name(), counts }
            })
            .collect()
    }

    /// A kept evaluation by its index.
    pub fn kept_evaluation(&self, index: usize) -> Result<KeptEvaluation> {
        let frame = self.class_frame(index)?;
        let confusion = frame.confusion(self.data.classes.len());
        Ok(KeptEvaluation {
            step: frame.step,
            epoch: frame.epoch,
            accuracy: confusion.accuracy(),
            calibration: CalibrationReport::new(&frame.calibration),
            confusion,
        })
    }

    /// The examples of a class that a kept evaluation predicted as another; without `predicted` as any wrong one.
    pub fn kept_examples(&self, index: usize, label: u16, predicted: Option<u16>) -> Result<Vec<u32>> {
        let is_wanted = |answer: &&ClassAnswer| {
            answer.label == label && predicted.map_or(answer.predicted != label, |class| answer.predicted == class)
        };
        Ok(self.class_frame(index)?.answers.iter().filter(is_wanted).map(|answer| answer.example).collect())
    }

    /// What flowed from cell to cell of the confusion matrix between two kept evaluations.
    pub fn confusion_flow(&self, before: usize, after: usize) -> Result<ConfusionFlow> {
        let flows = self.class_frame(before)?.flows(self.class_frame(after)?);
        let images = |test: fn(&ClassFlow) -> bool| {
            flows.iter().filter(|flow| test(flow)).map(|flow| flow.examples.len()).sum::<usize>()
        };
        Ok(ConfusionFlow {
            mended: images(|flow| flow.after == flow.label),
            broken: images(|flow| flow.before == flow.label),
            moved: images(|flow| flow.before != flow.label && flow.after != flow.label),
            flows: flows
                .into_iter()
                .take(MOST_FLOWS)
                .map(|ClassFlow { label, before, after, examples }| CellFlow { label, before, after, examples })
                .collect(),
        })
    }

    fn class_frame(&self, index: usize) -> Result<&ClassFrame> {
        let frames = self.recorder().classes().frames();
        let missing = || Error::expected("evaluation", format!("a number below {}", frames.len()), index);
        frames.get(index).ok_or_else(missing)
    }
}
