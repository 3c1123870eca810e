//! The failure of a command, and the result of one.

use neurarium::error::Error;

use super::output::Outcome;

pub enum Failure {
    /// There is no such command, or it takes other arguments.
    Usage { sentence: String, hint: String },
    /// What was given does not work.
    Mistake(Error),
}

pub type CommandResult = std::result::Result<Outcome, Failure>;

impl Failure {
    pub fn usage(sentence: &str, hint: &str) -> Self {
        Self::Usage { sentence: sentence.into(), hint: hint.into() }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Mistake(error)
    }
}
