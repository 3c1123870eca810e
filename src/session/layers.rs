//! The layers of a session's network as text.

use super::run::{Draft, architecture};
use super::session::Session;
use crate::error::Result;

impl Session {
    /// The network as text.
    pub fn draft(&self) -> Result<String> {
        architecture::print(self.run().supervised()?.network(), &self.data)
    }

    /// A preset as text, for these data.
    pub fn draft_of(&self, name: &str) -> Result<String> {
        architecture::print_preset(name, &self.config, &self.data)
    }

    /// Checks a text and reports what it would become.
    pub fn check_draft(&self, text: &str) -> Draft {
        architecture::check(text, &self.data)
    }
}
