//! Checkpoints on disk: `NAME-last` and `NAME-best` beside the model, and the key `resume`.
//!
//! A file is written whole under another name and then takes its place, so that whatever happens to the program one
//! that can be read is there.

use std::path::{Path, PathBuf};
use std::time::Instant;

use neurarium::config::Config;
use neurarium::error::{Error, Result};
use neurarium::session::Session;

use super::experiment::{ModelSource, read_model};
use super::output::write_file;
use super::progress::note;
use super::train::Places;

/// Endings of a run's checkpoints.
const LAST: &str = "-last";
const BEST: &str = "-best";

/// The checkpoint that `resume` asks for, if it does.
pub fn wanted(config: &Config) -> Result<Option<ModelSource>> {
    let path = match config.resume() {
        "" => return Ok(None),
        "auto" => {
            let name = ModelSource::find(config.model())?.name(config);
            let path = Path::new(config.model_directory()).join(format!("{name}{LAST}.safetensors"));
            if !path.exists() {
                note(&format!("{} is not there yet; a new run begins", path.display()));
                return Ok(None);
            }
            path
        }
        path => PathBuf::from(path),
    };
    let model = Box::new(read_model(&path)?);
    if model.run.is_none() {
        let got = "a model without its run, from which model=FILE goes on";
        return Err(Error::expected(path.display(), "a checkpoint", got));
    }
    Ok(Some(ModelSource::Run { path, model }))
}

/// The name of the run that a checkpoint belongs to: its own, without the ending.
pub fn name_of(stem: &str) -> String {
    let numbered = stem.rsplit_once("-epoch-").filter(|(_, number)| number.bytes().all(|byte| byte.is_ascii_digit()));
    stem.strip_suffix(LAST).or(numbered.map(|(name, _)| name)).unwrap_or(stem).into()
}

/// Writes checkpoints when they are due.
pub struct CheckpointWriter<'a> {
    places: &'a Places,
    written: Option<Instant>,
    begin: Instant,
    /// Step of the best epoch in the file.
    best: Option<u64>,
}

impl<'a> CheckpointWriter<'a> {
    pub fn new(places: &'a Places) -> Self {
        [LAST, BEST].iter().for_each(|ending| remove_parts(&places.model(ending)));
        Self { places, written: None, begin: Instant::now(), best: None }
    }

    pub fn keep_when_due(&mut self, session: &Session, ends_epoch: bool) -> Result<()> {
        let (interval, minutes) = (session.config().checkpoint_interval(), session.config().checkpoint_minutes());
        let by_epoch = ends_epoch && interval != 0 && session.epoch().is_multiple_of(interval);
        let elapsed = self.written.unwrap_or(self.begin).elapsed().as_secs_f64();
        let by_time = minutes != 0.0 && 60.0 * minutes <= elapsed;
        if by_epoch || by_time { self.keep(session) } else { Ok(()) }
    }

    /// The end of a run that has checkpoints, or that somebody interrupted and may want to go on with.
    pub fn end(&mut self, session: &Session, interrupted: bool) -> Result<()> {
        let config = session.config();
        let wanted = config.checkpoint_interval() != 0 || config.checkpoint_minutes() != 0.0;
        if self.written.is_some() || interrupted && wanted { self.keep(session) } else { Ok(()) }
    }

    fn keep(&mut self, session: &Session) -> Result<()> {
        let path = self.places.model(LAST);
        write_file(&path, &session.checkpoint()?)?;
        if self.written.is_none() {
            note(&format!("checkpoints go to {}", path.display()));
        }
        self.written = Some(Instant::now());
        let best = session.best().map(|best| best.step);
        if let Some(bytes) = session.save_best().filter(|_| best != self.best) {
            write_file(&self.places.model(BEST), &bytes?)?;
            self.best = best;
        }
        Ok(())
    }
}

/// What a program that was killed while it wrote this file has left of it.
fn remove_parts(path: &Path) {
    let (Some(folder), Some(name)) = (path.parent(), path.file_name()) else { return };
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    let name = format!("{}.", name.to_string_lossy());
    for entry in entries.flatten() {
        let found = entry.file_name().to_string_lossy().into_owned();
        let id = found.strip_prefix(&name).and_then(|rest| rest.strip_suffix(".part"));
        if id.is_some_and(|id| id.bytes().all(|digit| digit.is_ascii_digit())) {
            let _ = std::fs::remove_file(entry.path()); // if it stays, it stays
        }
    }
}
