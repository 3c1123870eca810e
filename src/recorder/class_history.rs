//! What a classifier answered at the evaluations of a run. As bytes, little-endian:
//!
//! ```text
//! frame  u64 step | f64 epoch | u32 answers | answer... | bin x 15
//! answer u32 example | u16 label | u16 predicted
//! bin    u32 examples, correct | f64 sum of confidences
//! ```

use std::collections::{BTreeMap, HashMap};

use super::frame_list::{FrameList, KeptFrame, take};
use super::series_table::RunPosition;
use crate::metrics::{Calibration, CalibrationBin, Confusion};

/// The answer about one example, with the label that it had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClassAnswer {
    pub example: u32,
    pub label: u16,
    pub predicted: u16,
}

/// The answers of an evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassFrame {
    pub step: u64,
    /// Epochs done, including the fraction of the current one.
    pub epoch: f64,
    pub answers: Vec<ClassAnswer>,
    pub calibration: Calibration,
}

/// The evaluations of a run.
pub type ClassHistory = FrameList<ClassFrame>;

/// Examples of one class that were predicted otherwise at another evaluation.
#[derive(Clone, Debug, PartialEq)]
pub struct ClassFlow {
    pub label: u16,
    pub before: u16,
    pub after: u16,
    pub examples: Vec<u32>,
}

impl ClassFrame {
    pub fn new(at: RunPosition, answers: Vec<ClassAnswer>, calibration: Calibration) -> Self {
        Self { step: at.step, epoch: at.epoch, answers, calibration }
    }

    /// The confusion matrix; answers about classes that there are no longer are left out.
    pub fn confusion(&self, classes: usize) -> Confusion {
        let pairs = self.answers.iter().map(|answer| (u32::from(answer.label), u32::from(answer.predicted)));
        Confusion::new(classes, pairs.filter(|&(label, predicted)| (label.max(predicted) as usize) < classes))
    }

    /// What flowed from cell to cell of the confusion matrix until a later frame, the largest flow first.
    pub fn flows(&self, later: &Self) -> Vec<ClassFlow> {
        let before: HashMap<u32, u16> = self.answers.iter().map(|answer| (answer.example, answer.predicted)).collect();
        let mut flows: BTreeMap<(u16, u16, u16), Vec<u32>> = BTreeMap::new();
        for answer in &later.answers {
            if let Some(&before) = before.get(&answer.example).filter(|&&before| before != answer.predicted) {
                flows.entry((answer.label, before, answer.predicted)).or_default().push(answer.example);
            }
        }
        let flow = |((label, before, after), examples)| ClassFlow { label, before, after, examples };
        let mut flows: Vec<ClassFlow> = flows.into_iter().map(flow).collect();
        flows.sort_by_key(|flow| std::cmp::Reverse(flow.examples.len())); // stable: equals by their classes
        flows
    }
}

impl KeptFrame for ClassFrame {
    fn step(&self) -> u64 {
        self.step
    }

    fn bytes(&self) -> usize {
        size_of::<Self>() + size_of_val(&self.answers[..])
    }

    fn pack(&self, to: &mut Vec<u8>) {
        to.extend(self.step.to_le_bytes());
        to.extend(self.epoch.to_le_bytes());
        to.extend((self.answers.len() as u32).to_le_bytes());
        for ClassAnswer { example, label, predicted } in &self.answers {
            to.extend(example.to_le_bytes());
            to.extend([label, predicted].into_iter().flat_map(|class| class.to_le_bytes()));
        }
        for CalibrationBin { examples, correct, confidence } in &self.calibration.bins {
            to.extend([examples, correct].into_iter().flat_map(|count| count.to_le_bytes()));
            to.extend(confidence.to_le_bytes());
        }
    }

    fn read(rest: &mut &[u8]) -> Option<Self> {
        let (step, epoch) = (u64::from_le_bytes(take(rest)?), f64::from_le_bytes(take(rest)?));
        let count = u32::from_le_bytes(take(rest)?);
        // Each answer takes bytes, so a claimed number of them ends with the file.
        let answers = (0..count).map(|_| read_answer(rest)).collect::<Option<_>>()?;
        let mut calibration = Calibration::default();
        for bin in &mut calibration.bins {
            let (examples, correct) = (u32::from_le_bytes(take(rest)?), u32::from_le_bytes(take(rest)?));
            *bin = CalibrationBin { examples, correct, confidence: f64::from_le_bytes(take(rest)?) };
        }
        epoch.is_finite().then_some(Self { step, epoch, answers, calibration })
    }
}

fn read_answer(rest: &mut &[u8]) -> Option<ClassAnswer> {
    Some(ClassAnswer {
        example: u32::from_le_bytes(take(rest)?),
        label: u16::from_le_bytes(take(rest)?),
        predicted: u16::from_le_bytes(take(rest)?),
    })
}
