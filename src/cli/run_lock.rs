//! The lock on the name of a run: two programs that train in one folder do not write the same files.
//!
//! The lock is held on the file `.NAME.lock` beside the models and ends with the program, however that ends.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use neurarium::error::{Error, Result};

/// Runs of one name in one folder.
const MOST_RUNS: usize = 100;

pub struct RunLock {
    /// The name that was free.
    pub name: String,
    path: PathBuf,
    /// `None` where the file system has no locks.
    _file: Option<File>,
}

impl RunLock {
    /// Locks the first of `name`, `name-2`, `name-3` and so on that no other program trains in this folder.
    pub fn take(folder: &Path, name: &str) -> Result<Self> {
        for number in 1..=MOST_RUNS {
            let name = if number == 1 { name.into() } else { format!("{name}-{number}") };
            let path = folder.join(format!(".{name}.lock"));
            match lock(&path) {
                Ok(Locked::Free(file)) => return Ok(Self { name, path, _file: Some(file) }),
                Ok(Locked::Unsupported) => return Ok(Self { name, path, _file: None }),
                Ok(Locked::Taken) => {}
                Err(error) => return Err(Error::new(format!("{}: cannot be written ({error})", path.display()))),
            }
        }
        Err(Error::expected(folder.display(), format!("fewer than {MOST_RUNS} runs of {name} at once"), "more"))
    }
}

impl Drop for RunLock {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path); // an empty file left behind does no harm
    }
}

enum Locked {
    Free(File),
    Taken,
    Unsupported,
}

fn lock(path: &Path) -> std::io::Result<Locked> {
    loop {
        let file = File::options().read(true).write(true).create(true).truncate(false).open(path)?;
        match file.try_lock() {
            // The program that had the lock may have removed the file in between; then another one may lock its successor.
            Ok(()) if is_at(&file, path) => return Ok(Locked::Free(file)),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Ok(Locked::Taken),
            Err(TryLockError::Error(_)) => return Ok(Locked::Unsupported),
        }
    }
}

#[cfg(unix)]
fn is_at(file: &File, path: &Path) -> bool {
    use std::os::unix::fs::MetadataExt;
    let id = |about: std::fs::Metadata| (about.dev(), about.ino());
    file.metadata().is_ok_and(|one| std::fs::metadata(path).is_ok_and(|other| id(one) == id(other)))
}

/// Elsewhere an open file cannot be removed.
#[cfg(not(unix))]
fn is_at(_: &File, _: &Path) -> bool {
    true
}
