//! The viewed run as a folder that goes on in PyTorch: see [`python`].

use super::session::Session;
use crate::error::{Error, Result};
use crate::file::python::{self, PythonRun};

impl Session {
    /// Passes every file of the folder to `visit`, by name; a file may come in several parts. An evaluation that is under
    /// way is ended before, and the session has taken one more step behind: its loss is in the folder.
    ///
    /// # Errors
    /// PyTorch cannot go on with this learner, an image cannot be read, or `visit` fails.
    pub fn write_python(&mut self, visit: &mut dyn FnMut(&str, &[u8]) -> Result<()>) -> Result<()> {
        self.end_evaluations(&|| 0.0)?;
        let meta = self.run().model_view(&self.config).meta;
        let learner = self.run().supervised()?;
        let (network, trainer) = (learner.network(), learner.trainer());
        let run = PythonRun { network, trainer, meta: &meta, data: self.data.set() };
        python::write(run, &self.progress, visit)?;
        self.step_once(&|| 0.0)?;
        let steps = self.recorder().steps();
        let last =
            steps.len().checked_sub(1).and_then(|row| Some((steps.position(row).step, steps.value("loss", row)?)));
        let (step, loss) = last.ok_or_else(|| Error::expected("next step", "a finite loss", "another"))?;
        visit("check.json", &python::next_step(step, loss))
    }
}
