//! Loads files slice by slice: the doors push files and call [`Loader::advance`], so they can show progress, and cancel by
//! dropping the loader. The bytes of a file are released as soon as it is decoded.
//!
//! ```text
//! push(path, bytes) ... advance() while pending() ... close() ... advance() while pending() ... finish()
//! ```
//! The size of the examples, unless it is set, is that of the first images if all of these have the same size of 8 to 64
//! pixels, else 64 x 64; images wait undecoded until enough have come to decide.

use std::collections::VecDeque;
use std::mem;

use super::archive::Archive;
use super::arrange::Arranger;
use super::assemble;
use super::decoded_file::DecodedFile;
use super::file_kind::{self, FileKind};
use super::font_queue::FontQueue;
use super::idx_queue::{IdxQueue, IncomingIdx};
use super::intake::Intake;
use super::item::{ItemContent, LoadItem, head};
use super::loaded::{Failed, LoadProgress, Loaded};
use super::options::LoadOptions;
use super::paths::{self, LITTER};
use super::picture_queue::{PictureQueue, SLICE_BYTES, SLICE_FILES};
use super::table;
use crate::data::store::cache_writer::{CacheWriter, MemoryBudget};
use crate::error::{Error, Result};
use crate::par;

/// Most bytes unpacked in one slice, except for a single file.
const SLICE_MOST_BYTES: u64 = 128 << 20;
/// Most entries of an archive skipped in one slice: a hostile one may have many.
const SLICE_SKIPPED: usize = 10_000;

pub struct Loader {
    name: String,
    files: VecDeque<LoadItem>,
    archive: Option<Archive>,
    idx: IdxQueue,
    fonts: FontQueue,
    pictures: PictureQueue,
    intake: Intake,
    /// Number of files that the door handed in.
    came: usize,
    /// Whether all files have come.
    closed: bool,
    /// The data set, or the failure, once all files are read.
    assembled: Option<std::result::Result<Arranger, Failed>>,
}

impl Loader {
    /// `name` is that of the data set: the folder or the archive.
    pub fn new(name: &str, options: LoadOptions) -> Self {
        Self {
            name: name.to_string(),
            files: VecDeque::new(),
            archive: None,
            idx: IdxQueue::default(),
            fonts: FontQueue::default(),
            pictures: PictureQueue::default(),
            intake: Intake::new(options),
            came: 0,
            closed: false,
            assembled: None,
        }
    }

    /// Like [`Loader::new`], with a budget and storage for pixels beyond it; continues a cache file that is there.
    pub fn with_budget(name: &str, options: LoadOptions, budget: MemoryBudget) -> Result<Self> {
        let mut loader = Self::new(name, options);
        let Intake { options, builder, sources, cache, done, .. } = &mut loader.intake;
        let (writer, stored) = CacheWriter::open(budget, options.channels != 0, sources)?;
        *cache = writer;
        *builder = stored.or(builder.take());
        *done = sources.report.files;
        Ok(loader)
    }

    /// Whether a file of this many bytes need not be handed in, because the cache file contains its examples.
    pub fn knows(&mut self, path: &str, bytes: u64) -> bool {
        // Tables are not in the cache file.
        let knows = !table::is_named(path) && self.intake.cache.knows(&paths::cleaned(path));
        if knows {
            self.came += 1;
            self.intake.sources.report.bytes += bytes;
        }
        knows
    }

    /// Takes a file; `path` is relative to the input and uses `/`.
    pub fn push(&mut self, path: String, bytes: Vec<u8>) {
        self.count(bytes.len() as u64);
        let path = paths::cleaned(&path);
        self.files.push_back(LoadItem { path, bytes, entry: None, content: ItemContent::Unread });
    }

    /// Counts a file of this many bytes, whose contents come decoded.
    pub fn count(&mut self, bytes: u64) {
        self.intake.sources.report.bytes += bytes;
        self.came += 1;
    }

    /// Takes what a file, or one of an archive, became; the file itself is counted by [`Loader::count`]. Files of an
    /// archive that the cache file contains are left out.
    pub fn push_decoded(&mut self, file: DecodedFile, is_entry: bool) {
        if !is_entry || !self.intake.cache.knows(&file.path) {
            self.files.push_back(file.into_item());
        }
    }

    /// Adds a remark to the report.
    pub fn note(&mut self, text: String) {
        self.intake.sources.report.note(text);
    }

    /// The options for decoding the files to come, with the size of the examples once it is decided.
    pub fn decode_options(&self) -> LoadOptions {
        let Intake { options, builder, .. } = &self.intake;
        let Some(builder) = builder else { return LoadOptions { width: 0, height: 0, ..options.clone() } };
        let (width, height, channels) = (builder.shape.width, builder.shape.height, builder.wanted_channels());
        LoadOptions { width, height, channels, ..options.clone() }
    }

    /// Counts a file that the door could not read.
    pub fn skip(&mut self, path: String, reason: impl Into<String>) {
        self.came += 1;
        self.intake.skip(path, reason.into());
    }

    /// Declares that all files have come: from now on [`Loader::advance`] also does the work that must wait for the last.
    pub fn close(&mut self) {
        self.closed = true;
    }

    /// Whether [`Loader::advance`] has work to do on what was pushed so far.
    pub fn pending(&self) -> bool {
        let is_arranged = match &self.assembled {
            None => false,
            Some(Ok(arranger)) => !arranger.is_pending(),
            Some(Err(_)) => true,
        };
        self.is_reading() || (self.closed && !is_arranged)
    }

    fn is_reading(&self) -> bool {
        let waits = !self.pictures.is_empty() && (self.intake.builder.is_some() || self.closed);
        let waits = waits || !self.fonts.is_empty();
        !self.files.is_empty() || self.archive.is_some() || !self.idx.is_empty() || waits
    }

    pub fn progress(&self) -> LoadProgress {
        if let Some(Ok(arranger)) = &self.assembled {
            let (done, total) = arranger.progress();
            return LoadProgress {
                done,
                total,
                used: total,
                skipped: arranger.skipped(),
                arranging: true,
                ..LoadProgress::default()
            };
        }
        let entries = self.archive.as_ref().map_or(0, Archive::remaining);
        let Intake { sources, done, current, .. } = &self.intake;
        LoadProgress {
            done: *done,
            total: done + self.files.len() + entries + self.idx.len() + self.fonts.len() + self.pictures.len(),
            current: current.clone(),
            used: sources.report.used,
            skipped: sources.report.skipped_count,
            arranging: false,
        }
    }

    /// Does one slice of work.
    pub fn advance(&mut self) -> Result<LoadProgress> {
        if self.closed && !self.is_reading() {
            match &mut self.assembled {
                None => self.assemble()?,
                Some(Ok(arranger)) => arranger.advance()?,
                Some(Err(_)) => {}
            }
            return Ok(self.progress());
        }
        if !self.idx.is_empty() {
            self.idx.unpack(&mut self.intake)?;
        } else if !self.fonts.is_empty() {
            self.fonts.draw(&mut self.intake);
        } else if self.intake.builder.is_none() || self.pictures.is_empty() {
            self.read_files()?;
        }
        if self.idx.is_empty() {
            self.decode_pictures();
        }
        self.write_cache(false)?;
        Ok(self.progress())
    }

    /// Decides the size of the examples once enough images wait, then decodes a slice of them.
    fn decode_pictures(&mut self) {
        let is_all = self.closed && self.files.is_empty() && self.archive.is_none() && self.fonts.is_empty();
        let all_wait = is_all && !self.pictures.is_empty();
        if self.intake.builder.is_none() && (all_wait || self.pictures.is_sample()) {
            self.intake.decide_size(self.pictures.common_size());
        }
        self.pictures.decode(&mut self.intake);
    }

    /// Writes the next part to the cache file, if there is one or it is time to start one.
    fn write_cache(&mut self, last: bool) -> Result<()> {
        let Intake { builder: Some(builder), sources, cache, .. } = &mut self.intake else { return Ok(()) };
        if !last && builder.stored.is_none() {
            let entries = self.archive.as_ref().map_or(0, Archive::remaining);
            let waiting = self.files.len() + self.fonts.len() + self.pictures.len();
            let left = cache.files_to_come(self.came) + entries + waiting;
            // Estimate: the files left give examples at the same rate as those so far.
            let share = sources.files.len() as f64 / sources.report.files.max(1) as f64;
            let more = (left as f64 * share * builder.shape.len() as f64) as u64;
            cache.start_if_over(builder, builder.bytes() + more)?;
        }
        if cache.is_complete {
            return Ok(());
        }
        cache.write(builder, sources, last)
    }

    /// Does the remaining work and returns the data set.
    pub fn finish(mut self) -> std::result::Result<Loaded, Failed> {
        self.close();
        while self.pending() {
            if let Err(error) = self.advance() {
                return Err(match self.assembled {
                    Some(Ok(arranger)) => arranger.failed(error),
                    _ => Failed { error, report: self.intake.sources.report },
                });
            }
        }
        match self.assembled {
            Some(assembled) => assembled.map(Arranger::finish),
            None => Err(Failed { error: Error::new("nothing was read"), report: self.intake.sources.report }),
        }
    }

    /// Builds the data set from everything that was read.
    fn assemble(&mut self) -> Result<()> {
        if let Some(bytes) = self.intake.cache.source_bytes {
            self.intake.sources.report.bytes = bytes;
        }
        self.write_cache(true)?;
        let Intake { options, builder, sources, tables, cache, .. } = &mut self.intake;
        let memory = cache.memory();
        if let Some(builder) =
            builder.as_ref().filter(|builder| builder.stored.is_none() && (memory as u64) < builder.bytes())
        {
            let (bytes, most) = (builder.bytes() >> 20, memory >> 20);
            sources.report.note(format!(
                "the pixels take {bytes} MiB of memory, more than the {most} MiB of memory-cap, because no files can be kept here"
            ));
        }
        let (name, sources) = (mem::take(&mut self.name), mem::take(sources));
        let tables = mem::take(tables);
        self.assembled = Some(assemble::assemble(name, options.limit, memory, builder.take(), (sources, tables)));
        Ok(())
    }

    /// Reads a slice of files, and queues each by its kind.
    fn read_files(&mut self) -> Result<()> {
        let mut items = self.next_items();
        let archive = self.archive.as_ref();
        par::each(&mut items, |_, item| item.open(archive));
        for item in items {
            if let Some(archive) = &mut self.archive {
                archive.settle(item.entry.as_ref(), item.bytes.len());
            }
            self.intake.current.clone_from(&item.path);
            match item.content {
                ItemContent::Skipped(reason) => self.intake.skip(item.path, reason),
                ItemContent::Table(table) => self.intake.take_table(item.path, *table),
                ItemContent::Idx(idx) => self.idx.push(item.path, IncomingIdx::Whole(Ok(idx))),
                ItemContent::Gzip(file) => self.idx.push(item.path, IncomingIdx::Packed(file)),
                ItemContent::Picture(..) | ItemContent::Raw(_) | ItemContent::Decoded(..) => self.pictures.push(item),
                ItemContent::Font | ItemContent::Letters(..) => self.fonts.push(item),
                ItemContent::Unread => {}
            }
        }
        if self.archive.as_ref().is_some_and(|archive| archive.remaining() == 0) {
            self.archive = None;
        }
        self.idx.take_whole(&mut self.intake)
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
        let mut skipped = 0;
        while !full(&items, bytes) && skipped < SLICE_SKIPPED {
            if let Some(archive) = &mut self.archive {
                match archive.next() {
                    Some(Ok(entry)) if !table::is_named(&entry.path) && self.intake.cache.knows(&entry.path) => {
                        skipped += 1
                    }
                    Some(Ok(entry)) if paths::is_litter(&entry.path) => {
                        skipped += 1;
                        self.intake.skip(entry.path, LITTER.into());
                    }
                    Some(Ok(entry)) => {
                        bytes += entry.size;
                        items.push(LoadItem {
                            path: entry.path.clone(),
                            bytes: Vec::new(),
                            entry: Some(entry),
                            content: ItemContent::Unread,
                        });
                    }
                    Some(Err((path, reason))) => {
                        skipped += 1;
                        if !self.intake.cache.knows(&path) {
                            self.intake.skip(path, reason);
                        }
                    }
                    None => break, // the next file must wait: these entries need their archive
                }
                continue;
            }
            let Some(item) = self.files.pop_front() else { break };
            if paths::is_litter(&item.path) {
                self.intake.skip(item.path, LITTER.into());
            } else if file_kind::kind(&item.path, head(&item.bytes)) == FileKind::Zip {
                self.open_archive(item.path, item.bytes);
            } else {
                bytes += item.held() as u64;
                items.push(item);
            }
        }
        items
    }

    fn open_archive(&mut self, path: String, bytes: Vec<u8>) {
        match Archive::open(&path, bytes) {
            Ok(archive) if archive.remaining() == 0 => self.intake.skip(path, "an empty zip".into()),
            Ok(archive) => {
                if let Some(note) = archive.note() {
                    self.intake.sources.report.note(note);
                }
                self.archive = Some(archive);
            }
            Err(error) => self.intake.skip(path, error.to_string()),
        }
    }
}
