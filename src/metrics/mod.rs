//! Figures for how good a network is.
//!
//! Classifiers: [`Confusion`] counts predictions by label. Outputs that are images: [`psnr`], and [`ssim`], the similarity of
//! structure; for pairs beside them the PSNR of the input. Numbers: mean squared and absolute errors, and the share of the
//! variance that is explained. [`Evaluation`] averages over the examples, [`Interval`] is a 95 % interval.

mod confusion;
mod evaluation;
mod interval;
mod psnr;
mod ssim;

pub use confusion::{ClassScore, Confusion};
pub use evaluation::{Evaluation, Prediction, Scored, largest};
pub use interval::Interval;
pub use psnr::psnr;
pub use ssim::ssim;
