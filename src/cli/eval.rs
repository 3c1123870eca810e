//! `neurarium eval`: measures a saved model on images it has not learnt from.

use std::path::Path;
use std::time::Instant;

use neurarium::config::Config;
use neurarium::error::Result;
use neurarium::par;

use super::experiment::{self, ModelSource};
use super::output::Outcome;
use super::progress::note;
use super::{Done, measure};

pub fn eval(path: &Path, config: &Config) -> Done {
    let source = ModelSource::open(path)?;
    Ok(par::with_threads(config.threads(), || run(source, config.clone()))?)
}

fn run(source: ModelSource, config: Config) -> Result<Outcome> {
    let mut session = experiment::session(source, config)?;
    let mut outcome = Outcome::default();
    experiment::tell_network(&mut outcome, &session);
    let status = session.status();
    outcome.count("steps", status.step as usize);
    outcome.number("epochs", status.epoch);
    let begin = Instant::now();
    let found = measure::held_out(&mut session)?;
    let seconds = begin.elapsed().as_secs_f64();
    outcome.number("seconds", seconds);
    outcome.number("images_per_second", found.images as f64 / seconds);
    found.tell(&mut outcome);
    if let Some(measured) = &found.measured {
        note(measure::table(measured, &session).trim_end());
    }
    Ok(outcome)
}
