//! Training a run: one step, or one slice of the evaluation at the end of an epoch, and what follows from the figures.

use super::growth::Growth;
use super::learner::Learner;
use super::run::Run;
use super::shift::sudden_shift;
use super::structure;
use crate::config::Config;
use crate::data::letters::ALONE;
use crate::data::{Dataset, Split};
use crate::error::Result;
use crate::metrics::{Evaluation, Scored};
use crate::progress::Progress;
use crate::recorder::{ClassAnswer, ClassFrame, EventKind, HistogramFrame, Point, RunPosition};
use crate::train::{Alarm, BestEpoch, EpochVerdict, Evaluator, StepReport, TrainerPosition, calibration};
use crate::words::{counted, rate, thousands};

/// The end of a run by the key `max-minutes`.
pub const OUT_OF_TIME: &str = "the time of max-minutes is over";

/// The outcome of a slice.
#[derive(Default)]
pub struct Slice {
    /// Whether an epoch has ended, including its evaluation.
    pub ends_epoch: bool,
    /// The scores of the held-out examples, once their evaluation is complete.
    pub scored: Option<Vec<Scored>>,
}

impl Run {
    /// Runs the next slice: one step, or one slice of an evaluation. `clock` is in milliseconds. A transfer schedule
    /// may lower the learning rate in `config`. A network for letters learns from its `partner`.
    pub fn advance(
        &mut self,
        config: &mut Config,
        data: &Dataset,
        clock: &dyn Fn() -> f64,
        partner: Option<&Run>,
    ) -> Result<Slice> {
        let slice = if self.evaluator.is_some() {
            self.evaluate_slice(config, data, clock)?
        } else {
            self.train_step(config, data, clock, partner)?
        };
        // An evaluation that has begun is ended.
        if self.evaluator.is_none() && self.finished.is_none() {
            let reason = self.out_of_time(config);
            self.finish(reason);
        }
        Ok(slice)
    }

    /// Why training has ended, if its time is over.
    pub fn out_of_time(&self, config: &Config) -> Option<String> {
        config.most_milliseconds().filter(|&most| most <= self.timing.total).map(|_| OUT_OF_TIME.to_string())
    }

    fn finish(&mut self, reason: Option<String>) {
        if let Some(text) = reason {
            self.recorder.event(self.step(), EventKind::Finished, text.clone());
            self.finished = Some(text);
            // They are allocated again where training goes on.
            self.learner.release_buffers();
        }
    }

    fn evaluate_slice(&mut self, config: &mut Config, data: &Dataset, clock: &dyn Fn() -> f64) -> Result<Slice> {
        let begin = clock();
        let Some(mut evaluator) = self.evaluator.take() else { return Ok(Slice::default()) };
        self.learner.evaluate_some(&mut evaluator, data);
        data.check_read()?;
        self.timing.spend(clock() - begin);
        if !evaluator.is_done() {
            self.evaluator = Some(evaluator);
            return Ok(Slice::default());
        }
        self.end_epoch(config, Some(evaluator.result(data)));
        let scored = evaluator.into_scored();
        self.record_classes(&scored, data);
        Ok(Slice { ends_epoch: true, scored: Some(scored) })
    }

    fn train_step(
        &mut self,
        config: &mut Config,
        data: &Dataset,
        clock: &dyn Fn() -> f64,
        partner: Option<&Run>,
    ) -> Result<Slice> {
        let begin = clock();
        self.branch(data);
        self.check_can_train(data)?;
        self.place_stem(config, data);
        if let Some(slice) = self.fit_head_slice(config, data, clock)? {
            return Ok(slice);
        }
        if self.step() == 0 && self.supervised().is_ok() {
            // The way back from a rate that is too high from the first step on.
            self.policy.guard.sound = self.learner.snapshot(&Progress::default()).ok();
        }
        let cost = self.timing.cost.milliseconds_per_edge();
        if let Ok(learner) = self.supervised_mut() {
            learner.trainer_mut().0.config.structure.pressure.milliseconds_per_edge = cost as f32;
        }
        self.observe_when_due();
        let (report, mut further) = self.learner.step(data, partner.map(|partner| &partner.learner))?;
        further.extend(partner.into_iter().flat_map(Run::latest_losses));
        let milliseconds = clock() - begin;
        self.timing.step(milliseconds, report.examples);
        if let Some(structure) = &report.structure {
            self.timing.cost.note(structure.edges, milliseconds);
        }
        self.record(&report, &further);
        self.guard_step(&report, config);
        self.report_growth(data);
        if !report.ends_epoch {
            return Ok(Slice::default());
        }
        Ok(self.measure_epoch(config, data))
    }

    /// Begins the evaluation at the end of an epoch; without held-out examples the epoch ends at once.
    pub(super) fn measure_epoch(&mut self, config: &mut Config, data: &Dataset) -> Slice {
        let held_out = self.measured(config, data);
        if held_out.is_empty() {
            self.end_epoch(config, None);
            return Slice { ends_epoch: true, scored: None };
        }
        self.evaluator = Some(Evaluator::new(held_out));
        Slice::default()
    }

    /// The examples of a split that it is trained or evaluated on: for letters those of one case.
    pub fn examples(&self, data: &Dataset, split: Split) -> Vec<u32> {
        let mut examples = data.indices(split);
        let task = self.objective().task;
        if task.partner().is_some() && data.is_of_letters() {
            let partners = data.partners();
            let is_read = |example: usize| partners[example] != ALONE && task.reads(data.labels[example]);
            examples.retain(|&example| is_read(example as usize));
        }
        examples
    }

    /// Its latest losses, by the names under which its partner records them.
    fn latest_losses(&self) -> Vec<(&'static str, f64)> {
        let steps = self.recorder.steps();
        let names = [("partner_loss", "loss"), ("partner_inversion_loss", "inversion_loss")];
        let value = |name: &str| steps.value(name, steps.len().checked_sub(1)?);
        names.iter().filter_map(|&(name, own)| Some((name, value(own)?))).collect()
    }

    pub(super) fn record(&mut self, report: &StepReport, further: &[(&str, f64)]) {
        if report.applied {
            let RunPosition { step, epoch, examples, seconds } = self.position();
            let &StepReport { loss, accuracy, learning_rate, .. } = report;
            self.record_structure(report);
            self.record_histograms();
            self.recorder.point(Point { step, epoch, examples, seconds, loss, accuracy, learning_rate }, further);
            return;
        }
        let text = format!(
            "Step {} was skipped, because its loss or gradient was not finite; the learning rate is now {}",
            self.step(),
            self.learner.learning_rate()
        );
        self.recorder.event(self.step(), EventKind::Rollback, text);
    }

    /// Lets the next step gather the statistics of the layers where a frame of them is due.
    fn observe_when_due(&mut self) {
        let (step, histograms) = (self.step() + 1, self.recorder.histograms());
        if let Learner::Network(learner) = &mut self.learner {
            let trainer = learner.trainer_mut().0;
            trainer.observe(histograms.is_due(step, trainer.ends_epoch_next()));
        }
    }

    fn record_histograms(&mut self) {
        let Learner::Network(learner) = &mut self.learner else { return };
        let Some(layers) = learner.trainer_mut().0.take_observed() else { return };
        let RunPosition { step, epoch, .. } = self.position();
        self.recorder.histograms_mut().push(HistogramFrame { step, epoch, layers });
    }

    /// Keeps the answers of a classifier about the held-out examples.
    fn record_classes(&mut self, scored: &[Scored], data: &Dataset) {
        if usize::from(u16::MAX) < data.classes.len() {
            return;
        }
        let answer = |one: &Scored| {
            let (&label, predicted) = (data.labels.get(one.example as usize)?, one.predicted()?);
            Some(ClassAnswer { example: one.example, label: label as u16, predicted: predicted as u16 })
        };
        let answers: Vec<ClassAnswer> = scored.iter().filter_map(answer).collect();
        if !answers.is_empty() {
            let frame = ClassFrame::new(self.position(), answers, calibration(scored, data));
            self.recorder.classes_mut().push(frame);
        }
    }

    /// Keeps a frame of the edges when one is due, and reports outputs that would have been cut off.
    fn record_structure(&mut self, report: &StepReport) {
        let Some(structure) = report.structure else { return };
        let step = self.step();
        if self.recorder.structure().is_due(step) {
            let cells = structure::cells(self.network());
            self.recorder.structure_mut().push(step, &cells);
            if let Some(text) = sudden_shift(self.recorder.structure(), self.recorder.steps()) {
                self.recorder.event(step, EventKind::Structure, text);
            }
        }
        let rows = self.recorder.steps().len();
        let before = rows.checked_sub(1).and_then(|row| self.recorder.steps().value("kept", row)).unwrap_or(0.0);
        if before == 0.0 && 0 < structure.kept {
            let text = format!(
                "{} would have been cut off from the inputs and kept the strongest connection",
                counted(structure.kept, "output")
            );
            self.recorder.event(step, EventKind::Structure, text);
        }
    }

    /// Reports how many neurons live that came by surgery some time ago.
    fn report_growth(&mut self, data: &Dataset) {
        let step = self.step();
        let due: Vec<Growth> = self.growths.extract_if(.., |growth| growth.is_due(step)).collect();
        let texts: Vec<String> = due.iter().filter_map(|growth| growth.report(self.network(), data)).collect();
        for text in texts {
            self.recorder.event(step, EventKind::Structure, text);
        }
    }

    /// Checks the loss after a step. If losses jump, restores the last sound state at half the learning rate.
    fn guard_step(&mut self, report: &StepReport, config: &Config) {
        if self.supervised().is_err() {
            return; // nothing else can diverge
        }
        let loss = report.applied.then_some(report.loss);
        let why = match self.policy.guard.monitor.look(loss, config.spike_factor()) {
            Alarm::None => return,
            Alarm::Keep => {
                self.policy.guard.sound = self.learner.snapshot(&Progress::default()).ok();
                return;
            }
            Alarm::Spike { lowest, before } => {
                let before = if before < 1e-3 { format!("{before:.1e}") } else { format!("{before:.4}") };
                format!("the loss rose from {before} to at least {lowest:.4}")
            }
            Alarm::Refused { steps } => format!("{steps} steps in a row had no finite loss"),
        };
        let Some(sound) = self.policy.guard.sound.take() else { return };
        self.learner.restore(&sound);
        if let Ok(learner) = self.supervised_mut() {
            learner.trainer_mut().0.rate_factor *= 0.5;
        }
        let now = self.learner.learning_rate();
        self.policy.guard.monitor.rolled_back();
        let text = format!(
            "Training diverged ({why}); went back to step {} and halved the learning rate to {}",
            thousands(sound.position.step as usize),
            rate(now.into())
        );
        self.policy.guard.sound = Some(sound);
        self.recorder.event(self.step(), EventKind::Rollback, text);
    }

    fn end_epoch(&mut self, config: &mut Config, evaluation: Option<Evaluation>) {
        self.timing.end_epoch();
        if let Some(evaluation) = evaluation {
            self.recorder.evaluation(self.position(), evaluation);
        }
        self.next_stage(config);
        let mut reason = self.assess_epoch(config);
        if reason.is_none() && self.learner.is_finished() {
            let mut text = match self.learner.position().epoch {
                1 => "the one epoch is done".to_string(),
                epochs => format!("all {epochs} epochs are done"),
            };
            if let Some(kept) = self.return_to_best(config) {
                text += &format!("; {kept}");
            }
            reason = Some(text);
        }
        if reason.is_none() {
            self.thaw(config);
        }
        self.finish(reason);
    }

    /// Assesses the epoch that has just been evaluated, and keeps its snapshot. Returns why training has ended, if it
    /// has.
    fn assess_epoch(&mut self, config: &Config) -> Option<String> {
        let TrainerPosition { step, epoch, .. } = self.learner.position();
        let Self { snapshots, learner, .. } = self;
        let snapshot = || learner.snapshot(&Progress::default());
        snapshots.keep(step, learner.snapshot_bytes(), config.kept_moments(), snapshot);
        let (name, figure) = self.monitored(config)?;
        match self.policy.early_stopping.assess(BestEpoch { figure, step, epoch }, &config.patience_rules()) {
            EpochVerdict::Better => self.policy.best = Some(self.learner.weights()),
            EpochVerdict::Worse => {}
            EpochVerdict::Plateau => self.lower_rate(name, config),
            EpochVerdict::Stop if self.has_stages_to_come(config) => {}
            EpochVerdict::Stop => return Some(self.stop_early(name, config)),
        }
        None
    }

    /// The monitored figure of this epoch, if it was measured; the training loss if nothing is held out.
    fn monitored(&self, config: &Config) -> Option<(&'static str, f64)> {
        let last = self.recorder.last_evaluation().filter(|last| last.step == self.step());
        let train_loss = || Some(("loss", self.recent_loss()?));
        let Some(last) = last else { return train_loss() };
        match config.monitor() {
            "loss" => train_loss(),
            "accuracy" => Some(("accuracy", last.evaluation.accuracy?)),
            "psnr" => Some(("psnr", last.evaluation.psnr?)),
            _ => Some(("val_loss", last.evaluation.loss)),
        }
    }

    fn lower_rate(&mut self, name: &str, config: &Config) {
        let Ok(learner) = self.supervised_mut() else { return };
        let (trainer, _) = learner.trainer_mut();
        let before = trainer.learning_rate();
        // The factor at which the current rate, which includes the schedule so far, equals the least rate.
        let least = config.plateau_least() / before * trainer.rate_factor;
        let factor = (trainer.rate_factor * config.plateau_factor()).max(least);
        if trainer.rate_factor <= factor || !factor.is_finite() {
            return;
        }
        trainer.rate_factor = factor;
        let now = trainer.learning_rate();
        let epochs = counted_epochs(config.patience_rules().plateau);
        let text = format!(
            "{name} did not improve for {epochs}: learning rate lowered from {} to {}",
            rate(before.into()),
            rate(now.into())
        );
        self.recorder.event(self.step(), EventKind::Plateau, text);
    }

    fn stop_early(&mut self, name: &str, config: &Config) -> String {
        let mut text = format!("{name} did not improve for {}", counted_epochs(config.patience_rules().stop));
        if config.restores_best()
            && let Some(best) = self.best()
        {
            self.restore_best();
            text += &format!("; restored the weights of epoch {} ({name} {:.4})", best.epoch, best.figure);
        }
        text
    }

    /// Takes over the weights of the best epoch.
    pub(super) fn restore_best(&mut self) {
        if let Some(weights) = &self.policy.best {
            self.learner.set_weights(weights);
            self.policy.guard = Default::default();
        }
    }
}

fn counted_epochs(epochs: u64) -> String {
    if epochs == 1 { "one epoch".into() } else { format!("{epochs} epochs") }
}
