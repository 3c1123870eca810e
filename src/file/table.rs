//! The record of training as tables with named columns, for checkpoints and history files.
//!
//! A number that was not measured is NaN.

use crate::error::{Error, Result};
use crate::metrics::Evaluation;
use crate::recorder::{EvalPoint, Point};

/// A row of a table.
pub trait Row: Sized {
    const COLUMNS: &'static [&'static str];

    /// The numbers, in the order of the columns.
    fn cells(&self) -> Vec<f64>;

    /// The row with these numbers by name; `cell` returns NaN for a missing column.
    fn of(cell: &dyn Fn(&str) -> f64) -> Self;
}

impl Row for Point {
    const COLUMNS: &'static [&'static str] =
        &["step", "epoch", "examples", "seconds", "loss", "accuracy", "learning_rate"];

    fn cells(&self) -> Vec<f64> {
        let Self { step, epoch, examples, seconds, loss, accuracy, learning_rate } = *self;
        vec![
            step as f64,
            epoch,
            examples as f64,
            seconds,
            loss,
            accuracy.map_or(f64::NAN, f64::from),
            learning_rate.into(),
        ]
    }

    fn of(cell: &dyn Fn(&str) -> f64) -> Self {
        Self {
            step: cell("step") as u64,
            epoch: cell("epoch"),
            examples: cell("examples") as u64,
            seconds: cell("seconds"),
            loss: cell("loss"),
            accuracy: known(cell("accuracy")).map(|accuracy| accuracy as f32),
            learning_rate: cell("learning_rate") as f32,
        }
    }
}

impl Row for EvalPoint {
    const COLUMNS: &'static [&'static str] = &[
        "step",
        "epoch",
        "examples",
        "seconds",
        "train_loss",
        "train_accuracy",
        "val_examples",
        "val_loss",
        "val_accuracy",
        "val_f1",
        "val_psnr",
        "val_ssim",
    ];

    fn cells(&self) -> Vec<f64> {
        let Self { step, epoch, examples, seconds, train_loss, train_accuracy, evaluation } = *self;
        let or_none = |value: Option<f64>| value.unwrap_or(f64::NAN);
        vec![
            step as f64,
            epoch,
            examples as f64,
            seconds,
            train_loss,
            or_none(train_accuracy),
            evaluation.examples as f64,
            evaluation.loss,
            or_none(evaluation.accuracy),
            or_none(evaluation.f1),
            or_none(evaluation.psnr),
            or_none(evaluation.ssim),
        ]
    }

    fn of(cell: &dyn Fn(&str) -> f64) -> Self {
        Self {
            step: cell("step") as u64,
            epoch: cell("epoch"),
            examples: cell("examples") as u64,
            seconds: cell("seconds"),
            train_loss: cell("train_loss"),
            train_accuracy: known(cell("train_accuracy")),
            evaluation: Evaluation {
                examples: cell("val_examples") as usize,
                loss: cell("val_loss"),
                accuracy: known(cell("val_accuracy")),
                f1: known(cell("val_f1")),
                psnr: known(cell("val_psnr")),
                ssim: known(cell("val_ssim")),
            },
        }
    }
}

fn known(value: f64) -> Option<f64> {
    Some(value).filter(|value| !value.is_nan())
}

#[derive(Clone, Debug, PartialEq)]
pub struct Table {
    pub columns: Vec<String>,
    /// `[columns, rows]`.
    pub cells: Vec<f64>,
}

impl Table {
    pub fn of<R: Row>(rows: &[R]) -> Self {
        let mut cells = vec![0.0; R::COLUMNS.len() * rows.len()];
        for (index, row) in rows.iter().enumerate() {
            for (column, cell) in row.cells().into_iter().enumerate() {
                cells[column * rows.len() + index] = cell;
            }
        }
        Self { columns: R::COLUMNS.iter().map(|name| name.to_string()).collect(), cells }
    }

    pub fn len(&self) -> usize {
        self.cells.len() / self.columns.len().max(1)
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn cell(&self, column: usize, row: usize) -> f64 {
        self.cells[column * self.len() + row]
    }

    /// The rows of a table from outside.
    ///
    /// # Errors
    /// The columns differ in length.
    pub fn rows<R: Row>(&self) -> Result<Vec<R>> {
        if self.cells.len() != self.columns.len() * self.len() || (self.columns.is_empty() && !self.cells.is_empty()) {
            return Err(Error::expected("table", format!("{} equal columns", self.columns.len()), self.cells.len()));
        }
        let place = |name: &str| self.columns.iter().position(|column| column == name);
        let places: Vec<(&str, Option<usize>)> = R::COLUMNS.iter().map(|&name| (name, place(name))).collect();
        let row = |row: usize| {
            R::of(&|name| {
                let column = places.iter().find(|(column, _)| *column == name).and_then(|(_, column)| *column);
                column.map_or(f64::NAN, |column| self.cell(column, row))
            })
        };
        Ok((0..self.len()).map(row).collect())
    }
}
