//! What training writes down: one point for each step, one for each evaluation, and events. Every chart reads it.

use serde::{Deserialize, Serialize};

use crate::metrics::Evaluation;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    /// Steps taken, this one included.
    pub step: u64,
    /// Epochs done after it, with the part of the running one.
    pub epoch: f64,
    /// Examples seen, over all epochs.
    pub examples: u64,
    /// Time spent training, evaluations included and pauses not.
    pub seconds: f64,
    /// Mean loss of its mini-batch.
    pub loss: f64,
    /// Share of its mini-batch whose class was named right.
    pub accuracy: Option<f32>,
    pub learning_rate: f32,
}

/// One evaluation on examples that are not learnt from.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvalPoint {
    pub step: u64,
    pub epoch: f64,
    pub examples: u64,
    pub seconds: f64,
    /// Mean training loss and accuracy since the last evaluation.
    pub train_loss: f64,
    pub train_accuracy: Option<f64>,
    pub evaluation: Evaluation,
}

/// Something that happened to the run, for people.
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
    /// Other data.
    Data,
    /// A new network, or another shape of it.
    Model,
    /// A setting changed while training.
    Setting,
    /// A change by hand.
    Edit,
    /// The learning rate was lowered, because the figures got no better.
    Plateau,
    /// A step was not applied, or the weights are earlier ones again.
    Rollback,
    /// The run went on from an earlier moment.
    Branch,
    /// All epochs done.
    Finished,
}

/// Grows by some 60 bytes a step; a million steps are 60 MB.
#[derive(Clone, Debug, Default)]
pub struct Recorder {
    points: Vec<Point>,
    checkpoints: Vec<EvalPoint>,
    events: Vec<Event>,
    next_event: u64,
    past: Vec<EarlierRun>,
    /// What was seen since the last evaluation.
    since: Since,
}

/// How far a run is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct RunPosition {
    pub step: u64,
    pub epoch: f64,
    pub examples: u64,
    pub seconds: f64,
}

/// Sums over the points since the last evaluation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Since {
    loss: f64,
    accuracy: f64,
    points: u64,
    /// Those of them that have an accuracy.
    classified: u64,
}

/// What an earlier run had written down.
#[derive(Clone, Debug, PartialEq)]
pub struct EarlierRun {
    pub points: Vec<Point>,
    pub checkpoints: Vec<EvalPoint>,
}

/// Earlier runs are forgotten beyond this many.
const MOST_PAST: usize = 5;
/// Older events are forgotten beyond this many.
const MOST_EVENTS: usize = 1000;
/// A slider that is dragged rests for fewer steps than this.
const STEPS_OF_ONE_DRAG: u64 = 50;

impl Recorder {
    pub fn points(&self) -> &[Point] {
        &self.points
    }

    pub fn evaluations(&self) -> &[EvalPoint] {
        &self.checkpoints
    }

    pub fn events(&self) -> &[Event] {
        &self.events
    }

    /// A step that was applied; one that was not leaves no point, its loss is no number.
    pub fn point(&mut self, point: Point) {
        self.points.push(point);
        self.since.loss += point.loss;
        self.since.accuracy += f64::from(point.accuracy.unwrap_or(0.0));
        self.since.points += 1;
        self.since.classified += u64::from(point.accuracy.is_some());
    }

    /// An evaluation at the end of an epoch.
    pub fn evaluation(&mut self, at: RunPosition, evaluation: Evaluation) {
        let since = std::mem::take(&mut self.since);
        let train_loss = since.loss / since.points.max(1) as f64;
        let train_accuracy = (0 < since.classified).then(|| since.accuracy / since.classified as f64);
        let RunPosition { step, epoch, examples, seconds } = at;
        self.checkpoints.push(EvalPoint { step, epoch, examples, seconds, train_loss, train_accuracy, evaluation });
    }

    pub fn event(&mut self, step: u64, kind: EventKind, text: impl Into<String>) {
        if self.events.len() == MOST_EVENTS {
            self.events.remove(0);
        }
        self.events.push(Event { id: self.next_event, step, kind, text: text.into() });
        self.next_event += 1;
    }

    /// A setting that went from one value to another while training. Changes of one setting that follow each other
    /// within a few steps, as when a slider is dragged, are one event.
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

    /// A change by hand; the steps of one drag are one event.
    pub fn edit(&mut self, step: u64, text: String, goes_on: bool) {
        match self.events.last_mut() {
            Some(last) if goes_on && last.kind == EventKind::Edit => (last.step, last.text) = (step, text),
            _ => self.event(step, EventKind::Edit, text),
        }
    }

    /// What was seen since the last evaluation.
    pub fn since(&self) -> Since {
        self.since
    }

    /// What an earlier run had written down.
    pub fn resume(&mut self, points: Vec<Point>, checkpoints: Vec<EvalPoint>, events: Vec<Event>, since: Since) {
        self.next_event = events.iter().map(|event| event.id + 1).max().unwrap_or(0);
        (self.points, self.checkpoints, self.events, self.since) = (points, checkpoints, events, since);
    }

    /// Earlier runs, the latest last.
    pub fn past(&self) -> &[EarlierRun] {
        &self.past
    }

    /// The run goes on from an earlier step; as it was it becomes an earlier run. Nothing was seen since the last
    /// evaluation then.
    pub fn branch(&mut self, step: u64) {
        self.remember();
        self.points.truncate(self.points.partition_point(|point| point.step <= step));
        self.checkpoints.truncate(self.checkpoints.partition_point(|point| point.step <= step));
        self.since = Since::default();
    }

    /// Keeps what is written down as an earlier run.
    fn remember(&mut self) {
        if self.points.is_empty() {
            return;
        }
        if self.past.len() == MOST_PAST {
            self.past.remove(0);
        }
        self.past.push(EarlierRun { points: self.points.clone(), checkpoints: self.checkpoints.clone() });
    }

    /// A new run: the curves start again, the events stay.
    pub fn restart(&mut self) {
        self.remember();
        self.points.clear();
        self.checkpoints.clear();
        self.since = Since::default();
    }

    /// Mean loss of the last `count` steps.
    pub fn recent_loss(&self, count: usize) -> Option<f64> {
        self.loss_at(u64::MAX, count)
    }

    /// Mean loss of the last `count` steps up to this one.
    pub fn loss_at(&self, step: u64, count: usize) -> Option<f64> {
        let points = &self.points[..self.points.partition_point(|point| point.step <= step)];
        let recent = &points[points.len().saturating_sub(count)..];
        (!recent.is_empty()).then(|| recent.iter().map(|point| point.loss).sum::<f64>() / recent.len() as f64)
    }

    /// Bytes that it takes, about.
    pub fn bytes(&self) -> usize {
        let of = |points: usize, evaluations: usize| points * size_of::<Point>() + evaluations * size_of::<EvalPoint>();
        let past: usize = self.past.iter().map(|past| of(past.points.len(), past.checkpoints.len())).sum();
        past + of(self.points.len(), self.checkpoints.len())
    }
}
