//! Journals of edits on disk: reading them, and reporting on a run that follows one.

use std::path::Path;

use neurarium::error::Result;
use neurarium::session::{Journal, Session};

use super::input_files;
use super::output::Outcome;
use super::progress::note;

/// The journal that a setting names, or `None` where it is empty.
pub fn read_optional(path: &str) -> Result<Option<Journal>> {
    if path.is_empty() { Ok(None) } else { read(Path::new(path)).map(Some) }
}

pub fn read(path: &Path) -> Result<Journal> {
    let text = input_files::read_text(path, "a journal of JSON lines")?;
    Journal::parse(&text).map_err(|error| error.within(path.display()))
}

/// Warns if the edits were made on another data set.
pub fn note_other_data(journal: &Journal, session: &Session) {
    let (then, now) = (&journal.header.data, &session.data().name);
    if then != now {
        note(&format!("the journal was written for the data set \"{then}\"; this one is \"{now}\""));
    }
}

/// Adds how many edits were made, and how many the run was too short for.
pub fn add_edits(outcome: &mut Outcome, session: &Session) {
    let (done, left) = session.replayed();
    if 0 < done + left {
        outcome.count("edits", done);
        outcome.count("edits_left", left);
    }
}
