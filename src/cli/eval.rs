//! `neurarium eval`: measures a saved model on images that were held out.

use std::path::Path;
use std::time::Instant;

use neurarium::config::Config;
use neurarium::error::Result;
use neurarium::par;

use super::failure::CommandResult;
use super::model_source::ModelSource;
use super::open_session::{add_network, open_session};
use super::output::Outcome;
use super::progress::note;
use super::{letter_figures, measure};

pub fn eval(path: &Path, config: &Config) -> CommandResult {
    let source = ModelSource::open(path)?;
    Ok(par::with_threads(config.threads(), || run(source, config.clone()))?)
}

fn run(source: ModelSource, config: Config) -> Result<Outcome> {
    let mut session = open_session(source, config)?;
    let mut outcome = Outcome::default();
    add_network(&mut outcome, &session);
    let status = session.status();
    outcome.count("steps", status.step as usize);
    outcome.number("epochs", status.epoch);
    let begin = Instant::now();
    let found = measure::held_out(&mut session)?;
    let seconds = begin.elapsed().as_secs_f64();
    outcome.number("seconds", seconds);
    outcome.number("images_per_second", found.images as f64 / seconds);
    found.add_to(&mut outcome);
    letter_figures::add_to(&mut outcome, &session)?;
    if let Some(measured) = &found.measured {
        measure::table(measured, &session).iter().for_each(|line| note(line));
    }
    Ok(outcome)
}
