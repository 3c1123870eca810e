//! The model's own part of a folder for static hosts and Hugging Face Spaces: what is put beside the page.

use super::scores::Measurement;
use super::session::Session;
use super::site_card;
use crate::error::Result;

/// The model in the folder; the page opens it where the address says so.
const MODEL: &str = "model.safetensors";
/// The first page of the folder, which leads to the other with that address.
const START: &str = include_str!("start.html");

impl Session {
    /// A name for the model, in a few words.
    pub fn title(&self) -> String {
        format!("{}, {}", self.run().preset, self.data().name)
    }

    /// Passes the model, the first page and a card with the figures of `measured` to `visit`, by name. `licence` is that of the
    /// model, empty where its user has to choose one.
    ///
    /// # Errors
    /// `visit` fails, or the work was cancelled.
    pub fn write_site(
        &mut self,
        measured: Option<&Measurement>,
        licence: &str,
        visit: &mut dyn FnMut(&str, &[u8]) -> Result<()>,
    ) -> Result<()> {
        visit(MODEL, &self.model_file()?.to_bytes(self.progress())?)?;
        visit("start.html", START.replace("MODEL", MODEL).as_bytes())?;
        visit("README.md", site_card::card(self, measured, licence).as_bytes())
    }
}
