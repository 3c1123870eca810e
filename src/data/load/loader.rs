//! Loading, slice by slice: the doors push files and call [`Loader::advance`], so that they can show progress and stop
//! by dropping the loader. The sources' bytes are let go as soon as they are examples.
//!
//! ```text
//! push(path, bytes) ... advance() while pending() ... close() ... advance() while pending() ... finish()
//! ```
//! The size of the examples, if it is to be found out, is that of the first pictures when they all have the same one
//! of 8 to 64 pixels, else 64 x 64; until enough pictures have come to tell, they wait undecoded.

mod take_idx;
mod take_pictures;

use std::collections::VecDeque;
use std::mem;

use super::archive::Archive;
use super::arrange::Arranging;
use super::assemble::{self, Labels, SourceFile};
use super::file_kind::{self, FileKind};
use super::item::{ItemContent, LoadItem, head};
use super::options::LoadOptions;
use super::paths;
use super::report::{Failed, LoadProgress, Loaded, Report};
use crate::data::store::cache_writer::{CacheWriter, MemoryBudget};
use crate::data::store::image_builder::ImageBuilder;
use crate::error::{Error, Result};
use crate::par;
use take_idx::Coming;

/// Work of one slice for each thread: some tens of milliseconds, whether of many small pictures or of a few photographs.
const SLICE_FILES: usize = 32;
const SLICE_BYTES: u64 = 2 << 20;
/// No slice unpacks more than this at once, except for a single file.
const SLICE_MOST_BYTES: u64 = 128 << 20;

pub struct Loader {
    name: String,
    options: LoadOptions,
    files: VecDeque<(String, Vec<u8>)>,
    archive: Option<Archive>,
    /// IDX files, which nothing passes.
    coming: VecDeque<(String, Coming)>,
    /// Pictures that wait for the size of the examples, or for their slice.
    waiting: VecDeque<LoadItem>,
    waiting_bytes: usize,
    /// There is one as soon as the size is decided.
    store: Option<ImageBuilder>,
    sources: Vec<SourceFile>,
    labels: Vec<Labels>,
    report: Report,
    packing: CacheWriter,
    done: usize,
    /// Files that the door handed in.
    came: usize,
    current: String,
    /// No more files come.
    closed: bool,
    /// What came of all files.
    assembled: Option<std::result::Result<Arranging, Failed>>,
}

impl Loader {
    /// `name` is what the data set is called: the folder or the archive that was dropped.
    pub fn new(name: &str, options: LoadOptions) -> Self {
        let options = options.bounded();
        let store = options.size().map(|(width, height)| ImageBuilder::new(width, height, options.channels));
        Self {
            name: name.to_string(),
            options,
            files: VecDeque::new(),
            archive: None,
            coming: VecDeque::new(),
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            store,
            sources: Vec::new(),
            labels: Vec::new(),
            report: Report::default(),
            packing: CacheWriter::default(),
            done: 0,
            came: 0,
            current: String::new(),
            closed: false,
            assembled: None,
        }
    }

    /// As [`Loader::new`], with a place for what does not fit into memory; goes on with what is there already.
    pub fn with_room(name: &str, options: LoadOptions, room: MemoryBudget) -> Result<Self> {
        let mut loader = Self::new(name, options);
        let fixed = loader.options.channels != 0;
        let Self { sources, labels, report, .. } = &mut loader;
        let (packing, store) = CacheWriter::open(room, fixed, sources, labels, report)?;
        loader.packing = packing;
        loader.store = store.or(loader.store);
        loader.done = loader.report.files;
        Ok(loader)
    }

    /// Whether a file of so many bytes need not be handed in, because what came of it is there already.
    pub fn knows(&mut self, path: &str, bytes: u64) -> bool {
        let knows = self.packing.knows(&cleaned(path));
        if knows {
            self.came += 1;
            self.report.bytes += bytes;
        }
        knows
    }

    /// Takes a file; `path` is relative to what was dropped and uses `/`.
    pub fn push(&mut self, path: String, bytes: Vec<u8>) {
        self.report.bytes += bytes.len() as u64;
        self.came += 1;
        self.files.push_back((cleaned(&path), bytes));
    }

    /// Counts a file that the door could not read.
    pub fn skip(&mut self, path: String, reason: impl Into<String>) {
        self.came += 1;
        self.leave(path, reason.into());
    }

    /// No more files come: from now on [`Loader::advance`] also does what must wait for the last.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Whether [`Loader::advance`] has something to do with what was pushed so far.
    pub fn pending(&self) -> bool {
        let is_arranged = match &self.assembled {
            None => false,
            Some(Ok(arranging)) => !arranging.is_pending(),
            Some(Err(_)) => true,
        };
        self.is_reading() || (self.closed && !is_arranged)
    }

    fn is_reading(&self) -> bool {
        let waits = !self.waiting.is_empty() && (self.store.is_some() || self.closed);
        !self.files.is_empty() || self.archive.is_some() || !self.coming.is_empty() || waits
    }

    pub fn progress(&self) -> LoadProgress {
        if let Some(Ok(arranging)) = &self.assembled {
            let (done, total) = arranging.progress();
            return LoadProgress {
                done,
                total,
                used: total,
                skipped: arranging.skipped(),
                arranging: true,
                ..LoadProgress::default()
            };
        }
        let entries = self.archive.as_ref().map_or(0, Archive::remaining);
        LoadProgress {
            done: self.done,
            total: self.done + self.files.len() + entries + self.coming.len() + self.waiting.len(),
            current: self.current.clone(),
            used: self.report.used,
            skipped: self.report.skipped_count,
            arranging: false,
        }
    }

    /// One slice of work.
    pub fn advance(&mut self) -> Result<LoadProgress> {
        if self.closed && !self.is_reading() {
            match &mut self.assembled {
                None => self.assemble()?,
                Some(Ok(arranging)) => arranging.advance()?,
                Some(Err(_)) => {}
            }
            return Ok(self.progress());
        }
        if !self.coming.is_empty() {
            self.unpack()?;
        } else if self.store.is_none() || self.waiting.is_empty() {
            self.read_files()?;
        }
        if self.coming.is_empty() {
            self.take_pictures();
        }
        self.pack(false)?;
        Ok(self.progress())
    }

    /// Takes the next part into the pack, if there is one or it is time to begin one.
    fn pack(&mut self, last: bool) -> Result<()> {
        let Self { store: Some(store), sources, labels, report, packing, .. } = self else { return Ok(()) };
        if !last && store.packed.is_none() {
            let entries = self.archive.as_ref().map_or(0, Archive::remaining);
            let left = packing.files_to_come(self.came) + self.files.len() + entries + self.waiting.len();
            // Of the files that are left, as many give examples as of those that came so far.
            let share = sources.len() as f64 / report.files.max(1) as f64;
            let more = (left as f64 * share * store.shape.len() as f64) as u64;
            packing.make_room(store, store.bytes() + more)?;
        }
        if packing.is_whole {
            return Ok(());
        }
        packing.write(store, sources, labels, report, last)
    }

    /// Does what is left to do and hands over the data set.
    pub fn finish(mut self) -> std::result::Result<Loaded, Failed> {
        self.close();
        while self.pending() {
            if let Err(error) = self.advance() {
                return Err(match self.assembled {
                    Some(Ok(arranging)) => arranging.failed(error),
                    _ => Failed { error, report: self.report },
                });
            }
        }
        match self.assembled {
            Some(assembled) => assembled.map(Arranging::finish),
            None => Err(Failed { error: Error::new("nothing was read"), report: self.report }),
        }
    }

    /// Makes a data set of all that came.
    fn assemble(&mut self) -> Result<()> {
        if let Some(bytes) = self.packing.bytes {
            self.report.bytes = bytes;
        }
        self.pack(true)?;
        let memory = self.packing.memory();
        if let Some(store) =
            self.store.as_ref().filter(|store| store.packed.is_none() && (memory as u64) < store.bytes())
        {
            let (bytes, most) = (store.bytes() >> 20, memory >> 20);
            self.report.note(format!(
                "the pixels take {bytes} MiB of memory, more than the {most} MiB of memory-cap, because no files can be kept here"
            ));
        }
        let Self { name, options, store, sources, labels, report, .. } = self;
        let (name, sources, labels) = (mem::take(name), mem::take(sources), mem::take(labels));
        self.assembled =
            Some(assemble::assemble(name, options.limit, memory, store.take(), sources, labels, mem::take(report)));
        Ok(())
    }

    fn leave(&mut self, path: String, reason: String) {
        self.report.files += 1;
        self.done += 1;
        self.report.skip(path, reason);
    }

    /// Takes a slice of files, tells what they are, and puts the pictures among them on the waiting list.
    fn read_files(&mut self) -> Result<()> {
        let mut items = self.next_items();
        let archive = self.archive.as_ref();
        par::each(&mut items, |_, item| item.open(archive));
        for item in items {
            if let (Some(archive), Some(entry)) = (&mut self.archive, &item.entry) {
                let failed = item.bytes.is_empty() && entry.size != 0; // or it is gzipped, and was as large as stated
                archive.spend(entry, if failed { None } else { Some(item.bytes.len()) });
            }
            self.current.clone_from(&item.path);
            match item.found {
                ItemContent::Left(reason) => self.leave(item.path, reason),
                ItemContent::Idx(idx) => self.coming.push_back((item.path, Coming::Whole(Ok(idx)))),
                ItemContent::Gzip(file) => self.coming.push_back((item.path, Coming::Packed(file))),
                ItemContent::Picture(..) => {
                    self.waiting_bytes += item.bytes.len();
                    self.waiting.push_back(item);
                }
                ItemContent::Nothing | ItemContent::Placed(_) => {}
            }
        }
        if self.archive.as_ref().is_some_and(|archive| archive.remaining() == 0) {
            self.archive = None;
        }
        self.take_whole()
    }

    /// The files of one slice: from the open archive first, then those pushed. Opens the next archive.
    fn next_items(&mut self) -> Vec<LoadItem> {
        let threads = par::threads();
        let (mut items, mut bytes) = (Vec::new(), 0);
        let full = |items: &[LoadItem], bytes: u64| {
            SLICE_FILES * threads <= items.len()
                || (threads <= items.len() && SLICE_BYTES * threads as u64 <= bytes)
                || SLICE_MOST_BYTES <= bytes
        };
        // Entries left out without a look are many in a hostile archive, so they count as work, too.
        let mut left = 0;
        while !full(&items, bytes) && left < 10_000 {
            if let Some(archive) = &mut self.archive {
                match archive.next() {
                    Some(Ok(entry)) if self.packing.knows(&entry.path) => left += 1,
                    Some(Ok(entry)) if paths::is_litter(&entry.path) => {
                        left += 1;
                        self.leave(entry.path, LITTER.into());
                    }
                    Some(Ok(entry)) => {
                        bytes += entry.size;
                        items.push(LoadItem {
                            path: entry.path.clone(),
                            bytes: Vec::new(),
                            entry: Some(entry),
                            found: ItemContent::Nothing,
                        });
                    }
                    Some(Err((path, reason))) => {
                        left += 1;
                        if !self.packing.knows(&path) {
                            self.leave(path, reason);
                        }
                    }
                    None => break, // the next file must wait: these entries need their archive
                }
                continue;
            }
            let Some((path, content)) = self.files.pop_front() else { break };
            if paths::is_litter(&path) {
                self.leave(path, LITTER.into());
            } else if file_kind::kind(&path, head(&content)) == FileKind::Zip {
                self.open_archive(path, content);
            } else {
                bytes += content.len() as u64;
                items.push(LoadItem { path, bytes: content, entry: None, found: ItemContent::Nothing });
            }
        }
        items
    }

    fn open_archive(&mut self, path: String, bytes: Vec<u8>) {
        match Archive::open(&path, bytes) {
            Ok(archive) if archive.remaining() == 0 => self.leave(path, "an empty zip".into()),
            Ok(archive) => {
                if archive.has_duplicates() {
                    let path = archive.path();
                    self.report.note(format!("{path} holds several files of one name; the last of each counts"));
                }
                self.archive = Some(archive);
            }
            Err(error) => self.leave(path, error.to_string()),
        }
    }

    fn count_used(&mut self, examples: usize) {
        self.report.files += 1;
        self.done += 1;
        self.report.used += examples;
    }
}

/// From outside archives odd paths are an accident: what is odd is dropped, and the file is read.
fn cleaned(path: &str) -> String {
    paths::clean(path).unwrap_or_else(|| {
        let parts: Vec<&str> = path.split(['/', '\\']).filter(|part| !matches!(*part, "" | "." | "..")).collect();
        parts.join("/")
    })
}

/// Why such a file was left out.
pub const LITTER: &str = "a file of the operating system, not an image";
