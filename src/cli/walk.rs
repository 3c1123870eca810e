//! Which files lie in a folder: all of them, deep, in one stable order, and how each is read.
//!
//! Nothing is opened that is not a regular file, so a pipe or a device cannot hold the program up, and nothing larger
//! than the limits is read into memory.

use std::collections::HashSet;
use std::fs::{DirEntry, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use neurarium::error::{Error, Result};

/// A file that may be read, or one that may not, with the reason.
pub struct WalkedFile {
    pub path: PathBuf,
    /// Below the folder that was walked, with `/` on every system.
    pub name: String,
    /// Bytes, as the file system says.
    pub len: u64,
    pub refused: Option<String>,
}

/// No picture is larger than this.
const MOST_PICTURE: u64 = 512 << 20;

/// No archive or IDX file that is held in memory is larger than this.
const MOST_ARCHIVE: u64 = 4 << 30;

/// Every file in and below `root`, or `root` itself, ordered by the bytes of its name.
pub fn walk(root: &Path) -> Result<Vec<WalkedFile>> {
    let about = std::fs::metadata(root).map_err(|error| unreadable(root, &error))?;
    if !about.is_dir() {
        let name = root.file_name().unwrap_or(root.as_os_str()).to_string_lossy().into_owned();
        let refused = (!about.is_file()).then(|| "not a regular file".into());
        return Ok(vec![WalkedFile { path: root.into(), name, len: about.len(), refused }]);
    }
    std::fs::read_dir(root).map_err(|error| unreadable(root, &error))?;
    let mut walk = Walk { folders: vec![(root.into(), String::new())], ..Walk::default() };
    // Linked folders come last, so that a folder is found under its own name where it has one below the root.
    while let Some((folder, prefix)) = walk.folders.pop().or_else(|| walk.linked.pop()) {
        if walk.seen.insert(folder.canonicalize().unwrap_or_else(|_| folder.clone())) {
            walk.enter(&folder, &prefix);
        } else {
            walk.refuse(folder, prefix, "link to a folder that is read already".into());
        }
    }
    walk.found.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    Ok(walk.found)
}

/// The state of a walk: what was found, and the folders still to be entered, each with the name it goes by.
#[derive(Default)]
struct Walk {
    found: Vec<WalkedFile>,
    folders: Vec<(PathBuf, String)>,
    linked: Vec<(PathBuf, String)>,
    /// Canonical paths of the folders entered: a link back up would otherwise lead round for ever.
    seen: HashSet<PathBuf>,
}

impl Walk {
    fn enter(&mut self, folder: &Path, prefix: &str) {
        let mut entries: Vec<DirEntry> = match std::fs::read_dir(folder) {
            Ok(entries) => entries.flatten().collect(), // an entry that fails is gone since the folder was opened
            Err(error) => {
                return self.refuse(folder.into(), prefix.into(), format!("folder cannot be opened ({error})"));
            }
        };
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let name = format!("{prefix}{}", entry.file_name().to_string_lossy());
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            // This follows links: a linked picture is a picture.
            match std::fs::metadata(&path) {
                Err(error) => self.refuse(path, name, format!("cannot be opened ({error})")),
                Ok(about) if about.is_dir() && is_link => self.linked.push((path, format!("{name}/"))),
                Ok(about) if about.is_dir() => self.folders.push((path, format!("{name}/"))),
                Ok(about) if about.is_file() => {
                    self.found.push(WalkedFile { path, name, len: about.len(), refused: None });
                }
                Ok(_) => self.refuse(path, name, "not a regular file".into()),
            }
        }
    }

    fn refuse(&mut self, path: PathBuf, name: String, reason: String) {
        self.found.push(WalkedFile { path, name, len: 0, refused: Some(reason) });
    }
}

/// The bytes of a found file, or the reason why not.
pub fn read(file: &WalkedFile) -> std::result::Result<Vec<u8>, String> {
    read_at_most(file, |start| if is_archive(start) { MOST_ARCHIVE } else { MOST_PICTURE })
}

fn read_at_most(file: &WalkedFile, limit: impl Fn(&[u8]) -> u64) -> std::result::Result<Vec<u8>, String> {
    if let Some(reason) = &file.refused {
        return Err(reason.clone());
    }
    let told = |error: std::io::Error| format!("cannot be read ({error})");
    let mut reader = File::open(&file.path).map_err(told)?;
    let mut start = [0; 4];
    let have = fill(&mut reader, &mut start).map_err(told)?;
    let most = limit(&start[..have]);
    if most < file.len {
        return Err(format!("{} MiB large, more than the limit of {} MiB", file.len >> 20, most >> 20));
    }
    // The length is a hint, the limit a law: a file may grow while it is read.
    let mut bytes = Vec::with_capacity(file.len.min(MOST_PICTURE) as usize);
    bytes.extend_from_slice(&start[..have]);
    reader.take(most - have as u64).read_to_end(&mut bytes).map_err(told)?;
    Ok(bytes)
}

/// The bytes of one file that was named, with its name in the error.
pub fn read_named(path: &Path) -> Result<Vec<u8>> {
    let about = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if about.is_dir() {
        return Err(Error::expected(path.display(), "a file", "a folder"));
    }
    let refused = (!about.is_file()).then(|| "not a regular file".into());
    let file = WalkedFile { path: path.into(), name: String::new(), len: about.len(), refused };
    read_at_most(&file, |_| MOST_ARCHIVE).map_err(|reason| Error::new(reason).within(path.display()))
}

/// Whether the first bytes of a file are such as `sniff` knows.
pub fn starts_like(path: &Path, sniff: fn(&[u8]) -> bool) -> Result<bool> {
    let about = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !about.is_file() {
        return Ok(false); // nobody waits for a pipe here
    }
    let mut start = [0; 16];
    let have = File::open(path).and_then(|mut file| fill(&mut file, &mut start));
    have.map(|have| sniff(&start[..have])).map_err(|error| unreadable(path, &error))
}

/// Zip, gzip and IDX files hold many things, so they may be large.
fn is_archive(start: &[u8]) -> bool {
    start.starts_with(b"PK") || start.starts_with(&[0x1f, 0x8b]) || start.starts_with(&[0, 0, 8])
}

fn fill(reader: &mut impl Read, start: &mut [u8]) -> std::io::Result<usize> {
    let mut have = 0;
    while have < start.len() {
        match reader.read(&mut start[have..])? {
            0 => break,
            more => have += more,
        }
    }
    Ok(have)
}

fn unreadable(path: &Path, error: &std::io::Error) -> Error {
    Error::new(format!("{}: cannot be opened ({error})", path.display()))
}
