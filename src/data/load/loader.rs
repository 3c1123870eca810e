//! Loads files slice by slice: the doors push files and call [`Loader::advance`], so they can show progress, and cancel by
//! dropping the loader. The bytes of a file are released as soon as it is decoded.
//!
//! ```text
//! push(path, bytes) ... advance() while pending() ... close() ... advance() while pending() ... finish()
//! ```
//! The size of the examples, unless it is set, is that of the first images if all of these have the same size of 8 to 64
//! pixels, else 64 x 64; images wait undecoded until enough have come to decide. The targets of pairs have a size of their
//! own, decided in the same way.

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
use super::item::{ItemContent, LoadItem};
use super::loaded::{Failed, LoadProgress, Loaded};
use super::options::LoadOptions;
use super::paths::{self, LITTER};
use super::picture_queue::{PictureQueue, SLICE_BYTES, SLICE_FILES};
use super::sides::{KnownSides, Side};
use super::table;
use crate::data::store::cache_writer::{CacheWriter, MemoryBudget};
use crate::data::store::image_builder::ImageBuilder;
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
    /// Images that wait, inputs and the targets of pairs.
    pictures: [PictureQueue; 2],
    sides: KnownSides,
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
            pictures: Default::default(),
            sides: KnownSides::default(),
            intake: Intake::new(options),
            came: 0,
            closed: false,
            assembled: None,
        }
    }

    /// Like [`Loader::new`], with a budget and storage for pixels beyond it; continues a cache file that is there.
    pub fn with_budget(name: &str, options: LoadOptions, budget: MemoryBudget) -> Result<Self> {
        let mut loader = Self::new(name, options);
        let Intake { options, builders, sources, cache, done, .. } = &mut loader.intake;
        let fixed = [options.channels != 0, options.target_channels != 0];
        let (writer, stored) = CacheWriter::open(budget, fixed, sources)?;
        *cache = writer;
        for (builder, stored) in builders.iter_mut().zip(stored) {
            *builder = stored.or(builder.take());
        }
        *done = sources.report.files;
        Ok(loader)
    }

    /// Whether a file of this many bytes need not be handed in, because the cache file contains its examples.
    pub fn knows(&mut self, path: &str, bytes: u64) -> bool {
        // Tables are not in the cache file.
        let cleaned = paths::cleaned(path);
        let knows = !table::is_named(path) && self.intake.cache.knows(&cleaned);
        self.sides.note(&cleaned);
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
        self.sides.note(&path);
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
        self.sides.note(&file.path);
        if !is_entry || !self.intake.cache.knows(&file.path) {
            self.files.push_back(file.into_item());
        }
    }

    /// Adds a remark to the report.
    pub fn note(&mut self, text: String) {
        self.intake.sources.report.note(text);
    }

    /// Announces the sides of files that will come: a target of a pair is recognised as such once an input is known.
    pub fn announce(&mut self, sides: KnownSides) {
        self.sides.add(sides);
    }

    /// The options for decoding the files to come, with the sizes of the examples once they are decided.
    pub fn decode_options(&self) -> LoadOptions {
        let size = |side: Side| match &self.intake.builders[side as usize] {
            Some(builder) => (builder.shape.width, builder.shape.height, builder.wanted_channels()),
            None => (0, 0, self.intake.options.of_side(side).channels),
        };
        let (width, height, channels) = size(Side::Input);
        let (target_width, target_height, target_channels) = size(Side::Target);
        LoadOptions {
            width,
            height,
            channels,
            target_width,
            target_height,
            target_channels,
            paired: self.sides.are_both(),
            ..self.intake.options.clone()
        }
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
        let waits = Side::BOTH.into_iter().any(|side| self.can_decode(side))
            || !self.fonts.is_empty()
            || (self.closed && !self.pictures.iter().all(PictureQueue::is_empty));
        !self.files.is_empty() || self.archive.is_some() || !self.idx.is_empty() || waits
    }

    /// Whether images of this side wait whose size is decided.
    fn can_decode(&self, side: Side) -> bool {
        !self.pictures[side as usize].is_empty() && self.intake.builders[side as usize].is_some()
    }

    /// Number of images that wait.
    fn waiting(&self) -> usize {
        self.pictures.iter().map(PictureQueue::len).sum()
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
            total: done + self.files.len() + entries + self.idx.len() + self.fonts.len() + self.waiting(),
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
        } else if !Side::BOTH.into_iter().any(|side| self.can_decode(side)) {
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
        for side in Side::BOTH {
            let pictures = &mut self.pictures[side as usize];
            let all_wait = is_all && !pictures.is_empty();
            if self.intake.builders[side as usize].is_none() && (all_wait || pictures.is_sample()) {
                self.intake.decide_size(side, pictures.common_size());
            }
            pictures.decode(side, &mut self.intake);
        }
    }

    /// Writes the next part to the cache file, if there is one or it is time to start one; else packs it, if that pays.
    fn write_cache(&mut self, last: bool) -> Result<()> {
        let left = {
            let entries = self.archive.as_ref().map_or(0, Archive::remaining);
            self.intake.cache.files_to_come(self.came) + self.files.len() + self.fonts.len() + entries + self.waiting()
        };
        let Intake { builders, sources, cache, .. } = &mut self.intake;
        let there = builders.iter().flatten();
        if there.clone().next().is_none() {
            return Ok(());
        }
        if !last && !cache.is_started() {
            // Estimate: the files left give examples at the same rate as those so far.
            let share = sources.files.len() as f64 / sources.report.files.max(1) as f64;
            let (count, len) = there.clone().fold((0, 0), |(n, len), builder| (n + 1, len + builder.shape.len()));
            let more = (left as f64 * share * len as f64 / f64::from(count)) as u64;
            cache.start_if_over(there.map(ImageBuilder::bytes).sum::<u64>() + more)?;
        }
        if cache.is_complete {
            return Ok(());
        }
        cache.write(builders, sources, last)?;
        if !cache.is_started() {
            builders.iter_mut().flatten().for_each(ImageBuilder::pack);
        }
        Ok(())
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
        let Intake { options, builders, sources, tables, cache, .. } = &mut self.intake;
        let memory = cache.memory();
        let bytes: u64 = builders.iter().flatten().map(ImageBuilder::bytes).sum();
        if !cache.is_started() && (memory as u64) < bytes {
            let (bytes, most) = (bytes >> 20, memory >> 20);
            sources.report.note(format!(
                "the pixels take {bytes} MiB of memory, more than the {most} MiB of memory-cap, because no files can be kept here"
            ));
        }
        let (name, sources) = (mem::take(&mut self.name), mem::take(sources));
        let (tables, builders) = (mem::take(tables), mem::take(builders));
        self.assembled = Some(assemble::assemble(name, options.limit, memory, builders, (sources, tables)));
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
                ItemContent::Picture(..) | ItemContent::Raw(_) | ItemContent::Decoded(..) => {
                    self.pictures[self.sides.of(&item.path) as usize].push(item);
                }
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
            } else if file_kind::of_file(&item.path, &item.bytes) == FileKind::Zip {
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
                archive.paths().iter().for_each(|path| self.sides.note(path));
                self.archive = Some(archive);
            }
            Err(error) => self.intake.skip(path, error.to_string()),
        }
    }
}
