//! Writes checkpoints: `NAME-last` and `NAME-best` beside the model.
//!
//! Each file is written whole under another name and then renamed, so a readable one is always there, whatever happens
//! to the program.

use std::time::Instant;

use neurarium::error::Result;
use neurarium::session::Session;

use super::output::{remove_parts, write_file};
use super::output_paths::{BEST, LAST, OutputPaths};
use super::progress::note;
use super::side_output::SideOutput;

pub struct CheckpointWriter<'a> {
    paths: &'a OutputPaths,
    output: SideOutput,
    written: Option<Instant>,
    begin: Instant,
    /// Step of the best epoch in the file.
    best: Option<u64>,
}

impl<'a> CheckpointWriter<'a> {
    pub fn new(paths: &'a OutputPaths) -> Self {
        ["", LAST, BEST].iter().for_each(|ending| remove_parts(&paths.model(ending)));
        Self { paths, output: SideOutput::default(), written: None, begin: Instant::now(), best: None }
    }

    pub fn write_when_due(&mut self, session: &Session, ends_epoch: bool) {
        let (interval, minutes) = (session.config().checkpoint_interval(), session.config().checkpoint_minutes());
        let by_epoch = ends_epoch && interval != 0 && session.epoch().is_multiple_of(interval);
        let elapsed = self.written.unwrap_or(self.begin).elapsed().as_secs_f64();
        let by_time = minutes != 0.0 && 60.0 * minutes <= elapsed;
        if self.output.is_due_again() || (by_epoch || by_time) && !self.output.is_waiting() {
            self.write(session);
        }
    }

    /// The end of a run: writes once more if there are checkpoints, or if the run was interrupted and may be resumed.
    pub fn end(&mut self, session: &Session, interrupted: bool) {
        let config = session.config();
        let wanted = config.checkpoint_interval() != 0 || config.checkpoint_minutes() != 0.0;
        if self.written.is_some() || interrupted && wanted {
            self.write(session);
        }
    }

    fn write(&mut self, session: &Session) {
        let Self { paths, output, written, best, .. } = self;
        output.attempt(|| {
            let path = paths.model(LAST);
            write_file(&path, &session.checkpoint()?)?;
            if written.replace(Instant::now()).is_none() {
                note(&format!("writing checkpoints to {}", path.display()));
            }
            write_best(session, paths, best)
        });
    }
}

/// Writes the best epoch, if it is another one than in the file.
fn write_best(session: &Session, paths: &OutputPaths, written: &mut Option<u64>) -> Result<()> {
    let best = session.best().map(|best| best.step);
    if let Some(bytes) = session.save_best().filter(|_| best != *written) {
        write_file(&paths.model(BEST), &bytes?)?;
        *written = best;
    }
    Ok(())
}
