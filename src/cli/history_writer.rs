//! Writes the history of a run: `history.csv`, `history.json` and a TensorBoard event file, in a folder of its name.
//!
//! The event file grows during training, so that TensorBoard can follow; the others are written now and then.

use std::io::Write;
use std::path::PathBuf;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use neurarium::error::{Error, Result};
use neurarium::file::{history, tensorboard};
use neurarium::session::Session;

use super::output::{folder, write_file};
use super::progress::note;

/// Seconds between two writes of the CSV and the JSON.
const PAUSE: u64 = 60;
const EVENTS: &str = "events.out.tfevents.0.neurarium";

pub struct HistoryWriter {
    folder: PathBuf,
    /// Seconds since 1970, as if the run had never paused.
    start: f64,
    /// Points and evaluations that are in the event file.
    written: (usize, usize),
    last: Instant,
}

impl HistoryWriter {
    /// `None` where no history-directory is set.
    pub fn new(session: &Session, name: &str) -> Result<Option<Self>> {
        if session.config().history_directory().is_empty() {
            return Ok(None);
        }
        let path = PathBuf::from(session.config().history_directory()).join(name);
        let folder = folder("history-directory", &path.to_string_lossy())?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |now| now.as_secs_f64());
        let start = now - session.status().seconds;
        write_file(&folder.join(EVENTS), &tensorboard::opening(start))?;
        let mut writer = Self { folder, start, written: (0, 0), last: Instant::now() };
        writer.grow(session)?;
        Ok(Some(writer))
    }

    /// At the end of an epoch.
    pub fn epoch(&mut self, session: &Session) -> Result<()> {
        self.grow(session)?;
        if PAUSE <= self.last.elapsed().as_secs() { self.tables(session) } else { Ok(()) }
    }

    pub fn end(mut self, session: &Session) -> Result<()> {
        self.grow(session)?;
        self.tables(session)?;
        note(&format!("wrote the history to {}", self.folder.display()));
        Ok(())
    }

    fn tables(&mut self, session: &Session) -> Result<()> {
        self.last = Instant::now();
        write_file(&self.folder.join("history.csv"), history::csv(session.recorder()).as_bytes())?;
        write_file(&self.folder.join("history.json"), history::json(session.recorder()).as_bytes())
    }

    fn grow(&mut self, session: &Session) -> Result<()> {
        let (steps, epochs) = (session.recorder().steps(), session.recorder().evaluation_series());
        let (from, to) = (self.written, (steps.len(), epochs.len()));
        self.written = to;
        let mut bytes = tensorboard::records(steps, from.0.min(to.0)..to.0, self.start);
        bytes.extend(tensorboard::records(epochs, from.1.min(to.1)..to.1, self.start));
        let path = self.folder.join(EVENTS);
        let appended = std::fs::File::options().append(true).open(&path).and_then(|mut file| file.write_all(&bytes));
        appended.map_err(|error| Error::new(format!("{}: cannot be written ({error})", path.display())))
    }
}
