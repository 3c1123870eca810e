//! The points of gradient training: one for each step and one for each evaluation, as rows of named series.

use super::series_table::{RunPosition, SeriesTable};
use crate::metrics::Evaluation;

/// One step.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Point {
    /// Steps taken, including this one.
    pub step: u64,
    /// Epochs done after it, including the fraction of the current one.
    pub epoch: f64,
    /// Examples seen, over all epochs.
    pub examples: u64,
    /// Seconds of training, with evaluations and without pauses.
    pub seconds: f64,
    /// Mean loss of its mini-batch.
    pub loss: f64,
    /// Share of its mini-batch classified correctly.
    pub accuracy: Option<f32>,
    pub learning_rate: f32,
}

/// One evaluation on held-out examples.
#[derive(Clone, Copy, Debug, PartialEq)]
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

fn or_nan(value: Option<f64>) -> f64 {
    value.unwrap_or(f64::NAN)
}

impl Point {
    pub fn position(&self) -> RunPosition {
        let Self { step, epoch, examples, seconds, .. } = *self;
        RunPosition { step, epoch, examples, seconds }
    }

    /// Its values by name.
    pub fn values(&self) -> [(&'static str, f64); 3] {
        let accuracy = or_nan(self.accuracy.map(f64::from));
        [("loss", self.loss), ("accuracy", accuracy), ("learning_rate", self.learning_rate.into())]
    }

    /// Reads the point of a row; NaN stands for what was not recorded.
    pub fn of(steps: &SeriesTable, row: usize) -> Self {
        let RunPosition { step, epoch, examples, seconds } = steps.position(row);
        let value = |name| steps.value(name, row);
        Self {
            step,
            epoch,
            examples,
            seconds,
            loss: or_nan(value("loss")),
            accuracy: value("accuracy").map(|accuracy| accuracy as f32),
            learning_rate: or_nan(value("learning_rate")) as f32,
        }
    }
}

impl EvalPoint {
    /// Its values by name.
    pub fn values(&self) -> [(&'static str, f64); 12] {
        let Evaluation { examples, loss, accuracy, f1, psnr, ssim, identity, mse, mae, r2 } = self.evaluation;
        [
            ("train_loss", self.train_loss),
            ("train_accuracy", or_nan(self.train_accuracy)),
            ("val_examples", examples as f64),
            ("val_loss", loss),
            ("val_accuracy", or_nan(accuracy)),
            ("val_f1", or_nan(f1)),
            ("val_psnr", or_nan(psnr)),
            ("val_ssim", or_nan(ssim)),
            ("val_identity", or_nan(identity)),
            ("val_mse", or_nan(mse)),
            ("val_mae", or_nan(mae)),
            ("val_r2", or_nan(r2)),
        ]
    }

    /// Reads the point of a row; NaN stands for what was not recorded.
    pub fn of(evaluations: &SeriesTable, row: usize) -> Self {
        let RunPosition { step, epoch, examples, seconds } = evaluations.position(row);
        let value = |name| evaluations.value(name, row);
        Self {
            step,
            epoch,
            examples,
            seconds,
            train_loss: or_nan(value("train_loss")),
            train_accuracy: value("train_accuracy"),
            evaluation: Evaluation {
                examples: value("val_examples").unwrap_or(0.0) as usize,
                loss: or_nan(value("val_loss")),
                accuracy: value("val_accuracy"),
                f1: value("val_f1"),
                psnr: value("val_psnr"),
                ssim: value("val_ssim"),
                identity: value("val_identity"),
                mse: value("val_mse"),
                mae: value("val_mae"),
                r2: value("val_r2"),
            },
        }
    }
}
