//! Stamps of the parts of a learner.

use crate::session::stamp::Stamp;

/// Stamps of the structure, of the parameters (with pins and holds), and of the objective.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LearnerStamps {
    pub structure: Stamp,
    pub theta: Stamp,
    /// Parameters written by anything but a step of training.
    pub written: Stamp,
    pub objective: Stamp,
}

impl LearnerStamps {
    /// Stamps of a learner that has just been made.
    pub fn next() -> Self {
        Self { structure: Stamp::next(), theta: Stamp::next(), written: Stamp::next(), objective: Stamp::next() }
    }
}
