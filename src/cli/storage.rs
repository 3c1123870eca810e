//! A cache of decoded images as a file in the cache folder.
//!
//! A writer holds an exclusive lock, readers share one, so several runs can train on the same images and none writes
//! while others use the file.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use neurarium::data::Storage;
use neurarium::error::{Error, Result};

use super::progress::note;

pub struct FileStorage {
    path: PathBuf,
    /// `None` until something is written.
    file: Mutex<Option<File>>,
}

impl FileStorage {
    /// The file `name` of a folder; neither needs to exist.
    pub fn open(folder: &Path, name: &str) -> Result<Self> {
        let path = folder.join(name);
        if !path.exists() {
            return Ok(Self { path, file: Mutex::new(None) });
        }
        let failed = |error: std::io::Error| Error::new(format!("{}: cannot be opened ({error})", path.display()));
        let file = OpenOptions::new().read(true).write(true).open(&path).map_err(failed)?;
        if file.try_lock().is_err() && file.try_lock_shared().is_err() {
            note("another run is decoding the same images; waiting until it is done");
            file.lock_shared().map_err(failed)?;
        }
        Ok(Self { path, file: Mutex::new(Some(file)) })
    }

    /// Creates the file and its folder.
    fn create(path: &Path) -> std::io::Result<File> {
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)
    }

    fn with<T>(&self, work: impl FnOnce(&mut File) -> std::io::Result<T>) -> Result<T> {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let file = match &mut *file {
            Some(file) => Ok(file),
            none => Self::create(&self.path).map(|made| none.insert(made)),
        };
        file.and_then(work).map_err(|error| Error::new(format!("{}: {error}", self.path.display())))
    }
}

impl Storage for FileStorage {
    fn size(&self) -> Result<u64> {
        if self.file.lock().unwrap_or_else(PoisonError::into_inner).is_none() {
            return Ok(0);
        }
        self.with(|file| Ok(file.metadata()?.len()))
    }

    fn read(&self, at: u64, into: &mut [u8]) -> Result<()> {
        self.with(|file| {
            file.seek(SeekFrom::Start(at))?;
            file.read_exact(into)
        })
    }

    fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        self.with(|file| {
            file.seek(SeekFrom::Start(at))?;
            file.write_all(bytes)
        })
    }

    /// Called before anything is written, so this is where the exclusive lock is taken.
    fn cut(&self, size: u64) -> Result<()> {
        self.with(|file| {
            if file.try_lock().is_err() {
                return Err(std::io::Error::other("another run uses the same images; start again when it is done"));
            }
            file.set_len(size)
        })
    }

    fn flush(&self) -> Result<()> {
        self.with(|file| {
            file.sync_data()?;
            file.lock_shared()
        })
    }
}
