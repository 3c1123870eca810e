//! Looking into what a network has learnt: reads values and never writes a parameter.

pub mod pca;

pub use pca::{Pca, Solver};
