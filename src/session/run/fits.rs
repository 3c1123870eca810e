//! Whether network and data belong together.

use super::run::Run;
use crate::data::{Dataset, Split};
use crate::error::{Error, Result};

impl Run {
    /// Whether there is something to learn from, and it fits.
    pub fn check_can_train(&self, data: &Dataset) -> Result<()> {
        if data.count(Split::Train) == 0 {
            return Err(Error::expected(&data.name, "at least one training image", "none"));
        }
        self.check_fits(data)
    }

    /// Whether the network can be evaluated on the data.
    pub fn check_fits(&self, data: &Dataset) -> Result<()> {
        if self.objective().loss.classifies() && data.classes != self.classes {
            return Err(Error::expected(
                &data.name,
                format!("the classes that the model names ({})", abridged(&self.classes)),
                format!("{}; a new head, such as dense, tells these apart", abridged(&data.classes)),
            ));
        }
        if data.shape != self.network().input() {
            return Err(Error::expected(&data.name, format!("images of {}", self.network().input()), data.shape));
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
