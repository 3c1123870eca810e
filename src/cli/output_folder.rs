//! A folder that a command writes: all of it or nothing.

use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use neurarium::error::{Error, Result};

/// A folder under another name, which it has until it is complete. It is removed again where that does not come.
pub struct OutputFolder {
    target: PathBuf,
    part: PathBuf,
    bytes: u64,
    files: usize,
}

impl OutputFolder {
    /// Begins a folder at a place where there is nothing, or an empty folder.
    pub fn begin(target: &Path) -> Result<Self> {
        let is_empty = || fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
        if fs::symlink_metadata(target).is_ok() && !is_empty() {
            return Err(Error::expected(target.display(), "a new or an empty folder", "one with files, or a file"));
        }
        let name = target.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let part = target.with_file_name(format!("{name}.{}.part", std::process::id()));
        fs::create_dir_all(&part).map_err(|error| unwritable(&part, &error))?;
        Ok(Self { target: target.into(), part, bytes: 0, files: 0 })
    }

    /// Appends bytes to a file of the folder, which is made where there is none.
    pub fn append(&mut self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.part.join(name);
        let failed = |error: std::io::Error| unwritable(&path, &error);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(failed)?;
        }
        self.files += usize::from(!path.exists());
        self.bytes += bytes.len() as u64;
        let mut file = OpenOptions::new().append(true).create(true).open(&path).map_err(failed)?;
        file.write_all(bytes).map_err(failed)
    }

    /// Gives the folder its name. Returns the number of its files and of their bytes.
    pub fn finish(self) -> Result<(usize, u64)> {
        if self.target.exists() {
            fs::remove_dir(&self.target).map_err(|error| unwritable(&self.target, &error))?;
        }
        fs::rename(&self.part, &self.target).map_err(|error| unwritable(&self.target, &error))?;
        Ok((self.files, self.bytes))
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.part); // no more there once it has its name
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(format!("{}: cannot be written ({error})", path.display()))
}
