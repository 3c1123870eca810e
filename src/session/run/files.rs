//! A run as a file: a model (the weights that are shown, and what is known about them) or a checkpoint (the whole run).

use super::learner::Learner;
use super::run::Run;
use super::snapshots::SnapshotState;
use crate::columns::ColumnState;
use crate::config::Config;
use crate::file::saved_run::{ColumnCourse, RunState, RunView, Weights};
use crate::file::{ColumnsView, ModelMeta, ModelView, MomentsView, Preprocessing, Training};
use crate::network::Task;
use crate::optim::Optim;
use crate::session::data::Data;

/// Most steps in the mean of the shown loss.
const RECENT: usize = 50;

/// What a file is to hold of a learner.
enum WeightsView<'a> {
    Network(&'a [f32], Option<MomentsView<'a>>),
    Columns(Box<ColumnState>),
}

impl Run {
    /// Mean training loss over the last steps, or the one from an opened model file.
    pub fn recent_loss(&self) -> Option<f64> {
        self.loss_at(self.step())
    }

    /// As [`Run::recent_loss`], up to a step.
    fn loss_at(&self, step: u64) -> Option<f64> {
        let count = RECENT.min(self.learner.steps_per_epoch());
        self.recorder.loss_at(step, count).or(self.earlier.loss)
    }

    /// The model as it is shown: while looking back, the earlier state with its own figures.
    pub fn model_view(&self, config: &Config) -> ModelView<'_> {
        self.view_of(config, self.weights(), self.training(self.shown_step()))
    }

    /// The whole run at its latest state, even while looking back; `journal` holds its edits.
    pub fn checkpoint_view(&self, config: &Config, data: &Data, journal: String) -> ModelView<'_> {
        let (structure_index, structure) = self.recorder.structure().packed();
        let run = RunView {
            state: RunState {
                position: self.learner.position(),
                patience: self.policy.early_stopping,
                since: self.recorder.since(),
                evaluating: self.evaluator.is_some(),
                finished: self.finished.clone(),
                epochs: self.learner.epochs(),
                data: data.mark(),
                milliseconds: self.timing.total,
                events: self.recorder.events().to_vec(),
                overrides: data.overrides.clone(),
                journal,
                point_columns: self.recorder.steps().names().to_vec(),
                epoch_columns: self.recorder.evaluation_series().names().to_vec(),
                structure: (!self.recorder.structure().is_empty()).then_some(structure_index),
                best_columns: match &self.policy.best {
                    Some(Weights::Columns(state)) => Some(ColumnCourse::from(&**state)),
                    Some(Weights::Network(_)) | None => None,
                },
            },
            steps: self.recorder.steps(),
            evaluations: self.recorder.evaluation_series(),
            best: self.policy.best.as_ref(),
            structure,
            histograms: self.recorder.histograms().packed(),
            classes: self.recorder.classes().packed(),
        };
        let weights = match self.snapshots.latest().map(|latest| &latest.state) {
            Some(SnapshotState::Network { theta, m, v, t }) => {
                WeightsView::Network(theta, Some(MomentsView { m, v, t: *t }))
            }
            Some(SnapshotState::Columns(state)) => WeightsView::Columns(state.clone()),
            None => self.weights(),
        };
        ModelView { run: Some(run), ..self.view_of(config, weights, self.training(self.step())) }
    }

    /// The weights of the best epoch so far, with its figures.
    pub fn best_view(&self, config: &Config) -> Option<ModelView<'_>> {
        let weights = match self.policy.best.as_ref()? {
            Weights::Network(theta) => WeightsView::Network(theta, None),
            Weights::Columns(state) => WeightsView::Columns(state.clone()),
        };
        let mut model = self.view_of(config, weights, self.training(self.shown_step()));
        let best = self.best()?;
        let found = self.recorder.evaluation_at(best.step).filter(|found| found.step == best.step);
        let training = &mut model.meta.training;
        (training.steps, training.epochs) = (best.step, best.epoch as f64);
        if let Some(found) = found {
            training.loss = Some(found.train_loss);
            training.val_loss = Some(found.evaluation.loss);
            let figures = found.evaluation;
            (training.accuracy, training.psnr, training.mse) = (figures.accuracy, figures.psnr, figures.mse);
        }
        Some(model)
    }

    /// What is learnt now.
    fn weights(&self) -> WeightsView<'_> {
        match &self.learner {
            Learner::Network(learner) => {
                let Optim { m, v, t, .. } = &learner.trainer().optim;
                WeightsView::Network(&learner.network().theta, Some(MomentsView { m, v, t: *t }))
            }
            Learner::Columns(learner) => WeightsView::Columns(Box::new(learner.state())),
        }
    }

    fn view_of<'a>(&'a self, config: &Config, weights: WeightsView<'a>, training: Training) -> ModelView<'a> {
        let (shape, objective) = (self.network().input(), self.objective());
        let (theta, moments, columns) = match (weights, &self.learner) {
            (WeightsView::Network(theta, moments), _) => (theta, moments, None),
            (WeightsView::Columns(state), Learner::Columns(learner)) => {
                let (sizes, rule) = (learner.columns().sizes(), learner.columns().rule());
                (&[][..], None, Some(ColumnsView { sizes, rule, state: *state }))
            }
            (WeightsView::Columns(_), Learner::Network(_)) => (&self.network().theta[..], None, None),
        };
        ModelView {
            network: self.network(),
            theta,
            columns,
            meta: ModelMeta {
                preset: self.preset.clone(),
                task: objective.task,
                loss: objective.loss,
                classes: match objective.task {
                    Task::Classifier | Task::Regressor => self.classes.clone(),
                    _ => Vec::new(),
                },
                preprocessing: Preprocessing {
                    width: shape.width,
                    height: shape.height,
                    channels: shape.channels,
                    resize: config.resize().into(),
                    background: config.background(),
                },
                settings: config.recipe(),
                training,
            },
            moments,
            run: None,
            partner: None,
        }
    }

    /// The state of training at a step: the latest step, or that of the snapshot that is shown.
    fn training(&self, step: u64) -> Training {
        let latest = self.learner.position();
        let position = self.snapshots.shown().map(|shown| shown.position).filter(|position| position.step == step);
        let position = position.unwrap_or(latest);
        let last = self.recorder.evaluation_at(step);
        let evaluation = last.map(|found| found.evaluation);
        Training {
            steps: position.step,
            epochs: self.learner.epochs_at(position),
            examples: position.examples_seen,
            loss: self.loss_at(step),
            val_loss: evaluation.map(|found| found.loss).or(self.earlier.val_loss),
            accuracy: evaluation.and_then(|found| found.accuracy).or(self.earlier.accuracy),
            psnr: evaluation.and_then(|found| found.psnr).or(self.earlier.psnr),
            mse: evaluation.and_then(|found| found.mse).or(self.earlier.mse),
        }
    }
}
