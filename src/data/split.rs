//! The split of an example: whether it is trained on, held out, or excluded.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    #[default]
    Train,
    Validation,
    Test,
    /// Excluded by hand: neither trained on nor measured.
    Dropped,
}

impl Split {
    pub fn name(self) -> &'static str {
        match self {
            Self::Train => "train",
            Self::Validation => "validation",
            Self::Test => "test",
            Self::Dropped => "dropped",
        }
    }

    pub fn parse(text: &str) -> Result<Self> {
        let all = [Self::Train, Self::Validation, Self::Test, Self::Dropped];
        let unknown = || Error::expected("split", "train, validation, test or dropped", text);
        all.into_iter().find(|split| split.name() == text).ok_or_else(unknown)
    }
}
