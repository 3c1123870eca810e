//! `neurarium edit`: the edits of a journal in a saved model; and what training needs to follow one.

use std::path::Path;

use neurarium::config::Config;
use neurarium::error::{Error, Result};
use neurarium::session::{Journal, Session};

use super::experiment::{self, ModelSource};
use super::output::{Outcome, write_file};
use super::progress::note;
use super::{Done, walk};

pub fn edit(model: &Path, journal: &Path, output: &Path, config: &Config) -> Done {
    let journal = read(journal)?;
    let mut session = experiment::session(ModelSource::open(model)?, config.clone())?;
    let before = session.viewer().shown_loss();
    let edits = session.apply_journal(&journal)?;
    let after = session.viewer().shown_loss();
    write_file(output, &session.save()?)?;
    let mut outcome = Outcome::default();
    experiment::tell_network(&mut outcome, &session);
    outcome.count("edits", edits);
    outcome.number("loss_before", before);
    outcome.number("loss_after", after);
    Ok(outcome)
}

/// The journal that a setting names, if it names one.
pub fn read_journal(path: &str) -> Result<Option<Journal>> {
    if path.is_empty() { Ok(None) } else { read(Path::new(path)).map(Some) }
}

fn read(path: &Path) -> Result<Journal> {
    let bytes = walk::read_named(path)?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Error::expected(path.display(), "a journal of JSON lines", "bytes that are no text"))?;
    Journal::parse(&text).map_err(|error| error.within(path.display()))
}

/// Says so if the edits were made while another set of images was learnt.
pub fn tell_data(journal: &Journal, session: &Session) {
    let (then, now) = (&journal.header.data, &session.data().name);
    if then != now {
        note(&format!("the journal was written while learning \"{then}\"; this is \"{now}\""));
    }
}

/// How many edits of a followed journal were made, and how many the run was too short for.
pub fn tell_replayed(outcome: &mut Outcome, session: &Session) {
    let (done, left) = session.replayed();
    if 0 < done + left {
        outcome.count("edits", done);
        outcome.count("edits_left", left);
    }
}
