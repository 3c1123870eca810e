//! Writes the history of a run: `history.csv`, `history.json` and a TensorBoard event file, in a folder of its name.
//!
//! The event file grows during training, so that TensorBoard can follow; the others are written now and then.

use std::fs::File;
use std::io::{Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use neurarium::error::{Error, Result};
use neurarium::file::{history, tensorboard};
use neurarium::session::Session;

use super::output::{folder, probe, write_file};
use super::progress::note;
use super::side_output::SideOutput;

/// Seconds between two writes of the CSV and the JSON.
const PAUSE: u64 = 60;
const EVENTS: &str = "events.out.tfevents.0.neurarium";
const CSV: &str = "history.csv";
const JSON: &str = "history.json";

pub struct HistoryWriter {
    folder: PathBuf,
    /// Seconds since 1970, as if the run had never paused.
    start: f64,
    /// Points and evaluations that are in the event file, the step of the last histograms in it, and its length.
    written: (usize, usize),
    observed: u64,
    length: u64,
    last: Instant,
    events: SideOutput,
    tables: SideOutput,
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
        let opening = tensorboard::opening(start);
        write_file(&folder.join(EVENTS), &opening)?;
        [CSV, JSON].iter().try_for_each(|name| probe(&folder.join(name)))?;
        let (events, tables) = (SideOutput::default(), SideOutput::default());
        let length = opening.len() as u64;
        let last = Instant::now();
        let mut writer = Self { folder, start, written: (0, 0), observed: 0, length, last, events, tables };
        writer.grow(session);
        Ok(Some(writer))
    }

    /// At the end of an epoch.
    pub fn epoch(&mut self, session: &Session) {
        if !self.events.is_waiting() {
            self.grow(session);
        }
        if PAUSE <= self.last.elapsed().as_secs() {
            self.write_tables(session);
        }
    }

    pub fn end(mut self, session: &Session) {
        self.grow(session);
        self.write_tables(session);
        if !self.events.is_waiting() && !self.tables.is_waiting() {
            note(&format!("wrote the history to {}", self.folder.display()));
        }
    }

    fn write_tables(&mut self, session: &Session) {
        self.last = Instant::now();
        let Self { folder, tables, .. } = self;
        tables.attempt(|| {
            write_file(&folder.join(CSV), history::csv(session.recorder()).as_bytes())?;
            write_file(&folder.join(JSON), history::json(session.recorder()).as_bytes())
        });
    }

    /// Appends what is new. Where that fails the file keeps what it had.
    fn grow(&mut self, session: &Session) {
        let recorder = session.recorder();
        let (steps, epochs) = (recorder.steps(), recorder.evaluation_series());
        let (from, to) = (self.written, (steps.len(), epochs.len()));
        let mut bytes = tensorboard::records(steps, from.0.min(to.0)..to.0, self.start);
        bytes.extend(tensorboard::records(epochs, from.1.min(to.1)..to.1, self.start));
        let frames = recorder.histograms().after(self.observed);
        bytes.extend(tensorboard::histograms(recorder, frames, self.start));
        let path = self.folder.join(EVENTS);
        let Self { written, observed, length, events, .. } = self;
        events.attempt(|| {
            append(&path, *length, &bytes)
                .map_err(|error| Error::new(format!("{}: cannot be written ({error})", path.display())))?;
            *written = to;
            *observed = frames.last().map_or(*observed, |last| last.step);
            *length += bytes.len() as u64;
            Ok(())
        });
    }
}

/// Writes behind the first `length` bytes of a file.
fn append(path: &Path, length: u64, bytes: &[u8]) -> std::io::Result<()> {
    let mut file = File::options().write(true).open(path)?;
    file.seek(SeekFrom::Start(length))?;
    file.write_all(bytes).or_else(|error| file.set_len(length).and(Err(error)))
}
