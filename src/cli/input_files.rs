//! Input files: all files of a folder, at any depth, in a stable order, and how each is read.
//!
//! Only regular files are opened, so a pipe or a device cannot block the program, and nothing larger than the limits is
//! read into memory.

use std::collections::HashSet;
use std::fs::{DirEntry, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use neurarium::data::{is_utf16, read_names};
use neurarium::error::{Error, Result};
use neurarium::words::counted;

use super::interrupt;
use super::progress::TerminalProgress;

/// A file to be read, or the reason why it is refused.
pub struct InputFile {
    pub path: PathBuf,
    /// Relative to the folder that was listed, with `/` on every system.
    pub name: String,
    /// Bytes, according to the file system.
    pub len: u64,
    pub refused: Option<String>,
}

/// Limit for an image.
const MOST_PICTURE: u64 = 512 << 20;

/// Limit for an archive or an IDX file, which is held in memory.
const MOST_ARCHIVE: u64 = 4 << 30;

/// Every file in and below `root`, or `root` itself, ordered by the bytes of its name.
pub fn list(root: &Path) -> Result<Vec<InputFile>> {
    let about = std::fs::metadata(root).map_err(|error| unreadable(root, &error))?;
    if !about.is_dir() {
        let refused = (!about.is_file()).then(|| "not a regular file".into());
        let file = InputFile { path: root.into(), name: String::new(), len: about.len(), refused };
        return Ok(named(vec![file], root.parent().unwrap_or(root)));
    }
    std::fs::read_dir(root).map_err(|error| unreadable(root, &error))?;
    let mut listing = Listing { folders: vec![root.into()], ..Listing::default() };
    let home = root.canonicalize().unwrap_or_else(|_| root.into());
    let mut progress = TerminalProgress::new(0);
    // Linked folders come last, so that a folder below the root is found under its own name.
    while let Some(folder) = listing.folders.pop().or_else(|| listing.linked.pop()) {
        if interrupt::requested() {
            return Err(Error::new("stopped while listing files; nothing was read"));
        }
        let place = folder.canonicalize().unwrap_or_else(|_| folder.clone());
        if place != home && home.starts_with(&place) {
            listing.refuse(folder, "link to a folder that contains this one".into());
        } else if listing.seen.insert(place) {
            listing.enter(&folder);
        } else {
            listing.refuse(folder, "link to a folder that is already read".into());
        }
        progress.update(0, 0, || format!("found {} so far", counted(listing.found.len(), "file")));
    }
    progress.finish();
    let mut found = named(listing.found, root);
    found.sort_by(|a, b| a.name.as_bytes().cmp(b.name.as_bytes()));
    Ok(found)
}

/// Gives all files the names that their paths below `root` mean together.
fn named(mut files: Vec<InputFile>, root: &Path) -> Vec<InputFile> {
    let below =
        |file: &InputFile| file.path.strip_prefix(root).unwrap_or(&file.path).as_os_str().as_encoded_bytes().to_vec();
    let names = read_names(&files.iter().map(below).collect::<Vec<_>>());
    for (file, name) in files.iter_mut().zip(names) {
        file.name = if cfg!(windows) { name.replace('\\', "/") } else { name };
    }
    files
}

/// The state of a listing: what was found, and the folders still to be entered.
#[derive(Default)]
struct Listing {
    /// The names are given at the end.
    found: Vec<InputFile>,
    folders: Vec<PathBuf>,
    linked: Vec<PathBuf>,
    /// Canonical paths of the folders entered: without them a link back up would never end.
    seen: HashSet<PathBuf>,
}

impl Listing {
    fn enter(&mut self, folder: &Path) {
        let mut entries: Vec<DirEntry> = match std::fs::read_dir(folder) {
            Ok(entries) => entries.flatten().collect(), // an entry that fails was removed after the folder was opened
            Err(error) => return self.refuse(folder.into(), format!("folder cannot be opened ({error})")),
        };
        entries.sort_by_key(DirEntry::file_name);
        for entry in entries {
            let path = entry.path();
            let is_link = entry.file_type().is_ok_and(|kind| kind.is_symlink());
            // Follows links: a linked image is an image.
            match std::fs::metadata(&path) {
                Err(error) => self.refuse(path, format!("cannot be opened ({error})")),
                Ok(about) if about.is_dir() && is_link => self.linked.push(path),
                Ok(about) if about.is_dir() => self.folders.push(path),
                Ok(about) if about.is_file() => {
                    self.found.push(InputFile { path, name: String::new(), len: about.len(), refused: None });
                }
                Ok(_) => self.refuse(path, "not a regular file".into()),
            }
        }
    }

    fn refuse(&mut self, path: PathBuf, reason: String) {
        self.found.push(InputFile { path, name: String::new(), len: 0, refused: Some(reason) });
    }
}

/// The bytes of a listed file, or the reason why it cannot be read.
pub fn read(file: &InputFile) -> std::result::Result<Vec<u8>, String> {
    read_at_most(file, |start| if is_archive(start) { MOST_ARCHIVE } else { MOST_PICTURE })
}

fn read_at_most(file: &InputFile, limit: impl Fn(&[u8]) -> u64) -> std::result::Result<Vec<u8>, String> {
    if let Some(reason) = &file.refused {
        return Err(reason.clone());
    }
    let failed = |error: std::io::Error| format!("cannot be read ({error})");
    let mut reader = File::open(&file.path).map_err(failed)?;
    let mut start = [0; 4];
    let have = fill(&mut reader, &mut start).map_err(failed)?;
    let most = limit(&start[..have]);
    if most < file.len {
        return Err(format!("{} MiB large, more than the limit of {} MiB", file.len >> 20, most >> 20));
    }
    // The length is a hint only: a file may grow while it is read.
    let mut bytes = Vec::with_capacity(file.len.min(MOST_PICTURE) as usize);
    bytes.extend_from_slice(&start[..have]);
    reader.take(most - have as u64).read_to_end(&mut bytes).map_err(failed)?;
    Ok(bytes)
}

/// The bytes of the file at a path, which stands in the error.
pub fn read_path(path: &Path) -> Result<Vec<u8>> {
    let about = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if about.is_dir() {
        return Err(Error::expected(path.display(), "a file", "a folder"));
    }
    let refused = (!about.is_file()).then(|| "not a regular file".into());
    let file = InputFile { path: path.into(), name: String::new(), len: about.len(), refused };
    read_at_most(&file, |_| MOST_ARCHIVE).map_err(|reason| Error::new(reason).within(path.display()))
}

/// The text of the file at a path; `expected` describes it in the error.
pub fn read_text(path: &Path, expected: &str) -> Result<String> {
    let bytes = read_path(path)?;
    let wrong = |got: &str| Error::expected(path.display(), expected, got);
    // Some editors, and the `>` of PowerShell, write UTF-16.
    if is_utf16(&bytes) {
        return Err(wrong("UTF-16; save it as UTF-8"));
    }
    String::from_utf8(bytes).map_err(|_| wrong("bytes that are not text in UTF-8"))
}

/// Whether `sniff` recognises the first bytes of a file.
pub fn starts_like(path: &Path, sniff: fn(&[u8]) -> bool) -> Result<bool> {
    let about = std::fs::metadata(path).map_err(|error| unreadable(path, &error))?;
    if !about.is_file() {
        return Ok(false); // reading a pipe could block
    }
    let mut start = [0; 16];
    let have = File::open(path).and_then(|mut file| fill(&mut file, &mut start));
    have.map(|have| sniff(&start[..have])).map_err(|error| unreadable(path, &error))
}

/// Zip, gzip and IDX files hold many images, so they may be large.
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
