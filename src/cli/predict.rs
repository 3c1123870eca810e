//! `neurarium predict`: what a saved model says about every image of a folder, as a table.

use std::path::Path;

use neurarium::config::Config;
use neurarium::error::{Error, Result};
use neurarium::par;
use neurarium::session::Predict;
use neurarium::words::counted;

use super::failure::CommandResult;
use super::interrupt;
use super::model_source::ModelSource;
use super::open_session::open_session;
use super::output::{Outcome, probe, write_file};
use super::work;

pub fn predict(model: &Path, folder: &Path, output: &Path, mut config: Config) -> CommandResult {
    interrupt::listen();
    if !output.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("csv")) {
        return Err(Error::expected("predict", "a name that ends in .csv", output.display()).into());
    }
    probe(output)?;
    config.set("input-directory", &folder.to_string_lossy())?;
    if !config.is_chosen("limit") {
        // Not the limit that the model was trained with: each image is a row.
        config.set("limit", "0")?;
    }
    let source = ModelSource::open(model)?;
    Ok(par::with_threads(config.threads(), || -> Result<Outcome> {
        let mut session = open_session(source, config.clone())?;
        let images = session.data().len();
        let words = |done, _| format!("{done} of {}", counted(images, "image"));
        if !work::run_job(&mut session, Predict {}, words, interrupt::requested)? {
            return Err(Error::new("the predictions were interrupted; nothing was written"));
        }
        let table = session.job::<Predict>().ok_or_else(|| Error::new("there are no predictions"))?;
        write_file(output, table.text().as_bytes())?;
        let mut outcome = Outcome::default();
        outcome.count("images", images);
        outcome.count("outputs", session.run().classes.len());
        Ok(outcome)
    })?)
}
