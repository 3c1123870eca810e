//! Writes checkpoints: `NAME-last` and `NAME-best` beside the model.
//!
//! Each file is written whole under another name and then renamed, so a readable one is always there, whatever happens
//! to the program.

use std::path::Path;
use std::time::Instant;

use neurarium::error::Result;
use neurarium::session::Session;

use super::output::write_file;
use super::output_paths::{BEST, LAST, OutputPaths};
use super::progress::note;

pub struct CheckpointWriter<'a> {
    paths: &'a OutputPaths,
    written: Option<Instant>,
    begin: Instant,
    /// Step of the best epoch in the file.
    best: Option<u64>,
}

impl<'a> CheckpointWriter<'a> {
    pub fn new(paths: &'a OutputPaths) -> Self {
        [LAST, BEST].iter().for_each(|ending| remove_parts(&paths.model(ending)));
        Self { paths, written: None, begin: Instant::now(), best: None }
    }

    pub fn write_when_due(&mut self, session: &Session, ends_epoch: bool) -> Result<()> {
        let (interval, minutes) = (session.config().checkpoint_interval(), session.config().checkpoint_minutes());
        let by_epoch = ends_epoch && interval != 0 && session.epoch().is_multiple_of(interval);
        let elapsed = self.written.unwrap_or(self.begin).elapsed().as_secs_f64();
        let by_time = minutes != 0.0 && 60.0 * minutes <= elapsed;
        if by_epoch || by_time { self.write(session) } else { Ok(()) }
    }

    /// The end of a run: writes once more if there are checkpoints, or if the run was interrupted and may be resumed.
    pub fn end(&mut self, session: &Session, interrupted: bool) -> Result<()> {
        let config = session.config();
        let wanted = config.checkpoint_interval() != 0 || config.checkpoint_minutes() != 0.0;
        if self.written.is_some() || interrupted && wanted { self.write(session) } else { Ok(()) }
    }

    fn write(&mut self, session: &Session) -> Result<()> {
        let path = self.paths.model(LAST);
        write_file(&path, &session.checkpoint()?)?;
        if self.written.is_none() {
            note(&format!("writing checkpoints to {}", path.display()));
        }
        self.written = Some(Instant::now());
        let best = session.best().map(|best| best.step);
        if let Some(bytes) = session.save_best().filter(|_| best != self.best) {
            write_file(&self.paths.model(BEST), &bytes?)?;
            self.best = best;
        }
        Ok(())
    }
}

/// Removes the partial files of a program that was killed while it wrote this file.
fn remove_parts(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let name = format!("{}.", name.to_string_lossy());
    for entry in entries.flatten() {
        let found = entry.file_name().to_string_lossy().into_owned();
        let id = found.strip_prefix(&name).and_then(|rest| rest.strip_suffix(".part"));
        if id.is_some_and(|id| id.bytes().all(|digit| digit.is_ascii_digit())) {
            let _ = std::fs::remove_file(entry.path()); // no harm if it cannot be removed
        }
    }
}
