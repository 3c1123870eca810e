//! `neurarium edit`: applies the edits of a journal to a saved model.

use std::path::Path;

use neurarium::config::Config;

use super::failure::CommandResult;
use super::journal;
use super::model_source::ModelSource;
use super::open_session::{add_network, open_session};
use super::output::{Outcome, write_file};

pub fn edit(model: &Path, journal: &Path, output: &Path, config: &Config) -> CommandResult {
    let journal = journal::read(journal)?;
    let mut session = open_session(ModelSource::open(model)?, config.clone())?;
    let before = session.viewer().shown_loss();
    let edits = session.apply_journal(&journal)?;
    let after = session.viewer().shown_loss();
    write_file(output, &session.save()?)?;
    let mut outcome = Outcome::default();
    add_network(&mut outcome, &session);
    outcome.count("edits", edits);
    outcome.number("loss_before", before);
    outcome.number("loss_after", after);
    Ok(outcome)
}
