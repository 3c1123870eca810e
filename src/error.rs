//! One wording for one kind of mistake: who, what was expected, what came.
//!
//! Every message is one sentence without a full stop, fit to be shown to a person as it is.

use std::fmt;

/// A mistake that came from outside: a file, a drop, a setting, a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

pub type Result<T> = std::result::Result<T, Error>;

/// What somebody asked to end.
const CANCELLED: &str = "cancelled";

impl Error {
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// `dense1: expected 784 inputs, got 768`.
    pub fn expected(who: impl fmt::Display, expected: impl fmt::Display, got: impl fmt::Display) -> Self {
        Self(format!("{who}: expected {expected}, got {got}"))
    }

    /// Work that ended because somebody asked for it: no mistake, but the work is not done either.
    pub fn cancelled() -> Self {
        Self(CANCELLED.into())
    }

    pub fn is_cancelled(&self) -> bool {
        self.0 == CANCELLED
    }

    /// The same mistake, told with the name of the file or part it happened in; work that was cancelled is no mistake
    /// of any part.
    pub fn within(self, who: impl fmt::Display) -> Self {
        if self.is_cancelled() { self } else { Self(format!("{who}: {}", self.0)) }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Error {}
