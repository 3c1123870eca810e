//! Whether network and data belong together.

use super::Session;
use crate::data::Split;
use crate::error::{Error, Result};

impl Session {
    pub(super) fn check_can_train(&self) -> Result<()> {
        if self.data.count(Split::Train) == 0 {
            return Err(Error::expected(&self.data.name, "at least one training image", "none"));
        }
        self.fits()
    }

    /// Whether the network can be measured on the data.
    pub(super) fn fits(&self) -> Result<()> {
        if self.objective.loss.classifies() && self.data.classes != self.classes {
            return Err(Error::expected(
                &self.data.name,
                format!("the classes that the model names ({})", abridged(&self.classes)),
                format!("{}; a new head, such as dense, tells these apart", abridged(&self.data.classes)),
            ));
        }
        if self.data.shape != self.network.input() {
            return Err(Error::expected(
                &self.data.name,
                format!("images of {}", self.network.input()),
                self.data.shape,
            ));
        }
        Ok(())
    }
}

/// The first few names of a list.
fn abridged(names: &[String]) -> String {
    match names {
        [] => "none".into(),
        names if names.len() <= 5 => names.join(", "),
        names => format!("{}, ... ({} in all)", names[..5].join(", "), names.len()),
    }
}
