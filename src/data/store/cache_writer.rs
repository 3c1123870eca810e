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
    /// Offset of the next block; `None` before the cache file is started.
    end: Option<u64>,
    /// Numbers of entries of the loader's lists that are in the cache file.
    files: usize,
    labels: usize,
    skipped: usize,
    notes: usize,
}

impl CacheWriter {
    /// Opens the cache file of an earlier run, if there is one, and adds its contents to `sources`. Returns the examples in
    /// it, those of the inputs and those of the targets; `fixed`: their number of channels stays.
    pub fn open(
        budget: MemoryBudget,
        fixed: [bool; 2],
        sources: &mut Sources,
    ) -> Result<(Self, [Option<ImageBuilder>; 2])> {
        let budget = MemoryBudget { memory: budget.memory.min(MOST_BYTES), ..budget };
        let mut writer = Self { budget: Some(budget), ..Self::default() };
        let mut builders = [None, None];
        let Some((storage, fingerprint)) = writer.budget.as_ref().and_then(|budget| budget.storage.clone()) else {
            return Ok((writer, builders));
        };
        if storage.size()? == 0 {
            return Ok((writer, builders)); // nothing is written before it is clear that it is needed
        }
        let file = block::open(&*storage, fingerprint)?;
        writer.is_complete = file.is_complete();
        if writer.is_complete {
            storage.flush()?;
        }
        writer.end = (!file.blocks.is_empty()).then_some(file.end);
        let Sources { files, labels, report } = sources;
        for (record, pixels) in file.blocks {
            let (shape, count, side) = (record.shape(), record.examples(), usize::from(record.target));
            let builder =
                builders[side].get_or_insert_with(|| ImageBuilder::new(shape.width, shape.height, shape.channels));
            builder.set_fixed(fixed[side]);
            let stored = builder.stored.get_or_insert_with(|| StoredExamples::none(storage.clone()));
            if builder.shape.channels < shape.channels {
                stored.grey_before = pixels;
                builder.shape = shape;
            }
            stored.end = pixels + (count * shape.len()) as u64;
            stored.offsets.extend((0..count).map(|index| pixels + (index * shape.len()) as u64));
            builder.add_frames(&record);
            let Record { sources: found, labels: found_labels, skipped, notes, last, .. } = record;
            if side == 0 {
                report.used += count;
            }
            let whole = found.iter().filter(|source| source.is_file()).count();
            report.files += whole + found_labels.len() + skipped.len();
            report.skipped_count += skipped.len();
            report.reused += count;
            if !writer.is_complete {
                let paths = found.iter().filter(|source| source.is_file()).map(|source| &source.path);
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
        Ok((writer, builders))
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
    pub fn start_if_over(&mut self, bytes: u64) -> Result<()> {
        let Some(MemoryBudget { memory, storage: Some((storage, fingerprint)), .. }) = &self.budget else {
            return Ok(());
        };
        if self.end.is_none() && (*memory as u64) < bytes {
            let CacheFile { blocks, end } = block::open(&**storage, *fingerprint)?;
            if !blocks.is_empty() {
                return Err(Error::new("another run is caching the same images; start again when it is done"));
            }
            self.end = Some(end);
        }
        Ok(())
    }

    /// Whether a cache file is there.
    pub fn is_started(&self) -> bool {
        self.end.is_some()
    }

    /// Writes everything new of the inputs and of the targets to the cache file, if there is one; `last` marks it as
    /// complete.
    pub fn write(&mut self, builders: &mut [Option<ImageBuilder>; 2], sources: &Sources, last: bool) -> Result<()> {
        let Some((storage, _)) = self.budget.as_ref().and_then(|budget| budget.storage.clone()) else { return Ok(()) };
        let Some(mut end) = self.end else { return Ok(()) };
        let (files, report) = (&sources.files[self.files..], &sources.report);
        let is_new = |side: usize| files.iter().any(|file| usize::from(file.target) == side);
        let there: Vec<usize> = (0..2).filter(|&side| builders[side].is_some()).collect();
        let mut sides: Vec<usize> = there.iter().copied().filter(|&side| is_new(side)).collect();
        if sides.is_empty() && (last || self.labels < sources.labels.len() || self.skipped < report.skipped.len()) {
            sides.extend(there.first());
        }
        let (Some(&first_side), Some(&last_side)) = (sides.first(), sides.last()) else { return Ok(()) };
        for side in sides {
            let Some(builder) = &mut builders[side] else { continue };
            let mut record = Record {
                width: builder.shape.width,
                height: builder.shape.height,
                channels: builder.shape.channels,
                target: side == 1,
                sources: files.iter().filter(|file| usize::from(file.target) == side).cloned().collect(),
                last: (last && side == last_side).then_some(report.bytes),
                ..Record::default()
            };
            if side == first_side {
                record.labels = sources.labels[self.labels..].to_vec();
                record.skipped = report.skipped[self.skipped..].to_vec();
                record.notes = report.notes[self.notes..].to_vec();
            }
            let examples = record.examples();
            let first = builder.frames.len() - examples;
            let padded = |(index, frame): (usize, &Frame)| (!frame.is_whole(builder.shape)).then_some((index, *frame));
            record.frames = builder.frames[first..].iter().enumerate().filter_map(padded).collect();
            let (pixels, after) = block::write(&*storage, end, &record, &builder.take_pixels())?;
            let (len, stored) = (builder.shape.len(), &mut builder.stored);
            let stored = stored.get_or_insert_with(|| StoredExamples::none(storage.clone()));
            stored.offsets.extend((0..examples).map(|index| pixels + (index * len) as u64));
            (stored.end, end) = (after, after);
        }
        if last {
            storage.flush()?;
        }
        self.end = Some(end);
        self.mark_written(sources);
        Ok(())
    }

    fn mark_written(&mut self, sources: &Sources) {
        let Sources { files, labels, report } = sources;
        (self.files, self.labels) = (files.len(), labels.len());
        (self.skipped, self.notes) = (report.skipped.len(), report.notes.len());
    }
}
