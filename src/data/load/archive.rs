//! A zip of pictures, read entry by entry while the archive itself stays packed in memory.
//!
//! An archive may be hostile, so nothing it claims is believed:
//! - the number of entries is bounded before their list is read;
//! - an entry is unpacked only if its first bytes are those of a picture or an IDX file, and never further than the
//!   size it states; memory grows with the bytes that come out;
//! - all entries together may unpack to [`MOST_RATIO`] times the archive, which ends bombs of overlapping entries;
//! - names that leave their folder, locked entries, links and archives within the archive are left out with a reason.

use std::io::{Cursor, Read};
use std::sync::Arc;

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::file_kind::{self, FileKind};
use super::paths;
use crate::error::{Error, Result};

/// The list of entries takes a few hundred bytes for each.
const MOST_ENTRIES: usize = 1_000_000;
/// No entry is unpacked beyond this.
const MOST_ENTRY: u64 = 512 << 20;
/// Pictures are packed already; even plain bitmaps of flat colour seldom shrink a hundredfold.
const MOST_RATIO: u64 = 200;
/// What a small archive may unpack to, whatever the ratio.
const FREE: u64 = 64 << 20;

/// The archive's bytes, shared by the threads that unpack.
#[derive(Clone)]
struct SharedBytes(Arc<Vec<u8>>);

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

pub struct Archive {
    zip: ZipArchive<Cursor<SharedBytes>>,
    /// Where the archive lies; its entries are told as if it were a folder.
    path: String,
    next: usize,
    /// Bytes that may still come out.
    left: u64,
}

/// One file of the archive.
pub struct ArchiveEntry {
    pub path: String,
    pub index: usize,
    /// The size it states.
    pub size: u64,
}

impl Archive {
    pub fn open(path: &str, bytes: Vec<u8>) -> Result<Self> {
        let left = FREE + MOST_RATIO * bytes.len() as u64;
        // Each entry of the list begins with these four bytes, wherever the list may lie.
        let entries = bytes.windows(4).filter(|window| window == b"PK\x01\x02").count();
        if MOST_ENTRIES < entries {
            return Err(Error::new(format!("a zip of {entries} files, of at most {MOST_ENTRIES}")));
        }
        let zip = ZipArchive::new(Cursor::new(SharedBytes(Arc::new(bytes)))).map_err(damaged)?;
        Ok(Self { zip, path: path.to_string(), next: 0, left })
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    /// Number of entries that have not been asked for.
    pub fn remaining(&self) -> usize {
        self.zip.len() - self.next
    }

    pub fn has_duplicates(&self) -> bool {
        self.zip.has_duplicate_names()
    }

    /// The next file, or the path and the reason why it is left out; folders are passed over.
    pub fn next(&mut self) -> Option<std::result::Result<ArchiveEntry, (String, String)>> {
        loop {
            let index = self.next;
            if index == self.zip.len() {
                return None;
            }
            self.next += 1;
            let Ok(entry) = self.zip.by_index_data(index) else { continue };
            if entry.is_dir() {
                continue;
            }
            let raw = || String::from_utf8_lossy(entry.name_raw()).into_owned();
            let name = entry.name().map_or_else(|_| raw(), |name| name.into_owned());
            let leave = |reason: &str| Some(Err((format!("{}/{name}", self.path), reason.to_string())));
            let Some(clean) = paths::clean(&name) else {
                return leave("an unsafe name: it leads out of the archive");
            };
            if entry.encrypted() {
                return leave("locked with a password");
            }
            if entry.is_symlink() {
                return leave("a link, not a file");
            }
            if !matches!(entry.compression(), CompressionMethod::Stored | CompressionMethod::Deflated) {
                return leave("packed in a way that is not read here; deflate is");
            }
            if MOST_ENTRY < entry.size() {
                return leave("too large: more than 512 MiB when unpacked");
            }
            if self.left < entry.size() {
                return leave("not unpacked: the archive unpacks to far more than its size");
            }
            return Some(Ok(ArchiveEntry { path: format!("{}/{clean}", self.path), index, size: entry.size() }));
        }
    }

    /// What an entry is, and its bytes if it is something we read. Several threads may unpack at once.
    pub fn read(&self, entry: &ArchiveEntry) -> Result<(FileKind, Vec<u8>)> {
        // Cheap: the list of entries and the archive's bytes are shared.
        let mut zip = self.zip.clone();
        let mut unpacked = zip.by_index(entry.index).map_err(damaged)?;
        let told = |error: std::io::Error| Error::new(format!("damaged in the archive: {error}"));
        let mut bytes = Vec::new();
        unpacked.by_ref().take(file_kind::HEAD as u64).read_to_end(&mut bytes).map_err(told)?;
        let kind = file_kind::kind(&entry.path, &bytes);
        if matches!(kind, FileKind::Picture(_) | FileKind::Gzip | FileKind::Idx) {
            // One byte more than stated is enough to know that the statement was wrong.
            let rest = (entry.size + 1).saturating_sub(bytes.len() as u64);
            unpacked.take(rest).read_to_end(&mut bytes).map_err(told)?;
            if bytes.len() as u64 != entry.size {
                return Err(Error::new("damaged in the archive: its size is not as stated"));
            }
        }
        Ok((kind, bytes))
    }

    /// Counts what an entry unpacked to against the limit; `None`, when that failed somewhere, counts as all of it.
    pub fn spend(&mut self, entry: &ArchiveEntry, bytes: Option<usize>) {
        self.left = self.left.saturating_sub(bytes.map_or(entry.size, |bytes| bytes as u64));
    }
}

fn damaged(error: ZipError) -> Error {
    Error::new(match error {
        ZipError::UnsupportedArchive(what) => format!("packed in a way that is not read here ({what})"),
        error => format!("a damaged zip ({error})"),
    })
}
