//! The page as `./build.sh dist` builds it, from which exports take what runs in a browser.

use std::fs;
use std::path::{Path, PathBuf};

use neurarium::error::{Error, Result};

/// The folder that is looked into unless another one is chosen.
pub const DEFAULT: &str = "dist";

/// A folder with a built page.
pub struct BuiltSite {
    folder: PathBuf,
}

impl BuiltSite {
    /// # Errors
    /// There is no such page; the sentence says how it is made.
    pub fn open(folder: &Path) -> Result<Self> {
        let site = Self { folder: folder.into() };
        if !site.folder.join("www/pkg/player/neurarium_bg.wasm").is_file() {
            let expected = "a folder that ./build.sh dist has made (site=FOLDER says where it is)";
            return Err(Error::expected(folder.display(), expected, "none"));
        }
        Ok(site)
    }

    pub fn bytes(&self, path: &str) -> Result<Vec<u8>> {
        let path = self.folder.join(path);
        fs::read(&path).map_err(|error| unreadable(&path, &error))
    }

    pub fn text(&self, path: &str) -> Result<String> {
        let path = self.folder.join(path);
        fs::read_to_string(&path).map_err(|error| unreadable(&path, &error))
    }

    /// The paths of all files, from the folder on, sorted.
    pub fn files(&self) -> Result<Vec<String>> {
        let mut found = Vec::new();
        let mut folders = vec![self.folder.clone()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(&folder).map_err(|error| unreadable(&folder, &error))?.flatten() {
                let path = entry.path();
                // Folders behind links are left out: one that leads back up would come again and again.
                if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
                    folders.push(path);
                } else if let (true, Ok(below)) = (path.is_file(), path.strip_prefix(&self.folder)) {
                    found.push(below.to_string_lossy().replace('\\', "/"));
                }
            }
        }
        found.sort();
        Ok(found)
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(format!("{}: cannot be read ({error})", path.display()))
}
