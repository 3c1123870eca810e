//! Keeps decoded examples in memory while all are expected to fit there, otherwise in a cache file.
//!
//! The size of the whole set is estimated from the number of files left and the share of files that gave examples so
//! far, again after every slice. An unfinished cache file is continued; a complete one is used as it is.

use std::collections::HashMap;
use std::sync::Arc;

use super::block::{self, CacheFile, Record};
use super::fingerprint::Fingerprint;
use super::image_builder::{ImageBuilder, StoredExamples};
use super::source::Sources;
use super::storage::Storage;
use crate::data::frame::Frame;
use crate::data::limits::MOST_BYTES;
use crate::error::{Error, Result};

/// The memory and storage that the door provides for a data set.
pub struct MemoryBudget {
    /// Bytes that the pixels may take in memory.
    pub memory: usize,
    /// Number of files to come, counting an archive as one.
    pub files: usize,
    /// Storage for the cache file and the fingerprint of the source files; `None` where the door keeps no files.
    pub storage: Option<(Arc<dyn Storage>, Fingerprint)>,
}

/// Writes what a loader reads into the cache file.
#[derive(Default)]
pub struct CacheWriter {
    budget: Option<MemoryBudget>,
    /// The number of times that each path occurs in an unfinished cache file.
    known: HashMap<String, u32>,
    /// Whether the cache file is complete: nothing is left to read.
    pub is_complete: bool,
    /// Bytes of all source files, according to the last block.
    pub source_bytes: Option<u64>,
    /// Numbers of entries of the loader's lists that are in the cache file.
    files: usize,
    labels: usize,
    skipped: usize,
    notes: usize,
}

impl CacheWriter {
    /// Opens the cache file of an earlier run, if there is one, and adds its contents to `sources`. `fixed`: the number of
    /// channels stays.
    pub fn open(budget: MemoryBudget, fixed: bool, sources: &mut Sources) -> Result<(Self, Option<ImageBuilder>)> {
        let budget = MemoryBudget { memory: budget.memory.min(MOST_BYTES), ..budget };
        let mut writer = Self { budget: Some(budget), ..Self::default() };
        let Some((storage, fingerprint)) = writer.budget.as_ref().and_then(|budget| budget.storage.clone()) else {
            return Ok((writer, None));
        };
        if storage.size()? == 0 {
            return Ok((writer, None)); // nothing is written before it is clear that it is needed
        }
        let file = block::open(&*storage, fingerprint)?;
        writer.is_complete = file.is_complete();
        if writer.is_complete {
            storage.flush()?;
        }
        let mut stored = StoredExamples { storage, end: file.end, offsets: Vec::new(), grey_before: 0 };
        let mut builder = None;
        let Sources { files, labels, report } = sources;
        for (record, pixels) in file.blocks {
            let shape = record.shape();
            let builder = builder.get_or_insert_with(|| ImageBuilder::new(shape.width, shape.height, shape.channels));
            builder.set_fixed(fixed);
            if builder.shape.channels < shape.channels {
                stored.grey_before = pixels;
                builder.shape = shape;
            }
            builder.add_frames(&record);
            stored.offsets.extend((0..record.examples()).map(|index| pixels + (index * shape.len()) as u64));
            let Record { sources: found, labels: found_labels, skipped, notes, last, .. } = record;
            report.used += found.iter().map(|source| source.count).sum::<usize>();
            let whole = found.iter().filter(|source| source.is_file()).count();
            report.files += whole + found_labels.len() + skipped.len();
            report.skipped_count += skipped.len();
            report.reused += found.iter().map(|source| source.count).sum::<usize>();
            if !writer.is_complete {
                let paths = found.iter().map(|source| &source.path);
                let paths = paths.chain(found_labels.iter().map(|labels| &labels.path));
                for path in paths.chain(skipped.iter().map(|skipped| &skipped.path)) {
                    *writer.known.entry(path.clone()).or_default() += 1;
                }
            }
            files.extend(found);
            labels.extend(found_labels);
            report.skipped.extend(skipped);
            report.notes.extend(notes);
            writer.source_bytes = last;
        }
        writer.mark_written(sources);
        if let Some(builder) = &mut builder {
            builder.stored = Some(stored);
        }
        Ok((writer, builder))
    }

    /// Whether the cache file contains this file, or records why it was skipped; each call counts as one file of that
    /// path.
    pub fn knows(&mut self, path: &str) -> bool {
        match self.known.get_mut(path) {
            Some(count) if 0 < *count => {
                *count -= 1;
                true
            }
            _ => self.is_complete,
        }
    }

    /// Number of files that the door has not handed in yet, after `done` files.
    pub fn files_to_come(&self, done: usize) -> usize {
        self.budget.as_ref().map_or(0, |budget| budget.files.saturating_sub(done))
    }

    /// Bytes that the pixels may take in memory.
    pub fn memory(&self) -> usize {
        self.budget.as_ref().map_or(usize::MAX, |budget| budget.memory)
    }

    /// Starts a cache file if `bytes` of pixels do not fit into the budget.
    pub fn start_if_over(&self, builder: &mut ImageBuilder, bytes: u64) -> Result<()> {
        let Some(MemoryBudget { memory, storage: Some((storage, fingerprint)), .. }) = &self.budget else {
            return Ok(());
        };
        if builder.stored.is_none() && (*memory as u64) < bytes {
            let CacheFile { blocks, end } = block::open(&**storage, *fingerprint)?;
            if !blocks.is_empty() {
                return Err(Error::new("another run is caching the same images; start again when it is done"));
            }
            let storage = storage.clone();
            builder.stored = Some(StoredExamples { storage, end, offsets: Vec::new(), grey_before: 0 });
        }
        Ok(())
    }

    /// Writes everything new to the cache file, if there is one; `last` marks it as complete.
    pub fn write(&mut self, builder: &mut ImageBuilder, sources: &Sources, last: bool) -> Result<()> {
        let Some(stored) = &mut builder.stored else { return Ok(()) };
        let report = &sources.report;
        let record = Record {
            width: builder.shape.width,
            height: builder.shape.height,
            channels: builder.shape.channels,
            sources: sources.files[self.files..].to_vec(),
            frames: Vec::new(),
            labels: sources.labels[self.labels..].to_vec(),
            skipped: report.skipped[self.skipped..].to_vec(),
            notes: report.notes[self.notes..].to_vec(),
            last: last.then_some(report.bytes),
        };
        let is_new = !record.sources.is_empty() || !record.labels.is_empty() || !record.skipped.is_empty();
        if !is_new && !last {
            return Ok(());
        }
        let count = record.examples();
        let first = builder.frames.len() - count;
        let padded = |(index, frame): (usize, &Frame)| (!frame.is_whole(builder.shape)).then_some((index, *frame));
        let frames = builder.frames[first..].iter().enumerate().filter_map(padded).collect();
        let record = Record { frames, ..record };
        let (pixels, end) = block::write(&*stored.storage, stored.end, &record, &builder.pixels)?;
        if last {
            stored.storage.flush()?;
        }
        let len = builder.shape.len();
        stored.offsets.extend((0..count).map(|index| pixels + (index * len) as u64));
        stored.end = end;
        builder.pixels = Vec::new();
        self.mark_written(sources);
        Ok(())
    }

    fn mark_written(&mut self, sources: &Sources) {
        let Sources { files, labels, report } = sources;
        (self.files, self.labels) = (files.len(), labels.len());
        (self.skipped, self.notes) = (report.skipped.len(), report.notes.len());
    }
}
