//! Figures for how good a network is.
//!
//! Classifiers: [`Confusion`] counts predictions by label, [`Calibration`] holds confidence against correctness. Outputs that are images: [`psnr`], and [`ssim`], the similarity of
//! structure; for pairs beside them the PSNR of the input. Numbers: mean squared and absolute errors, and the share of the
//! variance that is explained. [`Evaluation`] averages over the examples, [`Interval`] is a 95 % interval.
//!
//! Networks from inside: [`LayerStatistics`] has a [`Histogram`] of each kind of numbers of a layer.

mod calibration;
mod confusion;
mod evaluation;
mod histogram;
mod interval;
mod layer_statistics;
mod psnr;
mod ssim;

pub use calibration::{Calibration, CalibrationBin};
pub use confusion::{ClassScore, Confusion};
pub use evaluation::{Evaluation, Prediction, Scored, largest};
pub use histogram::Histogram;
pub use interval::Interval;
pub use layer_statistics::{LayerQuantity, LayerStatistics};
pub use psnr::psnr;
pub use ssim::ssim;
