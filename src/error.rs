//! One wording for each kind of error: who, what was expected, what came.
//!
//! Every message is one sentence without a full stop, ready to be shown to users.

use std::fmt;

/// An error in something from outside: a file, a drop, a setting, a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(String);

pub type Result<T> = std::result::Result<T, Error>;

/// The message of cancelled work.
const CANCELLED: &str = "cancelled";

impl Error {
    pub fn new(sentence: impl Into<String>) -> Self {
        Self(sentence.into())
    }

    /// `dense1: expected 784 inputs, got 768`.
    pub fn expected(who: impl fmt::Display, expected: impl fmt::Display, got: impl fmt::Display) -> Self {
        Self(format!("{who}: expected {expected}, got {got}"))
    }

    /// Cancelled work: not an error, but not done either.
    pub fn cancelled() -> Self {
        Self(CANCELLED.into())
    }

    pub fn is_cancelled(&self) -> bool {
        self.0 == CANCELLED
    }

    /// Adds the name of the file or part in which the error occurred; cancelled work stays as it is.
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
