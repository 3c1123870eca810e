//! A zip of images, read entry by entry; the archive itself stays compressed in memory.
//!
//! An archive may be hostile, so nothing it claims is trusted:
//! - the number of entries is bounded before their list is read;
//! - an entry is unpacked only if its first bytes are those of an image or an IDX file, and never beyond the size it
//!   states; memory grows with the bytes that come out;
//! - all entries together may unpack to [`MOST_RATIO`] times the archive, which stops zip bombs of overlapping entries;
//! - names that leave their folder, encrypted entries, links and nested archives are skipped with a reason.
//!
//! What common programs write is read, where it is not quite a zip: data before it (archives that unpack themselves), a
//! number of entries that does not fit its 16 bits, names that begin with a slash, the Deflate64 of Windows above 2 GB.

use std::io::{Cursor, Read};
use std::sync::Arc;

use zip::result::ZipError;
use zip::{CompressionMethod, ZipArchive};

use super::file_kind::{self, FileKind};
use super::foreign;
use super::names::{CodePage, in_page};
use super::paths;
use super::table;
use super::zip_records::{self, LISTED};
use crate::error::{Error, Result};

/// The list takes a few hundred bytes for each entry.
const MOST_ENTRIES: usize = 1_000_000;
/// Most bytes of an unpacked entry.
const MOST_ENTRY: u64 = 512 << 20;
/// Images are compressed already; even bitmaps of one colour rarely shrink a hundredfold.
const MOST_RATIO: u64 = 200;
/// Bytes that a small archive may unpack to, whatever the ratio.
const FREE: u64 = 64 << 20;

/// The archive's bytes, shared by the threads that unpack.
#[derive(Clone)]
struct SharedBytes(Arc<Vec<u8>>);

impl AsRef<[u8]> for SharedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

type SharedZip = ZipArchive<Cursor<SharedBytes>>;

pub struct Archive {
    zip: SharedZip,
    /// Path of the archive, which stands for a folder in the paths of its entries.
    path: String,
    /// The code page of its names.
    page: Option<CodePage>,
    next: usize,
    /// Bytes that may still be unpacked.
    left: u64,
}

/// One file of the archive.
pub struct ArchiveEntry {
    pub path: String,
    pub index: usize,
    /// Unpacked size, according to the archive.
    pub size: u64,
}

impl Archive {
    pub fn open(path: &str, bytes: Vec<u8>) -> Result<Self> {
        let left = FREE + MOST_RATIO * bytes.len() as u64;
        // Each entry of the list begins with these four bytes, wherever the list is.
        let entries = bytes.windows(4).filter(|window| *window == LISTED).count();
        if MOST_ENTRIES < entries {
            return Err(Error::new(format!("a zip of {entries} files, more than the {MOST_ENTRIES} that are read")));
        }
        let (zip, page) = foreign::call("a zip".into(), || {
            let bytes = SharedBytes(Arc::new(zip_records::with_true_count(bytes)));
            let zip = ZipArchive::new(Cursor::new(bytes)).map_err(damaged)?;
            let page = CodePage::of(&zip.file_names_raw().collect::<Vec<_>>());
            Ok((zip, page))
        })?;
        Ok(Self { zip, path: path.to_string(), page, next: 0, left })
    }

    /// Number of entries not returned yet.
    pub fn remaining(&self) -> usize {
        self.zip.len() - self.next
    }

    /// Paths of all files, as the archive has them.
    pub fn paths(&self) -> Vec<String> {
        let path = |name: &[u8]| format!("{}/{}", self.path, in_page(self.page, name));
        let files = || self.zip.file_names_raw().filter(|name| !name.ends_with(b"/")).map(path).collect();
        foreign::caught("a zip", || Ok(files())).unwrap_or_default()
    }

    /// A remark on files of the same name.
    pub fn note(&self) -> Option<String> {
        let note = || format!("{} contains several files with the same name; the last of each is used", self.path);
        self.zip.has_duplicate_names().then(note)
    }

    /// The next file, or its path and the reason to skip it; ignores folders.
    pub fn next(&mut self) -> Option<std::result::Result<ArchiveEntry, (String, String)>> {
        while self.next < self.zip.len() {
            self.next += 1;
            if let Some(entry) = self.entry(self.next - 1) {
                return Some(entry);
            }
        }
        None
    }

    /// As [`Archive::next`], for one entry; `None` for a folder.
    pub fn entry(&mut self, index: usize) -> Option<std::result::Result<ArchiveEntry, (String, String)>> {
        let listed = foreign::caught("an entry", || Ok(self.listed(index)));
        listed.unwrap_or_else(|error| Some(Err((format!("{}/{index}", self.path), error.to_string()))))
    }

    fn listed(&mut self, index: usize) -> Option<std::result::Result<ArchiveEntry, (String, String)>> {
        let entry = self.zip.by_index_data(index).ok()?;
        if entry.is_dir() {
            return None;
        }
        let name = in_page(self.page, entry.name_raw());
        let skip = |reason: &str| Some(Err((format!("{}/{name}", self.path), reason.to_string())));
        let Some(clean) = paths::clean(&name) else {
            return skip("an unsafe name, which leads out of the archive");
        };
        if entry.encrypted() {
            return skip("protected by a password");
        }
        if entry.is_symlink() {
            return skip("a link, not a file");
        }
        let method = entry.compression();
        if !matches!(method, CompressionMethod::Stored | CompressionMethod::Deflated | CompressionMethod::Deflate64) {
            return skip(&format!("packed by an unsupported zip compression ({method}); pack it again with Deflate"));
        }
        if MOST_ENTRY < entry.size() {
            return skip("too large, more than 512 MiB unpacked");
        }
        if self.left < entry.size() {
            return skip("not unpacked, since the archive would unpack to far more than its size");
        }
        Some(Ok(ArchiveEntry { path: format!("{}/{clean}", self.path), index, size: entry.size() }))
    }

    /// The kind of an entry, and its bytes if it is a kind that is read. Several threads may unpack at once.
    pub fn read(&self, entry: &ArchiveEntry) -> Result<(FileKind, Vec<u8>)> {
        // A cheap clone: the list of entries and the archive's bytes are shared.
        let (zip, path, index, size) = (self.zip.clone(), entry.path.clone(), entry.index, entry.size);
        foreign::call("an entry of a zip".into(), move || unpacked(zip, &path, index, size))
    }

    /// Charges the unpacked bytes of an entry that was read to the limit; after a failure its whole size.
    pub fn settle(&mut self, entry: Option<&ArchiveEntry>, bytes: usize) {
        let Some(entry) = entry else { return };
        // Without bytes it failed, or it is gzipped, and has the stated size.
        self.left = self.left.saturating_sub(if bytes == 0 { entry.size } else { bytes as u64 });
    }
}

fn unpacked(mut zip: SharedZip, path: &str, index: usize, size: u64) -> Result<(FileKind, Vec<u8>)> {
    let mut unpacked = zip.by_index(index).map_err(damaged)?;
    let failed = |error: std::io::Error| Error::new(format!("damaged in the archive: {error}"));
    let mut bytes = Vec::new();
    unpacked.by_ref().take(file_kind::HEAD as u64).read_to_end(&mut bytes).map_err(failed)?;
    let kind = file_kind::kind(path, &bytes);
    let is_read = matches!(kind, FileKind::Picture(_) | FileKind::Font | FileKind::Gzip | FileKind::Idx);
    if is_read || table::is_named(path) {
        // One byte more than stated is enough to see that the stated size is wrong.
        let rest = (size + 1).saturating_sub(bytes.len() as u64);
        unpacked.take(rest).read_to_end(&mut bytes).map_err(failed)?;
        if bytes.len() as u64 != size {
            return Err(Error::new("damaged in the archive: its size is wrong"));
        }
    }
    Ok((kind, bytes))
}

fn damaged(error: ZipError) -> Error {
    Error::new(match error {
        ZipError::UnsupportedArchive(what) => format!("an unsupported kind of zip ({what})"),
        error => format!("a damaged zip ({error})"),
    })
}
