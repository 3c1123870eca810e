//! The record of a run: named series over its steps and over its evaluations, and events. All charts are drawn from it.

use serde::{Deserialize, Serialize};

use super::class_history::ClassHistory;
use super::histogram_history::HistogramHistory;
use super::points::{EvalPoint, Point};
use super::series_table::{RunPosition, SeriesTable};
use super::structure_history::StructureHistory;
use crate::metrics::Evaluation;

/// Something that happened in a run, in words.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub id: u64,
    pub step: u64,
    pub kind: EventKind,
    /// One sentence.
    pub text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum EventKind {
    /// The data changed.
    Data,
    /// A new network, or the same one in another shape.
    Model,
    /// A setting changed during training.
    Setting,
    /// A change by hand.
    Edit,
    /// The learning rate was lowered, because the figures did not improve.
    Plateau,
    /// A step was not applied, or earlier weights were restored.
    Rollback,
    /// The run continued from an earlier snapshot.
    Branch,
    /// Connections were kept that would have been cut, or many changed at once.
    Structure,
    /// Training ended.
    Finished,
}

/// Grows by 56 bytes a step: a million steps are 56 MB.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    steps: SeriesTable,
    evaluations: SeriesTable,
    events: Vec<Event>,
    next_event: u64,
    past: Vec<EarlierRun>,
    /// Sums since the last evaluation.
    since: Since,
    /// The edges over time, of a network that makes and cuts its own connections.
    structure: StructureHistory,
    /// The statistics of the layers over time, of a network that learns by gradients.
    histograms: HistogramHistory,
    /// The answers of a classifier over its evaluations.
    classes: ClassHistory,
}

/// Sums over the steps since the last evaluation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Since {
    loss: f64,
    accuracy: f64,
    points: u64,
    /// Number of points with an accuracy.
    classified: u64,
}

/// The series of an earlier run.
#[derive(Clone, Debug, PartialEq)]
pub struct EarlierRun {
    pub steps: SeriesTable,
    pub evaluations: SeriesTable,
}

/// Limit of the earlier runs that are kept.
const MOST_PAST: usize = 5;
/// Limit of the events that are kept.
const MOST_EVENTS: usize = 1000;
/// Changes of a setting that are fewer steps apart than this belong to one drag of its slider.
const STEPS_OF_ONE_DRAG: u64 = 50;

impl Recorder {
    /// The series over the steps.
    pub fn steps(&self) -> &SeriesTable {
        &self.steps
    }

    /// The series over the evaluations.
    pub fn evaluation_series(&self) -> &SeriesTable {
        &self.evaluations
    }

    /// The steps as points.
    pub fn points(&self) -> Vec<Point> {
        (0..self.steps.len()).map(|row| Point::of(&self.steps, row)).collect()
    }

    /// The evaluations as points.
    pub fn evaluations(&self) -> Vec<EvalPoint> {
        (0..self.evaluations.len()).map(|row| EvalPoint::of(&self.evaluations, row)).collect()
    }

    /// The latest evaluation up to a step.
    pub fn evaluation_at(&self, step: u64) -> Option<EvalPoint> {
        let row = self.evaluations.rows_to(step).checked_sub(1)?;
        Some(EvalPoint::of(&self.evaluations, row))
    }

    pub fn last_evaluation(&self) -> Option<EvalPoint> {
        self.evaluation_at(u64::MAX)
    }

    /// The edges over time; empty for a network whose connections stay.
    pub fn structure(&self) -> &StructureHistory {
        &self.structure
    }

    /// The same, to add a frame or to continue that of an earlier run.
    pub fn structure_mut(&mut self) -> &mut StructureHistory {
        &mut self.structure
    }

    /// The statistics of the layers over time; empty for a learner without layers.
    pub fn histograms(&self) -> &HistogramHistory {
        &self.histograms
    }

    /// The same, to add a frame or to continue those of an earlier run.
    pub fn histograms_mut(&mut self) -> &mut HistogramHistory {
        &mut self.histograms
    }

    /// The answers over the evaluations; empty for what is no classifier.
    pub fn classes(&self) -> &ClassHistory {
        &self.classes
    }

    /// The same, to continue those of an earlier run, or to forget answers about other images.
    pub fn classes_mut(&mut self) -> &mut ClassHistory {
        &mut self.classes
    }

    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// Records a step of gradient training that was applied, with `further` values by name. A step that was not applied leaves no point, because its
    /// loss is not finite.
    pub fn point(&mut self, point: Point, further: &[(&str, f64)]) {
        let values: Vec<(&str, f64)> = point.values().into_iter().chain(further.iter().copied()).collect();
        self.steps.push(point.position(), &values);
        self.since.loss += point.loss;
        self.since.accuracy += f64::from(point.accuracy.unwrap_or(0.0));
        self.since.points += 1;
        self.since.classified += u64::from(point.accuracy.is_some());
    }

    /// Records an evaluation at the end of an epoch.
    pub fn evaluation(&mut self, at: RunPosition, evaluation: Evaluation) {
        let since = std::mem::take(&mut self.since);
        let train_loss = since.loss / since.points.max(1) as f64;
        let train_accuracy = (0 < since.classified).then(|| since.accuracy / since.classified as f64);
        let RunPosition { step, epoch, examples, seconds } = at;
        let point = EvalPoint { step, epoch, examples, seconds, train_loss, train_accuracy, evaluation };
        self.evaluations.push(at, &point.values());
    }

    pub fn event(&mut self, step: u64, kind: EventKind, text: impl Into<String>) {
        if self.events.len() == MOST_EVENTS {
            self.events.remove(0);
        }
        self.events.push(Event { id: self.next_event, step, kind, text: text.into() });
        self.next_event += 1;
    }

    /// Records the change of a setting during training. Changes of one setting that follow each other within a few
    /// steps, as when a slider is dragged, become one event.
    pub fn setting(&mut self, step: u64, key: &str, before: &str, after: &str) {
        let opening = format!("{key} from ");
        if let Some(last) = self.events.last_mut()
            && last.kind == EventKind::Setting
            && step < last.step + STEPS_OF_ONE_DRAG
            && let Some((first, _)) = last.text.strip_prefix(&opening).and_then(|rest| rest.split_once(" to "))
        {
            (last.text, last.step) = (format!("{opening}{first} to {after}"), step);
            return;
        }
        self.event(step, EventKind::Setting, format!("{opening}{before} to {after}"));
    }

    /// Records a change by hand; the steps of one drag become one event.
    pub fn edit(&mut self, step: u64, text: String, merge: bool) {
        match self.events.last_mut() {
            Some(last) if merge && last.kind == EventKind::Edit => (last.step, last.text) = (step, text),
            _ => self.event(step, EventKind::Edit, text),
        }
    }

    /// Sums since the last evaluation.
    pub fn since(&self) -> Since {
        self.since
    }

    /// Continues the record of an earlier run.
    pub fn resume(&mut self, steps: SeriesTable, evaluations: SeriesTable, events: Vec<Event>, since: Since) {
        self.next_event = events.iter().map(|event| event.id + 1).max().unwrap_or(0);
        (self.steps, self.evaluations, self.events, self.since) = (steps, evaluations, events, since);
    }

    /// Earlier runs, latest last.
    pub fn past(&self) -> &[EarlierRun] {
        &self.past
    }

    /// Continues from an earlier step; the run so far becomes an earlier run. The sums start again from zero.
    pub fn branch(&mut self, step: u64) {
        self.remember();
        self.steps.truncate(self.steps.rows_to(step));
        self.evaluations.truncate(self.evaluations.rows_to(step));
        self.structure.truncate(step);
        self.histograms.truncate(step);
        self.classes.truncate(step);
        self.since = Since::default();
    }

    /// Keeps the current series as an earlier run.
    fn remember(&mut self) {
        if self.steps.is_empty() {
            return;
        }
        if self.past.len() == MOST_PAST {
            self.past.remove(0);
        }
        self.past.push(EarlierRun { steps: self.steps.clone(), evaluations: self.evaluations.clone() });
    }

    /// Begins a new run: the curves start again, the events stay.
    pub fn restart(&mut self) {
        self.remember();
        self.steps = SeriesTable::default();
        self.evaluations = SeriesTable::default();
        self.structure = StructureHistory::default();
        self.histograms = HistogramHistory::default();
        self.classes = ClassHistory::default();
        self.since = Since::default();
    }

    /// Mean loss of the last `count` steps.
    pub fn recent_loss(&self, count: usize) -> Option<f64> {
        self.loss_at(u64::MAX, count)
    }

    /// Mean loss of the last `count` steps up to this one.
    pub fn loss_at(&self, step: u64, count: usize) -> Option<f64> {
        let losses = self.steps.series("loss");
        let losses = &losses[..self.steps.rows_to(step).min(losses.len())];
        let recent = &losses[losses.len().saturating_sub(count)..];
        (!recent.is_empty()).then(|| recent.iter().sum::<f64>() / recent.len() as f64)
    }

    /// Bytes in use, approximately.
    pub fn bytes(&self) -> usize {
        let past: usize = self.past.iter().map(|past| past.steps.bytes() + past.evaluations.bytes()).sum();
        past + self.structure.bytes()
            + self.histograms.bytes()
            + self.classes.bytes()
            + self.steps.bytes()
            + self.evaluations.bytes()
    }
}
